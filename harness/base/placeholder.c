#include "base/placeholder.h"

#include <ctype.h>
#include <string.h>

static const char captured_start[] = "{{captured:";
static const char start[] = "{{redacted:", bare_end[] = ":bare}}\"", end[] = "}}";

/* At its first brace; false: it only begins like one. */
static bool read_at(struct span bytes, size_t at, struct placeholder *found)
{
    const char *hash = bytes.bytes + at + sizeof start - 1, *last = bytes.bytes + bytes.length;
    size_t digits = 0;
    while (hash + digits < last && isxdigit((unsigned char)hash[digits]))
        digits++;
    size_t left = (size_t)(last - hash) - digits;
    bool bare = at > 0 && bytes.bytes[at - 1] == '"' && left >= sizeof bare_end - 1 &&
                memcmp(hash + digits, bare_end, sizeof bare_end - 1) == 0;
    if (digits == 0 || (!bare && (left < 2 || memcmp(hash + digits, end, 2) != 0)))
        return false;
    size_t length = sizeof start - 1 + digits;
    *found = bare ? (struct placeholder){at - 1, length + sizeof bare_end, {hash, digits}}
                  : (struct placeholder){at, length + 2, {hash, digits}};
    return true;
}

bool placeholder_at(struct span bytes, size_t at, struct placeholder *found)
{
    return bytes.length - at >= sizeof start - 1 && memcmp(bytes.bytes + at, start, sizeof start - 1) == 0 &&
           read_at(bytes, at, found);
}

bool placeholder_next(struct span bytes, size_t from, struct placeholder *found)
{
    while (from < bytes.length) {
        const char *at = memmem(bytes.bytes + from, bytes.length - from, start, sizeof start - 1);
        if (at == NULL)
            return false;
        from = (size_t)(at - bytes.bytes);
        if (read_at(bytes, from, found))
            return true;
        from++;
    }
    return false;
}

bool placeholder_is(const char *bytes, size_t length)
{
    struct placeholder found;
    struct span all = {bytes, length};
    size_t skipped = sizeof start - 1, digits = 0;
    if (placeholder_next(all, 0, &found) && found.at == 0 && found.length == length)
        return true;
    if (length <= skipped + 7 || memcmp(bytes, start, skipped) != 0) /* a bare one without its quotes */
        return false;
    while (skipped + digits < length && isxdigit((unsigned char)bytes[skipped + digits]))
        digits++;
    return digits > 0 && length == skipped + digits + 7 && memcmp(bytes + skipped + digits, bare_end, 7) == 0;
}

void placeholder_add(struct text *out, const char *hash, bool bare)
{
    text_addf(out, bare ? "\"{{redacted:%s:bare}}\"" : "{{redacted:%s}}", hash);
}

static bool is_letter(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || byte == '-';
}

/* Letters, digits, '_' and '-' from `at` on. */
static size_t word_length(struct span bytes, size_t at)
{
    size_t length = 0;
    while (at + length < bytes.length && is_letter(bytes.bytes[at + length]))
        length++;
    return length;
}

/* A placeholder, or as far as nothing opens, closes or breaks. */
static size_t recorded_length(struct span bytes, size_t at)
{
    struct placeholder inner;
    size_t length = 0;
    if (at < bytes.length && placeholder_at(bytes, at, &inner) && inner.at == at)
        return inner.length;
    while (at + length < bytes.length && bytes.bytes[at + length] != '\0' &&
           strchr("{}\r\n", bytes.bytes[at + length]) == NULL)
        length++;
    return length;
}

bool captured_at(struct span bytes, size_t at, struct captured *found)
{
    size_t from = at + sizeof captured_start - 1;
    if (bytes.length < from || memcmp(bytes.bytes + at, captured_start, sizeof captured_start - 1) != 0)
        return false;
    size_t name = from, length = word_length(bytes, name), word = 0;
    if (length > 0 && name + length < bytes.length && bytes.bytes[name + length] == ' ') {
        word = length + 1;
        name += word;
        length = word_length(bytes, name);
    }
    if (length == 0 || name + length >= bytes.length || bytes.bytes[name + length] != '|')
        return false;
    size_t recorded = name + length + 1, more = recorded_length(bytes, recorded);
    if (bytes.length - recorded - more < 2 || memcmp(bytes.bytes + recorded + more, end, 2) != 0)
        return false;
    *found = (struct captured){at,
                               recorded + more + 2 - at,
                               {bytes.bytes + from, word},
                               {bytes.bytes + name, length},
                               {bytes.bytes + recorded, more}};
    return true;
}

bool captured_add(struct text *out, const char *word, const char *name, struct span recorded)
{
    if (recorded_length(recorded, 0) != recorded.length)
        return false;
    text_addf(out, "%s%s%s%s|%.*s}}", captured_start, word, word[0] != '\0' ? " " : "", name,
              (int)recorded.length, recorded.bytes);
    return true;
}
