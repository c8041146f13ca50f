/* Lines of JSON told apart by the shapes of json_shapes[], and what the options map: where each field of a line
 * stands. Not known here is what a field means: log_fields.h. */
#ifndef SEEP_TRAFFIC_JSON_MATCH_H
#define SEEP_TRAFFIC_JSON_MATCH_H

#include "traffic/json_shapes.h"

struct json_match;

/* `keys`: "status=/response/code", "header:X-Tenant=/tenant", "header:*=/request/headers/" and a '*'; a key that is
 * mapped goes before the shape's, and a line on which they give a request needs no other.
 * NULL with ERR_USAGE: "--key status: ..." */
struct json_match *json_match_new(const struct strings *keys, struct err *err);
void json_match_free(struct json_match *match); /* NULL is fine */

/* What a line says; borrowed until the next line. */
struct json_found {
    int shape; /* a row of json_shapes[], or that which ends them: by mapped keys alone */
    struct log_fields fields;
    struct log_value line; /* of another log; not there where the fields say a request */
};

/* SKIP_REASONS and `found`, or why not: SKIP_JSON, SKIP_NO_REQUEST (JSON, but no line of an access log). */
enum skip_reason json_match_line(struct json_match *match, const char *line, size_t length,
                                 struct json_found *found);

/* Adds the headers of the line that was matched last, but for those that the request has already, and for values that
 * the program itself took out ("REDACTED", "***"). */
void json_match_headers(const struct json_match *match, const struct json_found *found,
                        struct request *request);

#endif
