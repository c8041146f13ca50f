/* Access logs in the combined and common log formats, as nginx and Apache write them.
 *
 * ADDRESS IDENTITY USER [17/May/2015:10:05:03 +0000] "METHOD TARGET HTTP/1.1" STATUS BYTES
 * ["REFERER" "AGENT"] ... Fields beyond the user agent are left alone. Quoted fields are read
 * with the escapes of both servers (\" \\ \n \t \xHH). Source: Apache mod_log_config, "Format
 * Notes"; nginx ngx_http_log_module, escape=default.
 */
#ifndef SEEP_TRAFFIC_ACCESS_LOG_H
#define SEEP_TRAFFIC_ACCESS_LOG_H

#include "traffic/reader.h"

/* Reads one line. Returns SKIP_REASONS when the request was filled, else the reason why not
 * (the request is empty then). */
enum skip_reason access_log_parse(const char *line, size_t length, struct request *request);

#endif
