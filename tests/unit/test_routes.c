/* Files of routes. What Flask 2.2.2 (Debian 12), Rails 7.1's documentation and the OpenAPI specification print and show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/routes.h"
#include "traffic/template.h"

static struct routes *read_text(const char *text)
{
    struct err err = {0};
    struct routes *routes = routes_read_text(text, strlen(text), "routes.txt", &err);
    if (routes == NULL)
        fail_msg("%s", err.message);
    return routes;
}

/* {method, URL, name}, or the name NULL: it is learned from data. */
struct wanted {
    const char *method, *url, *name;
};

static void expect(const char *text, const struct wanted *wanted, size_t count)
{
    struct routes *routes = read_text(text);
    struct templates *templates = templates_new();
    templates_use_routes(templates, routes);
    for (size_t i = 0; i < count; i++)
        templates_add(templates, wanted[i].method, wanted[i].url);
    templates_settle(templates);
    for (size_t i = 0; i < count; i++) {
        char *name = templates_name(templates, wanted[i].method, wanted[i].url);
        const struct template *found = templates_named(templates, name);
        assert_non_null(found);
        if (found->given != (wanted[i].name != NULL) ||
            (wanted[i].name != NULL && strcmp(name, wanted[i].name) != 0))
            fail_msg("%s %s: '%s' (%s), not '%s'", wanted[i].method, wanted[i].url, name,
                     found->given ? "given" : "learned", wanted[i].name != NULL ? wanted[i].name : "learned");
        free(name);
    }
    templates_free(templates);
    routes_free(routes);
}
#define EXPECT(text, ...)                                                                                    \
    do {                                                                                                     \
        const struct wanted wanted[] = {__VA_ARGS__};                                                        \
        expect(text, wanted, sizeof wanted / sizeof *wanted);                                                \
    } while (0)

static void plain_lines(void **state)
{
    (void)state;
    EXPECT("# routes of the shop\n"
           "GET /cart/{id}\n"
           "\n"
           "GET,POST /cart/:id/items   # both\n"
           "DELETE|PUT /cart/<int:id>\n"
           "/any/<uuid:key>\n"
           "ALL /static/*\n"
           "\x1b[33mGET\x1b[39m     /api/v1/users/:userId(\\d+)\n",
           {"GET", "/cart/7?x=1", "GET /cart/{id}"}, {"HEAD", "/cart/7", "HEAD /cart/{id}"},
           {"POST", "/cart/7", NULL}, {"POST", "/cart/7/items", "POST /cart/{id}/items"},
           {"PUT", "/cart/7", "PUT /cart/{id}"}, {"PUT", "/cart/seven", NULL}, {"GET", "/cart/7/", NULL},
           {"OPTIONS", "/any/00009e37-e032-423b-9bfa-b615c343fda0", "OPTIONS /any/{key}"},
           {"GET", "/any/1", NULL}, {"GET", "/static/a/b.css", "GET /static/{path...}"},
           {"GET", "/static/", "GET /static/{path...}"}, {"GET", "/static", NULL},
           {"GET", "/api/v1/users/12", "GET /api/v1/users/{userId}"}, {"GET", "/api/v1/users/me", NULL});
}

static void the_most_specific_wins(void **state)
{
    (void)state;
    EXPECT("GET /*\n"
           "GET /a/{any}\n"
           "GET /a/{number:int}\n"
           "GET /a/v{version}\n"
           "GET /a/v{version}.{format}\n"
           "GET /a/new\n"
           "GET /{first}/{second}\n"
           "GET /files/<path:name>/edit\n"
           "GET /files/<path:name>\n",
           {"GET", "/a/new", "GET /a/new"}, {"GET", "/a/12", "GET /a/{number}"},
           {"GET", "/a/x", "GET /a/{any}"}, {"GET", "/a/v2", "GET /a/v{version}"},
           {"GET", "/a/v2.json", "GET /a/v{version}.{format}"}, {"GET", "/b/new", "GET /{first}/{second}"},
           {"GET", "/", "GET /{path...}"}, {"GET", "/b/c/d", "GET /{path...}"},
           {"GET", "/files/x/y/edit", "GET /files/{name...}/edit"},
           {"GET", "/files/x/y", "GET /files/{name...}"}, {"GET", "/%61/new", "GET /a/new"},
           {"GET", "/a/b%2Fc", "GET /a/{any}"});
}

