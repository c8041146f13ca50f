#include "traffic/routes.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/routes_tree.h"

int route_complain(struct err *err, const struct route_place *place, const char *format, ...)
{
    struct text what = TEXT_EMPTY;
    va_list arguments;
    va_start(arguments, format);
    text_addv(&what, format, arguments);
    va_end(arguments);
    err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", place->file, place->line, place->column, text_string(&what));
    text_release(&what);
    return -1;
}

bool route_is_methods(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!(text[i] >= 'A' && text[i] <= 'Z') && strchr(",|-", text[i]) == NULL)
            return false;
    return length > 0;
}

/* What a file of routes looks like; the first that fits reads it. */
static const struct {
    const char *mark;     /* stands in it */
    const char *and_mark; /* on the same line; NULL */
    bool at_line_start;   /* of the mark */
    routes_reader *read;
} formats[] = {
    {"openapi:", NULL, true, routes_read_openapi},
    {"swagger:", NULL, true, routes_read_openapi},
    {"<Rule '", NULL, false, routes_read_url_map},
    {"Endpoint ", " Rule", true, routes_read_flask},
    {"Verb ", " URI Pattern", false, routes_read_rails},
    {"--[ Route ", NULL, true, routes_read_rails},
    {"", NULL, false, routes_read_lines},
};

static bool has_mark(const char *text, const char *mark, const char *and_mark, bool at_line_start)
{
    for (const char *at = text; (at = strstr(at, mark)) != NULL; at++) {
        const char *end = at + strcspn(at, "\n"), *other = and_mark != NULL ? strstr(at, and_mark) : at;
        if ((!at_line_start || at == text || at[-1] == '\n') && other != NULL && other < end + 1)
            return true;
        if (*at == '\0')
            break;
    }
    return false;
}

static routes_reader *reader_of(const char *text)
{
    size_t i = 0;
    if (text[strspn(text, " \t\r\n")] == '{' && strchr(text, ':') != NULL)
        return routes_read_openapi;
    while (formats[i].mark[0] != '\0' &&
           !has_mark(text, formats[i].mark, formats[i].and_mark, formats[i].at_line_start))
        i++;
    return formats[i].read;
}

struct routes *routes_read_text(const char *text, size_t length, const char *name, struct err *err)
{
    struct routes *routes = xcalloc(1, sizeof *routes);
    int failed = 0;
    if (memchr(text, '\0', length) != NULL)
        failed = err_set(err, ERR_USAGE, "%s: no text, but binary data", name);
    else
        failed = reader_of(text)(routes, text, name, err);
    if (!failed && routes->count == 0)
        failed =
            err_set(err, ERR_USAGE,
                    "%s:1:1: no route in it; a route is a line like GET /cart/{id}, or this is an OpenAPI "
                    "document or what `flask routes` or `rails routes` prints",
                    name);
    if (!failed)
        return routes;
    routes_free(routes);
    return NULL;
}

struct routes *routes_read(const char *path, struct err *err)
{
    struct text text = TEXT_EMPTY;
    struct routes *routes = NULL;
    if (text_read_file(&text, path, ROUTES_FILE_MOST, err) == 0)
        routes = routes_read_text(text_string(&text), text.length, path, err);
    text_release(&text);
    return routes;
}

size_t routes_count(const struct routes *routes)
{
    return routes->count;
}
