/* Many threads, and threads that end. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "torture.h"

enum { THREADS = 8, SHARED = 500, STEPS = 40000, SHORT = 1500 };

static _Atomic(void *) shared[SHARED];
static _Atomic(void *) left[SHORT];

static void *walker(void *seed)
{
    walk(shared, SHARED, STEPS, (uint64_t)(uintptr_t)seed + 99);
    return NULL;
}

static void run_walkers(bool ask_meanwhile)
{
    pthread_t threads[THREADS];
    pthread_attr_t attributes;
    struct reading reading;
    int answered = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], &attributes, walker, (void *)i);
    pthread_attr_destroy(&attributes);
    for (int i = 0; ask_meanwhile && i < 50; i++)
        answered += ask_reading(getpid(), &reading) == 0 && reading.objects > -SHARED;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (ask_meanwhile)
        ok(answered == 50, "50 readings while %d threads allocate", THREADS);
}

/* Once before: the C library keeps small stacks, and the blocks that belong to them, for later threads. */
void trial_threads(void)
{
    run_walkers(false);
    struct mark mark = mark_here();
    run_walkers(true);
    compare(mark, "320,000 calls of 8 threads, which free one another's blocks");
    free_all(shared, SHARED);
    compare(mark, "and all freed by the main thread");
}

/* A block each that stays; a value of a key, whose destructor frees after the agent has left the thread. */
static pthread_key_t key;

static void *leaver(void *slot)
{
    pthread_setspecific(key, booked(malloc(40)));
    *(_Atomic(void *) *)slot = booked(malloc(1 + (size_t)((uintptr_t)slot / 8 % 200)));
    return NULL;
}

static void run_leavers(void)
{
    for (size_t i = 0; i < SHORT; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, leaver, &left[i]);
        pthread_join(thread, NULL);
    }
}

void trial_short_threads(void)
{
    pthread_key_create(&key, unbooked_free);
    run_leavers();
    free_all(left, SHORT);
    struct mark mark = mark_here();
    run_leavers();
    compare(mark, "what 1,500 threads left behind");
    free_all(left, SHORT);
    compare(mark, "and it is freed by another");
}

void trial_samples_threads(void)
{
    char answer[256];
    ok(ask(getpid(), "/snapshot/start?every=512", answer, sizeof answer) == 0 &&
           strstr(answer, "200 OK") != NULL,
       "sampling starts");
    trial_threads();
    static char snapshot[1 << 20];
    run_walkers(true);
    ok(ask(getpid(), "/snapshot", snapshot, sizeof snapshot) == 0 && strstr(snapshot, "walk+") != NULL,
       "a snapshot names who allocates, after three rounds of 8 threads");
    free_all(shared, SHARED);
    ask(getpid(), "/snapshot/stop", answer, sizeof answer);
    ok(ask(getpid(), "/snapshot", answer, sizeof answer) == 0 && strstr(answer, " 409 ") != NULL,
       "and there is none after the stop");
}
