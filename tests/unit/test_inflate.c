#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/inflate.h"
#include "base/random.h"

#define LIMIT 1000000

/* `bits`: 15 zlib, -15 raw, 31 gzip. The caller's. */
static unsigned char *coded(const char *bytes, size_t length, int bits, size_t *size)
{
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)length};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uLong most = deflateBound(&stream, length) + 32;
    unsigned char *out = xmalloc(most);
    stream.next_out = out;
    stream.avail_out = (uInt)most;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *size = stream.total_out;
    deflateEnd(&stream);
    return out;
}

static void feed(struct inflate *inflate, const void *bytes, size_t length, size_t step, struct text *out)
{
    for (size_t at = 0; at < length; at += step)
        inflate_add(inflate, (const char *)bytes + at, length - at < step ? length - at : step, out);
}

/* Letters that compress, and some that do not. */
static char *sample(size_t length)
{
    struct random random;
    random_init(&random, 7);
    char *bytes = xmalloc(length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = i / 1000 % 2 ? 'a' : (char)random_below(&random, 256);
    return bytes;
}

static const struct {
    enum coding coding;
    int bits;
} forms[] = {{CODING_GZIP, 31}, {CODING_DEFLATE, 15}, {CODING_DEFLATE, -15}};

/* One decoder for all: what was decoded before leaves no trace. */
static void what_was_coded_comes_out(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 100, 300000}, steps[] = {1, 2, 777, 1000000};
    struct inflate inflate = {.coding = CODING_NONE};
    struct text out = TEXT_EMPTY;
    for (size_t i = 0; i < 3 * 4 * 4; i++) {
        size_t length = lengths[i / 3 % 4], size;
        char *bytes = sample(length);
        unsigned char *body = coded(bytes, length, forms[i % 3].bits, &size);
        text_clear(&out);
        inflate_begin(&inflate, forms[i % 3].coding, LIMIT);
        feed(&inflate, body, size, steps[i / 12], &out);
        assert_null(inflate_fault(&inflate));
        assert_int_equal(out.length, length);
        if (length > 0)
            assert_memory_equal(out.bytes, bytes, length);
        free(body);
        free(bytes);
    }
    text_release(&out);
    inflate_release(&inflate);
}

static void no_coding_is_copied(void **state)
{
    (void)state;
    struct inflate inflate = {.coding = CODING_NONE};
    struct text out = TEXT_EMPTY;
    inflate_begin(&inflate, CODING_NONE, 5);
    inflate_add(&inflate, "abc", 3, &out);
    inflate_add(&inflate, "de", 2, &out);
    assert_null(inflate_fault(&inflate));
    inflate_add(&inflate, "f", 1, &out);
    assert_string_equal(out.bytes, "abcde");
    assert_string_equal(inflate_fault(&inflate), "is larger than what is read");
    assert_null(inflate.stream);
    text_release(&out);
    inflate_release(&inflate);
}

static void a_bomb_is_cut(void **state)
{
    (void)state;
    size_t length = 50 * 1000 * 1000, size;
    char *zeros = xcalloc(1, length);
    unsigned char *body = coded(zeros, length, 31, &size);
    struct inflate inflate = {.coding = CODING_NONE};
    struct text out = TEXT_EMPTY;
    inflate_begin(&inflate, CODING_GZIP, LIMIT);
    feed(&inflate, body, size, size, &out);
    assert_int_equal(out.length, LIMIT);
    assert_true(inflate.cut && out.capacity < 2 * LIMIT);
    assert_string_equal(inflate_fault(&inflate), "is larger than what is read");
    free(body);
    free(zeros);
    text_release(&out);
    inflate_release(&inflate);
}

static void members_of_gzip_are_one_body(void **state)
{
    (void)state;
    size_t first_size, second_size;
    unsigned char *first = coded("one ", 4, 31, &first_size), *second = coded("two", 3, 31, &second_size);
    struct text body = TEXT_EMPTY, out = TEXT_EMPTY;
    text_add(&body, first, first_size);
    text_add(&body, second, second_size);
    text_add_string(&body, "trailing garbage\x1f, and more");
    struct inflate inflate = {.coding = CODING_NONE};
    for (size_t pace = 1; pace <= body.length; pace *= 3) {
        text_clear(&out);
        inflate_begin(&inflate, CODING_GZIP, LIMIT);
        feed(&inflate, body.bytes, body.length, pace, &out);
        assert_string_equal(out.bytes, "one two");
        assert_null(inflate_fault(&inflate));
    }
    free(first);
    free(second);
    text_release(&body);
    text_release(&out);
    inflate_release(&inflate);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    size_t size;
    unsigned char *body = coded("hello hello hello", 17, 31, &size);
    struct inflate inflate = {.coding = CODING_NONE};
    struct text out = TEXT_EMPTY;
    inflate_begin(&inflate, CODING_GZIP, LIMIT);
    inflate_add(&inflate, (char *)body, size - 4, &out);
    assert_string_equal(inflate_fault(&inflate), "is cut short");
    inflate_begin(&inflate, CODING_GZIP, LIMIT);
    inflate_add(&inflate, "plain text", 10, &out);
    assert_string_equal(inflate_fault(&inflate), "is not gzip or deflate");
    body[size - 5] ^= 1; /* its checksum */
    inflate_begin(&inflate, CODING_GZIP, LIMIT);
    inflate_add(&inflate, (char *)body, size, &out);
    assert_string_equal(inflate_fault(&inflate), "is not gzip or deflate");
    inflate_begin(&inflate, CODING_DEFLATE, LIMIT);
    inflate_add(&inflate, "x", 1, &out);
    assert_string_equal(inflate_fault(&inflate), "is cut short");
    inflate_begin(&inflate, CODING_DEFLATE, LIMIT); /* 204 with a coding: no body at all */
    assert_null(inflate_fault(&inflate));
    size_t before = out.length;
    inflate_begin(&inflate, CODING_OTHER, LIMIT);
    inflate_add(&inflate, "abc", 3, &out);
    assert_int_equal(out.length, before);
    assert_non_null(strstr(inflate_fault(&inflate), "cannot be read"));
    free(body);
    text_release(&out);
    inflate_release(&inflate);
}

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum coding coding;
    } rows[] = {{"gzip", CODING_GZIP},     {"X-GZip", CODING_GZIP}, {"Deflate", CODING_DEFLATE},
                {"identity", CODING_NONE}, {"", CODING_NONE},       {"br", CODING_OTHER},
                {"zstd", CODING_OTHER},    {"gz", CODING_OTHER},    {"gzip, br", CODING_OTHER}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(coding_named(rows[i].name, strlen(rows[i].name)), rows[i].coding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_coded_comes_out),
        cmocka_unit_test(no_coding_is_copied),
        cmocka_unit_test(a_bomb_is_cut),
        cmocka_unit_test(members_of_gzip_are_one_body),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
