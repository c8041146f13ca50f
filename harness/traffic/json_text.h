/* JSON written into a text, piece by piece: recordings are written without building trees. */
#ifndef SEEP_TRAFFIC_JSON_TEXT_H
#define SEEP_TRAFFIC_JSON_TEXT_H

#include "base/text.h"

/* The string in quotes, escaped. It must be UTF-8 (wire_add_header and wire_origin_form see to it). */
void json_add_quoted(struct text *out, const char *string);

/* "key":"value", with a comma in front unless it is the first of its object. */
void json_add_member(struct text *out, const char *key, const char *value);

#endif
