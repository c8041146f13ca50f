/* A route in any notation, as segments and as our text. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/routes_tree.h"

#define GROUPS_MOST 4 /* that may be absent, in one route */

/* One route, or one of its variants, on its way into the tree. */
struct reading {
    const struct route_place *place;
    struct segment_model models[TEMPLATE_SEGMENTS];
    size_t count, parameters;
    bool slash;
    struct text text;
    struct err *err;
};

static int complain(struct reading *reading, const char *what, const char *at, size_t length)
{
    return route_complain(reading->err, reading->place, "%s in '%.*s'", what,
                          (int)(length < 100 ? length : 100), at);
}

static bool is_name(char byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_';
}

/* Behind the bracket that closes the one at `at`; NULL: none does. */
static const char *behind_bracket(const char *at, const char *end, char open, char close)
{
    size_t depth = 0;
    for (; at < end; at++) {
        depth += *at == open;
        if (*at == close && --depth == 0)
            return at + 1;
    }
    return NULL;
}

/* ---- one parameter ---- */

struct parameter {
    const char *name;
    size_t length;
    enum segment_check check;
    bool rest;
};

static const struct converter {
    const char *text;
    enum segment_check check;
    bool rest;
} converters[] = {
    {"int", CHECK_INTEGER, false},  {"integer", CHECK_INTEGER, false}, {"long", CHECK_INTEGER, false},
    {"\\d+", CHECK_INTEGER, false}, {"\\\\d+", CHECK_INTEGER, false},  {"[0-9]+", CHECK_INTEGER, false},
    {"uuid", CHECK_UUID, false},    {"guid", CHECK_UUID, false},       {"path", CHECK_NONE, true},
    {".*", CHECK_NONE, true},       {".+", CHECK_NONE, true},
};

static void convert(struct parameter *parameter, const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof converters / sizeof *converters; i++)
        if (strlen(converters[i].text) == length && memcmp(converters[i].text, text, length) == 0) {
            parameter->check = converters[i].check;
            parameter->rest = parameter->rest || converters[i].rest;
        }
}

/* "id", "id:int", "*rest", "rest...", "id=1", "id?" */
static void read_braces(struct parameter *parameter, const char *at, size_t length)
{
    while (length > 0 && *at == '*') {
        parameter->rest = true;
        at++;
        length--;
    }
    if (length > 3 && memcmp(at + length - 3, "...", 3) == 0) {
        parameter->rest = true;
        length -= 3;
    }
    const char *colon = memchr(at, ':', length);
    parameter->name = at;
    parameter->length = colon != NULL ? (size_t)(colon - at) : length;
    for (size_t i = 0; i < parameter->length; i++)
        if (at[i] == '=' || at[i] == '?')
            parameter->length = i;
    if (colon != NULL)
        convert(parameter, colon + 1, length - (size_t)(colon + 1 - at));
}

/* "id", "int:id", "string(length=2):code" */
static void read_angles(struct parameter *parameter, const char *at, size_t length)
{
    size_t colon = length;
    while (colon > 0 && at[colon - 1] != ':' && at[colon - 1] != ')')
        colon--;
    parameter->name = at + colon;
    parameter->length = length - colon;
    size_t converter = strcspn(at, "(:>");
    if (colon > 0)
        convert(parameter, at, converter);
}

/* ":id", ":id(\\d+)", ":rest*" */
static const char *read_colon(struct parameter *parameter, const char *at, const char *end)
{
    parameter->name = ++at;
    while (at < end && is_name(*at))
        at++;
    parameter->length = (size_t)(at - parameter->name);
    const char *behind = at < end && *at == '(' ? behind_bracket(at, end, '(', ')') : NULL;
    if (behind != NULL) {
        convert(parameter, at + 1, (size_t)(behind - at) - 2);
        at = behind;
    }
    for (; at < end && strchr("?*+", *at) != NULL; at++)
        parameter->rest = parameter->rest || *at != '?';
    return at;
}

/* "*", "**", "*rest" */
static const char *read_star(struct parameter *parameter, const char *at, const char *end, bool last)
{
    const char *start = at;
    while (at < end && *at == '*')
        at++;
    parameter->name = at;
    while (at < end && is_name(*at))
        at++;
    parameter->length = (size_t)(at - parameter->name);
    parameter->rest = parameter->length > 0 || at - start > 1 || (last && at == end);
    if (parameter->length > 0)
        return at;
    parameter->name = parameter->rest ? "path" : "any";
    parameter->length = strlen(parameter->name);
    return at;
}

/* Behind the parameter at `at`; NULL: a bracket is not closed. */
static const char *read_parameter(struct parameter *parameter, const char *at, const char *end, bool last)
{
    *parameter = (struct parameter){.check = CHECK_NONE};
    if (*at == ':')
        return read_colon(parameter, at, end);
    if (*at == '*')
        return read_star(parameter, at, end, last);
    const char *behind = *at == '{' ? behind_bracket(at, end, '{', '}') : behind_bracket(at, end, '<', '>');
    if (behind == NULL)
        return NULL;
    size_t length = (size_t)(behind - at) - 2;
    if (*at == '{')
        read_braces(parameter, at + 1, length);
    else
        read_angles(parameter, at + 1, length);
    return behind;
}

