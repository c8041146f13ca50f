#include "traffic/segment.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* One byte of a sum each: up to 255 of a kind are counted by adding. */
#define DIGIT ((uint64_t)1)
#define HEX ((uint64_t)1 << 8) /* digits too */
#define UPPER ((uint64_t)1 << 16)
#define LOWER ((uint64_t)1 << 24)
#define SEPARATOR ((uint64_t)1 << 32)
#define DOT ((uint64_t)1 << 40) /* separators too */
#define PADDING ((uint64_t)1 << 48)
#define COUNT(sum, kind) ((size_t)((sum) / (kind)&0xff))

/* No <ctype.h>: what a segment is does not depend on the locale that seep runs in, and one look-up tells it. */
static const uint64_t kinds[256] = {
    ['0'] = DIGIT | HEX,     ['1'] = DIGIT | HEX, ['2'] = DIGIT | HEX, ['3'] = DIGIT | HEX,
    ['4'] = DIGIT | HEX,     ['5'] = DIGIT | HEX, ['6'] = DIGIT | HEX, ['7'] = DIGIT | HEX,
    ['8'] = DIGIT | HEX,     ['9'] = DIGIT | HEX, ['A'] = UPPER | HEX, ['B'] = UPPER | HEX,
    ['C'] = UPPER | HEX,     ['D'] = UPPER | HEX, ['E'] = UPPER | HEX, ['F'] = UPPER | HEX,
    ['G'] = UPPER,           ['H'] = UPPER,       ['I'] = UPPER,       ['J'] = UPPER,
    ['K'] = UPPER,           ['L'] = UPPER,       ['M'] = UPPER,       ['N'] = UPPER,
    ['O'] = UPPER,           ['P'] = UPPER,       ['Q'] = UPPER,       ['R'] = UPPER,
    ['S'] = UPPER,           ['T'] = UPPER,       ['U'] = UPPER,       ['V'] = UPPER,
    ['W'] = UPPER,           ['X'] = UPPER,       ['Y'] = UPPER,       ['Z'] = UPPER,
    ['a'] = LOWER | HEX,     ['b'] = LOWER | HEX, ['c'] = LOWER | HEX, ['d'] = LOWER | HEX,
    ['e'] = LOWER | HEX,     ['f'] = LOWER | HEX, ['g'] = LOWER,       ['h'] = LOWER,
    ['i'] = LOWER,           ['j'] = LOWER,       ['k'] = LOWER,       ['l'] = LOWER,
    ['m'] = LOWER,           ['n'] = LOWER,       ['o'] = LOWER,       ['p'] = LOWER,
    ['q'] = LOWER,           ['r'] = LOWER,       ['s'] = LOWER,       ['t'] = LOWER,
    ['u'] = LOWER,           ['v'] = LOWER,       ['w'] = LOWER,       ['x'] = LOWER,
    ['y'] = LOWER,           ['z'] = LOWER,       ['-'] = SEPARATOR,   ['_'] = SEPARATOR,
    ['.'] = SEPARATOR | DOT, ['~'] = SEPARATOR,   ['='] = PADDING};

static bool is(char byte, uint64_t kind)
{
    return (kinds[(unsigned char)byte] & kind) != 0;
}

struct counts {
    size_t digits, hex, upper, lower, other, separators; /* hex: of both, digits and letters */
    bool dots;
};

/* The escapes of the three characters of base64 that a path may not hold: "%2B", "%2F", "%3D". */
static bool is_base64_escape(const char *at, size_t left)
{
    return left >= 3 && at[0] == '%' &&
           ((at[1] == '2' && (at[2] == 'B' || at[2] == 'F')) || (at[1] == '3' && at[2] == 'D'));
}

static void count_escapes(struct counts *counts, const char *segment, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (is_base64_escape(segment + i, length - i)) {
            counts->separators++;
            counts->other--;
            counts->digits -= is(segment[i + 1], DIGIT) + (size_t)is(segment[i + 2], DIGIT);
            counts->upper -= is(segment[i + 2], UPPER);
            counts->hex -= 2;
        }
}

