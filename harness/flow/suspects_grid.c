/* From when to when, in which steps. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/units.h"
#include "flow/suspects_inside.h"

#define LEAST_ROWS 8
#define MOST_ROWS_FOR_A_WINDOW 12000
#define USUAL_S 15.0            /* between two scrapes, where it is not known */
#define LONGEST_CHOSEN_S 3600.0 /* a step that is chosen; a longer one is only named */
#define LONGEST_STEP_S 86400.0

/* From the end of what is there. */
static int find_span(const struct suspects_read *read, double *from_s, double *until_s, struct err *err)
{
    const struct suspects_question *question = read->question;
    double first = NAN, last = NAN, other_first = NAN, other_last = NAN;
    bool file = question->memory_file != NULL && samples_span(&read->memory_samples, &first, &last);
    if (question->requests_file != NULL && samples_span(&read->requests_samples, &other_first, &other_last)) {
        first = file ? fmax(first, other_first) : other_first;
        last = file ? fmin(last, other_last) : other_last;
        file = true;
    }
    if (file && first >= last)
        return err_set(err, ERR_USAGE, "%s and %s have no time in common",
                       question->memory_file != NULL ? question->memory_file : "memory",
                       question->requests_file != NULL ? question->requests_file : "requests");
    *until_s = !isnan(question->until_s) ? question->until_s : file ? last : (double)clock_wall_us() / 1e6;
    *from_s = !isnan(question->from_s) ? question->from_s
              : file && isnan(question->since_s)
                  ? first
                  : *until_s - (isnan(question->since_s) ? 14 * 86400 : question->since_s);
    if (*from_s >= *until_s)
        return err_set(err, ERR_USAGE, "--from has to be before --until");
    return 0;
}

/* How many series there are of each question, on the mean. */
struct sizes {
    struct prom_count memory, requests;
    double interval_s; /* between two samples of memory; NaN */
};

static int count_one(struct suspects_read *read, const char *option, const char *text, double from_s,
                     double until_s, struct prom_count *count, struct err *err)
{
    const struct prom_query query = {option, text};
    if (text == NULL)
        return 0;
    suspects_say(read->question, "counting series of %s", option);
    if (prom_count(read->prom, &query, from_s, until_s, count, err) != 0)
        return -1;
    return count->most > 0 ? 0 : prom_explain_empty(read->prom, &query, from_s, until_s, err);
}

/* Of a file: how many series there are at a time, on the mean; each of all takes room. */
static struct prom_count count_lists(const struct samples *samples, double span_s)
{
    double points = 0, step_s = samples->names.count > 0 ? samples_step_s(samples) : NAN;
    for (size_t i = 0; i < samples->names.count; i++)
        points += (double)samples->lists[i].count;
    double mean = isnan(step_s) ? 0 : points * step_s / span_s;
    return (struct prom_count){mean, fmax(mean, (double)samples->names.count / 4)};
}

static int measure(struct suspects_read *read, double from_s, double until_s, struct sizes *sizes,
                   struct err *err)
{
    const struct suspects_question *question = read->question;
    *sizes = (struct sizes){.interval_s = NAN};
    sizes->memory = count_lists(&read->memory_samples, until_s - from_s);
    sizes->requests = count_lists(&read->requests_samples, until_s - from_s);
    if (question->memory_file != NULL)
        sizes->interval_s = samples_step_s(&read->memory_samples);
    if (read->prom == NULL)
        return 0;
    if (count_one(read, "--memory", question->memory, from_s, until_s, &sizes->memory, err) != 0 ||
        count_one(read, "--requests-by", question->requests, from_s, until_s, &sizes->requests, err) != 0)
        return -1;
    if (question->memory != NULL)
        sizes->interval_s =
            prom_interval(read->prom, &(struct prom_query){"--memory", question->memory}, until_s);
    return 0;
}

/* What is answered; or, of many series that are there for a short time each, the room that they take. */
static double points(const struct sizes *sizes, double span_s, double step_s)
{
    double mean = sizes->memory.mean + sizes->requests.mean, most = sizes->memory.most + sizes->requests.most;
    return fmax(mean, most / 4) * (span_s / step_s + 1);
}

