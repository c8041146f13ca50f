#include "base/secret.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/secret_tokens.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define TOKEN_LEAST 16 /* bytes of the shortest of a vendor's tokens */
#define CARD_LEAST 15

/* What the scan does at a byte: the two low bits. Above them, SECRET_SEEN_*. */
enum { O, W, A, C, M = 3 }; /* other, of a word, @, : */
#define P (SECRET_SEEN_PERCENT << 2)
#define E (SECRET_SEEN_EQUALS << 2)
#define S (SECRET_SEEN_PLUS << 2)
#define B (SECRET_SEEN_BRACKET << 2)
#define Q (SECRET_SEEN_QUESTION << 2)
static const uint8_t classes[256] = {
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* 0x00 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* 0x10 */
    O, O, O, O, O, P, O, O, O, O, O, S, O, W, W, O, /*  !"#$%&'()*+,-./ */
    W, W, W, W, W, W, W, W, W, W, C, O, O, E, O, Q, /* 0123456789:;<=>? */
    A, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* @ABCDEFGHIJKLMNO */
    W, W, W, W, W, W, W, W, W, W, W, B, O, O, O, W, /* PQRSTUVWXYZ[\]^_ */
    O, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* `abcdefghijklmno */
    W, W, W, W, W, W, W, W, W, W, W, B, O, O, O, O, /* pqrstuvwxyz{|}~ */
};
#undef P
#undef E
#undef S
#undef B
#undef Q

/* Issuers by the first digits, and how long their numbers are. Source: ISO/IEC 7812-1; the issuers' ranges as in
 * "Payment card number", Wikipedia. Visa's old numbers of 13 digits are left to article numbers (EAN). */
static const struct issuer {
    unsigned from, to; /* of the first four digits */
    uint32_t lengths;  /* a bit each */
} issuers[] = {
    {4000, 4999, 1u << 16 | 1u << 19}, /* Visa */
    {5100, 5599, 1u << 16},            /* Mastercard */
    {2221, 2720, 1u << 16},            /* Mastercard */
    {3400, 3499, 1u << 15},            /* American Express */
    {3700, 3799, 1u << 15},            /* American Express */
    {6011, 6011, 1u << 16 | 1u << 19}, /* Discover */
    {6440, 6599, 1u << 16 | 1u << 19}, /* Discover */
    {3528, 3589, 1u << 16 | 1u << 19}, /* JCB */
    {6200, 6299, 1u << 16 | 1u << 19}, /* UnionPay */
};

static bool is_issued(const char *digits, size_t count)
{
    unsigned first = 0;
    for (size_t i = 0; i < 4; i++)
        first = first * 10 + (unsigned)(digits[i] - '0');
    for (size_t i = 0; i < LENGTH(issuers); i++)
        if (first >= issuers[i].from && first <= issuers[i].to && (issuers[i].lengths >> count & 1) != 0)
            return true;
    return false;
}

/* Source: ISO/IEC 7812-1, annex B (Luhn). */
static bool adds_up(const char *digits, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(digits[count - 1 - i] - '0');
        digit = i % 2 == 1 ? digit * 2 : digit;
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

/* Digits in one piece, or in the groups in which they are printed: 4-4-4-4, 4-6-5, 4-4-4-4-3. */
static bool is_grouped(const size_t *groups, size_t count)
{
    if (count == 1)
        return true;
    if (count == 3)
        return groups[0] == 4 && groups[1] == 6 && groups[2] == 5;
    return count >= 4 && groups[0] == 4 && groups[1] == 4 && groups[2] == 4 && groups[3] == 4 &&
           (count == 4 || (count == 5 && groups[4] == 3));
}

/* At a digit that no letter or digit stands in front of. */
static size_t card_size(const char *bytes, size_t length)
{
    char digits[20];
    size_t groups[6] = {0}, group = 0, count = 0, at = 0;
    char between = '\0';
    if (bytes[0] < '2' || bytes[0] > '6')
        return 0;
    for (; at < length; at++) {
        if (isdigit((unsigned char)bytes[at])) {
            if (count == 19)
                return 0;
            digits[count++] = bytes[at];
            groups[group]++;
            continue;
        }
        bool more = (bytes[at] == ' ' || bytes[at] == '-') && at + 1 < length &&
                    isdigit((unsigned char)bytes[at + 1]);
        if (!more || (between != '\0' && between != bytes[at]) || group == 4)
            break;
        between = bytes[at];
        group++;
    }
    bool goes_on =
        at < length && ((isalnum((unsigned char)bytes[at]) || bytes[at] == '-' || bytes[at] == '_') ||
                        (bytes[at] == '.' && at + 1 < length && isalnum((unsigned char)bytes[at + 1])));
    return !goes_on && count >= CARD_LEAST && is_grouped(groups, group + 1) && is_issued(digits, count) &&
                   adds_up(digits, count)
               ? at
               : 0;
}

/* Before the '@'. */
static size_t local_part(const char *bytes, size_t at)
{
    size_t start = at;
    while (start > 0 && (isalnum((unsigned char)bytes[start - 1]) ||
                         (bytes[start - 1] != '\0' && strchr("._+-", bytes[start - 1]) != NULL)))
        start--;
    return at - start;
}

/* "logo@2x.png" names a file. */
static bool is_file(const char *last, size_t length)
{
    static const char *const extensions[] = {"png", "jpg",  "jpeg", "gif", "svg",  "webp", "avif",
                                             "css", "js",   "mjs",  "map", "html", "json", "ico",
                                             "txt", "woff", "xml",  "md",  "ts",   "tsx",  "pdf"};
    for (size_t i = 0; i < LENGTH(extensions); i++)
        if (strlen(extensions[i]) == length && strncasecmp(extensions[i], last, length) == 0)
            return true;
    return false;
}

/* Behind the '@': names with dots between them, the last one of letters. Source: RFC 5322, 3.4.1, as it occurs. */
static size_t domain(const char *bytes, size_t length)
{
    for (size_t at = 0, labels = 1;; labels++, at++) {
        size_t start = at;
        bool letters = true;
        for (; at < length && (isalnum((unsigned char)bytes[at]) || bytes[at] == '-'); at++)
            letters = letters && isalpha((unsigned char)bytes[at]);
        bool more =
            at > start && at + 1 < length && bytes[at] == '.' && isalnum((unsigned char)bytes[at + 1]);
        if (!more)
            return labels >= 2 && letters && at - start >= 2 && !is_file(bytes + start, at - start) ? at : 0;
    }
}

/* Behind the colon of "://": "user:password@", without the '@'. */
static size_t user_size(const char *bytes, size_t length)
{
    size_t at = 0, user = 0;
    while (at < length && bytes[at] != '\0' && strchr("/?#\"'<> \t\r\n", bytes[at]) == NULL) {
        user = bytes[at] == '@' ? at : user;
        at++;
    }
    return user;
}

static const char placeholder[] = "{{redacted:";

/* Within a word: a token that begins where no letter or digit stands in front. */
static size_t in_word(const char *word, size_t length, size_t rest, size_t *at)
{
    for (size_t i = 0; i < length && length - i >= CARD_LEAST; i++) {
        if (i > 0 && isalnum((unsigned char)word[i - 1]))
            continue;
        size_t found = 0;
        if (isdigit((unsigned char)word[i]))
            found = i > 0 && word[i - 1] == '.' ? 0 : card_size(word + i, rest - i);
        else if (word[i] == '-')
            found = secret_pem_size(word + i, rest - i);
        else if (length - i >= TOKEN_LEAST) {
            found = word[i] == 'e' ? secret_jwt_size(word + i, rest - i) : 0;
            found = found == 0 ? secret_vendor_size(word + i, rest - i) : found;
        }
        if (found > 0) {
            *at = i;
            return found;
        }
    }
    return 0;
}

/* Most words are too short for anything, and end no other way than most. */
static inline bool may_hold(const char *word, size_t length, size_t rest)
{
    return length >= CARD_LEAST || (length >= 4 && length < rest && word[length] == ' ');
}

/* At the first byte of a word of `length`, `rest` bytes to the end of all. */
static size_t at_word(const char *word, size_t length, size_t rest, size_t *at)
{
    *at = 0;
    if (length >= CARD_LEAST)
        return in_word(word, length, rest, at);
    if (isdigit((unsigned char)word[0]))
        return card_size(word, rest);
    if ((length == 5 || length == 6) && (word[0] | 0x20) == 'b')
        return secret_scheme_size(word, rest, at);
    return length == 10 && word[0] == '-' ? secret_pem_size(word, rest) : 0;
}

static size_t at_sign(const char *bytes, size_t length, size_t sign, size_t *at)
{
    size_t local = local_part(bytes, sign);
    size_t size = local > 0 ? domain(bytes + sign + 1, length - sign - 1) : 0;
    *at = sign - local;
    return size > 0 ? local + 1 + size : 0;
}

static size_t at_colon(const char *bytes, size_t length, size_t colon, size_t *at)
{
    if (length - colon < 4 || bytes[colon + 1] != '/' || bytes[colon + 2] != '/')
        return 0;
    *at = colon + 3;
    bool ours =
        length - *at > sizeof placeholder && memcmp(bytes + *at, placeholder, sizeof placeholder - 1) == 0;
    return ours ? 0 : user_size(bytes + *at, length - *at);
}

static inline size_t word_end(const char *bytes, size_t length, size_t at)
{
    while (at < length && (classes[(unsigned char)bytes[at]] & M) == W)
        at++;
    return at;
}

static bool find(const char *bytes, size_t length, bool addresses, size_t *at, size_t *size, unsigned *seen)
{
    unsigned met = 0;
    size_t found = 0;
    for (size_t i = 0; i < length && found == 0; i++) {
        unsigned class = classes[(unsigned char)bytes[i]];
        if ((class & M) == O) {
            met |= class;
        } else if ((class & M) == W) {
            size_t start = i, within;
            i = word_end(bytes, length, i + 1) - 1; /* what follows is of another class, or the end */
            if (!may_hold(bytes + start, i + 1 - start, length - start))
                continue;
            found = at_word(bytes + start, i + 1 - start, length - start, &within);
            *at = start + within;
        } else if ((class & M) == A) {
            found = addresses ? at_sign(bytes, length, i, at) : 0;
        } else {
            found = at_colon(bytes, length, i, at);
        }
    }
    if (seen != NULL)
        *seen = met >> 2;
    *size = found;
    return found > 0;
}

bool secret_find(const char *bytes, size_t length, size_t *at, size_t *size, unsigned *seen)
{
    return find(bytes, length, true, at, size, seen);
}

void secret_hide(struct text *out, const char *string)
{
    size_t at, size;
    while (secret_find(string, strlen(string), &at, &size, NULL)) {
        text_add(out, string, at);
        text_add_string(out, "...");
        string += at + size;
    }
    text_add_string(out, string);
}

bool secret_value(const char *value, size_t length)
{
    size_t at, size;
    return find(value, length, true, &at, &size, NULL);
}

bool secret_credential(const char *value, size_t length)
{
    size_t at, size;
    return find(value, length, false, &at, &size, NULL);
}
