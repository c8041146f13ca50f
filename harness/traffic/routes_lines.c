/* Routes that stand a line each: plain ones, and the tables of `flask routes` and `rails routes`. */
#include <string.h>

#include "traffic/routes_inside.h"

#define WORDS_MOST 64

struct word {
    const char *at;
    size_t length;
};

/* A line in words, parted by blanks. */
struct line {
    struct route_place place;
    const char *start;
    struct word words[WORDS_MOST];
    size_t count;
};

static size_t blanks(const char *at)
{
    return strspn(at, " \t\r\f\v");
}

/* The line at `at`; returns the next one, NULL at the end. Terminal colours are blanks. */
static const char *next_line(struct line *line, const char *at)
{
    size_t length = strcspn(at, "\n");
    const char *end = at + length;
    line->place.line++;
    line->start = at;
    line->count = 0;
    for (at += blanks(at); at < end && line->count < WORDS_MOST; at += blanks(at)) {
        if (*at == '\x1b') {
            at += strcspn(at, "m\n");
            at += *at == 'm';
            continue;
        }
        size_t word = strcspn(at, " \t\r\f\v\n\x1b");
        line->words[line->count++] = (struct word){at, word};
        at += word;
    }
    return *end == '\n' && end[1] != '\0' ? end + 1 : NULL;
}

static bool is(const struct word *word, const char *text)
{
    return strlen(text) == word->length && memcmp(word->at, text, word->length) == 0;
}

static int add(struct routes *routes, struct line *line, const struct word *methods,
               const struct word *template, struct err *err)
{
    line->place.column = (size_t)(template->at - line->start) + 1;
    return routes_add(routes, &line->place, methods != NULL ? methods->at : "",
                      methods != NULL ? methods->length : 0, template->at, template->length, err);
}

static int complain(struct line *line, const struct word *at, const char *what, struct err *err)
{
    line->place.column = (size_t)(at->at - line->start) + 1;
    return route_complain(err, &line->place, "'%.*s': %s", (int)(at->length < 100 ? at->length : 100), at->at,
                          what);
}

typedef int line_reader(struct routes *routes, struct line *line, struct err *err);

