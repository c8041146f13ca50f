/* A log format as it is typed or pasted, to the format itself: names looked up, the directive and its quotes taken off. */
#ifndef SEEP_TRAFFIC_LOG_FORMAT_SPELL_H
#define SEEP_TRAFFIC_LOG_FORMAT_SPELL_H

#include "base/err.h"
#include "base/text.h"
#include "traffic/log_lines.h"

struct spelled {
    struct text format;
    size_t *columns; /* of each byte in what was given, from 1 */
    bool nginx;      /* else Apache */
    enum log_escape escape;
};

/* Accepts
 *     $remote_addr [$time_local] "$request"              %h %t \"%r\"
 *     log_format main escape=json '...' '...';           LogFormat "..." name       CustomLog FILE "..."
 *     '...' '...'                                        combined, vhost_combined, main, ...
 * Backslashes hide quotes and themselves; \t, \n and \r are what they are in C. Errors: ERR_USAGE. Release also after one. */
int log_format_spell(const char *given, struct spelled *spelled, struct err *err);
void spelled_release(struct spelled *spelled);

#endif