static void flask(void **state)
{
    (void)state;
    EXPECT("Endpoint  Methods    Rule\n"
           "--------  ---------  -----------------------\n"
           "cart      GET, POST  /cart/<int:number>\n"
           "index     GET        /\n"
           "static    GET        /static/<path:filename>\n",
           {"GET", "/", "GET /"}, {"POST", "/cart/8", "POST /cart/{number}"}, {"GET", "/cart/x", NULL},
           {"GET", "/static/a/b.js", "GET /static/{filename...}"});
    EXPECT("Map([<Rule '/static/<path:filename>' (OPTIONS, HEAD, GET) -> static>,\n"
           " <Rule '/' (OPTIONS, HEAD, GET) -> index>,\n"
           " <Rule '/cart/<int:number>' (OPTIONS, POST, HEAD, GET) -> cart>,\n"
           " <Rule '/tag/<string(length=2):code>' (GET) -> tag>])\n",
           {"GET", "/", "GET /"}, {"POST", "/cart/8", "POST /cart/{number}"},
           {"HEAD", "/cart/8", "HEAD /cart/{number}"}, {"DELETE", "/cart/8", NULL},
           {"GET", "/tag/en", "GET /tag/{code}"});
}

static void rails(void **state)
{
    (void)state;
    EXPECT("      Prefix Verb   URI Pattern                  Controller#Action\n"
           "       posts GET    /posts(.:format)             posts#index\n"
           "             POST   /posts(.:format)             posts#create\n"
           "   edit_post GET    /posts/:id/edit(.:format)    posts#edit\n"
           "        post GET    /posts/:id(.:format)         posts#show\n"
           "             PATCH  /posts/:id(.:format)         posts#update\n"
           "        root GET    /                            home#index\n"
           "             GET    (/:locale)/about(.:format)   pages#about\n"
           "             GET    /old(.:format)               redirect(301, /new)\n"
           "sidekiq_web         /sidekiq                     Sidekiq::Web\n"
           "\n"
           "Routes for Sidekiq::Web:\n"
           "   jobs GET /jobs(.:format) jobs#index\n",
           {"GET", "/posts", "GET /posts"}, {"GET", "/posts.json", "GET /posts"},
           {"GET", "/posts/1.json", "GET /posts/{id}"}, {"GET", "/posts/1/edit", "GET /posts/{id}/edit"},
           {"PATCH", "/posts/1", "PATCH /posts/{id}"}, {"DELETE", "/posts/1", NULL}, {"GET", "/", "GET /"},
           {"GET", "/about", "GET /about"}, {"GET", "/de/about", "GET /{locale}/about"},
           {"GET", "/old", "GET /old"}, {"POST", "/sidekiq/jobs/1", "POST /sidekiq/{path...}"},
           {"GET", "/sidekiq", "GET /sidekiq"}, {"GET", "/jobs", NULL});
    EXPECT("--[ Route 1 ]----------------------------\n"
           "Prefix            | posts\n"
           "Verb              | GET\n"
           "URI               | /posts(.:format)\n"
           "Controller#Action | posts#index\n",
           {"GET", "/posts", "GET /posts"}, {"POST", "/posts", NULL});
}

static void openapi(void **state)
{
    (void)state;
    EXPECT("openapi: 3.0.3\n"
           "servers:\n"
           "  - url: https://{region}.example/{version}/\n"
           "    variables: {region: {default: eu}, version: {default: v2}}\n"
           "paths:\n"
           "  /pets/{petId}:\n"
           "    parameters: [{name: petId, in: path, required: true}]\n"
           "    get: {summary: one}\n"
           "    delete: {}\n"
           "  /status:\n"
           "    servers: [{url: /}]\n"
           "    get: {}\n",
           {"GET", "/v2/pets/9", "GET /v2/pets/{petId}"}, {"DELETE", "/v2/pets/9", "DELETE /v2/pets/{petId}"},
           {"PUT", "/v2/pets/9", NULL}, {"GET", "/pets/9", NULL}, {"GET", "/status", "GET /status"});
    EXPECT("{\n\t\"openapi\": \"3.1.0\",\n\t\"paths\": {\"/a/{b}\": {\"post\": {}}, \"x-note\": 1}\n}\n",
           {"POST", "/a/1", "POST /a/{b}"});
    EXPECT("{\"swagger\": \"2.0\", \"basePath\": \"/api\", \"paths\": {\"/a\": {\"get\": {}}}}",
           {"GET", "/api/a", "GET /api/a"});
}

