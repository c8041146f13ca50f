#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/clues.h"

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
    const struct CMUnitTest tests[] = {cmocka_unit_test(ids_and_tokens_are_values),
                                       cmocka_unit_test(given_and_used_meet),
                                       cmocka_unit_test(as_many_as_there_is_room_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
