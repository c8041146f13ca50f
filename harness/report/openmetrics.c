#include "report/openmetrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/renderers.h"

enum { TYPE_GAUGE, TYPE_COUNTER, TYPE_SUMMARY, TYPE_INFO, TYPE_STATESET };

/* What one form calls a type, and what it puts behind the name of the family: of a sample, and where the form has no
 * such type also of the family. */
static const struct type {
    const char *open, *classic, *suffix;
    bool named_whole; /* in the classic form the family has the suffix, too */
} types[] = {
    [TYPE_GAUGE] = {"gauge", "gauge", "", false},
    [TYPE_COUNTER] = {"counter", "counter", "_total", true},
    [TYPE_SUMMARY] = {"summary", "summary", "", false},
    [TYPE_INFO] = {"info", "gauge", "_info", true},
    [TYPE_STATESET] = {"stateset", "gauge", "", false},
};

struct writing;

struct family {
    const char *name;
    int type;
    const char *unit; /* NULL: none, or one that the labels say */
    const char *help;
    void (*write)(struct writing *writing, const struct report *report);
};

struct writing {
    FILE *out;
    enum metrics_form form;
    const struct family *family;
    bool headed; /* a family without samples is not there */
    struct text labels;
};

static void head(struct writing *writing)
{
    const struct family *family = writing->family;
    const struct type *type = &types[family->type];
    bool open = writing->form == METRICS_OPEN;
    const char *suffix = !open && type->named_whole ? type->suffix : "";
    if (writing->headed)
        return;
    writing->headed = true;
    fprintf(writing->out, "# TYPE %s%s %s\n", family->name, suffix, open ? type->open : type->classic);
    if (open && family->unit != NULL)
        fprintf(writing->out, "# UNIT %s %s\n", family->name, family->unit);
    fprintf(writing->out, "# HELP %s%s %s\n", family->name, suffix, family->help);
}

/* One more label of the next sample. */
static void label(struct writing *writing, const char *name, const char *value)
{
    char *plain = escape_taken(escape_plain, value);
    text_addf(&writing->labels, "%s%s=\"", writing->labels.length > 0 ? "," : "", name);
    for (const char *c = plain; *c != '\0'; c++) {
        if (*c == '\\' || *c == '"')
            text_add_char(&writing->labels, '\\');
        text_add_char(&writing->labels, *c);
    }
    text_add_char(&writing->labels, '"');
    free(plain);
}

static void label_number(struct writing *writing, const char *name, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    label(writing, name, text);
}

static void sample_as(struct writing *writing, const char *suffix, double value)
{
    if (isfinite(value)) {
        head(writing);
        fprintf(writing->out, "%s%s", writing->family->name, suffix);
        if (writing->labels.length > 0)
            fprintf(writing->out, "{%s}", writing->labels.bytes);
        fprintf(writing->out, " %.15g\n", value);
    }
    text_clear(&writing->labels);
}

static void sample(struct writing *writing, double value)
{
    sample_as(writing, types[writing->family->type].suffix, value);
}

static bool has_ended(const struct result *result)
{
    return result->ended_us != 0;
}

static void write_run(struct writing *writing, const struct report *report)
{
    const struct result *result = &report->result;
    if (result->run == 0) /* not begun */
        return;
    label_number(writing, "run", result->run);
    label(writing, "command", result->command);
    label(writing, "service", result->service);
    label(writing, "label", result->label);
    sample(writing, 1);
}

static void write_states(struct writing *writing, const char *const *states, const char *present,
                         const char *limit)
{
    for (size_t i = 0; states[i] != NULL; i++) {
        if (limit != NULL)
            label(writing, "limit", limit);
        label(writing, writing->family->name, states[i]);
        sample(writing, strcmp(states[i], present) == 0);
    }
}

static void write_verdict(struct writing *writing, const struct report *report)
{
    static const char *const states[] = {"under_way", "growth", "no_growth", "inconclusive", NULL};
    const struct result *result = &report->result;
    write_states(writing, states, has_ended(result) ? verdict_name(result->verdict) : states[0], NULL);
}

static void write_exit(struct writing *writing, const struct report *report)
{
    sample(writing, has_ended(&report->result) ? (double)report->result.exit_code : (double)NAN);
}

static void write_started(struct writing *writing, const struct report *report)
{
    sample(writing, report->result.started_us > 0 ? (double)report->result.started_us / 1e6 : NAN);
}

/* Where the run stands; NULL once it ended. */
static const struct progress *now_of(const struct report *report)
{
    return has_ended(&report->result) ? NULL : report->now;
}

static void write_elapsed(struct writing *writing, const struct report *report)
{
    const struct progress *now = now_of(report);
    sample(writing, now != NULL ? now->elapsed_s : report->result.seconds);
}

