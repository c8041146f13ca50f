#include "tape/tape.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tape/spool.h"

#define MEMORY_BYTES ((size_t)64 << 10) /* a tape that is no larger stays in memory */
#define WINDOW_BYTES ((size_t)32 << 10)
#define BACK_BYTES                                                                                           \
    ((size_t)4 << 10) /* of a request that was read before: those after it are not wanted again */
#define INDEX_STEP 1024
#define ALIGNMENT 8

/* A stretch of the tape that is in memory. */
struct window {
    char *bytes;
    size_t length, capacity;
    uint64_t start;
};

/* An entry that was asked for. */
struct found {
    size_t number; /* from 1; 0: none */
    uint64_t position, next;
};

struct tape {
    struct spool *spool;
    uint64_t base;    /* where it begins in the spool */
    bool spooled;     /* some of it is there */
    struct text tail; /* what is not in the spool: all of a small tape */
    uint64_t length;  /* bytes */
    size_t count;     /* requests */
    bool strangers;   /* some have no session */
    bool borrows;     /* `tail` and `index` are another's */
    uint64_t *index;  /* positions of requests 0, INDEX_STEP, ... */
    size_t index_count;
    struct tape_entry first, last;
    struct window entries, requests; /* of tape_entry() and of tape_read(): each moves at its own pace */
    struct found found[2]; /* by tape_entry(), odd and even: a plan looks ahead at the time of the next one */
};

uint64_t tape_session(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    if (name == NULL || name[0] == '\0')
        return 0;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash != 0 ? hash : 1;
}

struct tape *tape_new(struct spool *spool)
{
    struct tape *tape = xcalloc(1, sizeof *tape);
    tape->spool = spool;
    return tape;
}

struct tape *tape_reader(const struct tape *of)
{
    struct tape *tape = xcalloc(1, sizeof *tape);
    *tape = *of;
    tape->borrows = true;
    tape->entries = tape->requests = (struct window){0};
    memset(tape->found, 0, sizeof tape->found);
    return tape;
}

void tape_free(struct tape *tape)
{
    if (tape == NULL)
        return;
    if (!tape->borrows) {
        text_release(&tape->tail);
        free(tape->index);
    }
    free(tape->entries.bytes);
    free(tape->requests.bytes);
    free(tape);
}

static int spill(struct tape *tape, struct err *err)
{
    if (!tape->spooled)
        tape->base = tape->spool->length;
    tape->spooled = true;
    int failed = spool_append(tape->spool, tape->tail.bytes, tape->tail.length, err);
    text_clear(&tape->tail);
    return failed;
}

static void note_position(struct tape *tape)
{
    if (tape->count % INDEX_STEP != 0)
        return;
    if ((tape->index_count & (tape->index_count - 1)) == 0) /* full at each power of two */
        tape->index = xrealloc(tape->index, 2 * (tape->index_count + 1) * sizeof *tape->index);
    tape->index[tape->index_count++] = tape->length;
}

