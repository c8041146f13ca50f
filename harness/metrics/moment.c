#include "metrics/moment.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MILLISECONDS_FROM 1e11 /* of seconds that were the year 5138 */
#define MICROSECONDS_FROM 1e14

static int parse_number(const char *text, double *at_s)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isdigit((unsigned char)*text))
        return -1;
    value = value >= MICROSECONDS_FROM ? value / 1e6 : value >= MILLISECONDS_FROM ? value / 1e3 : value;
    if (!(value < MILLISECONDS_FROM))
        return -1;
    *at_s = value;
    return 0;
}

/* "Z", "+02:00", "+0200", "": seconds east of UTC. -1: not a zone. */
static int parse_zone(const char *text, long *east_s)
{
    int hours, minutes, length = 0;
    *east_s = 0;
    if (*text == ' ')
        text++;
    if (*text == '\0' || strcmp(text, "Z") == 0 || strcmp(text, "z") == 0 || strcmp(text, "UTC") == 0)
        return 0;
    if (*text != '+' && *text != '-')
        return -1;
    if (sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &length) != 2 &&
        sscanf(text + 1, "%2d%2d%n", &hours, &minutes, &length) != 2)
        return -1;
    *east_s = (hours * 60L + minutes) * 60 * (*text == '-' ? -1 : 1);
    return text[1 + length] == '\0' ? 0 : -1;
}

/* Behind "10:00", "10:00:00", "10:00:00.5". */
static const char *parse_clock(const char *at, struct tm *when, double *fraction)
{
    int length = 0;
    if (sscanf(at, "%2d:%2d%n", &when->tm_hour, &when->tm_min, &length) != 2 || length != 5)
        return NULL;
    at += length;
    if (*at == ':' && sscanf(at, ":%2d%n", &when->tm_sec, &length) == 1 && length == 3)
        at += length;
    if (*at == '.' || *at == ',') {
        char digits[24] = "0.";
        size_t count = strspn(at + 1, "0123456789");
        snprintf(digits + 2, sizeof digits - 2, "%.*s", (int)(count < 18 ? count : 18), at + 1);
        *fraction = strtod(digits, NULL);
        at += 1 + count;
    }
    return at;
}

int moment_parse(const char *text, double *at_s)
{
    struct tm when = {0};
    int year, month, day, length = 0;
    long east_s = 0;
    double fraction = 0;
    if (parse_number(text, at_s) == 0)
        return 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &length) != 3 || length != 10)
        return -1;
    const char *at = text + length;
    if (*at == 'T' || *at == 't' || (*at == ' ' && isdigit((unsigned char)at[1])))
        at = parse_clock(at + 1, &when, &fraction);
    if (at == NULL || parse_zone(at, &east_s) != 0 || month < 1 || month > 12 || day < 1 || day > 31 ||
        when.tm_hour > 24 || when.tm_min > 59 || when.tm_sec > 60)
        return -1;
    when.tm_year = year - 1900;
    when.tm_mon = month - 1;
    when.tm_mday = day;
    *at_s = (double)(timegm(&when) - east_s) + fraction;
    return 0;
}
