#include "scenario/limit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"

static int growth_value(const char *quantity, struct limit *limit, struct err *err)
{
    struct growth growth;
    if (units_parse_growth(quantity, &growth, err) != 0)
        return -1;
    limit->value = growth.value;
    limit->per_second = growth.per == GROWTH_PER_SECOND;
    limit->objects = growth.objects != 0;
    return 0;
}

static int p99_value(const char *quantity, struct limit *limit, struct err *err)
{
    int64_t ns;
    if (units_parse_duration(quantity, &ns, err) != 0)
        return -1;
    limit->value = (double)ns / (double)CLOCK_NS_PER_S;
    return 0;
}

static int errors_value(const char *quantity, struct limit *limit, struct err *err)
{
    return units_parse_percent(quantity, &limit->value, err);
}

static const struct limit_form {
    const char *name; /* NULL ends the table */
    enum limit_kind kind;
    int (*read)(const char *quantity, struct limit *limit, struct err *err);
} forms[] = {{"growth", LIMIT_GROWTH, growth_value},
             {"p99", LIMIT_P99, p99_value},
             {"errors", LIMIT_ERRORS, errors_value},
             {NULL, LIMIT_GROWTH, NULL}};

static const struct limit_form *form_named(const char *name)
{
    for (const struct limit_form *form = forms; form->name != NULL; form++)
        if (strcmp(form->name, name) == 0)
            return form;
    return NULL;
}

/* `signal` may be NULL. */
static int make(const struct limit_form *form, const char *signal, const char *quantity, struct limit *limit,
                struct err *err)
{
    struct limit made = {.kind = form->kind};
    if (form->read(quantity, &made, err) != 0)
        return -1;
    made.text = xasprintf("%s%s%s > %s", signal != NULL ? signal : "", signal != NULL ? " " : "", form->name,
                          quantity);
    made.signal = signal != NULL ? xstrdup(signal) : NULL;
    *limit = made;
    return 0;
}

/* A copy of [from, to) without spaces at its ends. */
static char *trimmed(const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    return xstrndup(from, (size_t)(to - from));
}

int limit_parse(const char *text, struct limit *limit, struct err *err)
{
    const char *above = strchr(text, '>');
    char *what = trimmed(text, above != NULL ? above : text);
    char *quantity = above != NULL ? trimmed(above + 1, above + strlen(above)) : NULL;
    char *space = strchr(what, ' '), *signal = NULL, *name = what;
    if (space != NULL) { /* "SIGNAL growth" */
        signal = what;
        *space = '\0';
        name = space + 1 + strspn(space + 1, " ");
    }
    const struct limit_form *form = form_named(name);
    int failed;
    if (quantity == NULL || form == NULL || (signal != NULL && form->kind != LIMIT_GROWTH))
        failed = err_set(
            err, ERR_USAGE,
            "'%.100s': a limit reads 'growth > 16 B/request', 'SIGNAL growth > 1 MiB/h', 'p99 > 500 ms' "
            "or 'errors > 1%%'",
            text);
    else
        failed = make(form, signal, quantity, limit, err);
    free(what);
    free(quantity);
    return failed;
}

void limits_take(struct limits *limits, struct limit *limit)
{
    limits->items = xrealloc(limits->items, (limits->count + 1) * sizeof *limits->items);
    limits->items[limits->count++] = *limit;
    *limit = (struct limit){0};
}

static int read_as(const char *name, const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct limit limit;
    struct err what = {0};
    if (value->kind != YAML_SCALAR)
        return yaml_complain(err, file, value, "expected a quantity");
    if (make(form_named(name), NULL, value->text, &limit, &what) != 0)
        return yaml_complain(err, file, value, "%s", what.message);
    limits_take(into, &limit);
    return 0;
}

static int read_growth(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_as("growth", value, file, into, err);
}

static int read_p99(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_as("p99", value, file, into, err);
}

static int read_errors(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_as("errors", value, file, into, err);
}

const struct yaml_row scenario_limits_rows[] = {
    {"growth", read_growth, 0, "growth",
     "memory per request or per time: 16 B/request, 0.5 objects/request, 1 MiB/h"},
    {"p99", read_p99, 0, "duration", "the time that 99% of the answers take at most"},
    {"errors", read_errors, 0, "share",
     "how many requests may fail or be answered otherwise than recorded: 1%"},
    {NULL, NULL, 0, NULL, NULL}};

int limits_read(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return yaml_bind(value, file, scenario_limits_rows, into, err);
}
