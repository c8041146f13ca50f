#include "base/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/digest.h"

#define MARK "seep-frame "
#define PART_BYTES 5400 /* 7200 in base64 */
#define PARTS_MOST (FRAMES_MOST_BYTES / PART_BYTES + 1)
#define FOREIGN_BYTES 2048
#define SUM_DIGITS 64

struct frames {
    struct text *parts; /* by their numbers */
    size_t part_count, filled, bytes;
    bool ended, broken, other; /* the last line came; the digest is another one; a number came twice */
    bool too_long;             /* the line that is being read */
    size_t end_parts, end_bytes;
    char end_sum[SUM_DIGITS + 1];
    unsigned asked;
    struct text line, foreign;
};

static char *sum_of(const void *bytes, size_t length)
{
    struct digest *digest = digest_new();
    digest_add(digest, bytes, length);
    return digest_end(digest);
}

void frames_write(const void *bytes, size_t length, struct text *lines)
{
    const char *at = bytes;
    size_t number = 0;
    for (size_t done = 0; done < length; number++) {
        size_t part = length - done < PART_BYTES ? length - done : PART_BYTES;
        text_addf(lines, MARK "%zu data %zu ", number, part);
        base64_write(at + done, part, lines);
        text_add_char(lines, '\n');
        done += part;
    }
    char *sum = sum_of(bytes, length);
    text_addf(lines, MARK "%zu end %zu %s\n", number, length, sum);
    free(sum);
}

void frames_write_ask(unsigned number, struct text *lines)
{
    text_addf(lines, MARK "%u ask -\n", number);
}

struct frames *frames_new(void)
{
    return xcalloc(1, sizeof(struct frames));
}

void frames_free(struct frames *frames)
{
    if (frames == NULL)
        return;
    for (size_t i = 0; i < frames->part_count; i++)
        text_release(&frames->parts[i]);
    free(frames->parts);
    text_release(&frames->line);
    text_release(&frames->foreign);
    free(frames);
}

static struct text *part_at(struct frames *frames, size_t number)
{
    if (number >= frames->part_count) {
        size_t more = number + 1 > 2 * frames->part_count ? number + 1 : 2 * frames->part_count;
        frames->parts = xrealloc(frames->parts, more * sizeof *frames->parts);
        for (size_t i = frames->part_count; i < more; i++)
            frames->parts[i] = TEXT_EMPTY;
        frames->part_count = more;
    }
    return &frames->parts[number];
}

/* Whether the line is one of data; a cut one has fewer bytes than it says. */
static bool take_data(struct frames *frames, size_t number, size_t length, const char *base64)
{
    struct text bytes = TEXT_EMPTY;
    size_t wrong;
    bool good = number < PARTS_MOST && length > 0 && length <= PART_BYTES &&
                base64_read(base64, strlen(base64), 0, &bytes, &wrong) == 0 && bytes.length == length;
    struct text *part = good ? part_at(frames, number) : NULL;
    if (good && part->length == 0) {
        *part = bytes;
        frames->filled++;
        frames->bytes += length;
        return true;
    }
    if (good && (part->length != length || memcmp(part->bytes, bytes.bytes, length) != 0))
        frames->other = true;
    text_release(&bytes);
    return good;
}

static bool take_end(struct frames *frames, size_t number, size_t length, const char *sum)
{
    if (strlen(sum) != SUM_DIGITS || number > PARTS_MOST)
        return false;
    if (frames->ended &&
        (number != frames->end_parts || length != frames->end_bytes || strcmp(sum, frames->end_sum) != 0))
        frames->other = true;
    frames->ended = true;
    frames->end_parts = number;
    frames->end_bytes = length;
    snprintf(frames->end_sum, sizeof frames->end_sum, "%s", sum);
    return true;
}

static void check(struct frames *frames)
{
    if (!frames->ended || frames->filled < frames->end_parts)
        return;
    struct text bytes = TEXT_EMPTY;
    for (size_t i = 0; i < frames->end_parts; i++)
        text_add(&bytes, part_at(frames, i)->bytes, part_at(frames, i)->length);
    char *sum = sum_of(bytes.bytes, bytes.length);
    frames->broken = frames->filled != frames->end_parts || bytes.length != frames->end_bytes ||
                     strcmp(sum, frames->end_sum) != 0;
    free(sum);
    text_release(&bytes);
}

