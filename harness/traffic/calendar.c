#include "traffic/calendar.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define US_PER_S INT64_C(1000000)

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

int calendar_us(const struct calendar *when, int64_t zone_s, int64_t *us)
{
    if (when->month < 1 || when->month > 12 || when->day < 1 ||
        when->day > days_in_month(when->year, when->month))
        return -1;
    if (when->hour > 23 || when->minute > 59 || when->second > 60)
        return -1;
    int64_t seconds = days_from_civil(when->year, when->month, when->day) * 86400 + when->hour * 3600 +
                      when->minute * 60 + when->second - zone_s;
    *us = seconds * US_PER_S + when->fraction_us;
    return 0;
}

bool cursor_char(struct cursor *cursor, char expected)
{
    if (cursor->at == cursor->end || *cursor->at != expected)
        return false;
    cursor->at++;
    return true;
}

bool cursor_number(struct cursor *cursor, int digits, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++) {
        if (cursor->at == cursor->end || *cursor->at < '0' || *cursor->at > '9')
            return false;
        *number = *number * 10 + (*cursor->at++ - '0');
    }
    return true;
}

bool cursor_month(struct cursor *cursor, int *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (cursor->end - cursor->at < 3)
        return false;
    for (int i = 0; i < 12; i++) {
        if ((names[3 * i + 2] | 0x20) != (cursor->at[2] | 0x20) || /* few have the same letter there */
            strncasecmp(names + 3 * i, cursor->at, 3) != 0)
            continue;
        *month = i + 1;
        cursor->at += 3;
        return true;
    }
    return false;
}

static bool read_fraction(struct cursor *cursor, int64_t *us)
{
    int64_t unit = US_PER_S / 10;
    const char *start = cursor->at;
    for (; cursor->at < cursor->end && isdigit((unsigned char)*cursor->at); cursor->at++, unit /= 10)
        *us += unit * (*cursor->at - '0');
    return cursor->at > start;
}

bool cursor_clock(struct cursor *cursor, struct calendar *when)
{
    if (!cursor_number(cursor, 2, &when->hour) || !cursor_char(cursor, ':') ||
        !cursor_number(cursor, 2, &when->minute) || !cursor_char(cursor, ':') ||
        !cursor_number(cursor, 2, &when->second))
        return false;
    when->fraction_us = 0;
    return cursor_char(cursor, '.') || cursor_char(cursor, ',') ? read_fraction(cursor, &when->fraction_us)
                                                                : true;
}

bool cursor_zone(struct cursor *cursor, int64_t *zone_s)
{
    int hours, minutes;
    *zone_s = 0;
    if (cursor_char(cursor, 'Z') || cursor_char(cursor, 'z'))
        return true;
    bool west = cursor_char(cursor, '-');
    if (!west && !cursor_char(cursor, '+'))
        return false;
    if (!cursor_number(cursor, 2, &hours))
        return false;
    cursor_char(cursor, ':');
    if (!cursor_number(cursor, 2, &minutes) || hours > 18 || minutes > 59)
        return false;
    *zone_s = (west ? -1 : 1) * (hours * INT64_C(3600) + minutes * INT64_C(60));
    return true;
}

int calendar_read(const char *text, size_t length, int64_t *us)
{
    struct cursor cursor = {text, text + length};
    struct calendar when = {.month = 0};
    int64_t zone_s = 0;
    if (!cursor_number(&cursor, 4, &when.year) || !cursor_char(&cursor, '-') ||
        !cursor_number(&cursor, 2, &when.month) || !cursor_char(&cursor, '-') ||
        !cursor_number(&cursor, 2, &when.day))
        return -1;
    if (!cursor_char(&cursor, 'T') && !cursor_char(&cursor, 't') && !cursor_char(&cursor, ' '))
        return -1;
    if (!cursor_clock(&cursor, &when))
        return -1;
    /* without a zone it is local time somewhere: UTC is as good a guess as any, and differences stay right */
    if (cursor.at < cursor.end && !cursor_zone(&cursor, &zone_s))
        return -1;
    return cursor.at == cursor.end ? calendar_us(&when, zone_s, us) : -1;
}

char *calendar_write(char out[CALENDAR_SIZE], int64_t us)
{
    int64_t fraction = (us % US_PER_S + US_PER_S) % US_PER_S;
    time_t seconds = (time_t)((us - fraction) / US_PER_S);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t length = strftime(out, CALENDAR_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    if (fraction != 0)
        length += (size_t)snprintf(out + length, CALENDAR_SIZE - length, ".%06" PRId64, fraction);
    snprintf(out + length, CALENDAR_SIZE - length, "Z");
    return out;
}
