#include "flow/runs.h"

#include <stdlib.h>
#include <string.h>

#define US_PER_S INT64_C(1000000)
#define BUFFER_LEAST ((size_t)4096)
#define BUFFER_MOST ((size_t)256 * 1024)

int64_t run_second_us(int64_t t_us)
{
    int64_t rest = t_us % US_PER_S;
    return t_us - (rest < 0 ? rest + US_PER_S : rest);
}

static struct packed_head front(const struct run_reader *run)
{
    struct packed_head head;
    memcpy(&head, run->buffer + run->used, sizeof head);
    return head;
}

/* At least `need` bytes from the front on. */
static int fill(struct run_reader *run, struct scratch *scratch, size_t need, struct err *err)
{
    if (run->filled - run->used >= need)
        return 0;
    memmove(run->buffer, run->buffer + run->used, run->filled - run->used);
    run->filled -= run->used;
    run->used = 0;
    if (need > run->capacity)
        run->buffer = xrealloc(run->buffer, run->capacity = need);
    size_t room = run->capacity - run->filled;
    size_t size = run->run.to - run->at < room ? (size_t)(run->run.to - run->at) : room;
    if (scratch_read(scratch, run->at, run->buffer + run->filled, size, err) != 0)
        return -1;
    run->at += size;
    run->filled += size;
    return 0;
}

/* Makes the request at `used` the front; at the end the buffer goes. */
static int load(struct run_reader *run, struct scratch *scratch, struct err *err)
{
    if (run->used == run->filled && run->at == run->run.to) {
        free(run->buffer);
        run->buffer = NULL;
        return 0;
    }
    if (fill(run, scratch, sizeof(struct packed_head), err) != 0 ||
        fill(run, scratch, front(run).bytes, err) != 0)
        return -1;
    struct packed_head head = front(run);
    int64_t second = run_second_us(head.t_us);
    run->rank = second == run->second_us ? run->rank + 1 : 0;
    run->second_us = second;
    run->t_us =
        run->run.spread ? second + (2 * (int64_t)run->rank + 1) * US_PER_S / (2 * head.in_second) : head.t_us;
    return 0;
}

static bool before(const struct runs_reader *reader, size_t one, size_t other)
{
    int64_t a = reader->readers[one].t_us, b = reader->readers[other].t_us;
    return a != b ? a < b : one < other;
}

static void sink_down(struct runs_reader *reader, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < reader->heap_count; child++)
            if (before(reader, reader->heap[child], reader->heap[least]))
                least = child;
        if (least == at)
            return;
        size_t moved = reader->heap[at];
        reader->heap[at] = reader->heap[least];
        reader->heap[least] = moved;
        at = least;
    }
}

void runs_reader_init(struct runs_reader *reader, struct scratch *scratch, const struct run *runs,
                      size_t count)
{
    size_t share = RUNS_BUFFERED / (count > 0 ? count : 1);
    *reader = (struct runs_reader){.scratch = scratch, .count = count, .heap_count = count};
    reader->buffer_bytes = share < BUFFER_LEAST ? BUFFER_LEAST : share > BUFFER_MOST ? BUFFER_MOST : share;
    reader->readers = xcalloc(count, sizeof *reader->readers);
    reader->heap = xcalloc(count, sizeof *reader->heap);
    for (size_t i = 0; i < count; i++) {
        reader->readers[i] =
            (struct run_reader){.run = runs[i], .at = runs[i].from, .t_us = runs[i].first_us};
        reader->readers[i].second_us = INT64_MIN;
        reader->heap[i] = i;
    }
    for (size_t i = count / 2; i-- > 0;)
        sink_down(reader, i);
}

void runs_reader_release(struct runs_reader *reader)
{
    for (size_t i = 0; i < reader->count; i++)
        free(reader->readers[i].buffer);
    free(reader->readers);
    free(reader->heap);
    *reader = (struct runs_reader){.count = 0};
}

/* A run gets its buffer when its time has come: files that follow one another need one at a time. */
static int begin(struct runs_reader *reader, struct run_reader *run, struct err *err)
{
    run->capacity = reader->buffer_bytes;
    run->buffer = xmalloc(run->capacity);
    return load(run, reader->scratch, err);
}

/* Moves past the request that was handed out last, and past runs that have ended. */
static int advance(struct runs_reader *reader, struct err *err)
{
    struct run_reader *run = &reader->readers[reader->heap[0]];
    run->used += front(run).bytes;
    if (load(run, reader->scratch, err) != 0)
        return -1;
    if (run->buffer == NULL)
        reader->heap[0] = reader->heap[--reader->heap_count];
    sink_down(reader, 0);
    return 0;
}

int runs_next(struct runs_reader *reader, const char **bytes, int64_t *t_us, struct err *err)
{
    *bytes = NULL;
    if (reader->started && reader->heap_count > 0 && advance(reader, err) != 0)
        return -1;
    reader->started = true;
    while (reader->heap_count > 0) {
        struct run_reader *run = &reader->readers[reader->heap[0]];
        if (run->buffer != NULL) {
            *bytes = run->buffer + run->used;
            *t_us = run->t_us;
            return 0;
        }
        if (begin(reader, run, err) != 0)
            return -1;
        sink_down(reader, 0); /* spread, its first may stand later than it was read */
    }
    return 0;
}

/* How many requests of this second all runs have; each that has any has it at its front. */
static int sum_second(struct runs_reader *reader, int64_t second_us, uint32_t *sum, struct err *err)
{
    *sum = 0;
    for (size_t i = 0; i < reader->heap_count; i++) {
        struct run_reader *run = &reader->readers[reader->heap[i]];
        if (run_second_us(run->t_us) != second_us)
            continue;
        if (run->buffer == NULL && begin(reader, run, err) != 0)
            return -1;
        *sum += front(run).in_second;
    }
    return 0;
}

int runs_merge(struct scratch *scratch, const struct run *runs, size_t count, struct run *merged,
               struct err *err)
{
    struct runs_reader reader;
    struct text whole = TEXT_EMPTY;
    const char *bytes;
    int64_t t_us, second_us = INT64_MIN;
    uint32_t sum = 0;
    int result;
    runs_reader_init(&reader, scratch, runs, count);
    for (size_t i = 0; i < count; i++)
        reader.readers[i].run.spread = false;
    *merged = (struct run){.from = scratch_length(scratch), .first_us = INT64_MIN, .spread = runs[0].spread};
    while ((result = runs_next(&reader, &bytes, &t_us, err)) == 0 && bytes != NULL) {
        struct packed_head head;
        if (run_second_us(t_us) != second_us &&
            (result = sum_second(&reader, run_second_us(t_us), &sum, err)) != 0)
            break;
        second_us = run_second_us(t_us);
        if (merged->first_us == INT64_MIN)
            merged->first_us = t_us;
        memcpy(&head, bytes, sizeof head);
        head.in_second = sum;
        text_clear(&whole);
        text_add(&whole, bytes, head.bytes);
        memcpy(whole.bytes, &head, sizeof head);
        if ((result = scratch_add(scratch, whole.bytes, whole.length, err)) != 0)
            break;
    }
    merged->to = scratch_length(scratch);
    for (size_t i = 0; i < count && result == 0; i++)
        scratch_forget(scratch, runs[i].from, runs[i].to);
    runs_reader_release(&reader);
    text_release(&whole);
    return result;
}
