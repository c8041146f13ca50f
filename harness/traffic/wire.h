/* What may go on the wire: the rules that every request passes before it is
 * written to or read from a recording. */
#ifndef SEEP_TRAFFIC_WIRE_H
#define SEEP_TRAFFIC_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "model/request.h"

/* NULL when the request is safe to send; else what is wrong with it, and in which field
 * ("method", "url", "header"). Method: a token of RFC 9110; URL: origin form, no spaces, control
 * or non-ASCII characters, so that neither a line nor a second request can be smuggled in;
 * headers: token names, values without CR, LF, NUL; at most WIRE_HEADERS_MOST, as many as a recorder lets through. */
#define WIRE_HEADERS_MOST 256
const char *request_fault(const struct request *request, const char **field);

/* A method that servers know: those of RFC 9110 but CONNECT, PATCH (RFC 5789), and WebDAV's (RFC 4918). */
bool wire_known_method(const char *method);

/* Writes the origin form of a recorded target to `out` ("http://h:1/a?b#c" -> "/a?b") and its authority
 * ("h:1") to `host` when there was one (may be NULL). Bytes above 0x7f are percent-encoded.
 * Returns 0, or -1 when the target is no path ("*", "h:443", ""). */
int wire_origin_form(const char *target, size_t length, struct text *out, struct text *host);

/* Adds the header unless it belongs to one connection and not to the request (Host stays; Content-Length,
 * Connection, Transfer-Encoding, HTTP/2's ":method" and the like go). Bytes that are not UTF-8 become '?'. */
void wire_add_header(struct headers *headers, const char *name, const char *value);

/* The same of a value that ends without a NUL; it holds none. */
void wire_add_header_of(struct headers *headers, const char *name, const char *value, size_t length);

/* True when the bytes are valid UTF-8 (RFC 3629). */
bool wire_is_utf8(const void *bytes, size_t length);

#endif
