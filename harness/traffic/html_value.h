/* Values that a page holds for the requests that it makes: hidden fields of forms, and meta tags. */
#ifndef SEEP_TRAFFIC_HTML_VALUE_H
#define SEEP_TRAFFIC_HTML_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pattern.h"
#include "base/text.h"

struct html_value {
    bool meta;               /* <meta name content>; false: <input type=hidden name value> */
    bool value_first;        /* the value stands in front of the name */
    struct span name, value; /* as they stand; neither is empty */
};

/* The next one at *at or later, which goes behind it; false: there is none. One pass. */
bool html_value_next(struct span page, size_t *at, struct html_value *found);

/* Appends a pattern whose one group is the value of such an element, whatever else the element says. */
void html_value_pattern(bool meta, bool value_first, const char *name, struct text *out);

#endif
