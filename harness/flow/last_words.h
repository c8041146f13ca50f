/* What a server printed last, as it may be stored and shown: it may have logged the requests that it got, in which everything
 * stands again that was taken out of the recordings. */
#ifndef SEEP_FLOW_LAST_WORDS_H
#define SEEP_FLOW_LAST_WORDS_H

/* Redacted line by line (redact_line()); the caller's. */
char *last_words(const char *printed);

#endif
