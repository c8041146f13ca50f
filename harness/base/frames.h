/* Bytes that come through a log: what one program prints in lines another one puts together again, though a log may lose,
 * double, cut or reorder lines and hold those of others.
 *
 *     seep-frame 0 data 5400 BASE64
 *     seep-frame 3 ask -
 *     seep-frame 1 end 7012 SHA256
 *
 * A line has its number, what it is, and how many bytes it stands for; the last one says how many lines of data there are, how
 * many bytes in all, and their SHA-256 (base/digest.h). "ask" is a request on the way, counted by itself from 1.
 */
#ifndef SEEP_BASE_FRAMES_H
#define SEEP_BASE_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define FRAMES_LINE_BYTES 8192 /* no line is longer: some logs cut at 16 KiB */
#define FRAMES_MOST_BYTES ((size_t)256 << 20)

/* Appends all lines of `bytes`, the last one too. */
void frames_write(const void *bytes, size_t length, struct text *lines);
void frames_write_ask(unsigned number, struct text *lines);

enum frames_state {
    FRAMES_OPEN,   /* more is to come, or was lost */
    FRAMES_WHOLE,  /* all is there, and is what was sent */
    FRAMES_BROKEN, /* all is there, and is not what was sent; or two lines of one number differ */
};

struct frames; /* what was read of them so far */
struct frames *frames_new(void);
void frames_free(struct frames *frames); /* NULL is fine */

/* Bytes of the log, cut anywhere. The same may come again. */
void frames_take(struct frames *frames, const void *bytes, size_t length);

/* The log ended, or is read from its start once more: what came without the end of its line is no line. */
void frames_cut(struct frames *frames);

enum frames_state frames_state(const struct frames *frames);
unsigned frames_asked(const struct frames *frames); /* the highest number of an "ask"; 0: none */
bool frames_any(const struct frames *frames);       /* some data came */

/* The bytes, appended; of FRAMES_WHOLE alone. */
void frames_bytes(const struct frames *frames, struct text *bytes);

/* In words, what is wrong: "3 of 20 lines are missing". */
void frames_explain(const struct frames *frames, struct text *text);

/* The last lines that are none of ours, at most 2 KiB: a program's last words. */
const char *frames_foreign(const struct frames *frames);

#endif
