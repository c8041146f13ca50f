#include "base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

struct unit {
    const char *name; /* NULL ends the table */
    double factor;
};

static const struct unit durations[] = {{"us", 1e-6}, {"ms", 1e-3},   {"s", 1}, {"m", 60},
                                        {"h", 3600},  {"d", 86400.0}, {NULL, 0}};
static const struct unit sizes[] = {{"B", 1},      {"kB", 1e3},        {"MB", 1e6},           {"GB", 1e9},
                                    {"KiB", 1024}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}, {NULL, 0}};
static const struct unit rates[] = {{"/s", 1}, {"/m", 1.0 / 60}, {"/h", 1.0 / 3600}, {NULL, 0}};
static const struct unit speeds[] = {{"x", 1}, {NULL, 0}};
static const struct unit percents[] = {{"%", 0.01}, {NULL, 0}};
static const struct unit denominators[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0}};

/* Only digits and one point: no sign, exponent, hexadecimal or "inf", which strtod() would take.
 * Returns where the number ends, or NULL. */
static const char *scan_number(const char *text, double *value)
{
    size_t whole = strspn(text, "0123456789");
    size_t length = whole;
    if (text[length] == '.') {
        size_t digits = strspn(text + length + 1, "0123456789");
        length += digits > 0 ? 1 + digits : 0;
    }
    if (whole == 0 || length > 64)
        return NULL;
    char copy[65];
    memcpy(copy, text, length);
    copy[length] = '\0';
    *value = strtod(copy, NULL);
    return text + length;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
    for (; units->name != NULL; units++)
        if (strcmp(units->name, name) == 0)
            return units;
    return NULL;
}

/* `what`: "a duration needs a unit (us, ms, ...)", the one line that every mistake ends in. */
static int parse(const char *text, const struct unit *units, const char *what, double *value, struct err *err)
{
    double number;
    const char *rest = scan_number(text, &number);
    if (rest != NULL && *rest == ' ')
        rest++;
    const struct unit *unit = rest != NULL ? find_unit(units, rest) : NULL;
    if (unit == NULL)
        return err_set(err, ERR_USAGE, "'%.100s': %s", text, what);
    *value = number * unit->factor;
    return 0;
}

static int to_integer(const char *text, double value, int64_t *out, struct err *err)
{
    if (!(value < 9.2e18))
        return err_set(err, ERR_USAGE, "'%.100s' is too large", text);
    *out = (int64_t)llround(value);
    return 0;
}

int units_parse_duration(const char *text, int64_t *ns, struct err *err)
{
    double seconds;
    if (parse(text, durations, "a duration needs a unit (us, ms, s, m, h, d), as in 30s", &seconds, err) != 0)
        return -1;
    return to_integer(text, seconds * (double)CLOCK_NS_PER_S, ns, err);
}

int units_parse_bytes(const char *text, int64_t *bytes, struct err *err)
{
    double value;
    if (parse(text, sizes, "a size needs a unit (B, kB, MB, GB, KiB, MiB, GiB), as in 700 MiB", &value,
              err) != 0)
        return -1;
    return to_integer(text, value, bytes, err);
}

int units_parse_rate(const char *text, double *per_second, struct err *err)
{
    return parse(text, rates, "a rate needs a unit (/s, /m, /h), as in 50/s", per_second, err);
}

int units_parse_speed(const char *text, double *factor, struct err *err)
{
    if (parse(text, speeds, "a speed is a factor, as in 2x or 0.5x", factor, err) != 0)
        return -1;
    if (*factor <= 0)
        return err_set(err, ERR_USAGE, "'%.100s': a speed is above 0x", text);
    return 0;
}

int units_parse_percent(const char *text, double *fraction, struct err *err)
{
    if (parse(text, percents, "a share is a percentage, as in 1%", fraction, err) != 0)
        return -1;
    if (*fraction > 1)
        return err_set(err, ERR_USAGE, "'%.100s' is more than 100%%", text);
    return 0;
}

/* "5,000,000": a group of one to three digits, then groups of exactly three. */
static bool commas_are_right(const char *text)
{
    size_t group = strspn(text, "0123456789");
    if (text[group] == '\0')
        return group > 0;
    if (group < 1 || group > 3)
        return false;
    for (text += group; *text != '\0'; text += 4)
        if (*text != ',' || strspn(text + 1, "0123456789") != 3)
            return false;
    return true;
}

int units_parse_count(const char *text, uint64_t *count, struct err *err)
{
    if (!commas_are_right(text))
        return err_set(err, ERR_USAGE, "'%.100s': a count is a whole number, as in 5000 or 5,000", text);
    uint64_t value = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == ',')
            continue;
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return err_set(err, ERR_USAGE, "'%.100s' is too large", text);
    }
    *count = value;
    return 0;
}

static int growth_mistake(const char *text, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "'%.100s': growth is bytes or objects per request or per time, as in 16 B/request, "
                   "0.5 objects/request or 1 MiB/h",
                   text);
}

