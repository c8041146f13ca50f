/* The result as JSON, schema 1: fields are added, never changed. Unknown numbers are null. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "report/json_values.h"
#include "report/loads.h"
#include "report/renderers.h"
#include "report/say.h"
#include "report/story.h"

static json_t *site_of(const struct site_growth *site)
{
    json_t *object = json_object();
    set(object, "site", words(site->site));
    set(object, "whose", words(site->whose != WHOSE_UNKNOWN ? whose_name(site->whose) : NULL));
    set(object, "called_from", words(site->called_from));
    set(object, "package", words(site->package));
    set(object, "version", words(site->version));
    set(object, "bytes_per_request", number(site->bytes_per_request));
    set(object, "requested_bytes_per_request", number(site->requested_bytes_per_request));
    set(object, "objects_per_request", number(site->objects_per_request));
    return object;
}

static json_t *projection_of(const struct projection *projection)
{
    bool limited = projection->memory_limit_bytes > 0;
    if (!limited && !(projection->at_rate_per_second > 0) && !say_has_daily(projection))
        return json_null();
    json_t *object = json_object();
    set(object, "memory_limit_bytes", limited ? whole(projection->memory_limit_bytes) : json_null());
    set(object, "days", limited ? number(projection->days) : json_null());
    set(object, "at_rate_per_second", number(projection->at_rate_per_second));
    set(object, "bytes_per_day", number(projection->bytes_per_day));
    set(object, "interval_bytes_per_day", interval_of(projection->bytes_per_day_interval));
    set(object, "interval_days", interval_without_end(projection->days_interval));
    return object;
}

static json_t *observed_of(const struct observed *observed)
{
    if (!(observed->bytes > 0))
        return json_null();
    json_t *object = json_object();
    set(object, "bytes", whole(observed->bytes));
    set(object, "seconds", number(observed->seconds));
    set(object, "bytes_per_day", number(observed->bytes / observed->seconds * 86400));
    set(object, "explained", number(observed->explained));
    set(object, "interval", interval_of(observed->interval));
    return object;
}

static const char *judgement_word(enum judgement judgement)
{
    static const char *const names[] = {[JUDGED_GROWS] = "grows",
                                        [JUDGED_OPEN] = "open",
                                        [JUDGED_CLEARED] = "cleared",
                                        [JUDGED_NOT_LOOKED_AT] = "not_looked_at"};
    return names[judgement];
}

static json_t *suspect_of(const struct result *result, const struct suspicion *suspicion)
{
    struct borne_out borne_out = say_borne_out(result, suspicion);
    json_t *object = json_object();
    set(object, "endpoints", list_of(&suspicion->endpoints));
    set(object, "probability", number(suspicion->probability));
    set(object, "bytes_per_request", number(suspicion->bytes_per_request));
    set(object, "share", number(suspicion->share));
    set(object, "judged", words(judgement_word(borne_out.judgement)));
    set(object, "finding",
        borne_out.finding != NULL ? json_integer(borne_out.finding - result->findings) : json_null());
    return object;
}

static json_t *production_of(const struct result *result)
{
    json_t *object = json_object(), *suspects = json_array();
    for (size_t i = 0; i < result->suspects.count; i++)
        json_array_append_new(suspects, suspect_of(result, &result->suspects.items[i]));
    set(object, "suspects", suspects);
    return object;
}

static json_t *finding_of(const struct finding *finding)
{
    json_t *object = json_object(), *linear = json_object(), *sites = json_array();
    set(object, "endpoints", list_of(&finding->endpoints));
    set(object, "kind", words(finding_kind_name(finding->kind)));
    bool idle = finding->kind == FINDING_IDLE;
    set(object, "bytes_per_request", idle ? json_null() : number(finding->bytes_per_request));
    set(object, "interval", interval_of(finding->interval));
    set(object, "objects_per_request", number(finding->objects_per_request));
    set(object, "signal", words(finding->signal));
    set(object, "per", words(finding->per));
    set(linear, "requests", count(finding->linear_requests));
    set(linear, "bytes", whole(finding->linear_bytes));
    set(object, "linear_through", linear);
    set(object, "confirmed", list_of(&finding->confirmed));
    set(object, "requests_that_grow", words(finding->requests_that_grow));
    for (size_t i = 0; i < finding->site_count; i++)
        json_array_append_new(sites, site_of(&finding->sites[i]));
    set(object, "sites", sites);
    set(object, "explained", number(finding->explained));
    set(object, "projection", projection_of(&finding->projection));
    set(object, "reproduce", words(finding->reproduce));
    set(object, "order", words(finding->order));
    set(object, "named_after_seconds", finding->named_s > 0 ? number(finding->named_s) : json_null());
    set(object, "bytes_per_second", idle ? number(finding->bytes_per_second) : json_null());
    set(object, "recording", words(finding->recording));
    set(object, "curl", list_of(&finding->curl));
    return object;
}

static json_t *remarks_of(const struct remark *remarks, size_t remark_count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < remark_count; i++) {
        json_t *object = json_object();
        set(object, "endpoints", list_of(&remarks[i].endpoints));
        set(object, "why", words(remarks[i].why));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *signals_of(const struct result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->signal_count; i++) {
        const struct signal_result *signal = &result->signals[i];
        json_t *object = json_object();
        set(object, "name", words(signal->name));
        set(object, "verdict", words(verdict_name(signal->verdict)));
        set(object,
            signal->objects ? "smallest_detectable_objects_per_request"
                            : "smallest_detectable_bytes_per_request",
            number(signal->smallest_detectable));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *thresholds_of(const struct result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->threshold_count; i++) {
        const struct threshold_result *threshold = &result->thresholds[i];
        json_t *object = json_object();
        set(object, "limit", words(threshold->limit));
        set(object, "result", words(threshold_outcome_name(threshold->outcome)));
        set(object, "value", number(threshold->value));
        set(object, "interval", interval_of(threshold->interval));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *replay_of(const struct result *result)
{
    json_t *object = json_object();
    set(object, "planned", count(result->replay.planned));
    set(object, "done", count(result->replay.done));
    set(object, "failed", count(result->replay.failed));
    set(object, "skipped", count(result->replay.skipped));
    set(object, "lag_p50_us", whole(result->lag_p50_us));
    set(object, "lag_p99_us", whole(result->lag_p99_us));
    set(object, "lag_max_us", whole(result->lag_max_us));
    set(object, "late", count(result->replay.late));
    set(object, "too_late", count(result->replay.too_late));
    set(object, "uncorrelated", count(result->replay.uncorrelated));
    set(object, "abandoned", count(result->replay.abandoned));
    return object;
}

static void set_times(json_t *object, const char *name, const struct times *times)
{
    const struct {
        const char *what;
        double us;
    } figures[] = {{"p50", times->p50_us}, {"p99", times->p99_us}, {"max", times->max_us}};
    char key[32];
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        snprintf(key, sizeof key, "%s_%s_us", name, figures[i].what);
        set(object, key, whole(figures[i].us));
    }
}

static json_t *endpoint_of(const struct endpoint_load *load, double soak_seconds)
{
    json_t *object = json_object();
    set(object, "name", words(load->endpoint));
    set(object, "planned", count(load->tally.planned));
    set(object, "done", count(load->tally.done));
    set(object, "failed", count(load->tally.failed));
    set(object, "skipped", count(load->tally.skipped));
    set(object, "landed", count(load->tally.landed));
    set(object, "achieved_per_second", number(loads_achieved(load, soak_seconds)));
    set(object, "recorded_per_second", number(load->recorded_rate_per_second));
    set_times(object, "service", &load->service);
    set_times(object, "total", &load->total);
    set_times(object, "lag", &load->lag);
    return object;
}

static json_t *endpoints_of(const struct report *report)
{
    json_t *list = json_array();
    double seconds = loads_soak_seconds(report);
    for (size_t i = 0; i < report->load_count; i++)
        json_array_append_new(list, endpoint_of(&report->loads[i], seconds));
    return list;
}

static json_t *step_of(const struct probe *probe)
{
    json_t *object = json_object();
    set(object, "step", words(step_name(probe->step)));
    set(object, "mix", words(probe->mix));
    set(object, "says", words(probe->says));
    set(object, "requests", count(probe->requests));
    set(object, "seconds", number(story_seconds(probe)));
    set(object, "at_seconds", number(probe->ended_s));
    set(object, "reused_from", probe->reused_from != 0 ? json_integer(probe->reused_from) : json_null());
    return object;
}

static json_t *steps_of(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->probe_count; i++)
        if (story_shows(&report->probes[i]))
            json_array_append_new(list, step_of(&report->probes[i]));
    return list;
}

static json_t *not_judged_of(const struct report *report)
{
    json_t *list = json_array();
    size_t names = 0;
    const char **name = story_not_judged(report, &names);
    for (size_t i = 0; i < names; i++)
        json_array_append_new(list, words(name[i]));
    free(name);
    return list;
}

static json_t *result_of(const struct result *result)
{
    json_t *object = json_object(), *findings = json_array(), *own = json_object();
    for (size_t i = 0; i < result->finding_count; i++)
        json_array_append_new(findings, finding_of(&result->findings[i]));
    set(object, "schema", json_integer(1));
    set(object, "command", words(result->command));
    set(object, "run", json_integer(result->run));
    set(object, "label", words(result->label != NULL ? result->label : ""));
    set(object, "verdict", words(verdict_name(result->verdict)));
    set(object, "reason", words(result->reason != NULL ? result->reason : ""));
    set(object, "confidence", number(result->confidence));
    set(object, "exit", json_integer(result->exit_code));
    set(object, "findings", findings);
    set(object, "cleared", remarks_of(result->cleared, result->cleared_count));
    set(object, "not_looked_at", remarks_of(result->not_looked_at, result->not_looked_at_count));
    set(object, "signals", signals_of(result));
    set(object, "thresholds", thresholds_of(result));
    set(object, "caveats", list_of(&result->caveats));
    set(object, "peak_bytes", whole(result->peak_bytes));
    set(object, "kept_bytes", whole(result->kept_bytes));
    set(object, "observed", observed_of(&result->observed));
    set(object, "production", result->suspects.count > 0 ? production_of(result) : json_null());
    set(object, "requests", count(result->requests));
    set(object, "trials", count(result->trials));
    set(object, "seconds", number(result->seconds));
    set(object, "replay", replay_of(result));
    set(own, "max_rss_bytes", whole(result->own_max_rss_bytes));
    set(object, "own", own);
    return object;
}

/* null: it is whole. */
static json_t *shard_of(const struct result *result)
{
    json_t *object = json_object();
    set(object, "index", count(result->shard));
    set(object, "of", count(result->shards));
    return object;
}

static json_t *parts_of(const struct result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->part_count; i++) {
        const struct shard_part *part = &result->parts[i];
        json_t *object = json_object();
        set(object, "index", count(part->shard));
        set(object, "of", count(part->shards));
        set(object, "source", words(part->source));
        set(object, "run", json_integer(part->source_run));
        set(object, "planned", count(part->planned));
        set(object, "done", count(part->done));
        json_array_append_new(list, object);
    }
    return list;
}

int render_json(const struct report *report, FILE *out, struct err *err)
{
    json_t *object = result_of(&report->result);
    set(object, "endpoints", endpoints_of(report));
    set(object, "steps", steps_of(report));
    set(object, "not_judged", not_judged_of(report));
    set(object, "resume", words(report->result.resume));
    set(object, "seep_version", words(report->result.seep_version));
    set(object, "target", words(report->result.target));
    set(object, "machine", words(report->result.machine));
    set(object, "shard", report->result.shards > 0 ? shard_of(&report->result) : json_null());
    set(object, "merged_from", parts_of(&report->result));
    return write_json(object, out, err);
}
