/* Trials on a swarm without a hunt: `stack SERVICE.yaml IMAGE PRIVATE TASK...` runs all tasks at once, each on a thread, and
 * prints "opened SECONDS nodes COUNT owner LABEL", for each task "NUMBER END SECONDS LENGTH DIGEST WHY", then what came of
 * less than 1 KiB, and "closed SECONDS". */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/interrupt.h"
#include "scenario/load.h"
#include "target/inject.h"
#include "target/owner.h"
#include "target/swarm.h"

struct run {
    pthread_t thread;
    struct swarm *swarm;
    struct text task, result, why;
    enum stack_end end;
    struct err err;
    int failed;
    double seconds;
};

static void *run_one(void *owner)
{
    struct run *run = owner;
    struct loop *loop = loop_new(&run->err);
    int64_t begun = clock_now_ns();
    run->failed =
        swarm_run(run->swarm, loop, &run->task, &run->result, NULL, NULL, &run->end, &run->why, &run->err);
    run->seconds = (double)(clock_now_ns() - begun) / 1e9;
    loop_free(loop);
    return NULL;
}

static void tell(int number, struct run *run)
{
    static const char *const ends[] = {"ended", "lost", "stopped"};
    struct digest *digest = digest_new();
    digest_add(digest, run->result.bytes, run->result.length);
    char *sum = digest_end(digest);
    printf("%d %s %.1f %zu %.8s %s\n", number, run->failed ? "failed" : ends[run->end], run->seconds,
           run->result.length, sum, run->failed ? run->err.message : text_string(&run->why));
    if (run->result.length < 1024)
        printf("%s", text_string(&run->result));
    if (run->failed)
        printf("code %d\n", run->err.code);
    free(sum);
    text_release(&run->task);
    text_release(&run->result);
    text_release(&run->why);
}

int main(int count, char **words)
{
    struct service service;
    struct injection injection;
    struct err err = {0};
    if (count < 5)
        return 200;
    interrupt_install();
    struct loop *loop = loop_new(&err);
    if (scenario_load(words[1], &service, &err) != 0 || inject_choose(&injection, &service, &err) != 0) {
        fprintf(stderr, "%s\n", err.message);
        return 200;
    }
    struct swarm_options options = {
        &service, &injection, words[2], service.directory, strrchr(words[1], '/') + 1, words[3]};
    int64_t begun = clock_now_ns();
    struct swarm *swarm = swarm_open(&options, loop, &err);
    if (swarm == NULL) {
        fprintf(stderr, "%s\n", err.message);
        return err.code;
    }
    char owner[OWNER_SIZE];
    owner_name(owner);
    printf("opened %.1f nodes %zu owner %s\n", (double)(clock_now_ns() - begun) / 1e9, swarm_nodes(swarm),
           owner);
    fflush(stdout);
    size_t runs = (size_t)(count - 4);
    struct run *all = xcalloc(runs, sizeof *all);
    for (size_t i = 0; i < runs; i++) {
        all[i].swarm = swarm;
        text_add_string(&all[i].task, words[4 + i]);
        pthread_create(&all[i].thread, NULL, run_one, &all[i]);
    }
    for (size_t i = 0; i < runs; i++) {
        pthread_join(all[i].thread, NULL);
        tell((int)i + 1, &all[i]);
    }
    begun = clock_now_ns();
    swarm_close(swarm);
    printf("closed %.1f\n", (double)(clock_now_ns() - begun) / 1e9);
    free(all);
    injection_release(&injection);
    service_release(&service);
    loop_free(loop);
    return 0;
}
