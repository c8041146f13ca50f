#include "flow/entries.h"

#include <stdlib.h>
#include <string.h>

#define US_PER_S INT64_C(1000000)
#define STEPS_BACK ((size_t)64) /* on the average; sorting costs as much */
#define RUNS_AT_ONCE ((size_t)512)

void entries_init(struct entries *entries, const char *directory, uint64_t most_bytes, size_t window_bytes)
{
    *entries = (struct entries){.window_bytes = window_bytes};
    scratch_init(&entries->scratch, directory, most_bytes);
}

void entries_release(struct entries *entries)
{
    scratch_release(&entries->scratch);
    text_release(&entries->window);
    text_release(&entries->spare);
    free(entries->waiting);
    free(entries->runs);
    *entries = (struct entries){.scratch = {.descriptor = -1}};
}

static int by_time(const void *one, const void *other)
{
    const struct waiting *a = one, *b = other;
    if (a->t_us != b->t_us)
        return a->t_us < b->t_us ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* Each goes back to its place, behind those of its time; false: too many are far from theirs. */
static bool put_back(struct waiting *waiting, size_t count)
{
    size_t left = count * STEPS_BACK;
    for (size_t i = 1; i < count; i++) {
        struct waiting one = waiting[i];
        size_t to = i;
        for (; to > 0 && waiting[to - 1].t_us > one.t_us; to--)
            waiting[to] = waiting[to - 1];
        waiting[to] = one;
        if (i - to > left)
            return false;
        left -= i - to;
    }
    return true;
}

static void sort_waiting(struct entries *entries)
{
    if (!put_back(entries->waiting, entries->waiting_count))
        qsort(entries->waiting, entries->waiting_count, sizeof *entries->waiting, by_time);
}

/* Where what is written now ends: between two seconds, so that each is counted whole. */
static size_t older_half(const struct entries *entries)
{
    const struct waiting *waiting = entries->waiting;
    int64_t cut_us = run_second_us(waiting[entries->waiting_count / 2].t_us);
    size_t count = entries->waiting_count / 2;
    while (count > 0 && waiting[count - 1].t_us >= cut_us)
        count--;
    return count > 0 ? count : entries->waiting_count;
}

static struct run *run_for(struct entries *entries, int64_t t_us)
{
    if (entries->open && t_us >= entries->sorted_us)
        return &entries->runs[entries->run_count - 1];
    entries->runs = xrealloc(entries->runs, (entries->run_count + 1) * sizeof *entries->runs);
    entries->runs[entries->run_count] =
        (struct run){.from = scratch_length(&entries->scratch), .first_us = t_us};
    entries->open = true;
    return &entries->runs[entries->run_count++];
}

static int write_second(struct entries *entries, size_t from, size_t to, struct err *err)
{
    for (size_t i = from; i < to; i++) {
        char *bytes = entries->window.bytes + entries->waiting[i].at;
        struct packed_head head;
        memcpy(&head, bytes, sizeof head);
        head.in_second = (uint32_t)(to - from);
        memcpy(bytes, &head, sizeof head);
        if (scratch_add(&entries->scratch, bytes, head.bytes, err) != 0)
            return -1;
    }
    return 0;
}

static int write_run(struct entries *entries, size_t count, struct err *err)
{
    const struct waiting *waiting = entries->waiting;
    struct run *run = run_for(entries, waiting[0].t_us);
    for (size_t from = 0, to; from < count; from = to) {
        int64_t second_us = run_second_us(waiting[from].t_us);
        for (to = from + 1; to < count && run_second_us(waiting[to].t_us) == second_us;)
            to++;
        if (write_second(entries, from, to, err) != 0)
            return -1;
        entries->sorted_us = second_us + US_PER_S;
    }
    run->to = scratch_length(&entries->scratch);
    return 0;
}

/* What stays moves together. */
static void keep_rest(struct entries *entries, size_t from)
{
    struct text old = entries->window;
    size_t kept = 0;
    entries->window = entries->spare;
    entries->spare = old;
    text_clear(&entries->window);
    for (size_t i = from; i < entries->waiting_count; i++) {
        const char *bytes = old.bytes + entries->waiting[i].at;
        struct packed_head head;
        memcpy(&head, bytes, sizeof head);
        entries->waiting[kept] = entries->waiting[i];
        entries->waiting[kept++].at = entries->window.length;
        text_add(&entries->window, bytes, head.bytes);
    }
    entries->waiting_count = kept;
}

static int write_waiting(struct entries *entries, bool all, struct err *err)
{
    if (entries->waiting_count == 0)
        return 0;
    sort_waiting(entries);
    size_t count = all ? entries->waiting_count : older_half(entries);
    if (write_run(entries, count, err) != 0)
        return -1;
    keep_rest(entries, count);
    return 0;
}

int entries_add(struct entries *entries, const struct entry *entry, struct err *err)
{
    if (entry->request.body_length > PACKED_MOST / 2)
        return err_set(err, ERR_USAGE, "a request's body is larger than 2 GiB");
    if (entries->waiting_count == entries->waiting_capacity) {
        entries->waiting_capacity = entries->waiting_capacity > 0 ? entries->waiting_capacity * 2 : 256;
        entries->waiting = xrealloc(entries->waiting, entries->waiting_capacity * sizeof *entries->waiting);
    }
    entries->waiting[entries->waiting_count++] =
        (struct waiting){entry->request.t_us, entries->order++, entries->window.length};
    packed_add(&entries->window, entry);
    entries->fractions = entries->fractions || entry->request.t_us % US_PER_S != 0;
    entries->count++;
    return entries->window.length < entries->window_bytes ? 0 : write_waiting(entries, false, err);
}

/* Runs [ended, run_count) become one, so many at once as have buffers. */
static int merge_source(struct entries *entries, struct err *err)
{
    while (entries->run_count - entries->ended > 1) {
        size_t kept = entries->ended;
        for (size_t from = entries->ended; from < entries->run_count; from += RUNS_AT_ONCE) {
            size_t left = entries->run_count - from;
            struct run merged;
            if (runs_merge(&entries->scratch, &entries->runs[from], left < RUNS_AT_ONCE ? left : RUNS_AT_ONCE,
                           &merged, err) != 0)
                return -1;
            entries->runs[kept++] = merged;
        }
        entries->run_count = kept;
    }
    return 0;
}

int entries_end_source(struct entries *entries, bool whole_seconds, bool *spread, struct err *err)
{
    *spread = false;
    if (write_waiting(entries, true, err) != 0 || merge_source(entries, err) != 0)
        return -1;
    if (entries->run_count > entries->ended) {
        *spread = whole_seconds && !entries->fractions;
        entries->runs[entries->ended++].spread = *spread;
    }
    entries->open = entries->fractions = false;
    return 0;
}

void entries_read(struct entries *entries, struct runs_reader *reader)
{
    runs_reader_init(reader, &entries->scratch, entries->runs, entries->run_count);
}
