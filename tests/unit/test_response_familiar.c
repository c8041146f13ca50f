/* What the parser knows of the last answer saves time and changes nothing: answers made at random, some like the
 * one before, some broken, in pieces, read with and without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "net/response.h"

#define ROUNDS 400  /* each begins with nothing known */
#define ANSWERS 40  /* of one round, one after another */
#define EXACT 65536 /* an answer is cut there: the limits are tested beyond */

/* What came of an answer, and what was told of it. */
struct result {
    struct response response;
    enum response_state state, end;
    size_t taken;
    struct text told;
};

static void tell_field(void *owner, const char *name, size_t name_length, const char *value,
                       size_t value_length)
{
    text_addf(owner, "%.*s=%.*s;", (int)name_length, name, (int)value_length, value);
}

static void tell_body(void *owner, const char *bytes, size_t length)
{
    text_add(owner, bytes, length);
}

static const struct response_sink sinks[] = {
    {true, tell_field, NULL}, {false, tell_field, NULL}, {false, tell_field, tell_body}};

static size_t below(struct random *random, size_t bound)
{
    return (size_t)random_below(random, bound);
}

static bool one_in(struct random *random, size_t many)
{
    return below(random, many) == 0;
}

static const char *const statuses[] = {
    "HTTP/1.1 200 OK\r\n",        "HTTP/1.1 200 OK\r\n",   "HTTP/1.1 200 OK\r\n",    "HTTP/1.0 200 OK\r\n",
    "HTTP/1.1 404 Not Found\r\n", "HTTP/1.1 204 No\r\n",   "HTTP/1.1 304 Not\r\n",   "HTTP/1.1 200\r\n",
    "HTTP/1.1 200 OK\n",          "HTTP/1.1 999 Oh\r\n",   "HTTP/1.1 200 O K \r\n",  "HTTP/1.1 101 Up\r\n",
    "HTTP/1.1 2000 OK\r\n",       "HTTP/1.1 500 Oops\r\n", "HTTP/1.1 503 Busy \r\n", "HTTP/1.1 200  OK\r\n"};
static const char *const interims[] = {"HTTP/1.1 100 Continue\r\n\r\n",
                                       "HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n", "HTTP/1.1 100 Continue\n\n"};
static const char *const fields[] = {
    "Content-Length: 5\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 7\r\n",
    "content-length:5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 5 \r\n",
    "Content-Length: x\r\n",
    "Content-Length: 999999999999999999999\r\n",
    "Content-Length: 123456789012345678\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: chunked, gzip\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Connection: keep-alive\r\n",
    "Connection: close\r\n",
    "Connection: Keep-Alive\r\n",
    "Connection: keep-alive, close\r\n",
    "Connection:\r\n",
    "Connection: \tkeep-alive\t\r\n",
    "Server: nginx\r\n",
    "Server: nginx\n",
    "Date: Wed, 25 Nov 2026 20:00:00 GMT\r\n",
    "Date: Wed, 25 Nov 2026 20:00:01 GMT\r\n",
    "Content-Type: text/html; charset=utf-8\r\n",
    "Set-Cookie: a=b; Path=/\r\n",
    "set-cookie: c=d\r\n",
    "Set-Cookie:\r\n",
    " folded\r\n",
    "\tfolded\r\n",
    "X: y\r\n",
    "X:\r\n",
    "X\r\n",
    ": y\r\n",
    "X : y\r\n",
    "X-\xe9: \xe9\r\n",
    "\xe9: y\r\n",
    "\x01: y\r\n",
    "X: a\rb\r\n",
    "\r: y\r\n",
    "X: y\r\r\n",
};
#define SOME(table) table[below(random, sizeof table / sizeof *table)]

/* Of exactly so many bytes with its end: around what is remembered, and what is kept of a line in pieces. */
static void add_long_field(struct random *random, struct text *out)
{
    static const size_t lengths[] = {90, 91, 92, 93, 94, 255, 256, 1023, 1024, 1025, 1026, 5000};
    size_t start = out->length, wanted = SOME(lengths);
    text_add_string(out, one_in(random, 3) ? "Connection:" : one_in(random, 2) ? "Set-Cookie: " : "X-Long: ");
    while (out->length - start < wanted - 2)
        text_add_char(out, one_in(random, 50) ? ' ' : 'v');
    text_add_string(out, "\r\n");
}

static void add_header(struct random *random, struct text *out)
{
    if (one_in(random, 6))
        text_add_string(out, SOME(interims));
    text_add_string(out, statuses[one_in(random, 3) ? below(random, 16) : 0]);
    size_t count = one_in(random, 20) ? 20 + below(random, 12) : below(random, 8);
    if (one_in(random, 100))
        count = 250 + below(random, 10);
    bool sound = one_in(random, 2); /* nothing in it that would end it early */
    for (; count > 0; count--)
        if (one_in(random, 12))
            add_long_field(random, out);
        else
            text_add_string(out, sound ? fields[13 + below(random, 14)] : SOME(fields));
    if (sound)
        text_add_string(out, fields[one_in(random, 3) ? 9 : below(random, 5)]);
    text_add_string(out, one_in(random, 20) ? "\n" : "\r\n");
}

