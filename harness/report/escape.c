#include "report/escape.h"

#include <stdint.h>
#include <string.h>

/* The length of the UTF-8 character at `at`, or 0: not one. Source: RFC 3629, section 4. */
static size_t character_at(const unsigned char *at, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3 : 4;
    if (length == 1) {
        *code = at[0];
        return 1;
    }
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    *code = at[0] & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (at[i] & 0x3f);
    }
    if (*code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
        return 0;
    return length;
}

static bool hidden(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code & 0xfffe) == 0xfffe;
}

void escape_plain(struct text *out, const char *string)
{
    const unsigned char *at = (const unsigned char *)(string != NULL ? string : "");
    while (*at != '\0') {
        uint32_t code = 0;
        size_t length = character_at(at, &code);
        if (length == 0)
            text_addf(out, "\\x%02x", *at);
        else if (!hidden(code))
            text_add(out, at, length);
        else if (code < 0x80)
            text_addf(out, "\\x%02x", code);
        else
            text_addf(out, "\\u{%x}", code);
        at += length > 0 ? length : 1;
    }
}

/* Replaces single characters of the visible string. */
static void replace(struct text *out, const char *string, const char *(*with)(const char *at))
{
    struct text plain = TEXT_EMPTY;
    escape_plain(&plain, string);
    for (size_t i = 0; i < plain.length; i++) {
        const char *instead = with(plain.bytes + i);
        if (instead != NULL)
            text_add_string(out, instead);
        else
            text_add_char(out, plain.bytes[i]);
    }
    text_release(&plain);
}

static const char *with_entity(const char *at)
{
    switch (*at) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void escape_html(struct text *out, const char *string)
{
    replace(out, string, with_entity);
}

static const char *with_backslash(const char *at)
{
    /* Trackers look for @names, #numbers and addresses in what Markdown made: a character between keeps them apart. */
    static const char special[] = "\\`*_{}[]<>#|~!@$&";
    static const char *const escaped[] = {"\\\\", "\\`",        "\\*",          "\\_",  "\\{",        "\\}",
                                          "\\[",  "\\]",        "&lt;",         "&gt;", "\\#&#8203;", "\\|",
                                          "\\~",  "\\!&#8203;", "&#64;&#8203;", "\\$",  "&amp;"};
    if (strncmp(at, "://", 3) == 0)
        return ":&#8203;";
    const char *found = strchr(special, *at);
    return found != NULL ? escaped[found - special] : NULL;
}

void escape_markdown(struct text *out, const char *string)
{
    replace(out, string, with_backslash);
}

void escape_csv(struct text *out, const char *string)
{
    struct text plain = TEXT_EMPTY;
    escape_plain(&plain, string);
    const char *text = text_string(&plain);
    /* A spreadsheet would take these for the beginning of a formula. */
    bool formula = text[0] != '\0' && strchr("=+-@", text[0]) != NULL;
    if (!formula && strpbrk(text, ",\"") == NULL) {
        text_add_string(out, text);
    } else {
        text_add_string(out, formula ? "\"'" : "\"");
        for (const char *at = text; *at != '\0'; at++) {
            if (*at == '"')
                text_add_char(out, '"');
            text_add_char(out, *at);
        }
        text_add_char(out, '"');
    }
    text_release(&plain);
}

char *escape_taken(void (*escape)(struct text *out, const char *string), const char *string)
{
    struct text out = TEXT_EMPTY;
    escape(&out, string);
    return text_take(&out);
}

static size_t columns_of(uint32_t code)
{
    static const struct {
        uint32_t from, to;
        size_t columns;
    } blocks[] = {
        {0x300, 0x36f, 0},   {0x1100, 0x115f, 2}, {0x20d0, 0x20ff, 0},   {0x2e80, 0xa4cf, 2},
        {0xac00, 0xd7a3, 2}, {0xf900, 0xfaff, 2}, {0xfe00, 0xfe0f, 0},   {0xfe30, 0xfe6f, 2},
        {0xff00, 0xff60, 2}, {0xffe0, 0xffe6, 2}, {0x1f300, 0x1faff, 2}, {0x20000, 0x3fffd, 2},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        if (code >= blocks[i].from && code <= blocks[i].to)
            return blocks[i].columns;
    return 1;
}

/* Up to `columns`; how many were filled in *filled. */
static size_t fit(const char *plain, size_t columns, size_t *filled)
{
    size_t at = 0;
    *filled = 0;
    while (plain[at] != '\0') {
        uint32_t code = 0;
        size_t length = character_at((const unsigned char *)plain + at, &code);
        size_t takes = length > 0 ? columns_of(code) : 1;
        if (*filled + takes > columns)
            break;
        *filled += takes;
        at += length > 0 ? length : 1;
    }
    return at;
}

size_t escape_width(const char *plain)
{
    size_t width = 0;
    fit(plain, SIZE_MAX, &width);
    return width;
}

size_t escape_fit(const char *plain, size_t columns)
{
    size_t width = 0;
    return fit(plain, columns, &width);
}
