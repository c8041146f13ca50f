/* Makes up a soak of days in a store, by seep's own store and as fast as that goes, and holds it to what was put.
 *
 * simulate STORE DAYS OUTCOMES EVERY_S [leaks]     a run of the label "flat" or "leaks", from its first second to its result
 *
 * Prints lines "NAME<TAB>PUT<TAB>KEPT": a figure of what was put, and the same of what the store has of it. They are equal but for
 * those with a ~ in front: rows become fewer, and a line through samples that are left is another than through all. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "world.h"

struct kept {
    struct evidence evidence;
    struct tally tally;
    uint64_t samples;
    double planned;
};

static int take_sample(void *owner, const struct sample *sample)
{
    struct kept *kept = owner;
    kept->samples++;
    evidence_add(&kept->evidence, sample);
    return 0;
}

static int take_pace(void *owner, const struct pace *pace)
{
    struct kept *kept = owner;
    kept->planned += pace->planned;
    return 0;
}

static void print_answer(const char *signal, const char *of, struct growth_answer put,
                         struct growth_answer kept)
{
    printf("verdict of %s, %s\t%s\t%s\n", signal, of, verdict_name(put.verdict), verdict_name(kept.verdict));
    printf("per request of %s, %s\t%.17g\t%.17g\n", signal, of, put.per_request, kept.per_request);
    printf("interval of %s, %s\t%.17g %.17g\t%.17g %.17g\n", signal, of, put.interval.low, put.interval.high,
           kept.interval.low, kept.interval.high);
}

static void print_moment(const char *signal, const char *what, struct moment put, struct moment kept)
{
    printf("%s of %s\t%.17g\t%.17g\n", what, signal, put.value, kept.value);
}

static void print_signal(const struct seen *put, const struct seen *kept, size_t hours)
{
    printf("begins and ends, %s\t%.6f %.6f\t%.6f %.6f\n", put->name, put->first.at_s, put->last.at_s,
           kept->first.at_s, kept->last.at_s);
    print_moment(put->name, "first", put->first, kept->first);
    print_moment(put->name, "last", put->last, kept->last);
    print_moment(put->name, "lowest", put->low, kept->low);
    print_moment(put->name, "highest", put->high, kept->high);
    printf("readings of %s\t%zu\t%zu\n", put->name, put->judged_count, kept->judged_count);
    printf("gaps of %s\t%zu\t%zu\n", put->name, put->gaps, kept->gaps);
    printf("settled of %s\t%zu\t%zu\n", put->name, put->settled, kept->settled);
    print_answer(put->name, "readings", seen_judge(put), seen_judge(kept));
    print_answer(put->name, "hours", seen_judge_hours(put, hours), seen_judge_hours(kept, hours));
    printf("~slope of %s, all samples\t%.17g\t%.17g\n", put->name, line_slope(&put->line),
           line_slope(&kept->line));
}

static int look_back(struct world *world, const char *path, struct err *err)
{
    struct kept kept = {0};
    struct result result = {0};
    struct store *store = store_open_read_only(path, err);
    if (store == NULL)
        return -1;
    evidence_init(&kept.evidence, world->days);
    int status = store_each_sample(store, world->run, take_sample, &kept, err);
    if (status == 0)
        status = store_each_pace(store, world->run, take_pace, &kept, err);
    if (status == 0)
        status = store_read_result(store, world->run, &result, err);
    if (status == 0) {
        printf("~rows of samples\t%" PRIu64 "\t%" PRIu64 "\n", world->samples, kept.samples);
        printf("requests\t%" PRIu64 "\t%.0f\n", world->tally.planned, kept.planned);
        printf("verdict\t%s\t%s\n", verdict_name(world->verdict), verdict_name(result.verdict));
        for (size_t i = 0; i < world->evidence.count; i++)
            print_signal(&world->evidence.signals[i],
                         evidence_of(&kept.evidence, world->evidence.signals[i].name), world->evidence.hours);
    }
    result_release(&result);
    evidence_release(&kept.evidence);
    store_close(store);
    return status;
}

static int put(const char *path, struct world *world, struct err *err)
{
    struct store *store = store_open(path, err);
    if (store == NULL)
        return -1;
    int64_t began_ns = clock_now_ns();
    int status = world_put(world, store, err);
    double seconds = (double)(clock_now_ns() - began_ns) / (double)CLOCK_NS_PER_S;
    fprintf(stderr, "put %" PRIu64 " samples and %" PRIu64 " rows of outcomes in %.1f s\n", world->samples,
            world->outcome_rows, seconds);
    store_close(store);
    return status;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    if (argc < 5 || atoi(argv[2]) < 1 || atoi(argv[4]) < 1)
        return fprintf(stderr, "usage: simulate STORE DAYS OUTCOMES EVERY_S [leaks]\n"), 2;
    bool leaks = argc > 5 && strcmp(argv[5], "leaks") == 0;
    struct world world = {.days = atoi(argv[2]),
                          .outcomes = strtoull(argv[3], NULL, 10),
                          .every_s = atoi(argv[4]),
                          .kept_per_request = leaks ? 40 : 0,
                          .seed = leaks ? 2 : 1,
                          .label = leaks ? "leaks" : "flat"};
    int status = put(argv[1], &world, &err);
    if (status == 0)
        status = look_back(&world, argv[1], &err);
    evidence_release(&world.evidence);
    if (status < 0)
        fprintf(stderr, "simulate: %s\n", err.message);
    return status < 0;
}
