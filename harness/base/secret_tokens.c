#include "base/secret_tokens.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static bool is_base64url(char character)
{
    return isalnum((unsigned char)character) || character == '-' || character == '_';
}

static size_t base64url_run(const char *bytes, size_t length)
{
    size_t run = 0;
    while (run < length && is_base64url(bytes[run]))
        run++;
    return run;
}

/* {"alg"... and the other JSON objects begin with "eyJ" in base64; an empty
 * signature is an unsigned token. */
size_t secret_jwt_size(const char *bytes, size_t length)
{
    if (length < 20 || memcmp(bytes, "eyJ", 3) != 0)
        return 0;
    size_t header = base64url_run(bytes, length);
    if (header < 8 || header + 1 >= length || bytes[header] != '.')
        return 0;
    size_t size = header + 1;
    size_t claims = base64url_run(bytes + size, length - size);
    if (claims < 4 &&
        (claims > 0 || size >= length || bytes[size] != '.')) /* JWE's second part may be empty */
        return 0;
    size += claims;
    while (size < length && (bytes[size] == '.' || is_base64url(bytes[size]))) /* JWE has five parts */
        size++;
    return size;
}

/* What stands behind "Bearer " or "Basic ", when it is long enough to be no word of a sentence. */
size_t secret_scheme_size(const char *bytes, size_t length, size_t *skip)
{
    static const char *const schemes[] = {"bearer ", "basic "};
    for (size_t i = 0; i < LENGTH(schemes); i++) {
        size_t size = strlen(schemes[i]);
        if (length <= size || strncasecmp(bytes, schemes[i], size) != 0)
            continue;
        size_t value = size;
        while (value < length && (is_base64url(bytes[value]) || strchr("+/=.~", bytes[value]) != NULL) &&
               bytes[value] != '\0')
            value++;
        *skip = size;
        return value - size >= 8 ? value - size : 0;
    }
    return 0;
}

size_t secret_pem_size(const char *bytes, size_t length)
{
    static const char begin[] = "-----BEGIN ", key[] = "PRIVATE KEY", end[] = "-----END ", dashes[] = "-----";
    if (length < sizeof begin || memcmp(bytes, begin, sizeof begin - 1) != 0)
        return 0;
    size_t title = length < 64 ? length : 64;
    if (memmem(bytes, title, key, sizeof key - 1) == NULL)
        return 0;
    const char *tail = memmem(bytes, length, end, sizeof end - 1);
    const char *close =
        tail != NULL ? memmem(tail + sizeof end - 1, length - (size_t)(tail - bytes) - (sizeof end - 1),
                              dashes, sizeof dashes - 1)
                     : NULL;
    return close != NULL ? (size_t)(close - bytes) + sizeof dashes - 1 : length;
}

enum letters { ALNUM, UPPER, HEX, BASE64URL, DOTTED };

struct vendor {
    const char *prefix;
    enum letters letters; /* of what follows */
    size_t least, most;   /* bytes of it; most 0: any */
};

/* Source: the secret scanning documentation of GitHub and GitLab, and the vendors' own. */
static const struct vendor vendors[] = {
    {"AKIA", UPPER, 16, 16},
    {"ASIA", UPPER, 16, 16},
    {"ABIA", UPPER, 16, 16},
    {"ghp_", ALNUM, 30, 0},
    {"gho_", ALNUM, 30, 0},
    {"ghu_", ALNUM, 30, 0},
    {"ghs_", BASE64URL, 30, 0},
    {"ghr_", ALNUM, 30, 0},
    {"github_pat_", BASE64URL, 20, 0},
    {"glpat-", DOTTED, 18, 0},
    {"gldt-", BASE64URL, 18, 0},
    {"glrt-", DOTTED, 18, 0},
    {"glcbt-", BASE64URL, 18, 0},
    {"glptt-", BASE64URL, 18, 0},
    {"xoxb-", BASE64URL, 12, 0},
    {"xoxp-", BASE64URL, 12, 0},
    {"xoxa-", BASE64URL, 12, 0},
    {"xoxr-", BASE64URL, 12, 0},
    {"xoxs-", BASE64URL, 12, 0},
    {"xoxe-", BASE64URL, 12, 0},
    {"xapp-", BASE64URL, 12, 0},
    {"sk_live_", ALNUM, 10, 0},
    {"rk_live_", ALNUM, 10, 0},
    {"sk_test_", ALNUM, 10, 0},
    {"rk_test_", ALNUM, 10, 0},
    {"whsec_", ALNUM, 20, 0},
    {"AIza", BASE64URL, 35, 35},
    {"ya29.", BASE64URL, 20, 0},
    {"SG.", DOTTED, 40, 0},
    {"npm_", ALNUM, 36, 36},
    {"pypi-", BASE64URL, 50, 0},
    {"dop_v1_", HEX, 64, 64},
    {"hf_", ALNUM, 30, 0},
    {"shpat_", HEX, 32, 32},
    {"shpss_", HEX, 32, 32},
    {"sk-ant-", BASE64URL, 24, 0},
    {"sk-proj-", BASE64URL, 24, 0},
    {"lin_api_", ALNUM, 32, 0},
    {"xkeysib-", BASE64URL, 64, 0},
    {"sq0atp-", BASE64URL, 22, 0},
    {"sq0csp-", BASE64URL, 43, 0},
    {"PMAK-", BASE64URL, 50, 0},
    {"AGE-SECRET-KEY-1", UPPER, 50, 0},
};

static bool is_letter(enum letters letters, char character)
{
    unsigned char byte = (unsigned char)character;
    switch (letters) {
    case ALNUM:
        return isalnum(byte);
    case UPPER:
        return isupper(byte) || isdigit(byte);
    case HEX:
        return isxdigit(byte);
    case BASE64URL:
        return is_base64url(character);
    case DOTTED:
        return is_base64url(character) || character == '.';
    }
    return false;
}

size_t secret_vendor_size(const char *bytes, size_t length)
{
    for (size_t i = 0; i < LENGTH(vendors); i++) {
        const struct vendor *vendor = &vendors[i];
        if (vendor->prefix[0] != bytes[0])
            continue;
        size_t size = strlen(vendor->prefix), prefix = size;
        if (length < size + vendor->least || memcmp(bytes, vendor->prefix, size) != 0)
            continue;
        while (size < length && is_letter(vendor->letters, bytes[size]))
            size++;
        if (size - prefix >= vendor->least && (vendor->most == 0 || size - prefix <= vendor->most))
            return size;
    }
    return 0;
}
