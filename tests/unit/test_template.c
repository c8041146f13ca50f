#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <stdlib.h>

#include "base/random.h"
#include "base/strings.h"
#include "base/text.h"
#include "traffic/template.h"

struct asked {
    const char *method;
    char *url;
};

struct log {
    struct asked items[20000];
    size_t count;
};

static void ask(struct log *log, const char *method, char *url_take)
{
    assert_true(log->count < sizeof log->items / sizeof *log->items);
    log->items[log->count++] = (struct asked){method, url_take};
}

static void ask_times(struct log *log, const char *method, const char *url, int times)
{
    for (int i = 0; i < times; i++)
        ask(log, method, xstrdup(url));
}

static struct log *log_new(void)
{
    return xcalloc(1, sizeof(struct log));
}

static void log_free(struct log *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->items[i].url);
    free(log);
}

static struct templates *learn(const struct log *log)
{
    struct templates *templates = templates_new();
    for (size_t i = 0; i < log->count; i++)
        templates_add(templates, log->items[i].method, log->items[i].url);
    templates_settle(templates);
    return templates;
}

static void expect(const struct templates *templates, const char *method, const char *url, const char *name)
{
    char *got = templates_name(templates, method, url);
    if (strcmp(got, name) != 0)
        fail_msg("%s %s: '%s', not '%s'", method, url, got, name);
    free(got);
}

