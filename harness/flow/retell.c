#include "flow/retell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/csv.h"
#include "report/live_page.h"
#include "report/pace.h"
#include "report/thin.h"

/* Points that a line is thinned to; less for each where there are many trials, so that a page stays small. */
enum { MOST_BUCKETS = 320, LEAST_BUCKETS = 8, BUCKETS_OF_ALL_TRIALS = 1200, PACE_COLUMNS = 360 };

struct line {
    char *signal;
    int64_t trial;
    struct thinner timed, settled;
    size_t next; /* the line whose sample followed its last one */
};

struct retelling {
    struct line *lines;
    size_t count, buckets;
    size_t last;    /* the line of the sample before */
    int64_t newest; /* trial; 0: none yet */
    double read_s;  /* the newest sample that was taken; -INFINITY: none */
};

static size_t share_of(int64_t trials)
{
    int64_t share = trials > 0 ? BUCKETS_OF_ALL_TRIALS / trials : MOST_BUCKETS;
    return (size_t)(share < LEAST_BUCKETS ? LEAST_BUCKETS : share > MOST_BUCKETS ? MOST_BUCKETS : share);
}

/* Of a hunt that is followed lines come down to their share as trials come, but for those of the newest. */
static void narrow_old_lines(struct retelling *retelling)
{
    size_t share = share_of(retelling->newest);
    for (size_t i = 0; i < retelling->count; i++) {
        struct line *line = &retelling->lines[i];
        if (line->trial > retelling->newest - LIVE_TRIALS_SHOWN || line->timed.most <= share)
            continue;
        thinner_narrow(&line->timed, share);
        thinner_narrow(&line->settled, share);
    }
}

static void add_line(struct retelling *retelling, const struct sample *sample)
{
    if (sample->trial > retelling->newest) {
        retelling->newest = sample->trial;
        narrow_old_lines(retelling);
    }
    retelling->lines = xrealloc(retelling->lines, (retelling->count + 1) * sizeof *retelling->lines);
    struct line *line = &retelling->lines[retelling->count++];
    *line = (struct line){.signal = xstrdup(sample->signal), .trial = sample->trial};
    thinner_init(&line->timed, retelling->buckets);
    thinner_init(&line->settled, retelling->buckets);
}

static bool is_of(const struct line *line, const struct sample *sample)
{
    return line->trial == sample->trial && strcmp(line->signal, sample->signal) == 0;
}

/* From the end, since samples come in order of time and the lines of the present trial are the last. */
static size_t find_line(struct retelling *retelling, const struct sample *sample)
{
    for (size_t i = retelling->count; i-- > 0;)
        if (is_of(&retelling->lines[i], sample))
            return i;
    add_line(retelling, sample);
    return retelling->count - 1;
}

/* Signals are read in one order again and again, so that many lines, as of many processes, are not gone through for each sample. */
static struct line *line_of(struct retelling *retelling, const struct sample *sample)
{
    size_t last = retelling->last, next = last < retelling->count ? retelling->lines[last].next : 0;
    if (next >= retelling->count || !is_of(&retelling->lines[next], sample))
        next = find_line(retelling, sample);
    if (last < retelling->count)
        retelling->lines[last].next = next;
    retelling->last = next;
    return &retelling->lines[next];
}

static int take_sample(void *owner, const struct sample *sample)
{
    struct retelling *retelling = owner;
    struct line *line = line_of(retelling, sample);
    retelling->read_s = sample->at_s;
    bool settled = sample->kind == SAMPLE_SETTLED;
    struct point point = {sample->at_s, (double)sample->requests, sample->value,
                          settled ? SAMPLE_SETTLED : SAMPLE_TIMED};
    thinner_add(settled ? &line->settled : &line->timed, &point);
    return 0;
}

/* Timed and settled readings of one signal, in order of time. In memory for as many as the line may have, so that a run that is
 * followed takes as much at each reading. */
static void join(struct report_series *series, const struct line *line)
{
    size_t timed_count = 0, settled_count = 0, t = 0, s = 0;
    struct point *timed = thinner_points(&line->timed, &timed_count);
    struct point *settled = thinner_points(&line->settled, &settled_count);
    series->points =
        xcalloc(thinner_room(&line->timed) + thinner_room(&line->settled), sizeof *series->points);
    while (t < timed_count || s < settled_count) {
        bool take_timed = s == settled_count || (t < timed_count && timed[t].at_s <= settled[s].at_s);
        series->points[series->count++] = take_timed ? timed[t++] : settled[s++];
    }
    free(timed);
    free(settled);
}

