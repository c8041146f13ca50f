#include "traffic/log_clock.h"

#include <ctype.h>
#include <string.h>

#include "traffic/log_fields.h"

typedef bool read_function_of(struct cursor *cursor, struct log_clock *clock);

static bool read_year(struct cursor *cursor, struct log_clock *clock)
{
    return cursor_number(cursor, 4, &clock->when.year);
}

static bool read_short_year(struct cursor *cursor, struct log_clock *clock)
{
    if (!cursor_number(cursor, 2, &clock->when.year))
        return false;
    clock->when.year += clock->when.year < 69 ? 2000 : 1900; /* as strptime() */
    return true;
}

static bool read_month(struct cursor *cursor, struct log_clock *clock)
{
    return cursor_number(cursor, 2, &clock->when.month);
}

static bool skip_letters(struct cursor *cursor, struct log_clock *clock)
{
    const char *start = cursor->at;
    (void)clock;
    while (cursor->at < cursor->end && isalpha((unsigned char)*cursor->at))
        cursor->at++;
    return cursor->at > start;
}

static bool read_month_name(struct cursor *cursor, struct log_clock *clock)
{
    return cursor_month(cursor, &clock->when.month);
}

static bool read_long_month_name(struct cursor *cursor, struct log_clock *clock)
{
    if (!cursor_month(cursor, &clock->when.month))
        return false;
    skip_letters(cursor, clock);
    return true;
}

static bool padded(struct cursor *cursor, int *number)
{
    return cursor_number(cursor, cursor_char(cursor, ' ') ? 1 : 2, number);
}

static bool read_day(struct cursor *cursor, struct log_clock *clock)
{
    return padded(cursor, &clock->when.day);
}

static bool read_hour(struct cursor *cursor, struct log_clock *clock)
{
    return padded(cursor, &clock->when.hour);
}

static bool read_hour_of_twelve(struct cursor *cursor, struct log_clock *clock)
{
    clock->twelve = true;
    return padded(cursor, &clock->when.hour);
}

static bool read_half(struct cursor *cursor, struct log_clock *clock)
{
    clock->afternoon = cursor->at < cursor->end && toupper((unsigned char)*cursor->at) == 'P';
    return skip_letters(cursor, clock);
}

static bool read_minute(struct cursor *cursor, struct log_clock *clock)
{
    return cursor_number(cursor, 2, &clock->when.minute);
}

static bool read_second(struct cursor *cursor, struct log_clock *clock)
{
    return cursor_number(cursor, 2, &clock->when.second);
}

static bool read_zone(struct cursor *cursor, struct log_clock *clock)
{
    return cursor_zone(cursor, &clock->zone_s);
}

static bool read_epoch(struct cursor *cursor, struct log_clock *clock)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && isdigit((unsigned char)*cursor->at))
        cursor->at++;
    clock->epoch = true;
    return log_time(start, (size_t)(cursor->at - start), &clock->since_us) == 0;
}

/* There may be none: the digits of an epoch right in front of it take it along. */
static bool read_fraction(struct cursor *cursor, struct log_clock *clock)
{
    clock->when.fraction_us = 0;
    for (int64_t unit = 100000; cursor->at < cursor->end && isdigit((unsigned char)*cursor->at); unit /= 10)
        clock->when.fraction_us += unit * (*cursor->at++ - '0');
    return true;
}

static bool skip_number(struct cursor *cursor, struct log_clock *clock)
{
    const char *start = cursor->at;
    (void)clock;
    while (cursor->at < cursor->end && isdigit((unsigned char)*cursor->at))
        cursor->at++;
    return cursor->at > start;
}

