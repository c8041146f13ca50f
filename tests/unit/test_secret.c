#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/secret.h"

/* Of the key 00 01 .. 0f and the bytes 00 01 .. 0e, and of no bytes:
 *     printf "$(printf '\\%03o' $(seq 0 14))" | openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f \
 *         -macopt size:16 -in - SIPHASH
 */
static void hash_is_siphash(void **state)
{
    (void)state;
    struct secret_key key;
    char bytes[15], out[33];
    for (size_t i = 0; i < sizeof key.bytes; i++)
        key.bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    secret_hash(&key, bytes, sizeof bytes, out, 32);
    assert_string_equal(out, "5493e99933b0a8117e08ec0f97cfc3d9");
    secret_hash(&key, bytes, 0, out, 32);
    assert_string_equal(out, "a3817f04ba25a8e66df67214c7550293");
    secret_hash(&key, bytes, 0, out, 8);
    assert_string_equal(out, "a3817f04");
}

static void keys_differ(void **state)
{
    (void)state;
    struct secret_key one, other;
    char a[33], b[33];
    secret_key_random(&one);
    secret_key_random(&other);
    secret_hash(&one, "x", 1, a, 32);
    secret_hash(&other, "x", 1, b, 32);
    assert_string_not_equal(a, b);
}

static void headers_with_credentials(void **state)
{
    (void)state;
    static const char *const secret[] = {
        "Authorization",  "authorization", "Proxy-Authorization", "Cookie",       "Set-Cookie",
        "X-Api-Key",      "x-csrf-token",  "X-XSRF-TOKEN",        "X-Auth-Token", "X-Amz-Security-Token",
        "X-Goog-Api-Key", "X-Session-Id",  "X-Hub-Signature-256", "X-User-Auth"};
    static const char *const plain[] = {
        "Accept",        "User-Agent", "Content-Type", "X-Request-Id", "Idempotency-Key", "Sec-WebSocket-Key",
        "If-None-Match", "Host",       "Origin",       "X-Author"};
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        if (!secret_header(secret[i]))
            fail_msg("%s is a secret", secret[i]);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (secret_header(plain[i]))
            fail_msg("%s is no secret", plain[i]);
}

static void keys_with_secrets(void **state)
{
    (void)state;
    static const char *const secret[] = {"password",
                                         "Passwd",
                                         "user[password]",
                                         "new_password_confirmation",
                                         "token",
                                         "access_token",
                                         "accessToken",
                                         "api_key",
                                         "api-key",
                                         "apiKey",
                                         "client_secret",
                                         "csrfmiddlewaretoken",
                                         "JSESSIONID",
                                         "PHPSESSID",
                                         "connect.sid",
                                         "session",
                                         "X-Amz-Signature",
                                         "X-Amz-Credential",
                                         "card_number",
                                         "pin",
                                         "pwd",
                                         "jwt"};
    static const char *const plain[] = {"currency",  "page",    "max_tokens", "token_type", "author",
                                        "passenger", "pinned",  "sku",        "id",         "key",
                                        "secretary", "sidebar", "authored",   "q",          ""};
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        if (!secret_key_name(secret[i], strlen(secret[i])))
            fail_msg("%s names a secret", secret[i]);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (secret_key_name(plain[i], strlen(plain[i])))
            fail_msg("%s names no secret", plain[i]);
}

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"

static void found(const char *text, const char *expected)
{
    size_t at = 0, size = 0;
    assert_true(secret_find(text, strlen(text), &at, &size, NULL));
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(text + at, expected, size);
}

static void values_by_shape(void **state)
{
    (void)state;
    found("see " JWT ", please", JWT);
    found("x=" JWT "&y=1", JWT);
    found("Bearer abcdefgh12345", "abcdefgh12345");
    found("basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA==");
    found("a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- z",
          "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----");
    found("key AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE");
    found("/x/ghp_0123456789abcdefghijABCDEFGHIJ012345/y", "ghp_0123456789abcdefghijABCDEFGHIJ012345");
    found("4111 1111 1111 1111 is Visa's", "4111 1111 1111 1111"); /* numbers of the issuers' documentation */
    found("n=5555-5555-5555-4444;", "5555-5555-5555-4444");
    found("378282246310005", "378282246310005");
    found("3782 822463 10005", "3782 822463 10005");
    found("mail <jo.doe+x@mail.example>.", "jo.doe+x@mail.example");
    found("at https://jo:pw@h.example/a@b", "jo:pw");
    static const char *const plain[] = {"",
                                        "4111 1111 1111 1112",
                                        "4111-1111 1111-1111",
                                        "41111111-1111-4111-a111-111111111111",
                                        "AKIAIOSFODNN7EXAMPLE0",
                                        "logo@2x.png",
                                        "https://h.example/a@b",
                                        "eyJ",
                                        "eyJhbGciOiJIUzI1NiJ9",
                                        "heyJude.is.a-song-of-the-beatles",
                                        "the bearer of news",
                                        "basic set",
                                        "7f1bce09-e032-423b-9bfa-b615c343fda0",
                                        "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (secret_value(plain[i], strlen(plain[i])))
            fail_msg("'%s' is no secret", plain[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_siphash),          cmocka_unit_test(keys_differ),
        cmocka_unit_test(headers_with_credentials), cmocka_unit_test(keys_with_secrets),
        cmocka_unit_test(values_by_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
