#include "traffic/segment.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

struct counts {
    size_t digits, hex, upper, lower, other, separators; /* hex: of both, digits and letters */
};

static struct counts count(const char *segment, size_t length)
{
    struct counts counts = {.digits = 0};
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)segment[i];
        counts.digits += isdigit(byte) != 0;
        counts.hex += isxdigit(byte) != 0;
        counts.upper += isupper(byte) != 0;
        counts.lower += islower(byte) != 0;
        counts.separators += byte == '-' || byte == '_' || byte == '.' || byte == '~';
        counts.other += !isalnum(byte) && strchr("-_.~=", byte) == NULL;
    }
    return counts;
}

/* 'd' a digit, 'x' a hex digit, anything else itself. */
static bool fits(const char *segment, size_t length, const char *picture)
{
    if (strlen(picture) != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)segment[i];
        bool good = picture[i] == 'd'   ? isdigit(byte) != 0
                    : picture[i] == 'x' ? isxdigit(byte) != 0
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
    for (size_t i = 0; i < LENGTH(pictures); i++)
        if (fits(segment, length, pictures[i]))
            return true;
    return false;
}

/* Mixed case with digits, as base64 and random keys are; words in camel case have no digits. */
static bool is_token(const struct counts *counts, size_t length)
{
    return length >= 16 && counts->other == 0 && counts->digits >= 2 && counts->upper >= 2 &&
           counts->lower >= 2 && counts->separators * 8 <= length;
}

static bool is_version(const char *segment, size_t length)
{
    return length <= 4 && (segment[0] == 'v' || segment[0] == 'V');
}

enum shape segment_shape(const char *segment, size_t length)
{
    static const char redacted[] = "{{redacted:";
    struct counts counts = count(segment, length);
    if (length > sizeof redacted && memcmp(segment, redacted, sizeof redacted - 1) == 0)
        return SHAPE_TOKEN;
    if (length > 0 && counts.digits == length)
        return SHAPE_INTEGER;
    if (is_uuid(segment, length))
        return SHAPE_UUID;
    if (is_date(segment, length))
        return SHAPE_DATE;
    if (counts.hex == length && length >= 8 && counts.digits > 0)
        return SHAPE_HASH;
    char copy[256];
    if (length >= sizeof copy)
        return SHAPE_TOKEN;
    memcpy(copy, segment, length);
    copy[length] = '\0';
    if (segment_extension(copy) != NULL) /* a file's name is judged without its extension */
        return SHAPE_WORD;
    if (is_token(&counts, length))
        return SHAPE_TOKEN;
    if (counts.other == 0 && counts.digits >= 3 && !is_version(segment, length))
        return SHAPE_SLUG;
    return SHAPE_WORD;
}

const char *shape_name(enum shape shape)
{
    static const char *const names[] = {
        [SHAPE_INTEGER] = "id", [SHAPE_UUID] = "uuid",   [SHAPE_DATE] = "date",
        [SHAPE_HASH] = "hash",  [SHAPE_TOKEN] = "token", [SHAPE_SLUG] = "slug",
    };
    return (unsigned)shape < SHAPES ? names[shape] : "name";
}

static bool one_of(const char *word, const char *const *list, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strcasecmp(word, list[i]) == 0)
            return true;
    return false;
}

const char *segment_extension(const char *segment)
{
    static const char *const handlers[] = {".php", ".asp",    ".aspx", ".jsp", ".do",
                                           ".cgi", ".action", ".pl",   ".py"};
    const char *dot = strrchr(segment, '.');
    if (dot == NULL || dot == segment || !isalpha((unsigned char)dot[1]))
        return NULL;
    size_t length = 1;
    while (isalnum((unsigned char)dot[length]))
        length++;
    if (dot[length] != '\0' || length > 6 || one_of(dot, handlers, LENGTH(handlers)))
        return NULL;
    return dot;
}

bool extension_is_page(const char *extension)
{
    static const char *const pages[] = {".html", ".htm", ".xhtml", ".xml", ".json",
                                        ".txt",  ".rss", ".atom",  ".md"};
    return one_of(extension, pages, LENGTH(pages));
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
        if (!isalpha((unsigned char)*segment))
            return false;
    return true;
}
