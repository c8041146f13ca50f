/* A Go program that imports net/http/pprof tells what is live in it: its heap profile as text, after a collection.
 * Source: Go's runtime/pprof, writeHeapInternal: "# HeapAlloc = N" of runtime.MemStats. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/elf.h"
#include "net/fetch.h"
#include "sample/go.h"
#include "sample/live.h"

#define PAGE "/debug/pprof/heap?debug=1&gc=1"
#define ANSWER_LIMIT_NS (60 * CLOCK_NS_PER_S)

static bool fits(const struct watched *watched)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)watched->pid);
    int file = watched->pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool is_go = file >= 0 && elf_kind(file) == ELF_GO;
    if (file >= 0)
        close(file);
    return is_go;
}

static struct fetch_request request_to(const struct watched *watched)
{
    return (struct fetch_request){.method = "GET",
                                  .origin = watched->origin,
                                  .path = PAGE,
                                  .allow = watched->allow,
                                  .run_header = watched->run_header,
                                  .timeout_ns = ANSWER_LIMIT_NS};
}

static int statistic(const char *page, const char *wanted, double *value)
{
    const char *found = strstr(page, wanted);
    char *end = NULL;
    if (found == NULL)
        return -1;
    *value = strtod(found + strlen(wanted), &end);
    return end != found + strlen(wanted) && *end == '\n' ? 0 : -1;
}

int go_parse_heap(const char *page, double *objects, double *bytes)
{
    int failed = statistic(page, "\n# HeapObjects = ", objects);
    return statistic(page, "\n# HeapAlloc = ", bytes) != 0 ? -1 : failed;
}

/* Why the page is not what it should be, the caller's; NULL: it is. */
static char *why_not(const struct fetch_answer *answer, double *objects, double *bytes)
{
    if (answer->status == 0)
        return xstrdup(answer->err.message);
    if (answer->status == 404)
        return xstrdup("this Go program has no " PAGE ": it does not import net/http/pprof");
    if (answer->status != 200)
        return xasprintf("GET " PAGE " answered %d", answer->status);
    if (go_parse_heap(text_string(&answer->body), objects, bytes) != 0)
        return xstrdup("GET " PAGE " answered no whole heap profile");
    return NULL;
}

static void on_answer(void *owner, struct fetch_answer *answer)
{
    struct live_reading *reading = owner;
    double objects, bytes;
    char *why = why_not(answer, &objects, &bytes);
    if (live_dropped(reading)) {
        free(why);
    } else if (why != NULL) {
        live_fail(reading, why);
    } else {
        struct proc_stat process = {.pid = live_watched(reading)->pid};
        proc_read_stat(process.pid, &process);
        live_count(reading, process.pid, process.start_time, objects, bytes);
    }
    live_done(reading);
}

static void read_page(struct live_reading *reading)
{
    struct fetch_request request = request_to(live_watched(reading));
    fetch_start(live_loop(reading), &request, on_answer, reading);
}

static int snapshot(const struct watched *watched, struct loop *loop, enum snapshot_step step,
                    const struct snapshot_taker *taker, struct err *err)
{
    struct fetch_request request = request_to(watched);
    struct fetch_answer answer = {0};
    double objects, bytes;
    if (step != SNAPSHOT_TAKE)
        return 0;
    fetch(loop, &request, &answer);
    char *why = why_not(&answer, &objects, &bytes);
    if (why == NULL)
        taker->take(taker->owner, PAGE, &answer.body);
    else
        err_set(err, ERR_USAGE, "%s", why);
    text_release(&answer.body);
    int failed = why != NULL ? -1 : 0;
    free(why);
    return failed;
}

const struct live_kind live_go = {
    .name = "Go's heap page", .asked = AGENT_GO, .fits = fits, .read = read_page, .snapshot = snapshot};
