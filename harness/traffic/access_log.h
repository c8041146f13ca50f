/* Access logs in the combined and common log formats, as nginx and Apache write them.
 *
 * ADDRESS IDENTITY USER [17/May/2015:10:05:03 +0000] "METHOD TARGET HTTP/1.1" STATUS BYTES
 * ["REFERER" "AGENT"] ... Fields beyond the user agent are left alone. Quoted fields are read
 * with the escapes of both servers (LOG_ESCAPE_SERVER).
 */
#ifndef SEEP_TRAFFIC_ACCESS_LOG_H
#define SEEP_TRAFFIC_ACCESS_LOG_H

#include "traffic/log_lines.h"

/* Reads one line. Returns SKIP_REASONS when the request was filled, else the reason why not
 * (the request is empty then). */
enum skip_reason access_log_parse(const char *line, size_t length, struct request *request);

/* The same of a request whose host is known from elsewhere. */
enum skip_reason access_log_parse_at(const struct log_value *host, const char *line, size_t length,
                                     struct request *request);

/* Whether it is a line of this format, whatever request it holds. */
bool access_log_is(const char *line, size_t length);

#endif
