/* Quantities, limits, moments and numbers of signals, as people and servers write them: finite and of the right sign, or
 * refused in one line. A limit that was read says so in words that are read as the same. */
#include <math.h>

#include "base/units.h"
#include "metrics/moment.h"
#include "model/service.h"
#include "sample/number.h"
#include "scenario/limit.h"

#include "fuzz.h"

static bool good(int failed, struct err *err)
{
    if (failed)
        hold_one_line(err);
    *err = (struct err){0};
    return !failed;
}

static void quantities(const char *text)
{
    struct err err = {0};
    int64_t whole;
    uint64_t count;
    double number, seconds;
    if (good(units_parse_duration(text, &whole, &err), &err))
        hold(whole >= 0);
    if (good(units_parse_bytes(text, &whole, &err), &err))
        hold(whole >= 0);
    good(units_parse_count(text, &count, &err), &err);
    if (good(units_parse_rate(text, &number, &err), &err))
        hold(isfinite(number) && number >= 0);
    if (good(units_parse_speed(text, &number, &err), &err))
        hold(isfinite(number) && number >= 0);
    if (good(units_parse_percent(text, &number, &err), &err))
        hold(isfinite(number) && number >= 0);
    if (good(units_parse_growth_over(text, &number, &seconds, &err), &err))
        hold(isfinite(number) && isfinite(seconds) && number > 0 && seconds > 0);
}

static void growths(const char *text)
{
    struct err err = {0};
    struct growth growth;
    if (good(units_parse_growth(text, &growth, &err), &err))
        hold(isfinite(growth.value) && growth.value >= 0);
    struct limit limit = {0}, again = {0};
    if (!good(limit_parse(text, &limit, &err), &err))
        return;
    hold(isfinite(limit.value) && limit.value >= 0);
    hold(limit_parse(limit.text, &again, &err) == 0);
    hold(again.kind == limit.kind && again.value == limit.value && again.per_second == limit.per_second &&
         again.objects == limit.objects && strcmp(again.text, limit.text) == 0);
    struct limits limits = {NULL, 0};
    limits_take(&limits, &limit);
    limits_take(&limits, &again);
    limits_release(&limits);
}

/* Any double can be told in the room that there is. */
static void tell(struct span bytes)
{
    char out[UNITS_SIZE];
    double number;
    uint64_t count;
    if (bytes.length < sizeof number)
        return;
    memcpy(&number, bytes.bytes, sizeof number);
    memcpy(&count, bytes.bytes, sizeof count);
    hold(strlen(units_bytes(out, number)) < UNITS_SIZE);
    hold(strlen(units_duration(out, number)) < UNITS_SIZE);
    hold(strlen(units_rate(out, number)) < UNITS_SIZE);
    hold(strlen(units_count(out, count)) < UNITS_SIZE);
}

FUZZ_TARGET(units)
{
    char *text = fuzz_string((struct span){(const char *)data, size});
    double at_s;
    quantities(text);
    growths(text);
    if (moment_parse(text, &at_s) == 0)
        hold(isfinite(at_s));
    for (int unit = UNIT_BYTES; unit <= UNIT_OTHER; unit++)
        hold(!isinf(number_parse((const char *)data, size, (enum signal_unit)unit)));
    tell((struct span){(const char *)data, size});
    free(text);
    return 0;
}
