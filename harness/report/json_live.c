/* What the page that follows a run is told. */
#include "report/json_values.h"
#include "report/live_page.h"
#include "report/plot_parts.h"
#include "report/say.h"

enum { MEASUREMENTS_MOST = 60, TRIALS_AT_ONCE = 4 };

static void add_event(struct text *out, const char *name, json_t *data_take)
{
    char *data = json_dumps(data_take, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    text_addf(out, "event: %s\ndata: %s\n\n", name, data != NULL ? data : "{}");
    free(data);
    json_decref(data_take);
}

static json_t *endpoint_of(const struct endpoint_load *load)
{
    json_t *endpoint = json_object();
    double whole = (double)(load->tally.done - load->tally.abandoned);
    set(endpoint, "name", words(load->endpoint));
    set(endpoint, "planned", count(load->tally.planned));
    set(endpoint, "done", count(load->tally.done));
    set(endpoint, "failed", count(load->tally.failed));
    set(endpoint, "skipped", count(load->tally.skipped));
    set(endpoint, "mean_ms", number(whole > 0 ? load->service_sum_us / whole / 1e3 : NAN));
    set(endpoint, "max_ms", number(load->service.max_us / 1e3));
    return endpoint;
}

static void set_loads(json_t *state, const struct report *report)
{
    json_t *list = json_array();
    double lag_us = 0;
    for (size_t i = 0; i < report->load_count; i++) {
        lag_us = fmax(lag_us, report->loads[i].lag.max_us);
        if (i < LIVE_ENDPOINTS_MOST)
            json_array_append_new(list, endpoint_of(&report->loads[i]));
    }
    set(state, "endpoints", list);
    set(state, "endpoint_count", count(report->load_count));
    set(state, "lag_max_ms", number(lag_us / 1e3));
}

static void set_growth(json_t *state, const struct report *report)
{
    json_t *list = json_array();
    size_t first =
        report->measurement_count > MEASUREMENTS_MOST ? report->measurement_count - MEASUREMENTS_MOST : 0;
    for (size_t i = report->measurement_count; i-- > first;) {
        const struct measurement *of = &report->measurements[i];
        struct text amount = TEXT_EMPTY, interval = TEXT_EMPTY;
        json_t *row = json_object();
        say_amount(&amount, of->per_request, of->objects);
        say_interval(&interval, of->interval, of->objects);
        set(row, "step", words(say_step(of->step)));
        set(row, "mix", words(of->mix));
        set(row, "signal", words(of->signal));
        set(row, "amount", words(text_string(&amount)));
        set(row, "interval", words(text_string(&interval)));
        set(row, "requests", count(of->requests));
        set(row, "verdict", words(verdict_name(of->verdict)));
        json_array_append_new(list, row);
        text_release(&amount);
        text_release(&interval);
    }
    set(state, "growth", list);
}

static int64_t newest_trial(const struct report *report)
{
    int64_t newest = 0;
    for (size_t i = 0; i < report->series_count; i++)
        newest = report->series[i].trial > newest ? report->series[i].trial : newest;
    return newest;
}

/* Of each process apart there may be any number: the sums are shown. */
static bool is_shown(const struct report_series *series, int64_t from_trial)
{
    return series->trial >= from_trial && !signal_is_of_process(series->signal);
}

static void add_point(json_t *points, const struct point *point)
{
    if (!isfinite(point->value))
        return;
    json_t *pair = json_array();
    json_array_append_new(pair, number(point->at_s));
    json_array_append_new(pair, number(point->value));
    json_array_append_new(points, pair);
}

/* From the newest trials; all points, or the last alone. */
static json_t *lines_of(const struct report *report, int64_t trials, bool all)
{
    json_t *list = json_array();
    int64_t from = newest_trial(report) - trials + 1;
    for (size_t i = 0; i < report->series_count; i++) {
        const struct report_series *series = &report->series[i];
        if (!is_shown(series, from) || series->count == 0)
            continue;
        json_t *line = json_object(), *points = json_array();
        set(line, "signal", words(series->signal));
        set(line, "trial", json_integer(series->trial));
        set(line, "objects", json_boolean(plot_unit_of(report, series->signal) == PLOT_COUNT));
        for (size_t p = all ? 0 : series->count - 1; p < series->count; p++)
            add_point(points, &series->points[p]);
        set(line, "points", points);
        json_array_append_new(list, line);
    }
    return list;
}

static void set_end(json_t *state, const struct result *result)
{
    struct text answer = TEXT_EMPTY;
    json_t *findings = json_array();
    say_answer(&answer, result);
    for (size_t i = 0; i < result->finding_count; i++) {
        struct text finding = TEXT_EMPTY;
        say_finding(&finding, &result->findings[i]);
        json_array_append_new(findings, words(text_string(&finding)));
        text_release(&finding);
    }
    set(state, "verdict", words(say_verdict(result->verdict)));
    set(state, "answer", words(text_string(&answer)));
    set(state, "exit", json_integer(result->exit_code));
    set(state, "findings", findings);
    text_release(&answer);
}

static void set_now(json_t *state, const struct progress *now)
{
    if (now == NULL)
        return;
    set(state, "step", words(now->step));
    set(state, "elapsed_s", number(now->elapsed_s));
    set(state, "total_s", number(now->total_s));
    set(state, "due", count(now->due));
    set(state, "requests", count(now->requests));
    set(state, "rate", number(now->rate_per_second));
    set(state, "memory", whole(now->memory_bytes));
}

void live_state(struct text *out, const struct report *report)
{
    const struct result *result = &report->result;
    bool ended = result->ended_us != 0;
    json_t *state = json_object();
    set(state, "run", json_integer(result->run));
    set(state, "command", words(result->command));
    set(state, "service", words(result->service));
    set(state, "label", words(result->label));
    set(state, "ended", json_boolean(ended));
    set(state, "elapsed_s", number(result->seconds));
    set(state, "requests", count(result->requests));
    set(state, "planned", count(result->replay.planned));
    set(state, "failed", count(result->replay.failed));
    set(state, "skipped", count(result->replay.skipped));
    set(state, "trials", count(report->trial_count));
    set(state, "own", whole(result->own_max_rss_bytes));
    if (!ended)
        set_now(state, report->now);
    else
        set_end(state, result);
    set_loads(state, report);
    set_growth(state, report);
    set(state, "lines", lines_of(report, TRIALS_AT_ONCE, false));
    add_event(out, "state", state);
}

void live_history(struct text *out, const struct report *report)
{
    json_t *history = json_object();
    set(history, "lines", lines_of(report, LIVE_TRIALS_SHOWN, true));
    add_event(out, "history", history);
}