struct retelling *retelling_new(size_t buckets)
{
    struct retelling *retelling = xcalloc(1, sizeof *retelling);
    *retelling = (struct retelling){.buckets = buckets, .read_s = -INFINITY};
    return retelling;
}

void retelling_free(struct retelling *retelling)
{
    for (size_t i = 0; retelling != NULL && i < retelling->count; i++) {
        free(retelling->lines[i].signal);
        thinner_release(&retelling->lines[i].timed);
        thinner_release(&retelling->lines[i].settled);
    }
    if (retelling != NULL)
        free(retelling->lines);
    free(retelling);
}

static int read_series(struct retelling *retelling, struct store *store, int64_t run, struct report *report,
                       struct err *err)
{
    if (store_each_sample_after(store, run, retelling->read_s, take_sample, retelling, err) < 0)
        return -1;
    report->series = xcalloc(retelling->count, sizeof *report->series);
    for (size_t i = 0; i < retelling->count; i++) {
        const struct line *line = &retelling->lines[i];
        report->series[i] = (struct report_series){.signal = xstrdup(line->signal), .trial = line->trial};
        join(&report->series[i], line);
        report->series_count++;
    }
    return 0;
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

static int read_loads(struct store *store, int64_t run, bool so_far, struct report *report, struct err *err)
{
    struct so_far counted;
    if (!so_far)
        return store_read_loads(store, run, &report->loads, &report->load_count, err);
    if (store_read_so_far(store, run, &counted, err) < 0)
        return -1;
    report->loads = counted.loads;
    report->load_count = counted.load_count;
    so_far_tell(&counted, &report->result);
    return 0;
}

/* All but the series. */
static int read_rest(struct store *store, int64_t run, bool under_way, struct report *report, struct err *err)
{
    if ((under_way ? store_read_told : store_read_result)(store, run, &report->result, err) < 0 ||
        store_read_trials(store, run, &report->trials, &report->trial_count, err) < 0 ||
        store_read_blocks(store, run, &report->blocks, &report->block_count, err) < 0 ||
        store_read_measurements(store, run, &report->measurements, &report->measurement_count, err) < 0 ||
        store_read_probes(store, run, &report->probes, &report->probe_count, err) < 0)
        return -1;
    if (!under_way && read_paces(store, run, report, err) < 0)
        return -1;
    if (read_loads(store, run, under_way && report->result.ended_us == 0, report, err) < 0)
        return -1;
    group_remarks(report->result.cleared, &report->result.cleared_count);
    group_remarks(report->result.not_looked_at, &report->result.not_looked_at_count);
    return 0;
}

/* What store_read_told() leaves to us: of samples the lines know the newest, and the highest, which thinning keeps. */
static void count_up(const struct retelling *retelling, struct report *report)
{
    struct result *result = &report->result;
    uint64_t requests = 0;
    result->trials = report->trial_count;
    result->seconds = fmax(result->seconds, retelling->read_s);
    for (size_t i = 0; i < report->trial_count; i++) {
        requests += report->trials[i].requests;
        result->seconds = fmax(result->seconds, report->trials[i].ended_s);
    }
    for (size_t i = 0; i < report->block_count; i++)
        result->seconds = fmax(result->seconds, report->blocks[i].ended_s);
    if (report->load_count == 0)
        result->requests = requests;
    result->peak_bytes = NAN;
    for (size_t i = 0; i < report->series_count; i++)
        for (size_t p = 0; p < report->series[i].count && strcmp(report->series[i].signal, "rss") == 0; p++)
            result->peak_bytes = fmax(result->peak_bytes, report->series[i].points[p].value);
}

int retelling_read(struct retelling *retelling, struct store *store, int64_t run, struct report *report,
                   struct err *err)
{
    memset(report, 0, sizeof *report);
    if (read_rest(store, run, true, report, err) < 0 || read_series(retelling, store, run, report, err) < 0)
        return -1;
    if (report->result.ended_us == 0)
        count_up(retelling, report);
    return 0;
}

int retell(struct store *store, int64_t run, struct report *report, struct err *err)
{
    memset(report, 0, sizeof *report);
    if (read_rest(store, run, false, report, err) < 0)
        return -1;
    say_how_to_go_on(store, run, &report->result);
    struct retelling *retelling = retelling_new(share_of((int64_t)report->trial_count));
    int status = read_series(retelling, store, run, report, err);
    retelling_free(retelling);
    return status;
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
