#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/cookie_date.h"
#include "replay/jar.h"

#define NOW INT64_C(1700000000)

static struct span span_of(const char *text)
{
    return (struct span){text, text != NULL ? strlen(text) : 0};
}

static struct asking asking_at(const char *target, bool secure, int64_t now_s)
{
    return (struct asking){.target = span_of(target), .secure = secure, .now_s = now_s};
}

static void set(struct jar *jar, const char *target, const char *field)
{
    struct asking asking = asking_at(target, false, NOW);
    jar_set(jar, span_of(field), &asking);
}

static void assert_line_at(const struct jar *jar, struct asking asking, const char *recorded,
                           const char *expected)
{
    struct text out = TEXT_EMPTY;
    text_add_string(&out, "A: b\r\n");
    bool added = jar_add_line(jar, &asking, span_of(recorded), &out);
    char *whole = xasprintf("A: b\r\n%s%s%s", expected != NULL ? "Cookie: " : "",
                            expected != NULL ? expected : "", expected != NULL ? "\r\n" : "");
    assert_string_equal(out.bytes, whole);
    assert_int_equal(added, expected != NULL);
    free(whole);
    text_release(&out);
}

static void assert_line(const struct jar *jar, const char *target, const char *recorded, const char *expected)
{
    assert_line_at(jar, asking_at(target, false, NOW), recorded, expected);
}

static void an_empty_jar_costs_nothing(void **state)
{
    (void)state;
    struct jar jar = {NULL, 0, 0};
    struct text out = TEXT_EMPTY;
    struct asking asking = asking_at("/", false, NOW);
    assert_false(jar_add_line(&jar, &asking, span_of(NULL), &out));
    assert_null(out.bytes);
    assert_null(jar.items);
    jar_release(&jar);
}

static void what_was_set_is_sent(void **state)
{
    (void)state;
    struct jar jar = {NULL, 0, 0};
    set(&jar, "/", "sid=1; HttpOnly; SameSite=Lax; Domain=shop.example");
    set(&jar, "/", " theme = \"dark blue\" ;Path=/");
    set(&jar, "/", "empty=");
    assert_line(&jar, "/a?x=1", NULL, "sid=1; theme=\"dark blue\"; empty=");
    set(&jar, "/", "sid=2"); /* in its old place */
    assert_line(&jar, "/a", NULL, "sid=2; theme=\"dark blue\"; empty=");
    jar_clear(&jar);
    assert_line(&jar, "/a", NULL, NULL);
    assert_non_null(jar.items);
    jar_release(&jar);
}