/* A shop: every kind of id, and words that must stay. */
static struct log *shop(void)
{
    struct log *log = log_new();
    static const char *const words[] = {"/",
                                        "/products",
                                        "/search",
                                        "/cart",
                                        "/checkout",
                                        "/api/v1/users",
                                        "/api/v1/orders",
                                        "/api/v2/users",
                                        "/session/login",
                                        "/session/logout",
                                        "/favicon.ico",
                                        "/robots.txt"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ask_times(log, "GET", words[i], 20);
    for (unsigned i = 0; i < 60; i++) {
        ask(log, "GET", xasprintf("/cart/%u?step=%u", 1000 + i * 7, i));
        ask(log, "DELETE", xasprintf("/cart/%u/items/%u", 1000 + i * 7, i % 5));
        ask(log, "GET", xasprintf("/product/%08x-e032-423b-9bfa-b615c343fda0", i * 40503u));
        ask(log, "GET", xasprintf("/quote/KB-%05u", 61265 + i));
        ask(log, "GET", xasprintf("/history/KB-%05u/2024-03-%02u", 61265 + i, i % 28 + 1));
        ask(log, "GET", xasprintf("/commit/%08x", i * 2654435761u | 0xa0000000u));
        ask(log, "GET", xasprintf("/static/img/p%u.png", i % 9));
        ask(log, "GET",
            xasprintf("/blog/on-%c%c-and-other-things.html", 'a' + (int)i % 26, 'a' + (int)i / 26));
        ask(log, "GET", xasprintf("/tag/%c%c", 'k' + (int)i % 10, 'a' + (int)i / 10));
        ask(log, "HEAD", xasprintf("/product/%08x-e032-423b-9bfa-b615c343fda0", i * 40503u));
    }
    return log;
}

static void routes_of_a_shop(void **state)
{
    (void)state;
    struct log *log = shop();
    struct templates *templates = learn(log);
    expect(templates, "GET", "/", "GET /");
    expect(templates, "GET", "/?utm=1", "GET /");
    expect(templates, "GET", "/products?page=2", "GET /products");
    expect(templates, "GET", "/cart", "GET /cart");
    expect(templates, "GET", "/cart/1007", "GET /cart/{id}");
    expect(templates, "DELETE", "/cart/1007/items/3", "DELETE /cart/{id}/items/{id2}");
    expect(templates, "GET", "/product/00009e37-e032-423b-9bfa-b615c343fda0", "GET /product/{uuid}");
    expect(templates, "HEAD", "/product/00009e37-e032-423b-9bfa-b615c343fda0", "HEAD /product/{uuid}");
    expect(templates, "GET", "/quote/KB-61266", "GET /quote/{slug}");
    expect(templates, "GET", "/history/KB-61266/2024-03-02", "GET /history/{slug}/{date}");
    expect(templates, "GET", "/commit/a0000000", "GET /commit/{hash}");
    expect(templates, "GET", "/static/img/p3.png", "GET /static/img/{file}.png");
    expect(templates, "GET", "/blog/on-ba-and-other-things.html", "GET /blog/{slug}.html");
    expect(templates, "GET", "/tag/ka", "GET /tag/{name}");
    expect(templates, "GET", "/api/v1/users", "GET /api/v1/users");
    expect(templates, "GET", "/session/login", "GET /session/login");
    expect(templates, "GET", "/session/login;jsessionid=8", "GET /session/login");
    expect(templates, "GET", "/favicon.ico", "GET /favicon.ico");
    expect(templates, "PATCH", "/never/seen", "PATCH /{path...}");
    templates_free(templates);
    log_free(log);
}

/* The same requests in any order give the same endpoints, also where values overflow what is kept. */
static void order_does_not_matter(void **state)
{
    (void)state;
    struct log *log = shop();
    for (unsigned i = 0; i < TEMPLATE_DISTINCT + 500; i++)
        ask(log, "GET",
            xasprintf("/wide/%c%c%c/x", 'a' + (int)(i % 26), 'a' + (int)(i / 26 % 26), 'a' + (int)(i / 676)));
    struct templates *templates = learn(log);
    struct strings names = {NULL, 0};
    for (size_t i = 0; i < log->count; i++) {
        char *name = templates_name(templates, log->items[i].method, log->items[i].url);
        strings_add(&names, name);
        free(name);
    }
    size_t *order = xcalloc(log->count, sizeof *order);
    struct random random;
    random_init(&random, 8);
    for (int round = 0; round < 5; round++) {
        struct templates *again = templates_new();
        for (size_t i = 0; i < log->count; i++)
            order[i] = i;
        random_shuffle(&random, order, log->count);
        for (size_t i = 0; i < log->count; i++)
            templates_add(again, log->items[order[i]].method, log->items[order[i]].url);
        templates_settle(again);
        for (size_t i = 0; i < log->count; i++)
            expect(again, log->items[i].method, log->items[i].url, names.items[i]);
        templates_free(again);
    }
    expect(templates, "GET", "/wide/abc/x", "GET /wide/{name}/x");
    free(order);
    strings_release(&names);
    templates_free(templates);
    log_free(log);
}

/* Few words under a prefix are routes, however often they are asked for; in first place even many are. */
static void words_stay(void **state)
{
    (void)state;
    struct log *log = log_new();
    for (int i = 0; i < 12; i++)
        for (int k = 0; k < 40; k++) {
            ask(log, "POST", xasprintf("/rpc/method%c", 'a' + i));
            ask(log, "GET", xasprintf("/page%c%c", 'a' + i, 'a' + k % 3));
        }
    struct templates *templates = learn(log);
    expect(templates, "POST", "/rpc/methodb", "POST /rpc/methodb");
    expect(templates, "GET", "/pageba", "GET /pageba");
    templates_free(templates);
    log_free(log);
}

/* A talk without a number in its name joins those that have one, by what they share. */
static void values_join_their_like(void **state)
{
    (void)state;
    struct log *log = log_new();
    for (unsigned i = 0; i < 20; i++) {
        ask(log, "GET", xasprintf("/talks/conference-%u/images/a.png", 2000 + i));
        ask(log, "GET", xstrdup("/talks/vim/images/a.png"));
        ask(log, "GET", xstrdup("/talks/list/all"));
    }
    struct templates *templates = learn(log);
    expect(templates, "GET", "/talks/vim/images/a.png", "GET /talks/{slug}/images/a.png");
    expect(templates, "GET", "/talks/list/all", "GET /talks/list/all");
    templates_free(templates);
    log_free(log);
}

static void slashes(void **state)
{
    (void)state;
    struct log *log = log_new();
    ask_times(log, "GET", "/a", 5);
    ask_times(log, "GET", "/a/", 5);
    ask_times(log, "GET", "//", 5);
    ask_times(log, "GET", "/a//b", 5);
    struct text deep = TEXT_EMPTY;
    for (int i = 0; i < 100; i++)
        text_add_string(&deep, "/d");
    ask_times(log, "GET", text_string(&deep), 1);
    struct templates *templates = learn(log);
    expect(templates, "GET", "/a", "GET /a");
    expect(templates, "GET", "/a/", "GET /a/");
    expect(templates, "GET", "//", "GET /");
    expect(templates, "GET", "/a//b", "GET /a//b");
    char *name = templates_name(templates, "GET", text_string(&deep));
    assert_true(text_ends_with(name, "/d/{path...}"));
    free(name);
    text_release(&deep);
    templates_free(templates);
    log_free(log);
}

/* Probes go together in a large recording, and stay apart in a small one. */
static void rare_routes(void **state)
{
    (void)state;
    for (int large = 0; large <= 1; large++) {
        struct log *log = log_new();
        ask_times(log, "GET", "/home", large ? 5000 : 50);
        ask_times(log, "GET", "/wp-admin", 1);
        ask_times(log, "GET", "/.env", 1);
        for (int i = 0; i < 4; i++)
            ask_times(log, "GET", (const char *const[]){"/docs/a/b", "/docs/c", "/docs/d/e/f", "/docs/g"}[i],
                      2);
        ask_times(log, "DELETE", "/once", 1);
        struct templates *templates = learn(log);
        expect(templates, "GET", "/home", "GET /home");
        expect(templates, "GET", "/wp-admin", large ? "GET /{path...}" : "GET /wp-admin");
        expect(templates, "GET", "/.env", large ? "GET /{path...}" : "GET /.env");
        expect(templates, "GET", "/docs/c", large ? "GET /docs/{path...}" : "GET /docs/c");
        expect(templates, "DELETE", "/once", "DELETE /once");
        templates_free(templates);
        log_free(log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_of_a_shop), cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(words_stay),       cmocka_unit_test(values_join_their_like),
        cmocka_unit_test(slashes),          cmocka_unit_test(rare_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
