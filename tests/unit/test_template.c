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
    struct asked *items;
    size_t count, capacity;
};

static void ask(struct log *log, const char *method, char *url_take)
{
    if (log->count == log->capacity) {
        log->capacity = log->capacity * 2 + 64;
        log->items = xrealloc(log->items, log->capacity * sizeof *log->items);
    }
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
    free(log->items);
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

static void expect_same_in_any_order(const struct log *log, int rounds)
{
    struct templates *templates = learn(log);
    struct strings names = {NULL, 0};
    size_t *order = xcalloc(log->count, sizeof *order);
    struct random random;
    random_init(&random, 8);
    names.items = xcalloc(log->count, sizeof *names.items);
    for (; names.count < log->count; names.count++)
        names.items[names.count] =
            templates_name(templates, log->items[names.count].method, log->items[names.count].url);
    for (int round = 0; round < rounds; round++) {
        struct templates *again = templates_new();
        for (size_t i = 0; i < log->count; i++)
            order[i] = i;
        random_shuffle(&random, order, log->count);
        for (size_t i = 0; i < log->count; i++)
            templates_add(again, log->items[order[i]].method, log->items[order[i]].url);
        templates_settle(again);
        for (size_t i = 0; i < log->count; i++)
            expect(again, log->items[i].method, log->items[i].url, names.items[i]);
        assert_int_equal(templates_nodes(again), templates_nodes(templates));
        assert_int_equal(templates_count(again), templates_count(templates));
        for (size_t i = 0; i < templates_count(templates); i++) {
            const struct template *one = templates_at(templates, i), *other = templates_at(again, i);
            assert_string_equal(one->name, other->name);
            for (size_t k = 0; k < one->parameter_count; k++) {
                assert_int_equal(one->parameters[k].distinct, other->parameters[k].distinct);
                if (one->parameters[k].examples[0] != NULL)
                    assert_string_equal(one->parameters[k].examples[0], other->parameters[k].examples[0]);
            }
        }
        templates_free(again);
    }
    free(order);
    strings_release(&names);
    templates_free(templates);
}

/* "a", "b", ... "z", "ba", ...: words, no ids. */
static const char *word(unsigned number, char room[8])
{
    char *at = room + 7;
    *at = '\0';
    do
        *--at = (char)('a' + number % 26);
    while ((number /= 26) > 0);
    return at;
}

/* The same requests in any order give the same endpoints, values and examples. */
static void order_does_not_matter(void **state)
{
    (void)state;
    struct log *log = shop();
    char room[8];
    for (unsigned i = 0; i < 2500; i++)
        ask(log, "GET", xasprintf("/wide/%s/x", word(i, room)));
    expect_same_in_any_order(log, 5);
    struct templates *templates = learn(log);
    expect(templates, "GET", "/wide/bcd/x", "GET /wide/{name}/x");
    templates_free(templates);
    log_free(log);
}

/* Also where there is more than is kept, in first place or deeper. */
static void order_does_not_matter_at_the_bounds(void **state)
{
    (void)state;
    for (unsigned outer = 300; outer <= 4800; outer *= 16) {
        struct log *log = shop();
        char room[8], other[8], third[8];
        for (unsigned i = 0; i < outer; i++)
            for (unsigned k = 0; k < 48000 / outer; k++)
                ask(log, "GET",
                    xasprintf("/pages/%s/%s/%u/%s/deep%s", word(i, room), word(k * 31 + i % 7, other), i,
                              word(i * k, third),
                              k % 3 == 0   ? "/"
                              : k % 3 == 1 ? ".html"
                                           : "/a/b/c.png"));
        for (unsigned i = 0; i < 100; i++)
            for (unsigned k = 0; k < 3; k++)
                ask(log, "GET", xasprintf("/shop/%s/%s.png", word(i, room), word(k, other)));
        expect_same_in_any_order(log, 1);
        struct templates *templates = learn(log);
        assert_true(templates_nodes(templates) < TEMPLATE_NODES);
        char *name = templates_name(templates, "GET", "/pages/ba/a/0/a/deep/a/b/c.png");
        assert_true(text_starts_with(name, "GET /pages/{") && text_ends_with(name, "/{path...}"));
        free(name);
        expect(templates, "GET", "/cart/1007", "GET /cart/{id}");
        templates_free(templates);
        log_free(log);
    }
}

/* The i-th of up to a million distinct paths. */
static char *hostile(int shape, unsigned i)
{
    char one[8], other[8], rooms[5][8];
    const char *w[5];
    for (unsigned k = 0; k < 5; k++)
        w[k] = word(i >> 4 * k & 15, rooms[k]);
    switch (shape) {
    case 0: /* random words */
        return xasprintf("/%s/%s/%u", word(i % 9973, one), word(i, other), i);
    case 1: /* as many in first place */
        return xasprintf("/%s", word(i, one));
    case 2: /* deep down */
        return xasprintf("/a/b/c/d/e/%s/f", word(i, one));
    case 3: /* a tree of 16 branches each */
        return xasprintf("/%s/%s/%s/%s/%s", w[0], w[1], w[2], w[3], w[4]);
    default: /* the same among ids */
        return xasprintf("/%s/1/%s/2024-01-01/%s/%u/%s/deadbeef99/%s", w[0], w[1], w[2], i, w[3], w[4]);
    }
}

static void memory_is_bounded(void **state)
{
    (void)state;
    for (int shape = 0; shape < 5; shape++) {
        struct templates *templates = templates_new();
        size_t most = 0;
        for (unsigned i = 0; i < (shape == 4 ? 1000000 : 120000); i++) {
            char *url = hostile(shape, i);
            templates_add(templates, "GET", url);
            most = templates_nodes(templates) > most ? templates_nodes(templates) : most;
            free(url);
        }
        print_message("shape %d: at most %zu nodes, %zu bytes at the end\n", shape, most,
                      templates_bytes(templates));
        assert_true(most <= TEMPLATE_NODES);
        templates_settle(templates);
        assert_true(templates_bytes(templates) <= (size_t)TEMPLATE_NODES * 250);
        templates_free(templates);
    }
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

/* One name for one path, however it is escaped; an escaped slash is none. */
static void escapes(void **state)
{
    (void)state;
    struct log *log = log_new();
    ask_times(log, "GET", "/%7Ejo/%70age", 5);
    ask_times(log, "GET", "/~jo/page", 5);
    ask_times(log, "GET", "/a%2fb", 5);
    ask_times(log, "GET", "/{x}", 5);
    struct templates *templates = learn(log);
    expect(templates, "GET", "/~jo/page", "GET /~jo/page");
    expect(templates, "GET", "/%7ejo/page", "GET /~jo/page");
    expect(templates, "GET", "/a%2Fb", "GET /a%2Fb");
    expect(templates, "GET", "/%7Bx%7d", "GET /%7Bx%7D");
    assert_int_equal(templates_count(templates), 3);
    templates_free(templates);
    log_free(log);
}

static void languages_and_dates(void **state)
{
    (void)state;
    struct log *log = log_new();
    static const char *const languages[] = {"en", "de-AT", "pt_BR", "fr"};
    for (unsigned i = 0; i < 40; i++) {
        ask(log, "GET", xasprintf("/%s/%s", languages[i % 4], i % 3 ? "about" : "cart"));
        ask(log, "GET", xasprintf("/it/%s", i % 2 ? "servers" : "printers")); /* a department */
        ask(log, "GET", xasprintf("/go/%s", i % 2 ? "up" : "down"));
        ask(log, "GET", xasprintf("/blog/%u/%02u/%02u/post-%u", 2010 + i % 9, i % 12 + 1, i % 28 + 1, i));
        ask(log, "GET", xasprintf("/part/%u/label", 2001 + i % 30)); /* no years: nothing says so */
        ask(log, "GET", xasprintf("/media/%c/x", 'a' + (int)(i % 10)));
        ask(log, "GET", xasprintf("/api/v1/r%c", 'a' + (int)(i % 20)));
    }
    struct templates *templates = learn(log);
    expect(templates, "GET", "/de-AT/cart", "GET /{locale}/cart");
    expect(templates, "GET", "/it/servers", "GET /it/servers");
    expect(templates, "GET", "/go/up", "GET /go/up");
    expect(templates, "GET", "/blog/2012/03/14/post-2", "GET /blog/{year}/{month}/{day}/{slug}");
    expect(templates, "GET", "/part/2004/label", "GET /part/{id}/label");
    expect(templates, "GET", "/media/c/x", "GET /media/{name}/x");
    expect(templates, "GET", "/api/v1/rc", "GET /api/v1/rc");
    templates_free(templates);
    log_free(log);
}

/* A scanner's words in first place leave the routes of the service alone; owners of repositories are alike. */
static void first_places(void **state)
{
    (void)state;
    for (int owners = 0; owners <= 1; owners++) {
        struct log *log = log_new();
        char room[8], other[8];
        for (unsigned i = 0; i < 600; i++)
            if (owners)
                ask(log, "GET",
                    xasprintf("/%s/%s/issues", word(i < 500 ? i + 30 : 7, room), word(i % 50, other)));
            else
                ask(log, "GET", xasprintf("/%s", word(i + 30, room)));
        ask_times(log, "GET", "/cart", 80);
        ask_times(log, "GET", "/login/form", 80);
        struct templates *templates = learn(log);
        expect(templates, "GET", "/cart", "GET /cart");
        expect(templates, "GET", "/login/form", "GET /login/form");
        if (owners)
            expect(templates, "GET", "/h/ba/issues", "GET /{name}/{name2}/issues"); /* asked for 100 times */
        else
            expect(templates, "GET", "/bg", "GET /{name}");
        templates_free(templates);
        log_free(log);
    }
}

static void assets_together(void **state)
{
    (void)state;
    struct templates *templates = templates_new();
    templates_use_assets_group(templates);
    static const char *const urls[] = {"/a.css?v=2", "/js/x/y.js", "/logo.PNG", "/page.html", "/cart"};
    for (size_t i = 0; i < 5; i++)
        templates_add(templates, "GET", urls[i]);
    templates_settle(templates);
    expect(templates, "GET", "/a.css?v=2", "GET /{asset...}");
    expect(templates, "GET", "/logo.PNG", "GET /{asset...}");
    expect(templates, "GET", "/page.html", "GET /page.html");
    const struct template *all = templates_named(templates, "GET /{asset...}");
    assert_int_equal(all->requests, 3);
    assert_int_equal(all->parameters[0].distinct, 3);
    assert_false(all->given);
    assert_false(template_is_asset("POST", "/a.css"));
    templates_free(templates);
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
        cmocka_unit_test(routes_of_a_shop),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(order_does_not_matter_at_the_bounds),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(words_stay),
        cmocka_unit_test(values_join_their_like),
        cmocka_unit_test(escapes),
        cmocka_unit_test(languages_and_dates),
        cmocka_unit_test(first_places),
        cmocka_unit_test(assets_together),
        cmocka_unit_test(slashes),
        cmocka_unit_test(rare_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