static int each_line(struct routes *routes, const char *text, const char *name, line_reader *read,
                     struct err *err)
{
    struct line line = {.place = {name, 0, 1}};
    for (const char *at = text; at != NULL;) {
        at = next_line(&line, at);
        if (line.count > 0 && read(routes, &line, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- plain: "[METHOD[,METHOD]] TEMPLATE" ---- */

static int read_plain(struct routes *routes, struct line *line, struct err *err)
{
    const struct word *first = &line->words[0], *second = &line->words[1];
    if (first->at[0] == '#')
        return 0;
    bool methods = route_is_methods(first->at, first->length);
    size_t used = methods ? 2 : 1;
    if (methods && line->count < 2)
        return complain(line, first, "a method without a path; a route is METHOD /PATH, as in GET /cart/{id}",
                        err);
    if (line->count > used && line->words[used].at[0] != '#')
        return complain(line, &line->words[used],
                        "one route a line, METHOD /PATH, as in GET /cart/{id}; '#' begins a comment", err);
    return add(routes, line, methods ? first : NULL, methods ? second : first, err);
}

int routes_read_lines(struct routes *routes, const char *text, const char *name, struct err *err)
{
    return each_line(routes, text, name, read_plain, err);
}

/* ---- flask routes ---- */

/* "cart  GET, POST  /cart/<int:id>": methods end with a comma where another follows. */
static int read_flask(struct routes *routes, struct line *line, struct err *err)
{
    const struct word *rule = &line->words[line->count - 1];
    if (line->words[0].at[0] == '-' || is(rule, "Rule"))
        return 0;
    if (rule->at[0] != '/' || line->count < 3)
        return complain(line, rule, "no row of `flask routes`: endpoint, methods, rule", err);
    size_t first = line->count - 2;
    while (first > 1 && line->words[first - 1].at[line->words[first - 1].length - 1] == ',')
        first--;
    for (size_t i = first; i < line->count - 1; i++) {
        struct word methods = line->words[i];
        methods.length -= methods.at[methods.length - 1] == ',';
        if (!route_is_methods(methods.at, methods.length))
            return complain(line, &methods, "no method, as GET is", err);
        if (add(routes, line, &methods, rule, err) != 0)
            return -1;
    }
    return 0;
}

int routes_read_flask(struct routes *routes, const char *text, const char *name, struct err *err)
{
    return each_line(routes, text, name, read_flask, err);
}

/* ---- rails routes ---- */

/* Only what stands below the application: routes of mounted engines are relative to where these are mounted. */
static int mounted(struct routes *routes, struct line *line, const struct word *at, struct err *err)
{
    char below[ROUTE_MOST];
    size_t length = at->length < sizeof below - 2 ? at->length : sizeof below - 2;
    memcpy(below, at->at, length);
    memcpy(below + length, "/*", 2);
    line->place.column = (size_t)(at->at - line->start) + 1;
    if (add(routes, line, NULL, at, err) != 0)
        return -1;
    return routes_add(routes, &line->place, "", 0, below, length + 2, err);
}

static bool is_path(const struct word *word)
{
    return word->at[0] == '/' || (word->length > 1 && memcmp(word->at, "(/", 2) == 0);
}

/* "[PREFIX] VERB PATTERN CONTROLLER#ACTION ..."; an engine has no verb: "sidekiq_web /sidekiq Sidekiq::Web". */
static int read_rails(struct routes *routes, struct line *line, struct err *err)
{
    size_t path = 0;
    while (path < line->count && !is_path(&line->words[path]))
        path++;
    if (path == line->count)
        return is(&line->words[0], "Prefix") || is(&line->words[0], "Routes")
                   ? 0
                   : complain(line, &line->words[0],
                              "no row of `rails routes`: prefix, verb, URI pattern, action", err);
    const struct word *verb = path > 0 ? &line->words[path - 1] : NULL;
    if (verb != NULL && route_is_methods(verb->at, verb->length))
        return add(routes, line, verb, &line->words[path], err);
    return mounted(routes, line, &line->words[path], err);
}

/* --expanded: "Verb | GET" and then "URI | /posts(.:format)". */
struct expanded {
    struct word verb;
};

static int read_expanded(struct routes *routes, struct line *line, struct expanded *route, struct err *err)
{
    if (line->count < 2 || !is(&line->words[1], "|"))
        return 0;
    if (is(&line->words[0], "Prefix"))
        route->verb.length = 0;
    if (line->count > 2 && is(&line->words[0], "Verb"))
        route->verb = line->words[2];
    if (line->count < 3 || !is(&line->words[0], "URI"))
        return 0;
    return route->verb.length > 0 ? add(routes, line, &route->verb, &line->words[2], err)
                                  : mounted(routes, line, &line->words[2], err);
}

int routes_read_rails(struct routes *routes, const char *text, const char *name, struct err *err)
{
    struct line line = {.place = {name, 0, 1}};
    struct expanded route = {{"", 0}};
    bool expanded = strstr(text, "--[ Route ") != NULL;
    for (const char *at = text; at != NULL;) {
        at = next_line(&line, at);
        if (line.count > 1 && is(&line.words[0], "Routes") && is(&line.words[1], "for"))
            return 0; /* of an engine, to the end */
        if (line.count > 0 &&
            (expanded ? read_expanded(routes, &line, &route, err) : read_rails(routes, &line, err)) != 0)
            return -1;
    }
    return 0;
}

/* ---- print(app.url_map) ---- */

/* "<Rule '/cart/<int:id>' (GET, HEAD) -> cart>"; without methods, any. */
static int read_rule(struct routes *routes, struct route_place *place, const char *at, struct err *err)
{
    const char *end = strstr(at, "' "), *newline = strchr(at, '\n');
    if (end == NULL || (newline != NULL && newline < end))
        return route_complain(err, place,
                              "a rule without its end, as in <Rule '/cart/<int:id>' (GET) -> cart>");
    const char *list = end + 2;
    if (*list != '(')
        return routes_add(routes, place, "", 0, at, (size_t)(end - at), err);
    for (list++; *list != '\0' && *list != ')' && *list != '\n'; list += strspn(list, ", ")) {
        size_t length = strcspn(list, ",) \n");
        if (routes_add(routes, place, list, length, at, (size_t)(end - at), err) != 0)
            return -1;
        list += length;
    }
    return 0;
}

int routes_read_url_map(struct routes *routes, const char *text, const char *name, struct err *err)
{
    static const char mark[] = "<Rule '";
    struct route_place place = {name, 1, 1};
    const char *line = text;
    for (const char *at = text; (at = strstr(at, mark)) != NULL;) {
        for (const char *newline; (newline = memchr(line, '\n', (size_t)(at - line))) != NULL;
             line = newline + 1)
            place.line++;
        at += sizeof mark - 1;
        place.column = (size_t)(at - line) + 1;
        if (read_rule(routes, &place, at, err) != 0)
            return -1;
    }
    return 0;
}
