/* Raw HTTP/1.x messages, as captured from the wire: a request to replay, and the status of an answer.
 *
 * A request is read as a server would: its target may be absolute (its host goes before the Host header), its body is as
 * long as Content-Length says or chunked (decoded; trailers are dropped). Header lines that continue on the next one, two
 * lengths that differ and other codings are refused. Lines may end with LF alone. Source: RFC 9112.
 */
#ifndef SEEP_TRAFFIC_HTTP_MESSAGE_H
#define SEEP_TRAFFIC_HTTP_MESSAGE_H

#include <stddef.h>

#include "traffic/reader.h"

/* Fills method, URL, headers and body of `request` (overwritten). Returns SKIP_REASONS, or why not: then it is empty.
 * *used: the bytes of the message; there may be more behind it. Cost: one pass, one copy of the body. */
enum skip_reason http_message_request(const char *bytes, size_t length, struct request *request,
                                      size_t *used);

/* The status of a response; interim ones (100 Continue) in front of it are passed over. 0: there is none. */
int http_message_status(const char *bytes, size_t length);

#endif
