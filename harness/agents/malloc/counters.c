#include "counters.h"

#include <pthread.h>

/* More threads at once than cells: they share one, correct but slower. Untouched cells take no memory. */
enum { CELLS = 4096 };

enum phase { FRESH, TAKING, OVER };

static struct cell cells[CELLS] __attribute__((aligned(64)));
static struct cell common __attribute__((aligned(64)));
static _Atomic size_t used;
static _Atomic bool begun;
static pthread_key_t key;

_Thread_local struct cell *counters_cell;
static _Thread_local enum phase phase;
static _Thread_local struct cell uncounted;

static struct cell *cell_take(void)
{
    for (size_t i = 0; i < CELLS; i++) {
        bool taken = atomic_load_explicit(&cells[i].taken, memory_order_relaxed);
        if (taken || !atomic_compare_exchange_strong(&cells[i].taken, &taken, true))
            continue;
        size_t were = atomic_load(&used);
        while (were < i + 1 && !atomic_compare_exchange_weak(&used, &were, i + 1))
            continue;
        return &cells[i];
    }
    return NULL;
}

static void cell_leave(void *cell)
{
    counters_cell = NULL;
    phase = OVER;
    atomic_store_explicit(&((struct cell *)cell)->taken, false, memory_order_release);
}

/* pthread_setspecific may allocate: what it allocates goes to the common cell, since the phase is no longer FRESH. */
static void take(void)
{
    if (!atomic_load_explicit(&begun, memory_order_acquire))
        return;
    phase = TAKING;
    struct cell *cell = cell_take();
    if (cell == NULL)
        return;
    if (pthread_setspecific(key, cell) == 0)
        counters_cell = cell;
    else
        cell_leave(cell);
}

void counters_add_slowly(int64_t objects, int64_t bytes)
{
    if (phase == FRESH)
        take();
    if (counters_cell != NULL) {
        counters_add(objects, bytes);
        return;
    }
    atomic_fetch_add_explicit(&common.objects, objects, memory_order_relaxed);
    atomic_fetch_add_explicit(&common.bytes, bytes, memory_order_relaxed);
}

struct cell *counters_pause(void)
{
    struct cell *cell = counters_cell;
    counters_cell = &uncounted;
    return cell;
}

void counters_resume(struct cell *cell)
{
    counters_cell = cell;
}

bool counters_paused(void)
{
    return counters_cell == &uncounted;
}

void counters_begin(void)
{
    if (pthread_key_create(&key, cell_leave) == 0)
        atomic_store_explicit(&begun, true, memory_order_release);
}

void counters_forked(void)
{
    size_t count = atomic_load(&used);
    for (size_t i = 0; i < count; i++)
        if (&cells[i] != counters_cell)
            atomic_store_explicit(&cells[i].taken, false, memory_order_release);
}

static void add_cell(struct counts *sum, struct cell *cell)
{
    sum->objects += atomic_load_explicit(&cell->objects, memory_order_relaxed);
    sum->bytes += atomic_load_explicit(&cell->bytes, memory_order_relaxed);
}

struct counts counters_sum(void)
{
    struct counts sum = {0, 0};
    size_t count = atomic_load(&used);
    add_cell(&sum, &common);
    for (size_t i = 0; i < count; i++)
        add_cell(&sum, &cells[i]);
    return sum;
}
