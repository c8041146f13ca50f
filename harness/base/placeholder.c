#include "base/placeholder.h"

#include <ctype.h>
#include <string.h>

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