static bool begins_parameter(const char *at, const char *end)
{
    return *at == '{' || *at == '<' || *at == '*' || (*at == ':' && at + 1 < end && is_name(at[1]));
}

/* ---- one segment ---- */

static void add_parameter(struct reading *reading, struct segment_model *model, struct text *before,
                          const struct parameter *parameter)
{
    model->parts[model->part_count++] = (struct segment_part){text_take(before), parameter->check};
    if (model->parts[model->part_count - 1].before == NULL)
        model->parts[model->part_count - 1].before = xstrdup("");
    text_add_char(&reading->text, '{');
    for (size_t i = 0; i < parameter->length; i++)
        text_add_char(&reading->text,
                      is_name(parameter->name[i]) || parameter->name[i] == '-' ? parameter->name[i] : '_');
    text_add_string(&reading->text, parameter->rest ? "...}" : "}");
    reading->parameters++;
}

static enum segment_kind kind_of(const struct segment_model *model)
{
    if (model->part_count == 0)
        return SEGMENT_LITERAL;
    if (model->kind == SEGMENT_REST)
        return SEGMENT_REST;
    if (model->part_count > 1 || model->parts[0].before[0] != '\0' || model->end[0] != '\0')
        return SEGMENT_AFFIXED;
    return model->parts[0].check != CHECK_NONE ? SEGMENT_CHECKED : SEGMENT_ANY;
}

/* What a backslash kept from being a parameter keeps its backslash in our text, which may be read again. */
static const char *add_literal(struct reading *reading, struct text *literal, const char *at, const char *end)
{
    bool escapes = *at == '\\';
    at += escapes && at + 1 < end;
    if (escapes && strchr("\\{<*:", *at) != NULL)
        text_add_char(&reading->text, '\\');
    text_add_char(literal, *at);
    text_add_char(&reading->text, *at);
    return at + 1;
}

static int read_segment(struct reading *reading, const char *at, const char *end, bool last)
{
    const char *start = at;
    struct segment_model *model = &reading->models[reading->count++];
    struct text literal = TEXT_EMPTY;
    *model = (struct segment_model){.kind = SEGMENT_LITERAL};
    text_add_char(&reading->text, '/');
    while (at < end) {
        struct parameter parameter;
        if (!begins_parameter(at, end)) {
            at = add_literal(reading, &literal, at, end);
            continue;
        }
        const char *behind = read_parameter(&parameter, at, end, last);
        const char *wrong = behind == NULL           ? "a bracket that is not closed"
                            : parameter.length == 0  ? "a parameter without a name"
                            : model->part_count == 4 ? "more than 4 parameters in one segment"
                            : reading->parameters == ROUTE_PARAMETERS ? "more than 32 parameters"
                                                                      : NULL;
        if (wrong != NULL) {
            text_release(&literal);
            model->end = xstrdup("");
            return complain(reading, wrong, start, (size_t)(end - start));
        }
        add_parameter(reading, model, &literal, &parameter);
        model->kind = parameter.rest ? SEGMENT_REST : model->kind;
        at = behind;
    }
    text_add_string(&literal, "");
    model->end = xstrdup(text_string(&literal));
    text_release(&literal);
    model->kind = kind_of(model);
    if (model->kind == SEGMENT_REST &&
        (model->part_count > 1 || model->parts[0].before[0] != '\0' || model->end[0] != '\0'))
        return complain(reading, "what takes the rest has to be a segment of its own", start,
                        (size_t)(end - start));
    return 0;
}

/* ---- all of them ---- */

static void release_model(struct segment_model *model)
{
    for (size_t i = 0; i < model->part_count; i++)
        free(model->parts[i].before);
    free(model->end);
}

static int read_path(struct reading *reading, const char *at, const char *end)
{
    reading->slash = end - at > 1 && end[-1] == '/';
    end -= reading->slash;
    while (at + 1 < end ||
           (at < end &&
            (reading->count > 0 || reading->slash))) { /* "/a//" ends in an empty segment, "//" is one */
        const char *next = ++at;
        for (size_t depth = 0; next < end && (*next != '/' || depth > 0);
             next++) { /* a pattern may hold one */
            depth += *next == '{' || *next == '<';
            depth -= depth > 0 && (*next == '}' || *next == '>');
        }
        if (reading->count == TEMPLATE_SEGMENTS)
            return complain(reading, "more than 32 segments", at, (size_t)(end - at));
        if (strncmp(at, "{$}", 3) == 0 && next - at == 3) /* Go: this path and none below */
            reading->slash = true;
        else if (read_segment(reading, at, next, next == end) != 0)
            return -1;
        at = next;
    }
    if (reading->slash || reading->count == 0)
        text_add_char(&reading->text, '/');
    return 0;
}

