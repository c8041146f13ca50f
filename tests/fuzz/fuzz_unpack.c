/* A recorded file packed by gzip, whole and as several members, and as it is: the same lines, the same records, each no longer
 * than it was; the bytes themselves as a packed file. */
#include <zlib.h>

#include "traffic/input.h"

#include "fuzz.h"

static void pack(struct text *out, struct span plain)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)plain.bytes, .avail_in = (uInt)plain.length};
    hold(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 1, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&stream, plain.length) + 32;
    text_reserve(out, room);
    stream.next_out = (Bytef *)out->bytes + out->length;
    stream.avail_out = (uInt)room;
    hold(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out->length += stream.total_out;
    deflateEnd(&stream);
}

/* Lines or records, each with its number in front of it. */
static void read_all(struct span bytes, const char *mark, struct text *out)
{
    struct input input;
    struct line line;
    struct err err = {0};
    const char *head;
    char path[FUZZ_PATH];
    size_t before = 0;
    int file = fuzz_file(path, bytes);
    hold(input_open(&input, path, &err) == 0);
    input_head(&input, &head);
    while (mark == NULL ? input_line(&input, &line) : input_record(&input, mark, strlen(mark), &line)) {
        hold(line.number == ++before && line.length <= INPUT_LINE_BYTES);
        text_addf(out, "%zu:%d:", line.length, line.unterminated);
        text_add(out, line.bytes, line.length);
    }
    if (input_failed(&input, &err) != 0)
        hold_one_line(&err);
    const char *note = input_note(&input);
    hold(note == NULL || strpbrk(note, "\r\n") == NULL);
    input_close(&input);
    close(file);
}

static void compare(struct span plain, const struct text *packed, const char *mark)
{
    struct text a = TEXT_EMPTY, b = TEXT_EMPTY;
    read_all(plain, mark, &a);
    read_all((struct span){packed->bytes, packed->length}, mark, &b);
    hold(fuzz_same((struct span){a.bytes, a.length}, (struct span){b.bytes, b.length}));
    text_release(&a);
    text_release(&b);
}

FUZZ_TARGET(unpack)
{
    struct span plain = {(const char *)data, size};
    struct text one = TEXT_EMPTY, two = TEXT_EMPTY, out = TEXT_EMPTY;
    size_t half = size / 2;
    bool is_packed = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
    if (size > 0 && !is_packed) {
        pack(&one, plain);
        pack(&two, (struct span){plain.bytes, half});
        pack(&two, (struct span){plain.bytes + half, size - half});
        compare(plain, &one, NULL);
        compare(plain, &two, NULL);
        compare(plain, &two, "\n\xf0\x9f\x90\xb5");
        compare(plain, &one, "aa");
    }
    read_all(plain, NULL, &out);
    text_release(&one);
    text_release(&two);
    text_release(&out);
    return 0;
}
