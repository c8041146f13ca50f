#include "replay/cookie_date.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct date {
    bool has_time, has_day, has_month, has_year;
    struct tm when;
};

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Section 5.1.1: all but digits, letters, ':' and what is not ASCII. */
static bool is_delimiter(char character)
{
    return character == '\t' || (character >= 0x20 && character <= 0x2f) ||
           (character >= 0x3b && character <= 0x40) || (character >= 0x5b && character <= 0x60) ||
           (character >= 0x7b && character <= 0x7e);
}

/* A number of `least` to `most` digits at *at, which goes behind it; -1: there is none. */
static int number(const char **at, const char *end, int least, int most)
{
    int value = 0, digits = 0;
    for (; *at < end && is_digit(**at) && digits <= most; ++*at, digits++)
        value = value * 10 + (**at - '0');
    return digits >= least && digits <= most ? value : -1;
}

static bool take_time(struct date *date, const char *at, const char *end)
{
    int parts[3];
    for (int i = 0; i < 3; i++) {
        parts[i] = number(&at, end, 1, 2);
        if (parts[i] < 0 || (i < 2 && (at == end || *at++ != ':')))
            return false;
    }
    date->when.tm_hour = parts[0];
    date->when.tm_min = parts[1];
    date->when.tm_sec = parts[2];
    return date->has_time = true;
}

static bool take_day(struct date *date, const char *at, const char *end)
{
    date->when.tm_mday = number(&at, end, 1, 2);
    return date->has_day = date->when.tm_mday >= 0;
}

static bool take_month(struct date *date, const char *at, const char *end)
{
    static const char names[12][4] = {"jan", "feb", "mar", "apr", "may", "jun",
                                      "jul", "aug", "sep", "oct", "nov", "dec"};
    for (int i = 0; end - at >= 3 && i < 12; i++)
        if (strncasecmp(at, names[i], 3) == 0) {
            date->when.tm_mon = i;
            return date->has_month = true;
        }
    return false;
}

static bool take_year(struct date *date, const char *at, const char *end)
{
    int year = number(&at, end, 2, 4);
    if (year < 0)
        return false;
    year += year >= 70 && year <= 99 ? 1900 : year <= 69 ? 2000 : 0;
    date->when.tm_year = year - 1900;
    return date->has_year = true;
}

/* Each part is the first token that has its form, in this order of asking. */
static void take_token(struct date *date, const char *at, const char *end)
{
    if (!date->has_time && take_time(date, at, end))
        return;
    if (!date->has_day && take_day(date, at, end))
        return;
    if (!date->has_month && take_month(date, at, end))
        return;
    if (!date->has_year)
        take_year(date, at, end);
}

static bool is_right(const struct date *date)
{
    const struct tm *when = &date->when;
    return date->has_time && date->has_day && date->has_month && date->has_year && when->tm_mday >= 1 &&
           when->tm_mday <= 31 && when->tm_year >= 1601 - 1900 && when->tm_hour <= 23 && when->tm_min <= 59 &&
           when->tm_sec <= 59;
}

int cookie_date(const char *text, size_t length, int64_t *when_s)
{
    struct date date = {.has_time = false};
    const char *end = text + length;
    for (const char *at = text; at < end;) {
        while (at < end && is_delimiter(*at))
            at++;
        const char *token = at;
        while (at < end && !is_delimiter(*at))
            at++;
        take_token(&date, token, at);
    }
    if (!is_right(&date))
        return -1;
    int day = date.when.tm_mday;
    *when_s = timegm(&date.when);
    return date.when.tm_mday == day ? 0 : -1; /* 31 February is no date */
}
