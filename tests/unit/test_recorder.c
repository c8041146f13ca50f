/* What a recording says of clients and endpoints: whose request it is, what is counted while it runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/record_session.h"
#include "flow/record_top.h"

static struct record_sessions sessions;
static struct secret_key key;

/* The caller's. */
static char *session(const char *authorization, const char *cookie, const char *agent, const char *client)
{
    struct request request = {.method = NULL};
    if (authorization != NULL)
        headers_add(&request.headers, "authorization", authorization);
    if (cookie != NULL)
        headers_add(&request.headers, "Cookie", cookie);
    if (agent != NULL)
        headers_add(&request.headers, "User-Agent", agent);
    char *hash = strdup(record_session(&sessions, &request, client, &key));
    request_release(&request);
    return hash;
}

static void same(bool expected, char *one_take, char *other_take)
{
    assert_int_equal(strlen(one_take), SESSION_DIGITS);
    assert_int_equal(strcmp(one_take, other_take) == 0, expected);
    free(one_take);
    free(other_take);
}

static void knows_whose_request_it_is(void **state)
{
    (void)state;
    secret_key_random(&key);
    same(true, session("Bearer a", "x=1", "curl", "::1"), session("Bearer a", "y=2", "wget", "::2"));
    same(false, session("Bearer a", NULL, NULL, "::1"), session("Bearer b", NULL, NULL, "::1"));
    same(true, session(NULL, "theme=dark; PHPSESSID=7", NULL, "::1"),
         session(NULL, "PHPSESSID=7; theme=light", NULL, "::2"));
    same(false, session(NULL, "connect.sid=7", NULL, "::1"), session(NULL, "connect.sid=8", NULL, "::1"));
    same(true, session(NULL, "theme=dark", "curl", "::1"), session(NULL, NULL, "curl", "::1"));
    same(false, session(NULL, NULL, "curl", "::1"), session(NULL, NULL, "wget", "::1"));
    same(false, session(NULL, NULL, "curl", "::1"), session(NULL, NULL, "curl", "::2"));
    record_sessions_forget(&sessions);
}

/* What was forgotten, or never kept, is hashed to the same. */
static void hashes_the_same_without_memory(void **state)
{
    (void)state;
    char *before[2000], name[512];
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "Bearer %d %*s", i, i % 2 == 0 ? 1 : SESSION_RAW_BYTES, "x");
        before[i] = session(name, NULL, NULL, "::1");
    }
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "Bearer %d %*s", i, i % 2 == 0 ? 1 : SESSION_RAW_BYTES, "x");
        same(true, before[i], session(name, NULL, NULL, "::1"));
    }
    record_sessions_forget(&sessions);
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
        cmocka_unit_test(knows_whose_request_it_is),
        cmocka_unit_test(hashes_the_same_without_memory),
        cmocka_unit_test(counts_the_busiest_first),
        cmocka_unit_test(takes_what_is_too_many_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