static void write_left(struct writing *writing, const struct report *report)
{
    const struct progress *now = now_of(report);
    sample(writing, now != NULL && now->total_s > 0 ? fmax(now->total_s - now->elapsed_s, 0) : NAN);
}

static void write_due(struct writing *writing, const struct report *report)
{
    const struct progress *now = now_of(report);
    sample(writing, now != NULL && now->due > 0 ? (double)now->due : NAN);
}

static void write_rate(struct writing *writing, const struct report *report)
{
    const struct progress *now = now_of(report);
    sample(writing, now != NULL ? now->rate_per_second : NAN);
}

static void write_step(struct writing *writing, const struct report *report)
{
    const struct progress *now = now_of(report);
    if (now == NULL || now->step == NULL || now->step[0] == '\0')
        return;
    label(writing, "step", now->step);
    sample(writing, 1);
}

static void write_trials(struct writing *writing, const struct report *report)
{
    sample(writing, (double)report->trial_count);
}

static void write_requests(struct writing *writing, const struct report *report)
{
    for (size_t i = 0; i < report->load_count; i++) {
        const struct tally *tally = &report->loads[i].tally;
        const struct {
            const char *name;
            uint64_t count;
        } outcomes[] = {{"done", tally->done}, {"failed", tally->failed}, {"skipped", tally->skipped}};
        for (size_t o = 0; o < sizeof outcomes / sizeof *outcomes; o++) {
            label(writing, "endpoint", report->loads[i].endpoint);
            label(writing, "outcome", outcomes[o].name);
            sample(writing, (double)outcomes[o].count);
        }
    }
}

#define EACH_LOAD(NAME, VALUE)                                                                               \
    static void NAME(struct writing *writing, const struct report *report)                                   \
    {                                                                                                        \
        for (size_t i = 0; i < report->load_count; i++) {                                                    \
            const struct endpoint_load *load = &report->loads[i];                                            \
            label(writing, "endpoint", load->endpoint);                                                      \
            sample(writing, (double)(VALUE));                                                                \
        }                                                                                                    \
    }
EACH_LOAD(write_planned, load->tally.planned)
EACH_LOAD(write_unexpected, load->tally.done - load->tally.landed)
EACH_LOAD(write_late, load->tally.late)
EACH_LOAD(write_received, load->tally.received_bytes)
EACH_LOAD(write_recorded_rate, load->recorded_rate_per_second)

static void write_quantiles(struct writing *writing, const char *endpoint, const struct times *times)
{
    const struct {
        const char *quantile;
        double us;
    } quantiles[] = {{"0.5", times->p50_us}, {"0.99", times->p99_us}, {"1.0", times->max_us}};
    bool known = times->p50_us > 0 || times->p99_us > 0; /* not before the end */
    for (size_t i = known ? 0 : 2; i < sizeof quantiles / sizeof *quantiles; i++) {
        if (endpoint != NULL)
            label(writing, "endpoint", endpoint);
        label(writing, "quantile", quantiles[i].quantile);
        sample_as(writing, "", quantiles[i].us / 1e6);
    }
}

static void write_duration(struct writing *writing, const struct report *report)
{
    for (size_t i = 0; i < report->load_count; i++) {
        const struct endpoint_load *load = &report->loads[i];
        write_quantiles(writing, load->endpoint, &load->service);
        label(writing, "endpoint", load->endpoint);
        sample_as(writing, "_count", (double)(load->tally.done - load->tally.abandoned));
        label(writing, "endpoint", load->endpoint);
        sample_as(writing, "_sum", load->service_sum_us / 1e6);
    }
}

static void write_endpoint_lag(struct writing *writing, const struct report *report)
{
    for (size_t i = 0; i < report->load_count; i++)
        write_quantiles(writing, report->loads[i].endpoint, &report->loads[i].lag);
}

static void write_lag(struct writing *writing, const struct report *report)
{
    const struct result *result = &report->result;
    const struct times lag = {result->lag_p50_us, result->lag_p99_us, result->lag_max_us};
    if (has_ended(result))
        write_quantiles(writing, NULL, &lag);
}

static const char *step_of_trial(const struct report *report, int64_t number)
{
    for (size_t i = 0; i < report->trial_count; i++)
        if (report->trials[i].number == number)
            return step_name(report->trials[i].step);
    return "";
}

/* The newest that is no gap. */
static double last_value(const struct report_series *series)
{
    for (size_t i = series->count; i-- > 0;)
        if (isfinite(series->points[i].value))
            return series->points[i].value;
    return NAN;
}

