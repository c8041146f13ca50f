/* Which form of the metrics an Accept header asks for. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report/openmetrics.h"

/* The weight of a media range; without one 1. A parameter in quotes holds no q that counts. */
static double weight_of(const char *range, size_t length)
{
    for (size_t i = 0; i + 2 < length; i++)
        if (range[i] == ';') {
            size_t at = i + 1;
            while (at < length && (range[at] == ' ' || range[at] == '\t'))
                at++;
            if (at + 1 < length && (range[at] == 'q' || range[at] == 'Q') && range[at + 1] == '=')
                return strtod(range + at + 2, NULL);
        }
    return 1;
}

static bool is_type(const char *range, size_t length, const char *type)
{
    size_t end = strcspn(range, "; \t,");
    return end <= length && end == strlen(type) && strncasecmp(range, type, end) == 0;
}

enum metrics_form metrics_form_of(const char *accept)
{
    double open = 0, classic = 0;
    for (const char *at = accept; *at != '\0';) {
        at += strspn(at, " \t,");
        size_t length = strcspn(at, ",");
        double weight = weight_of(at, length);
        if (is_type(at, length, "application/openmetrics-text"))
            open = weight > open ? weight : open;
        else if (is_type(at, length, "text/plain"))
            classic = weight > classic ? weight : classic;
        at += length;
    }
    return open > 0 && open >= classic ? METRICS_OPEN : METRICS_CLASSIC;
}
