#include "base/secret.h"

#include <ctype.h>
#include <string.h>

enum place { ANYWHERE, AT_END, WHOLE };
struct word {
    const char *text; /* lower case, letters and digits only */
    enum place place;
};

/* The value is a secret, whatever it looks like. */
static const struct word sure_words[] = {
    {"password", ANYWHERE},
    {"passwd", ANYWHERE},
    {"passphrase", ANYWHERE},
    {"apikey", ANYWHERE},
    {"accesskey", ANYWHERE},
    {"privatekey", ANYWHERE},
    {"secretkey", ANYWHERE},
    {"sessionkey", ANYWHERE},
    {"signingkey", ANYWHERE},
    {"encryptionkey", ANYWHERE},
    {"functionskey", ANYWHERE},
    {"subscriptionkey", ANYWHERE},
    {"credential", ANYWHERE},
    {"csrf", ANYWHERE},
    {"xsrf", ANYWHERE},
    {"sessionid", ANYWHERE},
    {"sessid", ANYWHERE},
    {"accesstoken", ANYWHERE},
    {"authtoken", ANYWHERE},
    {"refreshtoken", ANYWHERE},
    {"idtoken", ANYWHERE},
    {"cardnumber", ANYWHERE},
    {"creditcard", ANYWHERE},
    {"securitycode", ANYWHERE},
    {"signature", ANYWHERE},
    {"authorization", ANYWHERE},
    {"codeverifier", ANYWHERE},
    {"samlresponse", ANYWHERE},
    {"clientsecret", ANYWHERE},
    {"secret", AT_END},
    {"token", AT_END},
    {"pwd", AT_END},
    {"jwt", AT_END},
    {"passcode", AT_END},
    {"authkey", AT_END},
    {"otp", WHOLE},
    {"totp", WHOLE},
    {"session", WHOLE},
    {"sid", WHOLE},
    {"auth", WHOLE},
    {"sig", WHOLE},
    {"pw", WHOLE},
    {"pass", WHOLE},
    {"pin", WHOLE},
    {"cvv", WHOLE},
    {"cvv2", WHOLE},
    {"cvc", WHOLE},
    {"cvc2", WHOLE},
    {"ssn", WHOLE},
    {"bearer", WHOLE},
    {"connectsid", WHOLE},
    {"ccnumber", AT_END},
};

static const struct word header_words[] = {
    {"authorization", ANYWHERE}, {"cookie", AT_END}, {"cookie2", AT_END}, {"auth", AT_END},
    {"authentication", AT_END},
};

/* A secret where the value looks random. Also of the segment of a path: /verify/VALUE. */
static const struct word likely_words[] = {
    {"key", AT_END},       {"code", AT_END},       {"hash", AT_END},         {"nonce", AT_END},
    {"state", AT_END},     {"challenge", AT_END},  {"verifier", AT_END},     {"ticket", AT_END},
    {"assertion", AT_END}, {"salt", AT_END},       {"hmac", ANYWHERE},       {"auth", AT_END},
    {"session", AT_END},   {"sid", AT_END},        {"cookie", AT_END},       {"license", AT_END},
    {"invite", AT_END},    {"invitation", AT_END}, {"activation", ANYWHERE}, {"activate", AT_END},
    {"verify", AT_END},    {"confirm", AT_END},    {"confirmation", AT_END}, {"verification", AT_END},
    {"reset", ANYWHERE},   {"magic", ANYWHERE},    {"unsubscribe", AT_END},  {"private", ANYWHERE},
    {"token", ANYWHERE},   {"secret", ANYWHERE},   {"login", AT_END},        {"samlrequest", AT_END},
    {"relaystate", WHOLE}, {"otp", AT_END},        {"sig", AT_END},          {"oauth", ANYWHERE},
};

/* These sound like secrets and are data. */
static const struct word plain_words[] = {
    {"pagetoken", AT_END},  {"continuationtoken", AT_END}, {"nexttoken", AT_END},
    {"synctoken", AT_END},  {"cachekey", AT_END},          {"idempotencykey", AT_END},
    {"sortkey", AT_END},    {"secwebsocketkey", WHOLE},    {"foreignkey", AT_END},
    {"primarykey", AT_END}, {"surrogatekey", AT_END},      {"partitionkey", AT_END},
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define NAME_BYTES 128

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
static size_t squeeze(const char *name, size_t length, char out[NAME_BYTES])
{
    size_t written = 0;
    for (size_t i = length > NAME_BYTES ? length - NAME_BYTES : 0; i < length; i++)
        if (isalnum((unsigned char)name[i]))
            out[written++] = (char)tolower((unsigned char)name[i]);
    return written;
}

static enum secret_name kind_of(const char *name, size_t length)
{
    if (has_word(plain_words, LENGTH(plain_words), name, length))
        return SECRET_NAME_PLAIN;
    if (has_word(sure_words, LENGTH(sure_words), name, length))
        return SECRET_NAME_SURE;
    return has_word(likely_words, LENGTH(likely_words), name, length) ? SECRET_NAME_LIKELY
                                                                      : SECRET_NAME_PLAIN;
}

enum secret_name secret_key_kind(const char *name, size_t length)
{
    char squeezed[NAME_BYTES];
    return kind_of(squeezed, squeeze(name, length, squeezed));
}

enum secret_name secret_header_kind(const char *name, size_t length)
{
    char squeezed[NAME_BYTES];
    size_t size = squeeze(name, length, squeezed);
    return has_word(header_words, LENGTH(header_words), squeezed, size) ? SECRET_NAME_SURE
                                                                        : kind_of(squeezed, size);
}

bool secret_key_name(const char *name, size_t length)
{
    return secret_key_kind(name, length) == SECRET_NAME_SURE;
}

bool secret_header(const char *name)
{
    return secret_header_kind(name, strlen(name)) == SECRET_NAME_SURE;
}
