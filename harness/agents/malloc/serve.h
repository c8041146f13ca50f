/* One request on one connection, as harness/agents/README.md lays down. */
#ifndef SEEP_MALLOC_SERVE_H
#define SEEP_MALLOC_SERVE_H

/* Reads the request and answers; the caller closes. A client that does not end its request within a second, or does not
   take the answer for two, is left. */
void serve(int connection);

#endif