static void add_rest(struct random *random, struct text *out)
{
    static const char *const bodies[] = {"hello",
                                         "hello, there",
                                         "",
                                         "5\r\nhello\r\n0\r\n\r\n",
                                         "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\nmore",
                                         "zz\r\n",
                                         "HTTP/1.1 200 OK\r\n\r\n"};
    text_add_string(out, SOME(bodies));
}

static void put_in(struct text *text, size_t at, size_t instead_of, const char *bytes)
{
    struct text rest = TEXT_EMPTY;
    text_add(&rest, text->bytes + at + instead_of, text->length - at - instead_of);
    text->length = at;
    text_add_string(text, bytes);
    text_add(text, rest.bytes, rest.length);
    text_release(&rest);
}

/* One of the first lines is another one, or gone, or there is one more. */
static void mutate_line(struct random *random, struct text *text)
{
    size_t at = 0, length = 0;
    for (size_t line = below(random, 6); line > 0; line--) {
        const char *end = memchr(text->bytes + at, '\n', text->length - at);
        at = end != NULL ? (size_t)(end - text->bytes) + 1 : at;
    }
    const char *end = memchr(text->bytes + at, '\n', text->length - at);
    if (end != NULL && !one_in(random, 3))
        length = (size_t)(end + 1 - text->bytes) - at;
    put_in(text, at, length, one_in(random, 3) ? "" : SOME(fields));
}

/* A byte changed or lost, or all cut short, before or behind. */
static void mutate(struct random *random, struct text *text)
{
    if (text->length == 0)
        return;
    size_t at = below(random, text->length);
    switch (below(random, 5)) {
    case 0:
        text->bytes[at] = (char)below(random, 256);
        break;
    case 1:
        memmove(text->bytes + at, text->bytes + at + 1, text->length - at - 1);
        text->length--;
        break;
    case 2:
        text->bytes[at] = "\r\n:, \t"[below(random, 6)];
        break;
    case 3:
        put_in(text, 0, at < 20 ? at : 20, "");
        break;
    default:
        text->length = at;
    }
}

/* As the last one with one line changed, or another one. */
static void make_answer(struct random *random, struct text *answer)
{
    if (answer->length == 0 || one_in(random, 5)) {
        text_clear(answer);
        add_header(random, answer);
        add_rest(random, answer);
    }
    if (answer->length > 0 && one_in(random, 2))
        mutate_line(random, answer);
    if (one_in(random, 8))
        mutate(random, answer);
}

/* The seed says where it is cut, so that two can be read alike. */
static void read_answer(struct result *result, const struct text *answer, struct familiar *familiar,
                        const struct response_sink *sink, bool head, uint64_t cuts)
{
    struct random random;
    random_init(&random, cuts);
    bool whole = one_in(&random, 2), single = one_in(&random, 10);
    *result = (struct result){.state = RESPONSE_MORE};
    response_init(&result->response, head);
    result->response.sink = sink;
    result->response.sink_owner = &result->told;
    result->response.familiar = familiar;
    while (result->taken < answer->length && result->state == RESPONSE_MORE) {
        size_t left = answer->length - result->taken, used;
        size_t piece = whole ? left : single ? 1 : 1 + below(&random, left < 200 ? left : 200);
        char *exact = xmalloc(piece); /* so that the sanitizer sees a read beyond it */
        memcpy(exact, answer->bytes + result->taken, piece);
        result->state = response_feed(&result->response, exact, piece, &used);
        free(exact);
        assert_true(used <= piece && (result->state != RESPONSE_MORE || used == piece));
        result->taken += used;
    }
    result->end = response_end(&result->response);
}

static void show(const struct text *answer)
{
    fwrite(answer->bytes, 1, answer->length, stderr);
    fprintf(stderr, "\n----\n");
}

static bool is_same(const struct result *a, const struct result *b)
{
    const struct response *one = &a->response, *other = &b->response;
    bool same = a->state == b->state && a->end == b->end && one->status == other->status &&
                one->continued == other->continued && one->body_bytes == other->body_bytes &&
                (one->why == other->why ||
                 (one->why != NULL && other->why != NULL && strcmp(one->why, other->why) == 0)) &&
                a->told.length == b->told.length &&
                (a->told.length == 0 || memcmp(a->told.bytes, b->told.bytes, a->told.length) == 0);
    if (same && a->end == RESPONSE_DONE) /* of what is wrong, nobody asks how much of it was */
        same = a->taken == b->taken && one->keep_alive == other->keep_alive;
    return same;
}

static void check_round(struct random *random)
{
    struct familiar familiar = {.status = 0};
    struct text answer = TEXT_EMPTY;
    for (int i = 0; i < ANSWERS; i++) {
        struct result with, without;
        const struct response_sink *sink = one_in(random, 4)   ? &sinks[below(random, 3)]
                                           : one_in(random, 2) ? &sinks[0]
                                                               : NULL;
        bool head = one_in(random, 12);
        uint64_t cuts = random_next(random);
        make_answer(random, &answer);
        if (answer.length > EXACT)
            answer.length = EXACT;
        read_answer(&with, &answer, &familiar, sink, head, cuts);
        read_answer(&without, &answer, NULL, sink, head, cuts);
        if (!is_same(&with, &without))
            show(&answer);
        assert_true(is_same(&with, &without));
        text_release(&with.told);
        text_release(&without.told);
    }
    text_release(&answer);
}

static void test_familiar_lines_change_nothing(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 20);
    for (int i = 0; i < ROUNDS; i++)
        check_round(&random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_familiar_lines_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
