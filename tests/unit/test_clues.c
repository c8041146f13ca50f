#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/clue_place.h"
#include "traffic/clues.h"
#include "traffic/html_value.h"

static bool is_value(const char *value)
{
    return clues_is_value(value, strlen(value));
}

static void ids_and_tokens_are_values(void **state)
{
    (void)state;
    static const char *const values[] = {
        "8f14e45fceea167a",    "100017", "550e8400-e29b-41d4-a716-446655440000", "eyJhbGciOi.J9.x4",
        "QWxhZGRpbjpvcGVuIHN", "cart_17"};
    static const char *const others[] = {"en",
                                         "language",
                                         "EUR",
                                         "199.99",
                                         "2024-03-12",
                                         "10017",
                                         "",
                                         "a b c d 17",
                                         "2024-03-12T14:00:18Z",
                                         "deleted",
                                         "http_only_and_secure"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_true(is_value(values[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(is_value(others[i]));
    char long_one[CLUES_VALUE_MOST + 1];
    memset(long_one, '7', sizeof long_one);
    assert_true(clues_is_value(long_one, CLUES_VALUE_MOST));
    assert_false(clues_is_value(long_one, CLUES_VALUE_MOST + 1));
}

static struct request request_of(const char *url)
{
    struct request request = {.method = xstrdup("GET"), .url = xstrdup(url)};
    clues_begin(&request);
    return request;
}

static const struct clue *find(const struct request *request, enum clue_kind kind, uint64_t hash)
{
    for (size_t i = 0; i < request->clues->count; i++)
        if (request->clues->items[i].kind == kind && request->clues->items[i].hash == hash)
            return &request->clues->items[i];
    return NULL;
}

/* What is given under a name is used in a request of each form. */
static void given_and_used_meet(void **state)
{
    (void)state;
    struct request giver = request_of("/login"), taker = request_of("/carts/tok%65n1?id=100017#x");
    const char *answer =
        " {\"user\": {\"token\": \"token1\"}, \"items\": [{\"id\": 100017}], \"language\": \"en\","
        " \"8f14e45fceea167a\": \"value-under-a-value-1\"}";
    const char *body = "{\"cart\": \"cookie-2b\"}";
    clues_answer(&giver, answer, strlen(answer));
    clues_set_cookie(&giver, "sid=cookie-2b; Path=/");
    clues_set_cookie(&giver, "lang=en; Path=/");
    assert_int_equal(giver.clues->count, 3);
    assert_string_equal(giver.clues->items[0].name, "/user/token");
    assert_string_equal(giver.clues->items[1].name, "/items/*/id");
    assert_string_equal(giver.clues->items[2].name, "sid");
    headers_add(&taker.headers, "Authorization", "Bearer token1");
    headers_add(&taker.headers, "Cookie", "theme=dark; sid=cookie-2b");
    headers_add(&taker.headers, "User-Agent", "agent-100");
    taker.body = (unsigned char *)xstrdup(body);
    taker.body_length = strlen(body);
    clues_use(&taker);
    assert_int_equal(taker.clues->count, 5);
    assert_non_null(find(&taker, CLUE_CLIENT, giver.clues->items[0].hash));
    assert_non_null(find(&taker, CLUE_USES, giver.clues->items[0].hash));
    assert_non_null(find(&taker, CLUE_USES, giver.clues->items[1].hash));
    assert_non_null(find(&taker, CLUE_CLIENT, giver.clues->items[2].hash));
    assert_non_null(find(&taker, CLUE_USES, giver.clues->items[2].hash));
    request_release(&giver);
    request_release(&taker);
}

/* Fields of a page, in any order and any quotes; what is no hidden field gives nothing. */
static void pages_give_fields(void **state)
{
    (void)state;
    static const char page[] =
        "\xef\xbb\xbf<!DOCTYPE html><html><head><META content='meta-value-1' name=csrf-token>"
        "<meta charset=utf-8></head><form><input type=\"hidden\" name=\"form[_token]\" class=a "
        "value=\"field-value-2\"/>"
        "<input name=visible value=visible-3><input\n type=hidden\tvalue=last-value-4 name='step' "
        "></form><input type=hidden";
    static const char *const expected[][2] = {{"meta csrf-token ", "meta-value-1"},
                                              {"input form[_token]", "field-value-2"},
                                              {"input step ", "last-value-4"}};
    struct request giver = request_of("/form");
    clues_answer(&giver, page, strlen(page));
    clues_header(&giver, "X-Upload-Key", "header-value-5");
    clues_header(&giver, "ETag", "header-value-6");
    assert_int_equal(giver.clues->count, 4);
    assert_string_equal(giver.clues->items[3].name, "X-Upload-Key");
    for (size_t i = 0; i < 3; i++) {
        const char *name = expected[i][0], *from = strchr(name, ' ') + 1;
        char *field = xstrndup(from, strcspn(from, " "));
        struct text source = TEXT_EMPTY;
        assert_string_equal(giver.clues->items[i].name, name);
        html_value_pattern(name[0] == 'm', text_ends_with(name, " "), field, &source);
        struct pattern *pattern = pattern_new(source.bytes, NULL);
        assert_non_null(pattern);
        assert_true(pattern_match(pattern, page, strlen(page)));
        struct span value = pattern_group(pattern, 1);
        assert_int_equal(value.length, strlen(expected[i][1]));
        assert_memory_equal(value.bytes, expected[i][1], value.length);
        pattern_free(pattern);
        text_release(&source);
        free(field);
    }
    request_release(&giver);
}

static void places_of_uses_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *url, *header, *value, *body;
        const char *place; /* of the one value */
        bool sure, secret;
        const char *rewritten;
    } rows[] = {
        {"/a/8f14e45fceea167a?b#c", NULL, NULL, NULL, "path 1", true, false,
         "/a/{{captured:v|8f14e45fceea167a}}?b#c"},
        {"/a?cart%5Bid%5D=10001%37&x", NULL, NULL, NULL, "query cart[id]", false, false,
         "/a?cart%5Bid%5D={{captured:v|10001%37}}&x"},
        {"/a?id=100017&id=1", NULL, NULL, NULL, "query id", false, false, NULL}, /* which one? */
        {"/a", NULL, NULL, "x=1&csrf_token=a%2Fb%2B17", "form csrf_token", false, true,
         "x=1&csrf_token={{captured:v|a%2Fb%2B17}}"},
        {"/a", NULL, NULL, "{\"x\": [1], \"y\": {\"token\": \"token-17\"}}", "json /y/token", false, true,
         "{\"x\": [1], \"y\": {\"token\": \"{{captured:v|token-17}}\"}}"},
        {"/a", NULL, NULL, "{\"order\": 1000170}", "json /order", false, false,
         NULL}, /* a number stays one */
        {"/a", NULL, NULL, "{\"list\": [\"value-17\"]}", "", false, false, NULL},
        {"/a", "Authorization", "Bearer token-17", NULL, "header Authorization Bearer", false, true,
         "{{captured:Bearer v|Bearer token-17}}"},
        {"/a", "Authorization", "Digest a, b token-17", NULL, "", false, true, NULL},
        {"/a", "X-Cart", "cart-00000000000000017", NULL, "header X-Cart", true, false,
         "{{captured:v|cart-00000000000000017}}"},
        {"/a", "Cookie", "sid=cookie-17", NULL, "", false, false, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct request request = request_of(rows[i].url);
        struct rewritten rewritten = {.headers = {NULL, 0}};
        if (rows[i].header != NULL)
            headers_add(&request.headers, rows[i].header, rows[i].value);
        request.body = rows[i].body != NULL ? (unsigned char *)xstrdup(rows[i].body) : NULL;
        request.body_length = rows[i].body != NULL ? strlen(rows[i].body) : 0;
        struct request seen = request;
        clues_use(&request);
        assert_int_equal(request.clues->count, 1);
        const struct clue *clue = &request.clues->items[0];
        assert_string_equal(clue->name, rows[i].place);
        assert_int_equal(clue->sure, rows[i].sure);
        assert_int_equal(clue->secret, rows[i].secret);
        char *held = rows[i].header != NULL ? request.headers.items[0].value : NULL;
        bool done = clue_place_capture(&seen, clue->name, "v", &rewritten);
        assert_int_equal(done, rows[i].rewritten != NULL);
        if (done && rows[i].header != NULL)
            assert_string_equal(seen.headers.items[0].value, rows[i].rewritten);
        else if (done && rows[i].body != NULL)
            assert_memory_equal(seen.body, rows[i].rewritten, seen.body_length);
        else if (done)
            assert_string_equal(seen.url, rows[i].rewritten);
        if (held != NULL)
            request.headers.items[0].value = held;
        rewritten_release(&rewritten);
        request_release(&request);
    }
}

static void as_many_as_there_is_room_for(void **state)
{
    (void)state;
    struct request request = request_of("/a");
    struct text body = TEXT_EMPTY;
    for (int i = 0; i < 1000; i++)
        text_addf(&body, "%s\"value-%d\"", i == 0 ? "[" : ",", 1000 + i);
    text_add_char(&body, ']');
    clues_answer(&request, body.bytes, body.length);
    assert_int_equal(request.clues->count, CLUES_GIVEN_MOST);
    request.body_length = body.length;
    request.body = (unsigned char *)text_take(&body);
    clues_use(&request);
    assert_int_equal(request.clues->count, CLUES_GIVEN_MOST + CLUES_USED_MOST);
    clues_answer(&request, "{\"broken\": ", 11);
    request_release(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_and_tokens_are_values), cmocka_unit_test(given_and_used_meet),
        cmocka_unit_test(pages_give_fields), cmocka_unit_test(places_of_uses_are_told),
        cmocka_unit_test(as_many_as_there_is_room_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
