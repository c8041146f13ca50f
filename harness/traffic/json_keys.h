/* Fields of a line of JSON as the user maps them. Only for json_match.c. */
#ifndef SEEP_TRAFFIC_JSON_KEYS_H
#define SEEP_TRAFFIC_JSON_KEYS_H

#include <stdbool.h>

#include "base/json_pick.h"
#include "base/strings.h"
#include "traffic/log_fields.h"

struct json_key_header {
    char *name;
    int slot;
};

struct json_keys {
    int slots[LOG_FIELDS]; /* -1: not mapped */
    struct json_key_header *headers;
    size_t header_count;
    int all_headers; /* members of this slot are headers; -1 */
};

/* 0, or -1 with ERR_USAGE "--key status: ..." (release then too). */
int json_keys_read(struct json_keys *keys, const struct strings *from, struct json_pick *pick,
                   struct err *err);
void json_keys_release(struct json_keys *keys);

/* What is mapped and on the line goes before what stands in `fields`; true when some of that says what was asked for. */
bool json_keys_fields(const struct json_keys *keys, const struct json_pick *pick, struct log_fields *fields);

#endif
