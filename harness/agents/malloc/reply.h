/* A text that grows outside the heap, so that the agent's own memory does not count. */
#ifndef SEEP_MALLOC_REPLY_H
#define SEEP_MALLOC_REPLY_H

#include <stdbool.h>
#include <stddef.h>

/* `failed`: there was no memory; what was added since is lost. */
struct reply {
    char *bytes;
    size_t length, capacity;
    bool failed;
};

#define REPLY_EMPTY ((struct reply){NULL, 0, 0, false})

void reply_release(struct reply *reply);

/* Room for `size` more bytes, NULL when there is none; the caller adds to `length` what it used. */
char *reply_room(struct reply *reply, size_t size);

/* printf without floating point, which may allocate. At most 1000 bytes a call. */
void reply_addf(struct reply *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As the inside of a JSON string. */
void reply_add_json(struct reply *reply, const char *text);

/* The whole of a file that has no size, as in /proc, with a 0 after it. -1 when it cannot be read. */
int reply_read(struct reply *reply, const char *path);

#endif
