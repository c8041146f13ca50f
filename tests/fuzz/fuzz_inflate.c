/* A coded body in one piece and in small ones: the same comes out, never more than the limit; a bomb is cut. The first byte
 * chooses the coding, the second the limit. Packed by zlib here, the same bytes come out as they went in. */
#include <zlib.h>

#include "base/inflate.h"

#include "fuzz.h"

static const char *decode(enum coding coding, struct span body, size_t limit, size_t step, struct text *out)
{
    struct inflate inflate = {.coding = CODING_NONE};
    inflate_begin(&inflate, coding, limit);
    for (size_t at = 0; at < body.length; at += step)
        inflate_add(&inflate, body.bytes + at, body.length - at < step ? body.length - at : step, out);
    const char *fault = inflate_fault(&inflate);
    hold(out->length <= limit);
    inflate_release(&inflate);
    return fault;
}

static void compare(enum coding coding, struct span body, size_t limit)
{
    static const size_t steps[] = {1, 7, 4096};
    struct text whole = TEXT_EMPTY;
    const char *fault = decode(coding, body, limit, body.length + 1, &whole);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct text pieces = TEXT_EMPTY;
        const char *other = decode(coding, body, limit, steps[i], &pieces);
        hold(fault == other || (fault != NULL && other != NULL && strcmp(fault, other) == 0));
        hold(fuzz_same((struct span){whole.bytes, whole.length}, (struct span){pieces.bytes, pieces.length}));
        text_release(&pieces);
    }
    text_release(&whole);
}

/* window: of zlib, which says the format as well. */
static void round_trip(enum coding coding, int window, struct span plain)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)plain.bytes, .avail_in = (uInt)plain.length};
    struct text packed = TEXT_EMPTY, out = TEXT_EMPTY;
    hold(deflateInit2(&stream, 1, Z_DEFLATED, window, 1, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&stream, plain.length);
    text_reserve(&packed, room);
    stream.next_out = (Bytef *)packed.bytes;
    stream.avail_out = (uInt)room;
    hold(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.length = stream.total_out;
    deflateEnd(&stream);
    hold(decode(coding, (struct span){packed.bytes, packed.length}, plain.length, 13, &out) == NULL);
    hold(fuzz_same((struct span){out.bytes, out.length}, plain));
    text_release(&packed);
    text_release(&out);
}

FUZZ_TARGET(inflate)
{
    struct span left = {(const char *)data, size};
    enum coding coding = (enum coding)(fuzz_byte(&left) % (CODING_OTHER + 1));
    size_t limit = (size_t)1 << (fuzz_byte(&left) % 21);
    compare(coding, left, limit);
    round_trip(CODING_GZIP, 15 + 16, left);
    round_trip(CODING_DEFLATE, 15, left);
    round_trip(CODING_DEFLATE, -15, left);
    coding_named(left.bytes, left.length);
    return 0;
}