/* The smallest nice step from `step_s` on at which there are not too many points; `longest` where there is none. */
static double step_within(const struct sizes *sizes, double span_s, double step_s, double longest)
{
    while (step_s < longest && points(sizes, span_s, step_s) > SUSPECTS_POINTS)
        step_s = step_nice(step_s * 1.01);
    return step_s;
}

/* `window_s`: of a rate; a step that is longer would not see what comes between. */
static double choose_step(const struct sizes *sizes, double span_s, double window_s)
{
    double least = span_s / SUSPECTS_ROWS,
           interval_s = isnan(sizes->interval_s) ? USUAL_S : sizes->interval_s;
    if (interval_s > least)
        least = interval_s * 0.9; /* scraped every 15.1 s is every 15 s */
    double step_s = step_within(sizes, span_s, step_nice(least), LONGEST_CHOSEN_S);
    bool fits = window_s < step_s && span_s / window_s <= MOST_ROWS_FOR_A_WINDOW &&
                points(sizes, span_s, window_s) <= SUSPECTS_POINTS;
    return fits ? window_s : step_s;
}

static int refuse(const struct sizes *sizes, double span_s, double step_s, struct err *err)
{
    char many[UNITS_SIZE], step[UNITS_SIZE], span[UNITS_SIZE], series[UNITS_SIZE], better[UNITS_SIZE];
    double other = step_within(sizes, span_s, step_nice(step_s * 1.01), LONGEST_STEP_S);
    bool larger = sizes->requests.mean >= sizes->memory.mean;
    units_count(many, (uint64_t)points(sizes, span_s, step_s));
    units_count(series, (uint64_t)(sizes->memory.most + sizes->requests.most));
    units_duration(step, step_s);
    units_duration(span, span_s);
    if (points(sizes, span_s, other) > SUSPECTS_POINTS)
        return err_set(err, ERR_USAGE,
                       "%s: about %s series over %s at a step of %s are %s points, which are not asked for: "
                       "a shorter --since, or a query "
                       "that sums over labels that tell no endpoint",
                       larger ? "--requests-by" : "--memory", series, span, step, many);
    snprintf(better, sizeof better, "%.0f%s",
             other >= 3600 ? other / 3600
             : other >= 60 ? other / 60
                           : other,
             other >= 3600 ? "h"
             : other >= 60 ? "m"
                           : "s");
    return err_set(err, ERR_USAGE,
                   "%s: about %s series over %s at a step of %s are %s points, which are not asked for: "
                   "--step %s would do",
                   larger ? "--requests-by" : "--memory", series, span, step, many, better);
}

int suspects_grid(struct suspects_read *read, struct err *err)
{
    const struct suspects_question *question = read->question;
    double from_s = NAN, until_s = NAN;
    struct sizes sizes;
    if (find_span(read, &from_s, &until_s, err) != 0 || measure(read, from_s, until_s, &sizes, err) != 0)
        return -1;
    double window_s = question->requests != NULL ? promql_window_s(question->requests) : NAN;
    double step_s =
        isnan(question->step_s) ? choose_step(&sizes, until_s - from_s, window_s) : question->step_s;
    if (points(&sizes, until_s - from_s, step_s) > PROM_MOST_POINTS)
        return refuse(&sizes, until_s - from_s, step_s, err);
    /* Points of a file lie where they lie; a server is asked at the same moments each time. */
    double start_s = read->prom != NULL ? grid_align(from_s + step_s - 1e-6, step_s) : from_s;
    double rows = floor((until_s - start_s) / step_s + 1e-6) + 1;
    if (rows < LEAST_ROWS) {
        char step[UNITS_SIZE], span[UNITS_SIZE];
        return err_set(err, ERR_USAGE,
                       "%s in steps of %s are too few to say anything: a longer time, or a smaller --step",
                       units_duration(span, until_s - from_s), units_duration(step, step_s));
    }
    if (rows > PROM_MOST_POINTS)
        return err_set(err, ERR_USAGE, "--step: that are %.0f steps; 100,000 are enough", rows);
    read->grid = (struct grid){start_s, step_s, (size_t)rows};
    if (window_s < step_s * 0.99) {
        char window[UNITS_SIZE], step[UNITS_SIZE];
        strings_addf(&read->caveats,
                     "--requests-by looks at %s before each step of %s: what comes between is not seen, and "
                     "taken to be alike",
                     units_duration(window, window_s), units_duration(step, step_s));
    }
    return 0;
}