static void what_is_no_cookie_is_nothing(void **state)
{
    (void)state;
    struct jar jar = {NULL, 0, 0};
    static const char *const fields[] = {"",        ";",      "no-value", "=1", " = 1", "a=b\rX-Evil: 1",
                                         "a=b\x01", "a\x7f=b"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        set(&jar, "/", fields[i]);
    assert_int_equal(jar.count, 0);
    struct asking asking = asking_at("/", false, NOW);
    jar_set(&jar, (struct span){"a=b\0c", 5}, &asking);
    assert_int_equal(jar.count, 0);
    jar_release(&jar);
}

/* The examples of RFC 6265, 5.1.4, and a default path from what was asked for. */
static void paths(void **state)
{
    (void)state;
    static const struct {
        const char *set_at, *field, *asked;
        bool sent;
    } rows[] = {
        {"/", "a=1; Path=/docs", "/docs", true},
        {"/", "a=1; Path=/docs", "/docs/", true},
        {"/", "a=1; Path=/docs", "/docs/web", true},
        {"/", "a=1; Path=/docs/", "/docs/web", true},
        {"/", "a=1; Path=/docs/", "/docs", false},
        {"/", "a=1; Path=/docs", "/docsets", false},
        {"/", "a=1; Path=/docs", "/docs?x=/y", true},
        {"/", "a=1; Path=/docs", "/?/docs", false},
        {"/x/y/z", "a=1", "/x/y", true},
        {"/x/y/z", "a=1", "/x/y/other", true},
        {"/x/y/z", "a=1", "/x", false},
        {"/x", "a=1", "/other", true},
        {"/x/y?q=/a/b", "a=1", "/x/1", true},
        {"/x/y/z", "a=1; Path=", "/x/y/1", true},
        {"/x/y/z", "a=1; Path=docs", "/x/y/1", true},
        {"/x/y/z", "a=1; path=/; Path=/q", "/", false},
        {"*", "a=1", "/any", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct jar jar = {NULL, 0, 0};
        set(&jar, rows[i].set_at, rows[i].field);
        assert_line(&jar, rows[i].asked, NULL, rows[i].sent ? "a=1" : NULL);
        jar_release(&jar);
    }
}

static void longer_paths_come_first(void **state)
{
    (void)state;
    struct jar jar = {NULL, 0, 0};
    set(&jar, "/", "a=root");
    set(&jar, "/", "b=root");
    set(&jar, "/", "a=deep; Path=/x/y");
    set(&jar, "/", "c=middle; Path=/x");
    assert_int_equal(jar.count, 4);
    assert_line(&jar, "/x/y", NULL, "a=deep; c=middle; a=root; b=root");
    assert_line(&jar, "/x", NULL, "c=middle; a=root; b=root");
    jar_release(&jar);
}

static void cookies_expire(void **state)
{
    (void)state;
    struct jar jar = {NULL, 0, 0};
    set(&jar, "/", "a=1; Max-Age=10");
    set(&jar, "/", "b=1; Expires=Tue, 14 Nov 2023 22:13:40 GMT"); /* NOW + 20 */
    set(&jar, "/", "c=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=30");
    set(&jar, "/", "d=1; Expires=nonsense; Max-Age=nonsense");
    set(&jar, "/", "e=1; Max-Age=99999999999999999999999999");
    assert_line(&jar, "/", NULL, "a=1; b=1; c=1; d=1; e=1");
    assert_line_at(&jar, asking_at("/", false, NOW + 10), NULL, "b=1; c=1; d=1; e=1");
    assert_line_at(&jar, asking_at("/", false, NOW + 20), NULL, "c=1; d=1; e=1");
    assert_line_at(&jar, asking_at("/", false, NOW + 30), NULL, "d=1; e=1");
    set(&jar, "/", "d=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    set(&jar, "/", "a=; Max-Age=0");
    set(&jar, "/", "b=; Max-Age=-1");
    set(&jar, "/", "e=; Max-Age=0; Path=/other"); /* another cookie */
    set(&jar, "/", "never=; Max-Age=0");
    assert_line(&jar, "/", NULL, "c=1; e=1");
    jar_release(&jar);
}

static void secure_ones_stay_off_plain_connections(void **state)
{
    (void)state;
    struct jar jar = {NULL, 0, 0};
    set(&jar, "/", "a=1; Secure");
    set(&jar, "/", "b=1");
    assert_line_at(&jar, asking_at("/", false, NOW), NULL, "b=1");
    assert_line_at(&jar, asking_at("/", true, NOW), NULL, "a=1; b=1");
    assert_line_at(&jar, asking_at("/", false, NOW), "a=old", "b=1; a=old");
    jar_release(&jar);
}

static void the_jar_wins_over_what_was_recorded(void **state)
{
    (void)state;
    struct jar jar = {NULL, 0, 0};
    assert_line(&jar, "/", "sid=old; theme=dark", "sid=old; theme=dark");
    assert_line(&jar, "/", "sid={{redacted:1f}}", NULL);
    assert_line(&jar, "/", "", NULL);
    set(&jar, "/", "sid=new");
    set(&jar, "/", "deep=1; Path=/deep");
    assert_line(&jar, "/", "sid=old; theme=dark;; odd ;", "sid=new; theme=dark; odd");
    assert_line(&jar, "/", "a={{redacted:1f}}; deep=old;b=2", "sid=new; deep=old; b=2");
    jar_release(&jar);
}

static void it_is_bounded(void **state)
{
    (void)state;
    struct jar jar = {NULL, 0, 0};
    for (int i = 0; i < JAR_COOKIES + 1; i++) {
        char *field = xasprintf("c%d=1%s", i, i == 7 ? "; Max-Age=1" : "");
        set(&jar, "/", field);
        free(field);
    }
    assert_int_equal(jar.count, JAR_COOKIES);
    assert_memory_equal(jar.items[0].bytes, "c1=1", 4); /* the oldest went */
    struct asking later = asking_at("/", false, NOW + 1);
    jar_set(&jar, span_of("last=1"), &later);
    assert_int_equal(jar.count, JAR_COOKIES);
    assert_memory_equal(jar.items[0].bytes, "c1=1", 4); /* the expired one went */
    jar_clear(&jar);
    char *big = xasprintf("a=%0*d", (int)JAR_BYTES, 0), *fits = xasprintf("a=%0*d", (int)JAR_BYTES - 3, 0);
    set(&jar, "/", big);
    assert_int_equal(jar.count, 0);
    set(&jar, "/", fits);
    assert_int_equal(jar.count, 1);
    free(big);
    free(fits);
    jar_release(&jar);
}

/* Expected values: date -u -d '2027-06-09 10:18:14' +%s, and the like. */
static void dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t when_s; /* -1: no date */
    } rows[] = {
        {"Wed, 09 Jun 2027 10:18:14 GMT", 1812536294},
        {"Wednesday, 09-Jun-27 10:18:14 GMT", 1812536294},
        {"Wed Jun  9 10:18:14 2027", 1812536294},
        {"Wed, 9-JUN-2027 10:18:14 UTC", 1812536294},
        {"10:18:14 9 june 27", 1812536294},
        {"09th Jun 2027 10:18:14", 1812536294},
        {"Thu, 01-Jan-70 00:00:01 GMT", 1},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sun, 06-Nov-94 08:49:37 GMT", 784111777},
        {"1 jan 2000 1:2:3", 946688523},
        {"Mon, 31 Dec 9999 23:59:59 GMT", 253402300799},
        {"", -1},
        {"Wed, 09 Jun 2027", -1},
        {"09 Jun 2027 10:18", -1},
        {"09 Jun 2027 24:00:00", -1},
        {"31 Feb 2027 00:00:00", -1},
        {"00 Jan 2027 00:00:00", -1},
        {"01 Jan 1600 00:00:00", -1},
        {"01 Jan 20270 00:00:00", -1},
        {"01 Foo 2027 00:00:00", -1},
        {"2027-06-09T10:18:14Z", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t when_s = 0;
        int failed = cookie_date(rows[i].text, strlen(rows[i].text), &when_s);
        if (failed != (rows[i].when_s < 0 ? -1 : 0) || (!failed && when_s != rows[i].when_s))
            fail_msg("'%s': %d, %lld", rows[i].text, failed, (long long)when_s);
    }
}

/* A server says dates by its own clock, which is set with ours where both are one machine's: a cookie for an hour is one
 * for an hour, and one that is there is not lost by it. */
static void a_clock_that_is_set_ends_no_session(void **state)
{
    (void)state;
    struct jar jar = {0};
    struct asking asking = asking_at("/", false, NOW);
    set(&jar, "/", "age=1; Max-Age=60");
    asking.set_s = -7200;                                                             /* two hours back */
    jar_set(&jar, span_of("date=1; Expires=Tue, 14 Nov 2023 20:13:40 GMT"), &asking); /* NOW - 7200 + 20 */
    assert_line_at(&jar, asking_at("/", false, NOW + 10), NULL, "age=1; date=1");
    assert_line_at(&jar, asking_at("/", false, NOW + 30), NULL, "age=1");
    jar_release(&jar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_jar_costs_nothing),
        cmocka_unit_test(what_was_set_is_sent),
        cmocka_unit_test(what_is_no_cookie_is_nothing),
        cmocka_unit_test(paths),
        cmocka_unit_test(longer_paths_come_first),
        cmocka_unit_test(cookies_expire),
        cmocka_unit_test(a_clock_that_is_set_ends_no_session),
        cmocka_unit_test(secure_ones_stay_off_plain_connections),
        cmocka_unit_test(the_jar_wins_over_what_was_recorded),
        cmocka_unit_test(it_is_bounded),
        cmocka_unit_test(dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