/* What it takes on the tape: entries lie where a struct may, so that none is copied. */
static inline uint64_t size_of(const struct tape_entry *entry)
{
    uint64_t size = sizeof *entry + entry->line + entry->fields + entry->body;
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

int tape_add(struct tape *tape, const struct tape_request *request, struct err *err)
{
    static const char padding[ALIGNMENT];
    const struct tape_entry *entry = &request->entry;
    uint64_t end = tape->length + size_of(entry), spooled = tape->length - tape->tail.length;
    note_position(tape);
    if (tape->count++ == 0)
        tape->first = *entry;
    tape->last = *entry;
    tape->strangers |= entry->session == 0;
    tape->length = end;
    text_add(&tape->tail, entry, sizeof *entry);
    text_add(&tape->tail, request->line, entry->line);
    text_add(&tape->tail, request->fields, entry->fields);
    text_add(&tape->tail, request->body, entry->body);
    text_add(&tape->tail, padding, (size_t)(end - spooled) - tape->tail.length);
    return tape->tail.length > MEMORY_BYTES ? spill(tape, err) : 0;
}

int tape_seal(struct tape *tape, struct err *err)
{
    if (!tape->spooled)
        return 0;
    int failed = spill(tape, err);
    text_release(&tape->tail);
    return failed;
}

size_t tape_count(const struct tape *tape)
{
    return tape->count;
}

bool tape_has_strangers(const struct tape *tape)
{
    return tape->strangers;
}

int64_t tape_first_us(const struct tape *tape)
{
    return tape->first.t_us;
}

int64_t tape_last_us(const struct tape *tape)
{
    return tape->last.t_us;
}

/* Room for a request that is larger than the window, given back with the next that is not. */
static void make_room(struct window *window, size_t wanted)
{
    size_t capacity = wanted > WINDOW_BYTES ? wanted : WINDOW_BYTES;
    if (window->capacity >= wanted && window->capacity <= 4 * capacity)
        return;
    free(window->bytes);
    window->bytes = xmalloc(capacity);
    window->capacity = capacity;
}

static const char *load(struct tape *tape, struct window *window, uint64_t position, size_t wanted)
{
    bool onwards = position >= window->start && position <= window->start + window->length + WINDOW_BYTES;
    size_t size = onwards || window->length == 0 ? WINDOW_BYTES : BACK_BYTES;
    if (size < wanted)
        size = wanted;
    if (size > tape->length - position)
        size = (size_t)(tape->length - position);
    make_room(window, size);
    window->start = position;
    window->length = spool_read(tape->spool, tape->base + position, window->bytes, size);
    return window->bytes;
}

/* The bytes from `position` on, at least `wanted` of them. */
static inline const char *bytes_at(struct tape *tape, struct window *window, uint64_t position, size_t wanted)
{
    if (!tape->spooled)
        return tape->tail.bytes + position;
    uint64_t at = position - window->start;
    if (position >= window->start && at + wanted <= window->length)
        return window->bytes + at;
    return load(tape, window, position, wanted);
}

static inline const struct tape_entry *find(struct tape *tape, struct found *found, size_t number,
                                            uint64_t position)
{
    const void *bytes = bytes_at(tape, &tape->entries, position, sizeof(struct tape_entry));
    const struct tape_entry *entry = bytes;
    *found = (struct found){number, position, position + size_of(entry)};
    return entry;
}

/* From the nearest place before it that the index has. */
static const struct tape_entry *seek(struct tape *tape, struct found *found, size_t number)
{
    size_t index = number - 1, at = index - index % INDEX_STEP;
    const struct tape_entry *entry = find(tape, found, at + 1, tape->index[index / INDEX_STEP]);
    while (found->number < number)
        entry = find(tape, found, found->number + 1, found->next);
    return entry;
}

const struct tape_entry *tape_entry(struct tape *tape, size_t index, uint64_t *position)
{
    size_t number = index + 1;
    struct found *found = &tape->found[number % 2];
    const struct found *before = &tape->found[index % 2];
    const struct tape_entry *entry = &tape->first; /* often asked for in between: prerequisites */
    *position = 0;
    if (index == 0)
        return entry;
    if (found->number == number)
        entry = find(tape, found, number, found->position);
    else if (before->number == index)
        entry = find(tape, found, number, before->next);
    else
        entry = seek(tape, found, number);
    *position = found->position;
    return entry;
}

void tape_read(struct tape *tape, uint64_t position, struct tape_request *request)
{
    struct tape_entry *entry = &request->entry;
    memcpy(entry, bytes_at(tape, &tape->requests, position, sizeof *entry), sizeof *entry);
    const char *bytes = bytes_at(tape, &tape->requests, position, (size_t)size_of(entry));
    request->line = bytes + sizeof *entry;
    request->fields = request->line + entry->line;
    request->body = request->fields + entry->fields;
}
