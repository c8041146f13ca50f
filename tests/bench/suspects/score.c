#include "score.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct duty {
    const struct score_options *options;
    const struct world_maker *maker;
    size_t process;
    double until_s;
    int out;
};

/* A mark is written at once or not at all, so that all processes can share a pipe. */
_Static_assert(sizeof(struct mark) <= PIPE_BUF, "a mark fits into a pipe");

static bool wanted(const struct duty *duty, size_t kind, size_t round)
{
    const struct score_options *options = duty->options;
    return (options->kind == SIZE_MAX || options->kind == kind) &&
           (double)round < (double)options->seeds * duty->maker->weight(kind);
}

/* The rounds of all kinds, of which a process takes every n-th. */
static int work(const struct duty *duty)
{
    size_t turn = 0, found = 1;
    for (size_t round = 0; found > 0; round++) {
        found = 0;
        for (size_t kind = 0; kind < duty->maker->kinds; kind++) {
            if (!wanted(duty, kind, round))
                continue;
            found++;
            if (turn++ % duty->options->processes != duty->process)
                continue;
            if (now_s() > duty->until_s)
                return 0;
            struct mark mark;
            mark_world(&mark, duty->maker, kind, duty->options->first + round);
            if (write(duty->out, &mark, sizeof mark) != (ssize_t)sizeof mark)
                return 1;
        }
    }
    return 0;
}

static void take(int in, struct marks *marks)
{
    struct mark mark;
    size_t have = 0;
    for (ssize_t got; (got = read(in, (char *)&mark + have, sizeof mark - have)) > 0;) {
        have += (size_t)got;
        if (have < sizeof mark)
            continue;
        marks->items = xrealloc(marks->items, (marks->count + 1) * sizeof *marks->items);
        marks->items[marks->count++] = mark;
        have = 0;
    }
}

int score_worlds(const struct score_options *options, struct marks *marks)
{
    int ends[2], failed = 0, status;
    double until_s = now_s() + options->seconds;
    if (pipe(ends) != 0)
        return -1;
    for (size_t i = 0; i < options->processes; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct duty duty = {options, marks->maker, i, until_s, ends[1]};
            close(ends[0]);
            _exit(work(&duty));
        }
        failed = failed || child < 0;
    }
    close(ends[1]);
    take(ends[0], marks);
    close(ends[0]);
    while (wait(&status) > 0)
        failed = failed || status != 0;
    return failed ? -1 : 0;
}