static void write_signals(struct writing *writing, const struct report *report)
{
    for (size_t i = 0; i < report->series_count; i++) {
        const struct report_series *series = &report->series[i];
        if (signal_is_of_process(series->signal)) /* workers come and go: there may be any number of them */
            continue;
        label(writing, "signal", series->signal);
        label_number(writing, "trial", series->trial);
        label(writing, "step", step_of_trial(report, series->trial));
        sample(writing, last_value(series));
    }
}

static bool is_superseded(const struct report *report, size_t index)
{
    const struct measurement *of = &report->measurements[index];
    for (size_t i = index + 1; i < report->measurement_count; i++)
        if (strcmp(report->measurements[i].mix, of->mix) == 0 &&
            strcmp(report->measurements[i].signal, of->signal) == 0)
            return true;
    return false;
}

#define EACH_MEASUREMENT(NAME, VALUE)                                                                        \
    static void NAME(struct writing *writing, const struct report *report)                                   \
    {                                                                                                        \
        for (size_t i = 0; i < report->measurement_count; i++) {                                             \
            const struct measurement *of = &report->measurements[i];                                         \
            if (is_superseded(report, i))                                                                    \
                continue;                                                                                    \
            label(writing, "mix", of->mix);                                                                  \
            label(writing, "signal", of->signal);                                                            \
            label(writing, "unit", of->objects ? "objects" : "bytes");                                       \
            sample(writing, VALUE);                                                                          \
        }                                                                                                    \
    }
EACH_MEASUREMENT(write_growth, of->per_request)
EACH_MEASUREMENT(write_growth_low, of->interval.low)
EACH_MEASUREMENT(write_growth_high, of->interval.high)

#define EACH_FINDING(NAME, VALUE)                                                                            \
    static void NAME(struct writing *writing, const struct report *report)                                   \
    {                                                                                                        \
        for (size_t i = 0; i < report->result.finding_count; i++) {                                          \
            const struct finding *of = &report->result.findings[i];                                          \
            char *endpoints = strings_join(&of->endpoints, " + ");                                           \
            label_number(writing, "finding", (int64_t)i + 1);                                                \
            label(writing, "endpoints", endpoints);                                                          \
            label(writing, "kind", finding_kind_name(of->kind));                                             \
            free(endpoints);                                                                                 \
            sample(writing, VALUE);                                                                          \
        }                                                                                                    \
    }
EACH_FINDING(write_finding_bytes, of->bytes_per_request)
EACH_FINDING(write_finding_objects, of->objects_per_request)
EACH_FINDING(write_finding_daily, of->projection.bytes_per_day)

static void write_smallest(struct writing *writing, const struct report *report)
{
    for (size_t i = 0; i < report->result.signal_count; i++) {
        const struct signal_result *signal = &report->result.signals[i];
        label(writing, "signal", signal->name);
        label(writing, "unit", signal->objects ? "objects" : "bytes");
        sample(writing, signal->smallest_detectable);
    }
}

static void write_thresholds(struct writing *writing, const struct report *report)
{
    static const char *const states[] = {"pass", "fail", "inconclusive", NULL};
    for (size_t i = 0; i < report->result.threshold_count; i++) {
        const struct threshold_result *threshold = &report->result.thresholds[i];
        write_states(writing, states, threshold_outcome_name(threshold->outcome), threshold->limit);
    }
}

static void write_threshold_values(struct writing *writing, const struct report *report)
{
    for (size_t i = 0; i < report->result.threshold_count; i++) {
        label(writing, "limit", report->result.thresholds[i].limit);
        sample(writing, report->result.thresholds[i].value);
    }
}

/* 0 where nothing could be read. */
static double known(double bytes)
{
    return bytes > 0 ? bytes : NAN;
}

static void write_peak(struct writing *writing, const struct report *report)
{
    sample(writing, known(report->result.peak_bytes));
}

static void write_kept(struct writing *writing, const struct report *report)
{
    sample(writing, known(report->result.kept_bytes));
}

static void write_own(struct writing *writing, const struct report *report)
{
    sample(writing, known(report->result.own_max_rss_bytes));
}

