#include "base/inflate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define PIECE 8192
#define BITS_ZLIB 15 /* the largest window */
#define BITS_RAW (-15)
#define BITS_GZIP (15 + 16)

static const struct {
    const char *name;
    enum coding coding;
} names[] = {
    {"", CODING_NONE},       {"identity", CODING_NONE},   {"gzip", CODING_GZIP},
    {"x-gzip", CODING_GZIP}, {"deflate", CODING_DEFLATE},
};

enum coding coding_named(const char *value, size_t length)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == length && strncasecmp(names[i].name, value, length) == 0)
            return names[i].coding;
    return CODING_OTHER;
}

void inflate_begin(struct inflate *inflate, enum coding coding, size_t limit_bytes)
{
    *inflate = (struct inflate){.coding = coding, .left = limit_bytes, .stream = inflate->stream};
}

void inflate_release(struct inflate *inflate)
{
    if (inflate->stream != NULL)
        inflateEnd(inflate->stream);
    free(inflate->stream);
    *inflate = (struct inflate){.coding = CODING_NONE};
}

static void emit(struct inflate *inflate, const void *bytes, size_t length, struct text *out)
{
    if (length > inflate->left) {
        length = inflate->left;
        inflate->cut = true;
    }
    if (length > 0)
        text_add(out, bytes, length);
    inflate->left -= length;
}

/* Only here is anything allocated, and only the first time. */
static void start(struct inflate *inflate, int bits)
{
    int code = Z_OK;
    if (inflate->stream == NULL) {
        inflate->stream = xcalloc(1, sizeof(z_stream));
        code = inflateInit2((z_stream *)inflate->stream, bits);
    } else {
        code = inflateReset2(inflate->stream, bits);
    }
    inflate->started = true;
    if (code != Z_OK)
        inflate->why = "cannot be read: out of memory";
}

/* RFC 1950, 2.2: the method is 8, the window at most 32 KiB, and the two bytes a multiple of 31. */
static bool is_zlib(unsigned char first, unsigned char second)
{
    return (first & 0x0f) == 8 && first >> 4 <= 7 && (first * 256u + second) % 31 == 0;
}

/* After the end of a member: another one may follow, anything else is not the body's. */
static bool next_member(struct inflate *inflate, z_stream *stream)
{
    bool more = inflate->coding == CODING_GZIP && stream->next_in[0] == 0x1f && inflateReset(stream) == Z_OK;
    inflate->ended = !more;
    inflate->over = !more;
    return more;
}

static int step(z_stream *stream, unsigned char piece[PIECE])
{
    stream->next_out = piece;
    stream->avail_out = PIECE;
    return inflate(stream, Z_NO_FLUSH);
}

static void decode(struct inflate *inflate, const void *bytes, size_t length, struct text *out)
{
    z_stream *stream = inflate->stream;
    unsigned char piece[PIECE];
    stream->next_in = (Bytef *)bytes;
    stream->avail_in = (uInt)length;
    do {
        if (inflate->ended && !next_member(inflate, stream))
            return;
        int code = step(stream, piece);
        emit(inflate, piece, PIECE - stream->avail_out, out);
        inflate->ended = code == Z_STREAM_END;
        if (inflate->cut) /* what is wrong behind it does not matter: nobody gets there in small pieces */
            return;
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) /* the latter: it wants more */
            inflate->why = "is not gzip or deflate";
    } while (inflate->why == NULL && (stream->avail_in > 0 || (stream->avail_out == 0 && !inflate->ended)));
}

/* Whether there is a header shows in two bytes, which may come one by one. */
static void begin_deflate(struct inflate *inflate, const unsigned char **bytes, size_t *length,
                          struct text *out)
{
    if (!inflate->has_first) {
        inflate->first = *(*bytes)++;
        inflate->has_first = true;
        --*length;
    }
    if (*length == 0)
        return;
    start(inflate, is_zlib(inflate->first, **bytes) ? BITS_ZLIB : BITS_RAW);
    if (inflate->why == NULL)
        decode(inflate, &inflate->first, 1, out);
}

void inflate_add(struct inflate *inflate, const char *bytes, size_t length, struct text *out)
{
    const unsigned char *at = (const unsigned char *)bytes;
    if (length == 0 || inflate->over || inflate->cut || inflate->why != NULL)
        return;
    if (inflate->coding == CODING_NONE)
        emit(inflate, bytes, length, out);
    if (inflate->coding == CODING_GZIP && !inflate->started)
        start(inflate, BITS_GZIP);
    if (inflate->coding == CODING_DEFLATE && !inflate->started)
        begin_deflate(inflate, &at, &length, out);
    if (inflate->started && inflate->why == NULL && length > 0)
        decode(inflate, at, length, out);
}

const char *inflate_fault(const struct inflate *inflate)
{
    bool begun = inflate->started || inflate->has_first;
    if (inflate->coding == CODING_OTHER)
        return "cannot be read: its coding is neither gzip nor deflate";
    if (inflate->why != NULL)
        return inflate->why;
    if (inflate->cut)
        return "is larger than what is read";
    return begun && !inflate->ended ? "is cut short" : NULL; /* no byte at all is an empty body */
}
