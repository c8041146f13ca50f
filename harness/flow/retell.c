#include "flow/retell.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/csv.h"
#include "report/pace.h"
#include "report/thin.h"

/* Points that a line is thinned to; less for each where there are many trials, so that a page stays small. */
enum { MOST_BUCKETS = 320, LEAST_BUCKETS = 8, BUCKETS_OF_ALL_TRIALS = 1200, PACE_COLUMNS = 360 };

struct line {
    struct thinner timed, settled;
};

struct retelling {
    struct report *report;
    struct line *lines; /* beside report->series */
    size_t buckets;
};

static struct line *add_line(struct retelling *retelling, const struct sample *sample)
{
    struct report *report = retelling->report;
    size_t at = report->series_count++;
    report->series = xrealloc(report->series, report->series_count * sizeof *report->series);
    report->series[at] = (struct report_series){.signal = xstrdup(sample->signal), .trial = sample->trial};
    retelling->lines = xrealloc(retelling->lines, report->series_count * sizeof *retelling->lines);
    thinner_init(&retelling->lines[at].timed, retelling->buckets);
    thinner_init(&retelling->lines[at].settled, retelling->buckets);
    return &retelling->lines[at];
}

/* From the end, since samples come in order of time and the lines of the present trial are the last. */
static struct line *line_of(struct retelling *retelling, const struct sample *sample)
{
    const struct report *report = retelling->report;
    for (size_t i = report->series_count; i-- > 0;)
        if (report->series[i].trial == sample->trial && strcmp(report->series[i].signal, sample->signal) == 0)
            return &retelling->lines[i];
    return add_line(retelling, sample);
}

static int take_sample(void *owner, const struct sample *sample)
{
    struct line *line = line_of(owner, sample);
    struct point point = {sample->at_s, (double)sample->requests, sample->value, sample->kind};
    thinner_add(sample->kind == SAMPLE_SETTLED ? &line->settled : &line->timed, &point);
    return 0;
}

/* Timed and settled readings of one signal, in order of time. */
static void join(struct report_series *series, const struct line *line)
{
    size_t timed_count = 0, settled_count = 0, t = 0, s = 0;
    struct point *timed = thinner_points(&line->timed, &timed_count);
    struct point *settled = thinner_points(&line->settled, &settled_count);
    series->points = xcalloc(timed_count + settled_count, sizeof *series->points);
    while (t < timed_count || s < settled_count) {
        bool take_timed = s == settled_count || (t < timed_count && timed[t].at_s <= settled[s].at_s);
        series->points[series->count++] = take_timed ? timed[t++] : settled[s++];
    }
    free(timed);
    free(settled);
}

static int read_series(struct store *store, int64_t run, struct report *report, struct err *err)
{
    size_t share = report->trial_count > 0 ? BUCKETS_OF_ALL_TRIALS / report->trial_count : MOST_BUCKETS;
    share = share < LEAST_BUCKETS ? LEAST_BUCKETS : share;
    struct retelling retelling = {.report = report, .buckets = share < MOST_BUCKETS ? share : MOST_BUCKETS};
    int status = store_each_sample(store, run, take_sample, &retelling, err);
    for (size_t i = 0; i < report->series_count; i++) {
        join(&report->series[i], &retelling.lines[i]);
        thinner_release(&retelling.lines[i].timed);
        thinner_release(&retelling.lines[i].settled);
    }
    free(retelling.lines);
    return status;
}

static int take_pace(void *owner, const struct pace *pace)
{
    pacing_add(owner, pace);
    return 0;
}

static int read_paces(struct store *store, int64_t run, struct report *report, struct err *err)
{
    struct pacing pacing;
    pacing_init(&pacing, PACE_COLUMNS);
    int status = store_each_pace(store, run, take_pace, &pacing, err);
    report->paces = pacing.columns;
    report->pace_count = pacing.count;
    return status;
}

/* Endpoints with the same reason stand in one remark. */
static void group_remarks(struct remark *remarks, size_t *count)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        size_t same = 0;
        while (same < kept && strcmp(remarks[same].why, remarks[i].why) != 0)
            same++;
        if (same == kept) {
            remarks[kept++] = remarks[i];
            continue;
        }
        for (size_t e = 0; e < remarks[i].endpoints.count; e++)
            strings_add(&remarks[same].endpoints, remarks[i].endpoints.items[e]);
        strings_release(&remarks[i].endpoints);
        free(remarks[i].why);
    }
    *count = kept;
}

/* A hunt that ended early, or whose driver died, can go on. */
static void say_how_to_go_on(struct store *store, int64_t run, struct result *result)
{
    struct err ignored = {0};
    if (result->command == NULL || strcmp(result->command, "bisect") != 0 ||
        store_may_resume(store, run, &ignored) != 0)
        return;
    result_say(&result->resume, "seep bisect %s --resume %lld", result->service, (long long)run);
}

int retell(struct store *store, int64_t run, struct report *report, struct err *err)
{
    memset(report, 0, sizeof *report);
    if (store_read_result(store, run, &report->result, err) < 0 ||
        store_read_trials(store, run, &report->trials, &report->trial_count, err) < 0 ||
        store_read_blocks(store, run, &report->blocks, &report->block_count, err) < 0 ||
        store_read_measurements(store, run, &report->measurements, &report->measurement_count, err) < 0 ||
        store_read_probes(store, run, &report->probes, &report->probe_count, err) < 0 ||
        store_read_loads(store, run, &report->loads, &report->load_count, err) < 0 ||
        read_paces(store, run, report, err) < 0)
        return -1;
    say_how_to_go_on(store, run, &report->result);
    group_remarks(report->result.cleared, &report->result.cleared_count);
    group_remarks(report->result.not_looked_at, &report->result.not_looked_at_count);
    return read_series(store, run, report, err);
}

static int write_sample(void *owner, const struct sample *sample)
{
    csv_sample(owner, sample);
    return ferror((FILE *)owner);
}

int retell_csv(struct store *store, int64_t run, const struct report *report, const char *directory,
               struct err *err)
{
    static const char name[] = "samples.csv";
    if (csv_write(report, directory, err) < 0)
        return -1;
    FILE *out = csv_open(directory, name, err);
    if (out == NULL)
        return -1;
    csv_sample_header(out);
    if (store_each_sample(store, run, write_sample, out, err) < 0) {
        csv_abandon(out, directory, name);
        return -1;
    }
    return csv_close(out, directory, name, err);
}
