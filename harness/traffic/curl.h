/* A recorded request as a curl command line. */
#ifndef SEEP_TRAFFIC_CURL_H
#define SEEP_TRAFFIC_CURL_H

#include "model/request.h"

#define CURL_BODY_MOST 1024 /* longer bodies are not written out */

/* For a POSIX shell, on one line: `curl -sS -X POST -H 'Content-Type: application/json' --data-binary '{"a":1}'
 * "http://127.0.0.1:${PORT}"'/quote'`. target: the service's, in which ${NAME} stays for the shell to fill; no '/' at
 * its end. own: headers that whoever replays adds (their values are not known here: '...'), or NULL. What is the connection's (Host,
 * Content-Length, hop-by-hop) is left out. A body of other bytes than text
 * comes from printf in front of it, a longer one from standard input ("@-"). The request is
 * redacted first, whatever it was when it was recorded. The caller's. */
char *curl_line(const struct request *request, const char *target, const struct headers *own);

#endif