int units_parse_growth(const char *text, struct growth *growth, struct err *err)
{
    const char *slash = strrchr(text, '/');
    double number;
    const char *rest = scan_number(text, &number);
    if (slash == NULL || rest == NULL || rest > slash || slash - text > 80)
        return growth_mistake(text, err);
    if (*rest == ' ')
        rest++;
    char name[81];
    memcpy(name, rest, (size_t)(slash - rest));
    name[slash - rest] = '\0';
    bool objects = strcmp(name, "objects") == 0 || strcmp(name, "object") == 0;
    const struct unit *size = find_unit(sizes, name);
    bool per_request = strcmp(slash + 1, "request") == 0;
    const struct unit *time = find_unit(denominators, slash + 1);
    if ((!objects && size == NULL) || (!per_request && time == NULL))
        return growth_mistake(text, err);
    growth->objects = objects;
    growth->per = per_request ? GROWTH_PER_REQUEST : GROWTH_PER_SECOND;
    growth->value = number * (objects ? 1 : size->factor) / (per_request ? 1 : time->factor);
    return 0;
}

int units_parse_growth_over(const char *text, double *bytes, double *seconds, struct err *err)
{
    static const char what[] = "growth that was observed is an amount and a time, as in 100 MB/3d or 1 MiB/h";
    const char *slash = strchr(text, '/');
    char amount[65], time[65];
    if (slash == NULL || slash == text || slash - text > 60 || strlen(slash + 1) > 60)
        return err_set(err, ERR_USAGE, "'%.100s': %s", text, what);
    snprintf(amount, sizeof amount, "%.*s", (int)(slash - text - (slash[-1] == ' ')), text);
    const char *after = slash + 1 + (slash[1] == ' ');
    snprintf(time, sizeof time, "%s%s", *after >= '0' && *after <= '9' ? "" : "1", after);
    if (parse(amount, sizes, what, bytes, NULL) != 0 || parse(time, durations, what, seconds, NULL) != 0)
        return err_set(err, ERR_USAGE, "'%.100s': %s", text, what);
    if (!(*bytes > 0) || !(*seconds > 0))
        return err_set(err, ERR_USAGE, "'%.100s': expected more than nothing", text);
    return 0;
}

/* One decimal below 100, none above, two significant digits below 1; never an exponent, never "40.0". */
static void write_number(char out[UNITS_SIZE], double value)
{
    double size = fabs(value);
    int decimals = 1;
    if (size >= 99.95)
        decimals = 0;
    else if (size > 0 && size < 0.995)
        decimals = size < 1e-6 ? 7 : 1 - (int)floor(log10(size));
    snprintf(out, UNITS_SIZE, "%.*f", decimals, value);
    if (strchr(out, '.') != NULL) {
        size_t length = strlen(out);
        while (out[length - 1] == '0')
            out[--length] = '\0';
        if (out[length - 1] == '.')
            out[--length] = '\0';
    }
}

char *units_bytes(char out[UNITS_SIZE], double bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t step = 0;
    if (!isfinite(bytes))
        return strcpy(out, "-");
    while (fabs(bytes) >= 1023.5 && step + 1 < sizeof names / sizeof *names) {
        bytes /= 1024;
        step++;
    }
    char number[UNITS_SIZE];
    write_number(number, fabs(bytes) < 1e15 ? bytes : copysign(1e15, bytes));
    snprintf(out, UNITS_SIZE, "%.26s %s", number, names[step]);
    return out;
}

static char *write_two(char out[UNITS_SIZE], double seconds, long unit, const char *large, const char *small)
{
    long total = lround(seconds);
    snprintf(out, UNITS_SIZE, "%ld %s %02ld %s", total / unit, large, total % unit / (unit / 60), small);
    return out;
}

char *units_duration(char out[UNITS_SIZE], double seconds)
{
    char number[UNITS_SIZE];
    if (isnan(seconds))
        return strcpy(out, "-");
    if (isinf(seconds))
        return strcpy(out, seconds > 0 ? "forever" : "-");
    double size = fabs(seconds);
    if (size >= 59.95 && size < 3599.5)
        return write_two(out, seconds, 60, "m", "s");
    if (size >= 3599.5 && size < 86400)
        return write_two(out, seconds, 3600, "h", "m");
    const char *unit = size >= 86400                 ? "d"
                       : size >= 0.9995 || size == 0 ? "s"
                       : size >= 0.9995e-3           ? "ms"
                                                     : "us";
    double factor = find_unit(durations, unit)->factor;
    write_number(number, size / factor < 1e15 ? seconds / factor : copysign(1e15, seconds));
    snprintf(out, UNITS_SIZE, "%.26s %s", number, unit);
    return out;
}

char *units_count(char out[UNITS_SIZE], uint64_t count)
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)count), at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

/* Three significant digits in the largest unit that gives at least 1: units_parse_rate() reads it back. */
char *units_rate(char out[UNITS_SIZE], double per_second)
{
    if (!isfinite(per_second))
        return strcpy(out, "-");
    double size = fabs(per_second);
    const struct unit *unit = size >= 0.9995 || size == 0 ? &rates[0]
                              : size >= 0.9995 / 60       ? &rates[1]
                                                          : &rates[2];
    double value = per_second / unit->factor;
    int decimals = 0;
    if (size > 0 && fabs(value) < 99.95)
        decimals = fabs(value) < 1e-6 ? 9 : 2 - (int)floor(log10(fabs(value)) + 0.0002);
    snprintf(out, UNITS_SIZE, "%.*f", decimals, fabs(value) < 1e15 ? value : copysign(1e15, value));
    if (strchr(out, '.') != NULL) {
        size_t length = strlen(out);
        while (out[length - 1] == '0')
            out[--length] = '\0';
        if (out[length - 1] == '.')
            out[--length] = '\0';
    }
    strcat(out, unit->name);
    return out;
}