static const struct family families[] = {
    {"seep_run", TYPE_INFO, NULL, "The run that these numbers are of.", write_run},
    {"seep_verdict", TYPE_STATESET, NULL, "What the run ended with, or that it is under way.", write_verdict},
    {"seep_exit_code", TYPE_GAUGE, NULL, "Exit code of seep; not before the end.", write_exit},
    {"seep_start_time_seconds", TYPE_GAUGE, "seconds", "When the run began, since 1970.", write_started},
    {"seep_elapsed_seconds", TYPE_GAUGE, "seconds", "Since the run began.", write_elapsed},
    {"seep_budget_left_seconds", TYPE_GAUGE, "seconds", "Until the duration or the budget is over.",
     write_left},
    {"seep_step", TYPE_INFO, NULL, "What is being done; only while it is.", write_step},
    {"seep_trials", TYPE_GAUGE, NULL, "Servers driven so far, the present ones included.", write_trials},
    {"seep_due_requests", TYPE_GAUGE, NULL, "Requests due until now, where the load has due times.",
     write_due},
    {"seep_request_rate", TYPE_GAUGE, NULL, "Requests per second at present.", write_rate},
    {"seep_requests", TYPE_COUNTER, NULL,
     "Requests of the mix by what became of them: done, failed, skipped.", write_requests},
    {"seep_requests_planned", TYPE_COUNTER, NULL, "Requests of which it is known what became of them.",
     write_planned},
    {"seep_requests_unexpected", TYPE_COUNTER, NULL, "Answers with another status than was recorded.",
     write_unexpected},
    {"seep_requests_late", TYPE_COUNTER, NULL, "Requests that were sent late.", write_late},
    {"seep_received_bytes", TYPE_COUNTER, "bytes", "Bytes of answers.", write_received},
    {"seep_recorded_rate", TYPE_GAUGE, NULL, "Requests per second as recorded; not before the end.",
     write_recorded_rate},
    {"seep_request_duration_seconds", TYPE_SUMMARY, "seconds",
     "From sending to the whole answer; before the end only the highest, 1.0.", write_duration},
    {"seep_request_lag_seconds", TYPE_SUMMARY, "seconds",
     "From the due time to sending; before the end only the highest, 1.0.", write_endpoint_lag},
    {"seep_lag_seconds", TYPE_SUMMARY, "seconds", "From the due time to sending, of all; not before the end.",
     write_lag},
    {"seep_signal", TYPE_GAUGE, NULL,
     "The newest reading of each signal of each trial, in the signal's unit.", write_signals},
    {"seep_growth_per_request", TYPE_GAUGE, NULL, "Growth per request of a mix, as measured last.",
     write_growth},
    {"seep_growth_per_request_low", TYPE_GAUGE, NULL, "Lower end of its interval.", write_growth_low},
    {"seep_growth_per_request_high", TYPE_GAUGE, NULL, "Upper end of its interval.", write_growth_high},
    {"seep_finding_bytes_per_request", TYPE_GAUGE, NULL, "Growth per request of a finding, bytes.",
     write_finding_bytes},
    {"seep_finding_objects_per_request", TYPE_GAUGE, NULL, "Growth per request of a finding, objects.",
     write_finding_objects},
    {"seep_finding_bytes_per_day", TYPE_GAUGE, NULL, "Growth per day at the recorded rate, bytes.",
     write_finding_daily},
    {"seep_smallest_detectable_per_request", TYPE_GAUGE, NULL,
     "The smallest growth that would have been seen.", write_smallest},
    {"seep_threshold", TYPE_STATESET, NULL, "What became of each limit.", write_thresholds},
    {"seep_threshold_value", TYPE_GAUGE, NULL, "What was measured against each limit.",
     write_threshold_values},
    {"seep_peak_resident_bytes", TYPE_GAUGE, "bytes", "The highest resident memory of a trial.", write_peak},
    {"seep_kept_resident_bytes", TYPE_GAUGE, "bytes", "What that trial kept once it had settled.",
     write_kept},
    {"seep_own_resident_max_bytes", TYPE_GAUGE, "bytes", "The highest resident memory of seep itself.",
     write_own},
};

bool metrics_family(size_t index, const char **name, const char **help)
{
    if (index >= sizeof families / sizeof *families)
        return false;
    *name = families[index].name;
    *help = families[index].help;
    return true;
}

const char *metrics_type(enum metrics_form form)
{
    return form == METRICS_OPEN ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                : "text/plain; version=0.0.4; charset=utf-8";
}

static int write_metrics(const struct report *report, enum metrics_form form, FILE *out, struct err *err)
{
    struct writing writing = {.out = out, .form = form};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        writing.family = &families[i];
        writing.headed = false;
        families[i].write(&writing, report);
    }
    if (form == METRICS_OPEN)
        fputs("# EOF\n", out);
    text_release(&writing.labels);
    return ferror(out) == 0 ? 0 : err_set(err, ERR_INTERNAL, "cannot write the metrics");
}

int render_openmetrics(const struct report *report, FILE *out, struct err *err)
{
    return write_metrics(report, METRICS_OPEN, out, err);
}

int render_prometheus(const struct report *report, FILE *out, struct err *err)
{
    return write_metrics(report, METRICS_CLASSIC, out, err);
}
