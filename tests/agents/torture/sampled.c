/* With a mean of one byte every block is a sample: the snapshot is then a list of all live blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "torture.h"

static char snapshot[4 << 20];

/* The sum of a field over all sites whose name holds `name`. */
static long long sum(const char *name, const char *field)
{
    long long total = 0;
    for (const char *line = strchr(snapshot, '['); line != NULL && (line = strchr(line, '\n')) != NULL;
         line++) {
        const char *end = strchr(line + 1, '\n'), *at = strstr(line + 1, field);
        const char *named = strstr(line + 1, name);
        if (end != NULL && at != NULL && at < end && named != NULL && named < end)
            total += atoll(at + strlen(field));
    }
    return total;
}

static bool near(long long value, long long expected, double by)
{
    double off = (double)(value - expected);
    return (off < 0 ? -off : off) <= by * (double)expected;
}

static void start(const char *path)
{
    char answer[256];
    ask(getpid(), "/snapshot/stop", answer, sizeof answer);
    ok(ask(getpid(), path, answer, sizeof answer) == 0 && strstr(answer, "200 OK") != NULL, "GET %s", path);
}

/* Of the walk's calls only those in these functions, so that the books and the snapshot are of the same blocks. */
static void compare_all(const char *what, struct mark mark)
{
    ask(getpid(), "/snapshot", snapshot, sizeof snapshot);
    long long objects = sum("", "\"objects\":"), bytes = sum("", "\"bytes\":");
    long long expected = atomic_load(&books.objects) - mark.objects;
    ok(objects == expected && near(bytes, atomic_load(&books.bytes) - mark.bytes, 1e-6),
       "%s: %lld objects in the snapshot, %lld by the books", what, objects, expected);
    ok(strstr(snapshot, "\"dropped\":0,") != NULL, "%s: none was dropped", what);
}

__attribute__((noinline)) static void *kept_40_bytes(void)
{
    return booked(malloc(40));
}

static void estimate(void)
{
    enum { KEPT = 20000 };
    static void *kept[KEPT];
    start("/snapshot/start");
    for (int i = 0; i < KEPT; i++) {
        kept[i] = kept_40_bytes();
        unbooked_free(booked(malloc(3000)));
    }
    ask(getpid(), "/snapshot", snapshot, sizeof snapshot);
    long long objects = sum("kept_40_bytes+", "\"objects\":");
    /* 790 samples expected: 20 % are five and a half standard errors */
    ok(near(objects, KEPT, 0.2), "20,000 blocks of 40 bytes are about %lld at the default rate", objects);
    for (int i = 0; i < KEPT; i++)
        unbooked_free(kept[i]);
    ask(getpid(), "/snapshot", snapshot, sizeof snapshot);
    ok(sum("kept_40_bytes+", "\"objects\":") == 0, "and none once freed");
}

void trial_samples(void)
{
    static _Atomic(void *) slots[2000];
    char answer[256];
    start("/snapshot/start?every=1");
    struct mark mark = mark_here();
    walk(slots, 2000, 200000, 3);
    compare(mark, "200,000 random calls while all are sampled");
    compare_all("all sampled", mark);
    void *block = atomic_exchange(&slots[0], NULL);
    volatile size_t huge = PTRDIFF_MAX;
    if (block != NULL && realloc(block, huge) == NULL)
        compare_all("after a realloc that failed", mark);
    atomic_store(&slots[0], block);
    free_all(slots, 2000);
    compare_all("all freed", mark);
    estimate();
    ask(getpid(), "/snapshot/stop", answer, sizeof answer);
}