static bool take_ours(struct frames *frames, const char *line)
{
    size_t number, length;
    unsigned asked;
    char kind[8];
    int at = 0;
    if (!text_starts_with(line, MARK))
        return false;
    const char *rest = line + sizeof MARK - 1;
    if (sscanf(rest, "%u ask -%n", &asked, &at) == 1 && at > 0 && rest[at] == '\0') {
        frames->asked = asked > frames->asked ? asked : frames->asked;
        return true;
    }
    if (sscanf(rest, "%zu %7[a-z] %zu %n", &number, kind, &length, &at) != 3 || at == 0)
        return false;
    if (strcmp(kind, "data") == 0)
        return take_data(frames, number, length, rest + at);
    return strcmp(kind, "end") == 0 && take_end(frames, number, length, rest + at);
}

static void keep_foreign(struct frames *frames, const char *line, size_t length)
{
    struct text *foreign = &frames->foreign;
    size_t taken = length < FOREIGN_BYTES / 2 ? length : FOREIGN_BYTES / 2;
    if (taken == 0)
        return;
    if (foreign->length + taken + 1 > FOREIGN_BYTES) {
        const char *end = memchr(foreign->bytes + foreign->length / 2, '\n', foreign->length / 2);
        size_t gone = end != NULL ? (size_t)(end + 1 - foreign->bytes) : foreign->length;
        memmove(foreign->bytes, foreign->bytes + gone, foreign->length - gone);
        foreign->length -= gone;
    }
    text_add(foreign, line, taken);
    text_add_char(foreign, '\n');
}

static void take_line(struct frames *frames)
{
    struct text *line = &frames->line;
    if (line->length > 0 && line->bytes[line->length - 1] == '\r') /* of a terminal */
        line->bytes[--line->length] = '\0';
    bool plain = line->length > 0 && memchr(line->bytes, '\0', line->length) == NULL;
    if (plain && !frames->too_long && take_ours(frames, line->bytes))
        check(frames);
    else
        keep_foreign(frames, text_string(line), line->length);
    text_clear(line);
    frames->too_long = false;
}

void frames_take(struct frames *frames, const void *bytes, size_t length)
{
    const char *at = bytes, *past = at + length;
    while (at < past) {
        const char *end = memchr(at, '\n', (size_t)(past - at));
        size_t part = (size_t)((end != NULL ? end : past) - at);
        size_t room = FRAMES_LINE_BYTES - frames->line.length;
        if (part > room)
            frames->too_long = true;
        text_add(&frames->line, at, part < room ? part : room);
        if (end != NULL)
            take_line(frames);
        at += part + (end != NULL);
    }
}

void frames_cut(struct frames *frames)
{
    if (frames->line.length > 0) {
        keep_foreign(frames, frames->line.bytes, frames->line.length);
        text_clear(&frames->line);
    }
    frames->too_long = false;
}

enum frames_state frames_state(const struct frames *frames)
{
    if (frames->other || frames->broken)
        return FRAMES_BROKEN;
    return frames->ended && frames->filled >= frames->end_parts ? FRAMES_WHOLE : FRAMES_OPEN;
}

unsigned frames_asked(const struct frames *frames)
{
    return frames->asked;
}

bool frames_any(const struct frames *frames)
{
    return frames->filled > 0 || frames->ended;
}

void frames_bytes(const struct frames *frames, struct text *bytes)
{
    for (size_t i = 0; i < frames->end_parts; i++)
        text_add(bytes, frames->parts[i].bytes, frames->parts[i].length);
}

void frames_explain(const struct frames *frames, struct text *text)
{
    if (frames->other)
        text_add_string(text, "two lines of one number differ");
    else if (frames->broken)
        text_add_string(text, "what came is not what was sent");
    else if (frames->ended)
        text_addf(text, "%zu of %zu lines are missing", frames->end_parts - frames->filled,
                  frames->end_parts);
    else
        text_addf(text, "%zu bytes came, and no end", frames->bytes);
}

const char *frames_foreign(const struct frames *frames)
{
    return text_string(&frames->foreign);
}
