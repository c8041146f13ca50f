#include "reply.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LINE = 1000, READ = 16384 };

void reply_release(struct reply *reply)
{
    if (reply->capacity > 0)
        munmap(reply->bytes, reply->capacity);
    *reply = REPLY_EMPTY;
}

static int grow(struct reply *reply, size_t need)
{
    size_t capacity = reply->capacity == 0 ? 65536 : reply->capacity;
    while (capacity < need)
        capacity *= 2;
    void *bytes = reply->capacity == 0
                      ? mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                      : mremap(reply->bytes, reply->capacity, capacity, MREMAP_MAYMOVE);
    if (bytes == MAP_FAILED) {
        reply->failed = true;
        return -1;
    }
    reply->bytes = bytes;
    reply->capacity = capacity;
    return 0;
}

char *reply_room(struct reply *reply, size_t size)
{
    if (reply->length + size > reply->capacity && grow(reply, reply->length + size) != 0)
        return NULL;
    return reply->bytes + reply->length;
}

void reply_addf(struct reply *reply, const char *format, ...)
{
    char *room = reply_room(reply, LINE + 1);
    if (room == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(room, LINE + 1, format, arguments);
    va_end(arguments);
    reply->length += length < LINE ? (size_t)length : LINE;
}

void reply_add_json(struct reply *reply, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at < ' ' || *at == '"' || *at == '\\')
            reply_addf(reply, "\\u%04x", *at);
        else
            reply_addf(reply, "%c", *at);
    }
}

int reply_read(struct reply *reply, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    ssize_t got = -1;
    for (char *room; (room = reply_room(reply, READ + 1)) != NULL;) {
        got = read(file, room, READ);
        if (got <= 0) {
            *room = '\0';
            break;
        }
        reply->length += (size_t)got;
    }
    close(file);
    return got == 0 && !reply->failed ? 0 : -1;
}
