/* Routes and templates: a file of routes, a line "%%", then requests ("GET /a/1", one a line). Endpoints depend on the set of
 * requests, not on their order; each request that was added has one, of the name that is told for it; a route that is spelled,
 * spelled again, stays as it is. */
#include "traffic/routes.h"
#include "traffic/template.h"
#include "traffic/wire.h"

#include "fuzz.h"

#define LINES_MOST 400

struct asked {
    char *method, *url;
};

static size_t read_lines(struct span left, struct asked *asked)
{
    size_t count = 0;
    while (left.length > 0 && count < LINES_MOST) {
        char *line = fuzz_string(fuzz_line(&left));
        size_t blank = strcspn(line, " ");
        struct request request = {.method = xstrndup(line, blank),
                                  .url = xstrdup(line[blank] == ' ' ? line + blank + 1 : "")};
        const char *field;
        if (request_fault(&request, &field) == NULL)
            asked[count++] = (struct asked){request.method, request.url};
        else
            request_release(&request);
        free(line);
    }
    return count;
}

static struct templates *learn(const struct routes *routes, const struct asked *asked, size_t count,
                               bool backwards)
{
    struct templates *templates = templates_new();
    if (routes != NULL)
        templates_use_routes(templates, routes);
    for (size_t i = 0; i < count; i++) {
        const struct asked *one = &asked[backwards ? count - 1 - i : i];
        templates_add(templates, one->method, one->url);
    }
    templates_settle(templates);
    return templates;
}

static void check(const struct templates *templates, const struct templates *others,
                  const struct asked *asked)
{
    struct request request = {.method = asked->method, .url = asked->url};
    const struct template *found = templates_find(templates, &request);
    char *name = templates_name(templates, asked->method, asked->url),
         *other = templates_name(others, asked->method, asked->url);
    hold(name != NULL && strpbrk(name, "\r\n") == NULL && strcmp(name, other) == 0);
    if (found != NULL)
        hold(strcmp(found->name, name) == 0 && found->requests > 0 &&
             templates_named(templates, name) == found);
    else /* of a method that servers do not know */
        hold(!wire_known_method(asked->method));
    free(name);
    free(other);
}

static void all(const struct routes *routes, struct span lines)
{
    static struct asked asked[LINES_MOST];
    size_t count = read_lines(lines, asked);
    struct templates *forward = learn(routes, asked, count, false),
                     *backward = learn(routes, asked, count, true);
    uint64_t requests = 0;
    hold(templates_count(forward) == templates_count(backward));
    for (size_t i = 0; i < templates_count(forward); i++)
        requests += templates_at(forward, i)->requests;
    hold(requests <= count);
    for (size_t i = 0; i < count; i++) {
        check(forward, backward, &asked[i]);
        template_is_asset(asked[i].method, asked[i].url);
    }
    for (size_t i = 0; i < count; i++) {
        free(asked[i].method);
        free(asked[i].url);
    }
    templates_free(forward);
    templates_free(backward);
}

static void spell(struct span line)
{
    char *route = fuzz_string(line), *once = route_spelled(route), *twice = route_spelled(once);
    hold(strcmp(once, twice) == 0);
    free(route);
    free(once);
    free(twice);
}

FUZZ_TARGET(templates)
{
    struct span left = {(const char *)data, size};
    struct span file = fuzz_part(&left, "%%"), first = file;
    struct err err = {0};
    char *text = fuzz_string(file);
    struct routes *routes = routes_read_text(text, strlen(text), "fuzz", &err);
    if (routes == NULL)
        hold_one_line(&err);
    else
        hold(routes_count(routes) > 0);
    spell(fuzz_line(&first));
    all(routes, left);
    routes_free(routes);
    free(text);
    return 0;
}