static const struct conversion {
    char letter;
    const char *same_as; /* a template; NULL: `read` reads it */
    unsigned tells;
    read_function_of *read;
} conversions[] = {
    {'Y', NULL, LOG_CLOCK_YEAR, read_year},
    {'m', NULL, LOG_CLOCK_MONTH, read_month},
    {'d', NULL, LOG_CLOCK_DAY, read_day},
    {'H', NULL, LOG_CLOCK_HOUR, read_hour},
    {'M', NULL, LOG_CLOCK_MINUTE, read_minute},
    {'S', NULL, 0, read_second},
    {'f', NULL, 0, read_fraction},
    {'z', NULL, 0, read_zone},
    {'b', NULL, LOG_CLOCK_MONTH, read_month_name},
    {'s', NULL, LOG_CLOCK_EPOCH, read_epoch},
    {'y', NULL, LOG_CLOCK_YEAR, read_short_year},
    {'B', NULL, LOG_CLOCK_MONTH, read_long_month_name},
    {'I', NULL, LOG_CLOCK_HOUR, read_hour_of_twelve},
    {'p', NULL, 0, read_half},
    {'Z', NULL, 0, skip_letters},
    {'a', NULL, 0, skip_letters},
    {'u', NULL, 0, skip_number},
    {'h', "%b", 0, NULL},
    {'e', "%d", 0, NULL},
    {'k', "%H", 0, NULL},
    {'l', "%I", 0, NULL},
    {'P', "%p", 0, NULL},
    {'A', "%a", 0, NULL},
    {'j', "%u", 0, NULL},
    {'w', "%u", 0, NULL},
    {'U', "%u", 0, NULL},
    {'V', "%u", 0, NULL},
    {'F', "%Y-%m-%d", 0, NULL},
    {'T', "%H:%M:%S", 0, NULL},
    {'R', "%H:%M", 0, NULL},
    {'D', "%m/%d/%y", 0, NULL},
    {'r', "%I:%M:%S %p", 0, NULL},
    {'c', "%a %b %d %H:%M:%S %Y", 0, NULL},
    {'n', "\n", 0, NULL},
    {'t', "\t", 0, NULL},
};

static const struct conversion *find(char letter)
{
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
        if (conversions[i].letter == letter)
            return &conversions[i];
    return NULL;
}

int log_clock_compile(const char *format, size_t length, struct text *template, unsigned *tells,
                      char *unknown)
{
    for (size_t i = 0; i < length; i++) {
        text_add_char(template, format[i]);
        if (format[i] != '%')
            continue;
        char letter = ++i < length ? format[i] : '\0';
        const struct conversion *conversion = find(letter);
        *unknown = letter;
        if (letter != '%' && conversion == NULL)
            return -1;
        if (letter == '%' || conversion->same_as == NULL) {
            text_add_char(template, letter);
            *tells |= letter != '%' ? conversion->tells : 0;
            continue;
        }
        template->bytes[--template->length] = '\0'; /* the '%' */
        if (log_clock_compile(conversion->same_as, strlen(conversion->same_as), template, tells, unknown) !=
            0)
            return -1;
    }
    return 0;
}

bool log_clock_is_whole(unsigned tells)
{
    unsigned parts = LOG_CLOCK_YEAR | LOG_CLOCK_MONTH | LOG_CLOCK_DAY | LOG_CLOCK_HOUR | LOG_CLOCK_MINUTE;
    return (tells & LOG_CLOCK_EPOCH) != 0 || (tells & parts) == parts;
}

bool log_clock_read(const char *template, struct cursor *cursor, struct log_clock *clock)
{
    for (const char *at = template; *at != '\0'; at++) {
        const struct conversion *conversion = *at == '%' && at[1] != '%' ? find(at[1]) : NULL;
        at += *at == '%';
        if (conversion != NULL ? !conversion->read(cursor, clock) : !cursor_char(cursor, *at))
            return false;
    }
    return true;
}

int log_clock_us(const struct log_clock *clock, int64_t *us)
{
    struct calendar when = clock->when;
    if (clock->twelve && when.hour > 12)
        return -1;
    if (clock->twelve)
        when.hour = when.hour % 12 + (clock->afternoon ? 12 : 0);
    if (!clock->epoch)
        return calendar_us(&when, clock->zone_s, us);
    *us = clock->since_us + when.fraction_us;
    return 0;
}