static void complaints(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"GET /a\nGET b/c\n", "r:2:5: 'b/c': a route begins with '/'"},
        {"GET /a/{id\n", "r:1:5: a bracket that is not closed in '{id'"},
        {"GET /a/{}\n", "r:1:5: a parameter without a name"},
        {"GET /a/{b}{c}{d}{e}{f}\n", "r:1:5: more than 4 parameters in one segment"},
        {"GET /a/x{b...}\n", "r:1:5: what takes the rest has to be a segment of its own"},
        {"GET\n", "r:1:1: 'GET': a method without a path"},
        {"GET /a to: cart\n", "r:1:8: 'to:': one route a line"},
        {"", "r:1:1: no route in it"},
        {"# nothing\n", "r:1:1: no route in it"},
        {"openapi: 3.0.0\npaths:\n  a: {get: {}}\n", "r:3:3: 'a': a path begins with '/'"},
        {"openapi: 3.0.0\ninfo: {}\n", "r:1:1: an OpenAPI document without `paths:`"},
        {"openapi: 3.0.0\npaths: {\n", "r:3:1: not YAML"},
        {"{\"openapi\": \"3.0.0\",\n \"paths\": {\"a\": {}}}", "r:2:12: 'a': a path begins with '/'"},
        {"{\"openapi\": \"3.0.0\",\n", "r:2:1: not JSON"},
        {"Endpoint  Methods  Rule\n-----\ncart  get  /cart\n", "r:3:7: 'get': no method"},
        {" <Rule '/cart -> cart>\n", "r:1:9: a rule without its end"},
        {"Prefix Verb URI Pattern Controller#Action\nposts\n", "r:2:1: 'posts': no row of `rails routes`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        assert_null(routes_read_text(cases[i][0], strlen(cases[i][0]), "r", &err));
        assert_int_equal(err.code, ERR_USAGE);
        if (!text_starts_with(err.message, cases[i][1]))
            fail_msg("'%s', not '%s'", err.message, cases[i][1]);
    }
}

/* What stood for a parameter of a route is told as for a learned one. */
/* What is spelled once is what it was: an endpoint's name is read again, and a brace that was none is none then either. */
static void spelled_again_it_stays(void **state)
{
    (void)state;
    static const char *const routes[][2] = {{"/a/<int:id>", "/a/{id}"},
                                            {"/a\\{b}", "/a\\{b}"},
                                            {"/a\\:b/:c", "/a\\:b/{c}"},
                                            {"/x\\", "/x\\\\"},
                                            {"/a\\.b", "/a.b"},
                                            {"/\\*", "/\\*"},
                                            {"//{$}", "//"},
                                            {"/{$}", "/"},
                                            {"/a//", "/a//"},
                                            {"//", "//"},
                                            {"/", "/"}};
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        char *once = route_spelled(routes[i][0]), *twice = route_spelled(once);
        assert_string_equal(once, routes[i][1]);
        assert_string_equal(twice, once);
        free(once);
        free(twice);
    }
}

static void values_are_told(void **state)
{
    (void)state;
    struct routes *routes = read_text("GET /a/{b}/c/{d...}\n");
    struct templates *templates = templates_new();
    templates_use_routes(templates, routes);
    for (int i = 0; i < 5; i++)
        templates_add(
            templates, "GET",
            (const char *const[]){"/a/1/c/x/y", "/a/2/c/x/y", "/a/1/c/z", "/a/3/c/z", "/a/1/c/z?q"}[i]);
    templates_settle(templates);
    const struct template *found = templates_named(templates, "GET /a/{b}/c/{d...}");
    assert_non_null(found);
    assert_int_equal(found->requests, 5);
    assert_int_equal(found->parameter_count, 2);
    assert_string_equal(found->parameters[0].name, "b");
    assert_int_equal(found->parameters[0].distinct, 3);
    assert_string_equal(found->parameters[1].name, "d...");
    assert_int_equal(found->parameters[1].distinct, 2);
    assert_true(found->parameters[1].exact && found->parameters[1].why == WHY_ROUTE);
    templates_free(templates);
    routes_free(routes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines),     cmocka_unit_test(the_most_specific_wins),
        cmocka_unit_test(flask),           cmocka_unit_test(rails),
        cmocka_unit_test(openapi),         cmocka_unit_test(complaints),
        cmocka_unit_test(values_are_told), cmocka_unit_test(spelled_again_it_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
