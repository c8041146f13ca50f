/* base/scan.h against the same question asked byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/scan.h"

static bool is_not_ascii(unsigned char byte)
{
    return byte >= 0x80;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

static bool is_quote_or_backslash(unsigned char byte)
{
    return byte == '"' || byte == '\\';
}

static bool is_not_graphic(unsigned char byte)
{
    return byte <= 0x20 || byte >= 0x7f;
}

static bool is_json_escaped(unsigned char byte)
{
    return is_control(byte) || byte == '"' || byte == '\\';
}

static const struct {
    const struct scan_kind *kind;
    bool (*is)(unsigned char byte);
} kinds[] = {
    {&scan_not_ascii, is_not_ascii},
    {&scan_control, is_control},
    {&scan_not_graphic, is_not_graphic},
    {&scan_json_escaped, is_json_escaped},
    {&scan_quote_or_backslash, is_quote_or_backslash},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static size_t one_by_one(const char *bytes, size_t length, size_t kind)
{
    size_t at = 0;
    while (at < length && !kinds[kind].is((unsigned char)bytes[at]))
        at++;
    return at;
}

static void check(const char *bytes, size_t length)
{
    for (size_t kind = 0; kind < KINDS; kind++)
        assert_int_equal(scan_until(bytes, length, *kinds[kind].kind), one_by_one(bytes, length, kind));
}

/* Beside a byte of any other value: what one says must not change what its neighbour says. */
static void finds_each_byte_at_each_place(void **state)
{
    (void)state;
    char bytes[21];
    for (int before = 0; before < 256; before++)
        for (int byte = 0; byte < 256; byte++) {
            size_t at = (size_t)(before + byte) % (sizeof bytes - 1);
            memset(bytes, 'a', sizeof bytes);
            bytes[at] = (char)before;
            bytes[at + 1] = (char)byte;
            check(bytes, sizeof bytes);
        }
}

static void looks_at_nothing_behind_the_end(void **state)
{
    (void)state;
    for (size_t length = 0; length < 40; length++) {
        char *bytes = malloc(length + 1);
        memset(bytes, 'x', length);
        bytes[length] = '"';
        check(bytes, length);
        check(bytes, length + 1);
        free(bytes);
    }
}

static void random_bytes(void **state)
{
    (void)state;
    uint64_t random = 1;
    char bytes[64];
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[i] = (char)(unsigned char)(random >> (round % 2 == 0 ? 57 : 56));
        }
        check(bytes, sizeof bytes);
        check(bytes + round % 4, (size_t)(round % 60));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_byte_at_each_place),
        cmocka_unit_test(looks_at_nothing_behind_the_end),
        cmocka_unit_test(random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
