#include "metrics/promql.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static bool begins_name(char byte)
{
    return isalpha((unsigned char)byte) || byte == '_' || byte == ':';
}

static size_t name_length(const char *at)
{
    size_t length = 0;
    while (begins_name(at[length]) || (length > 0 && isdigit((unsigned char)at[length])))
        length++;
    return length;
}

/* Behind blanks and comments. */
static const char *skip_blanks(const char *at)
{
    for (;; at++) {
        if (*at == '#')
            at += strcspn(at, "\n");
        if (*at == '\0' || !isspace((unsigned char)*at))
            return at;
    }
}

/* Behind the string that begins here. */
static const char *skip_string(const char *at)
{
    char quote = *at++;
    for (; *at != '\0' && *at != quote; at++)
        if (*at == '\\' && quote != '`' && at[1] != '\0')
            at++;
    return *at == quote ? at + 1 : at;
}

static bool is_word(const char *at, size_t length, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strlen(*words) == length && strncasecmp(*words, at, length) == 0)
            return true;
    return false;
}

static const char *const lists[] = {"by", "without", "on", "ignoring", "group_left", "group_right", NULL};
static const char *const operators[] = {"and", "or", "unless", "offset", "bool", "atan2", "inf", "nan", NULL};

static const char *skip_list(const char *at)
{
    at = skip_blanks(at);
    return *at == '(' ? at + strcspn(at, ")") + (strchr(at, ')') != NULL) : at;
}

void promql_selector_release(struct promql_selector *selector)
{
    free(selector->metric);
    strings_release(&selector->matchers);
    *selector = (struct promql_selector){.metric = NULL};
}

static void add_matcher(struct promql_selector *selector, const char *at, size_t length)
{
    while (length > 0 && isspace((unsigned char)at[length - 1]))
        length--;
    if (length > 0)
        strings_addf(&selector->matchers, "%.*s", (int)length, at);
}

/* At '{': behind the '}'. */
static const char *read_matchers(struct promql_selector *selector, const char *at)
{
    const char *start = at = skip_blanks(at + 1);
    while (*at != '\0' && *at != '}') {
        if (*at == '"' || *at == '\'' || *at == '`') {
            at = skip_string(at);
        } else if (*at == ',') {
            add_matcher(selector, start, (size_t)(at - start));
            start = at = skip_blanks(at + 1);
        } else {
            at++;
        }
    }
    add_matcher(selector, start, (size_t)(at - start));
    return *at == '}' ? at + 1 : at;
}

static void take(struct promql_selector *selector, const char *query, const char *name, size_t length)
{
    const char *at = skip_blanks(name + length);
    selector->metric = xstrndup(name, length);
    if (*at == '{')
        at = read_matchers(selector, at);
    selector->whole = name == skip_blanks(query) && *skip_blanks(at) == '\0';
}

bool promql_selector_find(const char *query, struct promql_selector *selector)
{
    *selector = (struct promql_selector){.metric = NULL};
    for (const char *at = skip_blanks(query); *at != '\0'; at = skip_blanks(at)) {
        size_t length = name_length(at);
        const char *behind = skip_blanks(at + length);
        if (*at == '"' || *at == '\'' || *at == '`') {
            at = skip_string(at);
        } else if (*at == '{' ||
                   (length > 0 && !is_word(at, length, lists) && !is_word(at, length, operators) &&
                    *behind != '(' && !is_word(behind, name_length(behind), lists))) {
            take(selector, query, at, length);
            return true;
        } else if (length > 0) {
            at = is_word(at, length, lists) ? skip_list(behind) : behind;
        } else if (isdigit((unsigned char)*at)) {
            while (isalnum((unsigned char)*at) || *at == '.')
                at++;
        } else {
            at++;
        }
    }
    return false;
}

char *promql_selector_text(const char *metric, const struct strings *matchers)
{
    char *list = strings_join(matchers, ",");
    char *text = matchers->count > 0 ? xasprintf("%s{%s}", metric, list) : xstrdup(metric);
    free(list);
    return text;
}

double promql_duration_s(const char *text, size_t length)
{
    static const struct {
        const char *unit;
        double s;
    } units[] = {{"ms", 0.001}, {"s", 1},      {"m", 60},      {"h", 3600},
                 {"d", 86400},  {"w", 604800}, {"y", 31536000}};
    const char *at = text, *end = text + length;
    double seconds = 0;
    while (at < end) {
        char *behind;
        double number = strtod(at, &behind);
        size_t found = 0, count = sizeof units / sizeof *units, letters = 0;
        if (behind == at || !isdigit((unsigned char)*at))
            return NAN;
        while (behind + letters < end && isalpha((unsigned char)behind[letters]))
            letters++;
        while (found < count &&
               (strlen(units[found].unit) != letters || strncmp(units[found].unit, behind, letters) != 0))
            found++;
        if (found == count)
            return NAN;
        seconds += number * units[found].s;
        at = behind + letters;
    }
    return seconds > 0 ? seconds : NAN;
}

/* Goes through a query but for its strings and comments. */
static const char *next_plain(const char *at)
{
    at = skip_blanks(at);
    while (*at == '"' || *at == '\'' || *at == '`')
        at = skip_blanks(skip_string(at));
    return at;
}

double promql_window_s(const char *query)
{
    for (const char *at = next_plain(query); *at != '\0'; at = next_plain(at + 1))
        if (*at == '[') {
            const char *start = skip_blanks(at + 1);
            return promql_duration_s(start, strcspn(start, "]: \t\n"));
        }
    return NAN;
}

/* The next word of a query, outside of strings and comments; at its end 0. */
static size_t next_word(const char **at)
{
    size_t length = 0;
    for (*at = next_plain(*at); **at != '\0' && (length = name_length(*at)) == 0; *at = next_plain(*at + 1))
        continue;
    return length;
}

bool promql_aggregates(const char *query)
{
    static const char *const words[] = {"sum", "avg", "max", "min", "topk", "bottomk", "quantile", NULL};
    size_t length;
    for (const char *at = query; (length = next_word(&at)) > 0; at += length) {
        const char *behind = skip_blanks(at + length);
        if (is_word(at, length, words) && (*behind == '(' || is_word(behind, name_length(behind), lists)))
            return true;
    }
    return false;
}

static const struct {
    const char *function;
    enum promql_kind kind;
} functions[] = {{"rate", PROMQL_RATE},       {"irate", PROMQL_RATE},     {"deriv", PROMQL_RATE},
                 {"idelta", PROMQL_INCREASE}, {"delta", PROMQL_INCREASE}, {"increase", PROMQL_INCREASE}};

enum promql_kind promql_kind_of(const char *query)
{
    size_t length;
    for (const char *at = query; (length = next_word(&at)) > 0; at += length)
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
            if (strlen(functions[i].function) == length && strncmp(functions[i].function, at, length) == 0 &&
                *skip_blanks(at + length) == '(')
                return functions[i].kind;
    return PROMQL_UNKNOWN;
}
