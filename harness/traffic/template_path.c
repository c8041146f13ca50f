#include "traffic/template_path.h"

#include <stdbool.h>
#include <string.h>

#include "base/hex.h"

uint64_t path_hash(const char *bytes, size_t length)
{
    const uint64_t prime = UINT64_C(0x9fb21c651e98df25);
    uint64_t hash = length * prime, word;
    for (; length >= sizeof word; bytes += sizeof word, length -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = (hash ^ word) * prime;
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, bytes, length);
    hash = (hash ^ word) * prime;
    hash = (hash ^ hash >> 29) * prime;
    return hash ^ hash >> 32;
}

static bool is_unreserved(int byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '-' ||
           byte == '.' || byte == '_' || byte == '~';
}

/* One byte, or one escape, at `at`; returns how much of it was read. */
static size_t normal(const char *at, size_t left, char *out, size_t *wrote)
{
    static const char digits[] = "0123456789ABCDEF";
    int coded = percent_byte(at, left);
    bool brace = at[0] == '{' || at[0] == '}';
    int byte = coded >= 0 ? coded : (unsigned char)at[0];
    *wrote = 1;
    out[0] = (char)byte;
    if (!brace && (coded < 0 || is_unreserved(byte)))
        return coded < 0 ? 1 : PERCENT_LENGTH;
    out[0] = '%';
    out[1] = digits[byte >> 4];
    out[2] = digits[byte & 15];
    *wrote = 3;
    return coded < 0 ? 1 : PERCENT_LENGTH;
}

static void normalise(struct path *path, struct piece *piece)
{
    char *out = path->room + path->used;
    size_t length = 0;
    if (piece->length * 3 > PATH_ROOM - path->used) { /* long: a value, however it is written */
        piece->kind = SHAPE_TOKEN;
        return;
    }
    for (size_t i = 0, wrote; i < piece->length; length += wrote)
        i += normal(piece->bytes + i, piece->length - i, out + length, &wrote);
    path->used += length;
    *piece = (struct piece){out, length, segment_shape(out, length)};
}

static bool is_placeholder(const struct piece *piece)
{
    return piece->length > 4 && memcmp(piece->bytes, "{{", 2) == 0;
}

enum mark { MARK_NONE, MARK_SLASH, MARK_SEMICOLON, MARK_ODD };
static const unsigned char marks[256] = {
    ['/'] = MARK_SLASH, [';'] = MARK_SEMICOLON, ['%'] = MARK_ODD, ['{'] = MARK_ODD, ['}'] = MARK_ODD};

/* A segment up to '/', or to the end; without what follows ';'. `odd`: it holds an escape or a brace. */
static const char *scan(const char *at, const char *end, const char **stop, bool *odd)
{
    *stop = NULL;
    *odd = false;
    for (; at < end; at++) {
        unsigned char mark = marks[(unsigned char)*at];
        if (mark == MARK_NONE)
            continue;
        if (mark == MARK_SLASH)
            break;
        *odd = *odd || mark == MARK_ODD;
        if (mark == MARK_SEMICOLON && *stop == NULL)
            *stop = at;
    }
    if (*stop == NULL)
        *stop = at;
    return at;
}

void path_split(struct path *path, const char *url)
{
    const char *end = url + strcspn(url, "?#");
    path->count = path->used = 0;
    path->ending = END_PLAIN;
    if (url < end && *url == '/')
        url++;
    if (end > url && end[-1] == '/') {
        path->ending = END_SLASH;
        end--;
    }
    for (bool more = url < end; more;) {
        const char *stop;
        bool odd;
        const char *next = scan(url, end, &stop, &odd);
        if (path->count == TEMPLATE_SEGMENTS) {
            path->ending = END_CUT;
            return;
        }
        struct piece *piece = &path->pieces[path->count++];
        *piece = (struct piece){url, (size_t)(stop - url), SHAPE_TOKEN};
        if (!odd)
            piece->kind = segment_shape(url, piece->length);
        else if (!is_placeholder(piece))
            normalise(path, piece);
        more = next < end;
        url = next + 1;
    }
}
