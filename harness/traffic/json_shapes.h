/* How programs lay out a request in a line of JSON: one row each.
 *
 * Places are RFC 6901 pointers; '|' stands between places of which the first that is there counts. A line has the first
 * shape of the table that it fits: what tells shapes apart stands in `known`, so that what a program says beside its
 * access log (errors, its start) fits none.
 */
#ifndef SEEP_TRAFFIC_JSON_SHAPES_H
#define SEEP_TRAFFIC_JSON_SHAPES_H

#include "traffic/log_fields.h"

struct json_shape {
    const char *name; /* NULL ends the table */
    /* Conditions, apart by spaces, all of which must hold: a value is at one of these places; with "=BEGINNING" one that
     * begins so. */
    const char *known;
    const char *at[LOG_FIELDS];
    const char *headers; /* members that are headers, as "/request/headers/" and a '*'; NULL */
    const char *hung_up; /* what says, where no status was sent, that the client did not wait for one; NULL */
    const char *line;    /* where an access log's line stands as text, if the fields are not there; NULL */
};
extern const struct json_shape json_shapes[];

#endif