/* One variant. `text`: of the route that it belongs to; NULL: it has one of its own, which is written there. */
static int add_variant(struct routes *routes, const struct route_place *place, const char *methods,
                       char **text, const char *template, size_t length, struct err *err)
{
    struct reading reading = {.place = place, .err = err};
    text_add_char(&reading.text, MARK_ROUTE);
    int failed = read_path(&reading, template, template + length);
    if (!failed && *text == NULL)
        *text = xstrdup(text_string(&reading.text));
    if (!failed)
        routes_insert(routes, reading.models, reading.count, methods, reading.slash, *text);
    for (size_t i = 0; i < reading.count; i++)
        release_model(&reading.models[i]);
    text_release(&reading.text);
    return failed;
}

/* "(.:format)", "(/:locale)": a group that may be absent; not the pattern of ":id(\\d+)". NULL: there is none. */
static const char *find_group(const char *template, size_t length)
{
    for (const char *at = template; at + 1 < template + length; at++)
        if (*at == '(' && (at[1] == '.' || at[1] == '/'))
            return at;
    return NULL;
}

/* ":id?" or "{id?}" at the end: the segment may be absent. */
static size_t without_optional(const char *template, size_t length)
{
    bool optional =
        length > 2 && (template[length - 1] == '?' || memcmp(template + length - 2, "?}", 2) == 0);
    if (!optional)
        return 0;
    while (length > 1 && template[length - 1] != '/')
        length--;
    return length > 1 ? length - 1 : length;
}

static int add_variants(struct routes *routes, const struct route_place *place, const char *methods,
                        char **text, const char *template, size_t length, unsigned groups, struct err *err)
{
    const char *group = groups > 0 ? find_group(template, length) : NULL;
    const char *behind = group != NULL ? behind_bracket(group, template + length, '(', ')') : NULL;
    size_t shorter = without_optional(template, length);
    if (behind == NULL) {
        char *own = NULL;
        int failed = shorter > 0 ? add_variant(routes, place, methods, &own, template, shorter, err) : 0;
        free(own);
        return failed ? -1 : add_variant(routes, place, methods, text, template, length, err);
    }
    size_t before = (size_t)(group - template), after = (size_t)(template + length - behind);
    char *without = xasprintf("%.*s%.*s", (int)before, template, (int)after, behind);
    char *with = xasprintf("%.*s%.*s%.*s", (int)before, template, (int)(behind - group) - 2, group + 1,
                           (int)after, behind);
    char *own = NULL;
    bool format = group[1] == '.'; /* another form of the same */
    int failed = add_variants(routes, place, methods, text, without, strlen(without), groups - 1, err);
    if (!failed)
        failed =
            add_variants(routes, place, methods, format ? text : &own, with, strlen(with), groups - 1, err);
    free(own);
    free(without);
    free(with);
    return failed;
}

int routes_add(struct routes *routes, const struct route_place *place, const char *methods,
               size_t methods_length, const char *template, size_t length, struct err *err)
{
    char *list = NULL, *text = NULL;
    bool star = length == 1 && *template == '*';
    if (length > ROUTE_MOST)
        return route_complain(err, place, "a route of more than %d bytes", ROUTE_MOST);
    if (!star && (length == 0 || (*template != '/' && memcmp(template, "(/", length < 2 ? length : 2) != 0)))
        return route_complain(err, place, "'%.*s': a route begins with '/', as in GET /cart/{id}",
                              (int)(length < 100 ? length : 100), template);
    bool any = methods_length == 0 || (methods_length == 3 && memcmp(methods, "ANY", 3) == 0) ||
               (methods_length == 3 && memcmp(methods, "ALL", 3) == 0);
    if (!any) {
        list = xasprintf(",%.*s,", (int)methods_length, methods);
        for (char *at = list; *at != '\0'; at++)
            *at = *at == '|' ? ',' : *at;
    }
    int failed = star ? add_variants(routes, place, list, &text, "/*", 2, GROUPS_MOST, err)
                      : add_variants(routes, place, list, &text, template, length, GROUPS_MOST, err);
    routes->count += !failed;
    free(list);
    free(text);
    return failed;
}

char *route_spelled(const char *route)
{
    const struct route_place nowhere = {"", 1, 1};
    struct err ignored = {0};
    struct reading reading = {.place = &nowhere, .err = &ignored};
    bool fits = route[0] == '/' && strlen(route) <= ROUTE_MOST &&
                read_path(&reading, route, route + strlen(route)) == 0;
    char *text = xstrdup(fits ? text_string(&reading.text) : route);
    for (size_t i = 0; i < reading.count; i++)
        release_model(&reading.models[i]);
    text_release(&reading.text);
    return text;
}
