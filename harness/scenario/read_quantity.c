/* Quantities with their units. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "model/service.h"
#include "scenario/read.h"

/* The units' own message, with the place in front. */
static int complain_units(const struct yaml *value, const char *file, const struct err *what, struct err *err)
{
    return yaml_complain(err, file, value, "%s", what->message);
}

int read_duration(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct err what = {0};
    const char *text = read_scalar(value, file, "a duration, as in 30s,", err);
    if (text == NULL)
        return -1;
    if (units_parse_duration(text, into, &what) != 0)
        return complain_units(value, file, &what, err);
    if (*(int64_t *)into <= 0)
        return yaml_complain(err, file, value, "expected more than '%.100s'", text);
    return 0;
}

int read_bytes(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct err what = {0};
    int64_t bytes;
    const char *text = read_scalar(value, file, "a size, as in 700 MiB,", err);
    if (text == NULL)
        return -1;
    if (units_parse_bytes(text, &bytes, &what) != 0)
        return complain_units(value, file, &what, err);
    if (bytes <= 0)
        return yaml_complain(err, file, value, "expected more than '%.100s'", text);
    *(double *)into = (double)bytes;
    return 0;
}

int read_observed(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct service *service = into;
    struct err what = {0};
    const char *text = read_scalar(value, file, "growth over a time, as in 100 MB/3d,", err);
    if (text == NULL)
        return -1;
    if (units_parse_growth_over(text, &service->observed_bytes, &service->observed_seconds, &what) != 0)
        return complain_units(value, file, &what, err);
    return 0;
}

int read_rate(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct err what = {0};
    const char *text = read_scalar(value, file, "a rate, as in 3.2/s,", err);
    if (text == NULL)
        return -1;
    if (units_parse_rate(text, into, &what) != 0)
        return complain_units(value, file, &what, err);
    return 0;
}

int read_factor(const struct yaml *value, const char *file, void *into, struct err *err)
{
    const char *text = read_scalar(value, file, "a number", err);
    if (text == NULL)
        return -1;
    char *end = NULL;
    double factor = strspn(text, "0123456789.") == strlen(text) ? strtod(text, &end) : 0;
    if (end == NULL || *end != '\0' || factor < ENDPOINT_WEIGHT_LEAST || factor > ENDPOINT_WEIGHT_MOST)
        return yaml_complain(err, file, value,
                             "'%.100s': expected a plain number of %g to %g, as in 1 or 2.5", text,
                             ENDPOINT_WEIGHT_LEAST, ENDPOINT_WEIGHT_MOST);
    *(double *)into = factor;
    return 0;
}

int read_share(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct err what = {0};
    const char *text = read_scalar(value, file, "a share, as in 2%,", err);
    if (text == NULL)
        return -1;
    return units_parse_percent(text, into, &what) != 0 ? complain_units(value, file, &what, err) : 0;
}

int read_count(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct err what = {0};
    uint64_t count = 0;
    const char *text = read_scalar(value, file, "a whole number", err);
    if (text == NULL)
        return -1;
    if (units_parse_count(text, &count, &what) != 0)
        return complain_units(value, file, &what, err);
    if (count < 1 || count > INT_MAX)
        return yaml_complain(err, file, value, "'%.100s': expected a number from 1 to %d", text, INT_MAX);
    *(uint64_t *)into = count;
    return 0;
}
