#include "base/secret.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"

void secret_key_random(struct secret_key *key)
{
    /* requests of up to 256 bytes are never cut short; without a kernel that answers there is no safe key */
    if (getrandom(key->bytes, sizeof key->bytes, 0) != (ssize_t)sizeof key->bytes)
        abort();
}

void secret_hash(const struct secret_key *key, const void *bytes, size_t length, char *out, size_t digits)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key->bytes, (int)sizeof key->bytes, bytes, length, digest, &size) == NULL)
        abort();
    size_t written = 0;
    for (; written < digits && written < (size_t)size * 2; written++)
        out[written] = hex[written % 2 == 0 ? digest[written / 2] >> 4 : digest[written / 2] & 15];
    out[written] = '\0';
}

enum place { ANYWHERE, AT_END, WHOLE };
struct word {
    const char *text; /* lower case, letters and digits only */
    enum place place;
};

static const struct word key_words[] = {
    {"password", ANYWHERE},
    {"passwd", ANYWHERE},
    {"passphrase", ANYWHERE},
    {"apikey", ANYWHERE},
    {"accesskey", ANYWHERE},
    {"privatekey", ANYWHERE},
    {"secretkey", ANYWHERE},
    {"sessionkey", ANYWHERE},
    {"subscriptionkey", ANYWHERE},
    {"credential", ANYWHERE},
    {"csrf", ANYWHERE},
    {"xsrf", ANYWHERE},
    {"sessionid", ANYWHERE},
    {"sessid", ANYWHERE},
    {"accesstoken", ANYWHERE},
    {"authtoken", ANYWHERE},
    {"refreshtoken", ANYWHERE},
    {"cardnumber", ANYWHERE},
    {"securitycode", ANYWHERE},
    {"signature", ANYWHERE},
    {"authorization", ANYWHERE},
    {"secret", AT_END},
    {"token", AT_END},
    {"pwd", AT_END},
    {"jwt", AT_END},
    {"passcode", AT_END},
    {"otp", WHOLE},
    {"session", WHOLE},
    {"sid", WHOLE},
    {"auth", WHOLE},
    {"sig", WHOLE},
    {"pw", WHOLE},
    {"pass", WHOLE},
    {"pin", WHOLE},
    {"cvv", WHOLE},
    {"cvc", WHOLE},
    {"bearer", WHOLE},
    {"connectsid", WHOLE},
};

static const struct word header_words[] = {
    {"authorization", ANYWHERE}, {"cookie", AT_END}, {"cookie2", AT_END}, {"auth", AT_END},
    {"authentication", AT_END},
};

static bool has_word(const struct word *words, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(words[i].text);
        if (size > length || (words[i].place == WHOLE && size != length))
            continue;
        const char *at =
            words[i].place == ANYWHERE ? memmem(name, length, words[i].text, size) : name + length - size;
        if (at != NULL && memcmp(at, words[i].text, size) == 0)
            return true;
    }
    return false;
}

/* Lower case, letters and digits only. Names longer than the buffer lose their
 * beginning: the end says what it is. */
static size_t squeeze(const char *name, size_t length, char *out, size_t size)
{
    size_t written = 0;
    for (size_t i = length > size ? length - size : 0; i < length; i++)
        if (isalnum((unsigned char)name[i]))
            out[written++] = (char)tolower((unsigned char)name[i]);
    return written;
}

#define LENGTH(array) (sizeof(array) / sizeof *(array))

bool secret_key_name(const char *name, size_t length)
{
    char squeezed[128];
    size_t size = squeeze(name, length, squeezed, sizeof squeezed);
    return has_word(key_words, LENGTH(key_words), squeezed, size);
}

bool secret_header(const char *name)
{
    char squeezed[128];
    size_t size = squeeze(name, strlen(name), squeezed, sizeof squeezed);
    return has_word(header_words, LENGTH(header_words), squeezed, size) ||
           has_word(key_words, LENGTH(key_words), squeezed, size);
}

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
static size_t jwt_size(const char *bytes, size_t length)
{
    if (length < 20 || memcmp(bytes, "eyJ", 3) != 0)
        return 0;
    size_t header = base64url_run(bytes, length);
    if (header < 8 || header + 1 >= length || bytes[header] != '.')
        return 0;
    size_t size = header + 1;
    size_t claims = base64url_run(bytes + size, length - size);
    if (claims < 4)
        return 0;
    size += claims;
    while (size < length && (bytes[size] == '.' || is_base64url(bytes[size]))) /* JWE has five parts */
        size++;
    return size;
}

/* What stands behind "Bearer " or "Basic ", when it is long enough to be no word of a sentence. */
static size_t scheme_size(const char *bytes, size_t length, size_t *skip)
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

static size_t pem_size(const char *bytes, size_t length)
{
    static const char begin[] = "-----BEGIN ", key[] = "PRIVATE KEY-----", end[] = "-----END ";
    if (length < sizeof begin || memcmp(bytes, begin, sizeof begin - 1) != 0)
        return 0;
    size_t title = length < 64 ? length : 64;
    if (memmem(bytes, title, key, sizeof key - 1) == NULL)
        return 0;
    const char *tail = memmem(bytes, length, end, sizeof end - 1);
    const char *close =
        tail != NULL ? memmem(tail, length - (size_t)(tail - bytes), key, sizeof key - 1) : NULL;
    return close != NULL ? (size_t)(close - bytes) + sizeof key - 1 : length;
}

bool secret_find(const char *bytes, size_t length, size_t *at, size_t *size)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr("eBb-", bytes[i]) == NULL || bytes[i] == '\0')
            continue;
        size_t skip = 0, found = 0;
        if (i > 0 && is_base64url(bytes[i - 1]))
            continue;
        if (bytes[i] == 'e')
            found = jwt_size(bytes + i, length - i);
        else if (bytes[i] == '-')
            found = pem_size(bytes + i, length - i);
        else
            found = scheme_size(bytes + i, length - i, &skip);
        if (found > 0) {
            *at = i + skip;
            *size = found;
            return true;
        }
    }
    return false;
}

bool secret_value(const char *value, size_t length)
{
    size_t at, size;
    return secret_find(value, length, &at, &size);
}
