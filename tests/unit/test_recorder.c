/* What a recording says of clients and endpoints: whose request it is, what is counted while it runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/record_top.h"
#include "traffic/session_rules.h"

static struct session_rules rules;
static struct secret_key key;
static struct text room;

/* What a request of a client at `connection` holds; members may be NULL. */
struct asked {
    const char *authorization, *cookie, *agent, *address;
    int connection;
    const char *body;
};

/* The caller's. */
static char *session(struct asked asked)
{
    struct request request = {.method = NULL, .url = xstrdup("/p?user=7")};
    if (asked.authorization != NULL)
        headers_add(&request.headers, "authorization", asked.authorization);
    if (asked.cookie != NULL)
        headers_add(&request.headers, "Cookie", asked.cookie);
    if (asked.body != NULL) {
        request.body = (unsigned char *)xstrdup(asked.body);
        request.body_length = strlen(asked.body);
    }
    request.session =
        xasprintf("%s\n%s\n%d", asked.address, asked.agent != NULL ? asked.agent : "", asked.connection);
    session_rules_hash(&rules, &key, &request, 0, &room);
    char *hash = xstrdup(request.session);
    request_release(&request);
    return hash;
}

static void same(bool expected, struct asked one, struct asked other)
{
    char *first = session(one), *second = session(other);
    assert_int_equal(strlen(first), SESSION_DIGITS);
    assert_int_equal(strcmp(first, second) == 0, expected);
    free(first);
    free(second);
}

static void use(const char *list)
{
    struct err err;
    session_rules_release(&rules);
    assert_int_equal(session_rules_read(&rules, list, &err), 0);
}

#define CURL1 .agent = "curl", .address = "::1"

static void knows_whose_request_it_is(void **state)
{
    (void)state;
    secret_key_random(&key);
    use(SESSION_RULES_PROXY);
    same(true, (struct asked){"Bearer a", "x=1", "curl", "::1", 1, NULL},
         (struct asked){"Bearer a", "y=2", "wget", "::2", 2, NULL});
    same(false, (struct asked){"Bearer a", CURL1}, (struct asked){"Bearer b", CURL1});
    same(true, (struct asked){.cookie = "theme=dark; PHPSESSID=7", .address = "::1"},
         (struct asked){.cookie = "PHPSESSID=7; theme=light", .address = "::2"});
    same(false, (struct asked){.cookie = "connect.sid=7", CURL1},
         (struct asked){.cookie = "connect.sid=8", CURL1});
    same(true, (struct asked){.cookie = "theme=dark", CURL1, .connection = 1},
         (struct asked){CURL1, .connection = 2});
    same(false, (struct asked){CURL1}, (struct asked){.agent = "wget", .address = "::1"});
    same(false, (struct asked){CURL1}, (struct asked){.agent = "curl", .address = "::2"});
}

static void asks_the_rules_that_were_given(void **state)
{
    (void)state;
    use("connection");
    same(true, (struct asked){"Bearer a", CURL1, .connection = 1},
         (struct asked){"Bearer b", CURL1, .connection = 1});
    same(false, (struct asked){CURL1, .connection = 1}, (struct asked){CURL1, .connection = 11});
    use("address");
    same(true, (struct asked){CURL1, .connection = 1}, (struct asked){.agent = "wget", .address = "::1"});
    same(false, (struct asked){CURL1}, (struct asked){.agent = "curl", .address = "::11"});
    use("json:/user, query:user");
    same(true, (struct asked){CURL1, .body = "{\"user\":7}"},
         (struct asked){"Bearer b", CURL1, .body = "{\"user\":7}"});
    same(false, (struct asked){CURL1, .body = "{\"user\":7}"}, (struct asked){CURL1});
    use("none");
    char *alone = session((struct asked){"Bearer a", CURL1});
    assert_string_equal(alone, "");
    free(alone);
    session_rules_release(&rules);
    text_release(&room);
}

/* The first of the list, wherever it stands among the headers. */
static void knows_headers_by_their_names(void **state)
{
    (void)state;
    struct request request = {.method = NULL};
    use("header");
    headers_add(&request.headers, "Accept", "a");
    headers_add(&request.headers, "X-Access-Token", "b");
    headers_add(&request.headers, "X-SESSION-ID", "c");
    headers_add(&request.headers, "X-Session-Id", "d");
    session_rules_key(&rules, &request, &room);
    assert_string_equal(text_string(&room) + 1, "c");
    headers_release(&request.headers);
    session_rules_release(&rules);
    text_release(&room);
}

static void counts_the_busiest_first(void **state)
{
    (void)state;
    static struct record_top top;
    struct record_row rows[3];
    char url[64];
    for (int i = 0; i < 300; i++) {
        snprintf(url, sizeof url, "/cart/%d?x=/y/%d", i, i);
        record_top_add(&top, "GET", url);
    }
    record_top_add(&top, "POST", "/cart/7");
    record_top_add(&top, "POST", "/cart/8");
    record_top_add(&top, "GET", "/");
    assert_int_equal(record_top_first(&top, rows, 3), 3);
    assert_string_equal(rows[0].name, "GET /cart/{id}");
    assert_int_equal(rows[0].count, 300);
    assert_string_equal(rows[1].name, "POST /cart/{id}");
    assert_string_equal(rows[2].name, "GET /");
}

static void takes_what_is_too_many_together(void **state)
{
    (void)state;
    static struct record_top top;
    static struct record_row rows[2 * RECORD_TOP_MOST];
    uint64_t total = 0;
    char url[256];
    for (int i = 0; i < 1000; i++) {
        snprintf(url, sizeof url, "/%c%c%c", 'a' + i / 100, 'a' + i / 10 % 10, 'a' + i % 10);
        record_top_add(&top, "GET", url);
    }
    memset(url + 1, 'a', sizeof url - 2);
    url[sizeof url - 1] = '\0';
    record_top_add(&top, "GET", url);
    size_t count = record_top_first(&top, rows, 2 * RECORD_TOP_MOST);
    assert_int_equal(count, RECORD_TOP_MOST + 1);
    assert_string_equal(rows[0].name, "(others)");
    for (size_t i = 0; i < count; i++)
        total += rows[i].count;
    assert_int_equal(total, 1001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_whose_request_it_is),       cmocka_unit_test(asks_the_rules_that_were_given),
        cmocka_unit_test(knows_headers_by_their_names),    cmocka_unit_test(counts_the_busiest_first),
        cmocka_unit_test(takes_what_is_too_many_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