/* At most SEGMENT_SLUG_MOST bytes. */
static struct counts count(const char *segment, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += kinds[(unsigned char)segment[i]];
    struct counts counts = {.digits = COUNT(sum, DIGIT),
                            .hex = COUNT(sum, HEX),
                            .upper = COUNT(sum, UPPER),
                            .lower = COUNT(sum, LOWER),
                            .separators = COUNT(sum, SEPARATOR),
                            .dots = COUNT(sum, DOT) > 0};
    counts.other =
        length - counts.digits - counts.upper - counts.lower - counts.separators - COUNT(sum, PADDING);
    if (counts.other > 0)
        count_escapes(&counts, segment, length);
    return counts;
}

/* 'd' a digit, 'x' a hex digit, anything else itself. */
static bool fits(const char *segment, size_t length, const char *picture)
{
    if (strlen(picture) != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool good = picture[i] == 'd'   ? is(segment[i], DIGIT)
                    : picture[i] == 'x' ? is(segment[i], HEX)
                                        : segment[i] == picture[i];
        if (!good)
            return false;
    }
    return true;
}

static bool is_uuid(const char *segment, size_t length)
{
    return fits(segment, length, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

static bool is_date(const char *segment, size_t length)
{
    static const char *const pictures[] = {
        "dddd-dd-dd",           "dddd-dd",  "dddd_dd_dd", "dd-dd-dddd", "dddd-dd-ddTdd:dd:dd",
        "dddd-dd-ddTdd:dd:ddZ", "dddd-Wdd", "dddd.dd.dd"};
    if (length < 2 || !is(segment[0], DIGIT) || !is(segment[1], DIGIT))
        return false;
    for (size_t i = 0; i < LENGTH(pictures); i++)
        if (fits(segment, length, pictures[i]))
            return true;
    return false;
}

/* Mixed case with digits, as base64 and random keys are (words in camel case have no digits), or the 26 capitals and
 * digits of a ULID. */
static bool is_token(const struct counts *counts, size_t length)
{
    if (length < 16 || counts->other > 0 || counts->digits < 2)
        return false;
    if (counts->digits + counts->upper == length)
        return length >= 26;
    return counts->upper >= 2 && counts->lower >= 2 && counts->separators * 8 <= length;
}

static bool is_version(const char *segment, size_t length)
{
    return length <= 4 && (segment[0] == 'v' || segment[0] == 'V');
}

static enum shape digits_shape(const char *segment, size_t length)
{
    int value = 0;
    if (length != 2 && length != 4)
        return SHAPE_INTEGER;
    for (size_t i = 0; i < length; i++)
        value = value * 10 + (segment[i] - '0');
    if (length == 2)
        return value >= 1 && value <= 31 ? SHAPE_TWO_DIGITS : SHAPE_INTEGER;
    return value >= 1970 && value < 2040 ? SHAPE_YEAR : SHAPE_INTEGER;
}

enum shape segment_shape(const char *segment, size_t length)
{
    if (length >= 4 && segment[0] == '{' && segment[1] == '{') /* a placeholder */
        return SHAPE_TOKEN;
    if (length > SEGMENT_SLUG_MOST)
        return SHAPE_TOKEN;
    struct counts counts = count(segment, length);
    if (counts.digits > 0) {
        if (counts.digits == length)
            return digits_shape(segment, length);
        if (is_uuid(segment, length))
            return SHAPE_UUID;
        if (is_date(segment, length))
            return SHAPE_DATE;
        if (counts.hex == length && length >= 8)
            return SHAPE_HASH;
    }
    if (counts.dots && segment_extension_of(segment, length) != NULL) /* judged without its extension */
        return length > SEGMENT_WORD_MOST ? SHAPE_SLUG : SHAPE_WORD;
    if (is_token(&counts, length))
        return SHAPE_TOKEN;
    if (length > SEGMENT_WORD_MOST ||
        (counts.other == 0 && counts.digits >= 3 && !is_version(segment, length)))
        return SHAPE_SLUG;
    return SHAPE_WORD;
}

const char *shape_name(enum shape shape)
{
    static const char *const names[] = {
        [SHAPE_INTEGER] = "id", [SHAPE_YEAR] = "year", [SHAPE_TWO_DIGITS] = "id", [SHAPE_UUID] = "uuid",
        [SHAPE_DATE] = "date",  [SHAPE_HASH] = "hash", [SHAPE_TOKEN] = "token",   [SHAPE_SLUG] = "slug",
    };
    return (unsigned)shape < SHAPES ? names[shape] : "name";
}

/* Of extensions: two characters or more. */
static bool one_of(const char *word, size_t word_length, const char *const *list, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((word[1] | 0x20) == list[i][1] && strncasecmp(word, list[i], word_length) == 0 &&
            list[i][word_length] == '\0')
            return true;
    return false;
}

const char *segment_extension_of(const char *segment, size_t length)
{
    static const char *const handlers[] = {".php", ".asp",    ".aspx", ".jsp", ".do",
                                           ".cgi", ".action", ".pl",   ".py"};
    const char *end = segment + length, *dot = end;
    while (dot > segment && is(dot[-1], DIGIT | UPPER | LOWER) && end - dot < 6)
        dot--;
    if (dot - segment < 2 || *--dot != '.' || end - dot < 2 || !is(dot[1], UPPER | LOWER) ||
        one_of(dot, (size_t)(end - dot), handlers, LENGTH(handlers)))
        return NULL;
    return dot;
}

const char *segment_extension(const char *segment)
{
    return segment_extension_of(segment, strlen(segment));
}

bool extension_is_asset(const char *extension, size_t length)
{
    static const char *const assets[] = {".css", ".js",   ".mjs",  ".map", ".png", ".jpg", ".jpeg", ".gif",
                                         ".svg", ".webp", ".avif", ".ico", ".cur", ".bmp", ".woff", ".woff2",
                                         ".ttf", ".otf",  ".eot",  ".mp3", ".mp4", ".ogg", ".webm", ".wasm"};
    return one_of(extension, length, assets, LENGTH(assets));
}

/* Two letters each; Source: ISO 639-1. */
static const char languages[] = "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeelen"
                                "eoeseteufafffifjfofrfygagdglgngugv"
                                "hahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkwkylalb"
                                "lglilnloltlulvmgmhmimkmlmnmrmsmtmy"
                                "nanbndnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnso"
                                "sqsrssstsusvswtatetgthtitktltntot"
                                "rtstttwtyugukuruzvevivowawoxhyiyozazhzu";

static bool is_language(const char *segment)
{
    for (size_t i = 0; i + 1 < sizeof languages; i += 2)
        if ((segment[0] | 0x20) == languages[i] && (segment[1] | 0x20) == languages[i + 1])
            return true;
    return false;
}

bool segment_is_locale(const char *segment, size_t length)
{
    if (length < 2 || !is(segment[0], LOWER) || !is(segment[1], LOWER) || !is_language(segment))
        return false;
    if (length == 2)
        return true;
    if (segment[2] != '-' && segment[2] != '_')
        return false;
    for (size_t i = 3; i < length; i++)
        if (!is(segment[i], UPPER | LOWER))
            return false;
    return length == 5 || length == 7; /* a region, or a script: "AT", "Hans" */
}

bool segment_is_data(const char *segment)
{
    size_t length = strlen(segment);
    struct counts counts = count(segment, length);
    return counts.digits > 0 || counts.other > 0 || counts.separators >= 2 || length >= 20;
}

bool segment_is_word(const char *segment)
{
    for (; *segment != '\0'; segment++)
        if (!is(*segment, UPPER | LOWER))
            return false;
    return true;
}
