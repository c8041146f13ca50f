/* Suspects as JSON, schema 1: the outer fields are those of a result where they apply. */
#include <time.h>

#include "report/json_values.h"
#include "report/suspects.h"

#ifndef SEEP_VERSION
#define SEEP_VERSION "unknown"
#endif

/* RFC 3339, in UTC. */
static json_t *date(double at_s)
{
    char text[40];
    struct tm utc;
    time_t seconds = isfinite(at_s) && fabs(at_s) < 2e11 ? (time_t)llround(at_s) : -1;
    if (!isfinite(at_s) || gmtime_r(&seconds, &utc) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return json_null();
    return json_string(text);
}

static json_t *suspect_of(const struct suspect *suspect)
{
    json_t *object = json_object();
    set(object, "endpoints", list_of(&suspect->endpoints));
    set(object, "bytes_per_request", number(suspect->bytes_per_request));
    set(object, "interval", interval_of(suspect->interval));
    set(object, "share", number(suspect->share));
    set(object, "share_interval", interval_of(suspect->share_interval));
    set(object, "probability", number(suspect->probability));
    set(object, "requests_per_second", number(suspect->per_second));
    return object;
}

static json_t *remarks_of(const struct strings *endpoints, const char *why)
{
    json_t *list = json_array();
    if (endpoints->count > 0) {
        json_t *remark = json_object();
        set(remark, "endpoints", list_of(endpoints));
        set(remark, "why", words(why));
        json_array_append_new(list, remark);
    }
    return list;
}

static json_t *part_of(double rate, double bytes, struct interval interval)
{
    json_t *object = json_object();
    set(object, "requests_per_second", number(rate));
    set(object, "bytes_per_hour", number(bytes));
    set(object, "interval", interval_of(interval));
    return object;
}

static json_t *growth_of(const struct suspects *suspects)
{
    const struct idle_and_busy *both = &suspects->idle_and_busy;
    json_t *object = json_object();
    set(object, "bytes_per_day", number(suspects->bytes_per_day));
    set(object, "interval", interval_of(suspects->bytes_per_day_interval));
    set(object, "holds", words(holds_name(suspects->holds)));
    set(object, "deploy", date(suspects->holds != HOLDS_ALWAYS ? suspects->deploy_s : (double)NAN));
    set(object, "by_requests", number(suspects->by_requests));
    set(object, "bytes_per_hour_idle", number(suspects->bytes_per_hour_idle));
    set(object, "smallest_detectable_bytes_per_day", number(suspects->smallest_bytes_per_day));
    set(object, "idle", part_of(both->idle_rate, both->idle_bytes_per_hour, both->idle_interval));
    set(object, "busy", part_of(both->busy_rate, both->busy_bytes_per_hour, both->busy_interval));
    return object;
}

static json_t *instance_of(const struct suspect_instance *instance)
{
    json_t *object = json_object(), *restarts = json_object();
    for (int kind = 0; kind < RESTART_KINDS; kind++)
        set(restarts, restart_kind_name(kind), count(instance->restarts[kind]));
    set(object, "instance", words(instance->name));
    set(object, "memory_bytes", whole(instance->memory_bytes));
    set(object, "memory_limit_bytes", whole(instance->limit_bytes));
    set(object, "bytes_per_day", number(instance->bytes_per_day));
    set(object, "interval_bytes_per_day", interval_of(instance->bytes_per_day_interval));
    set(object, "days", number(instance->days));
    set(object, "never", json_boolean(isinf(instance->days)));
    set(object, "interval_days", interval_without_end(instance->days_interval));
    set(object, "restarts", restarts);
    return object;
}

static json_t *restart_of(const struct suspects *suspects, const struct restart *restart)
{
    json_t *object = json_object();
    bool known = restart->instance < suspects->instance_count;
    set(object, "instance", words(known ? suspects->instances[restart->instance].name : NULL));
    set(object, "at", date(restart->at_s));
    set(object, "kind", words(restart_kind_name(restart->kind)));
    set(object, "memory_bytes", whole(restart->memory_bytes));
    return object;
}

static void set_lists(json_t *object, const struct suspects *suspects)
{
    json_t *items = json_array(), *instances = json_array(), *restarts = json_array();
    for (size_t i = 0; i < suspects->count; i++)
        json_array_append_new(items, suspect_of(&suspects->items[i]));
    for (size_t i = 0; i < suspects->instance_count; i++)
        json_array_append_new(instances, instance_of(&suspects->instances[i]));
    for (size_t i = 0; i < suspects->restart_count; i++)
        json_array_append_new(restarts, restart_of(suspects, &suspects->restarts[i]));
    set(object, "suspects", items);
    set(object, "cleared", remarks_of(&suspects->cleared, SUSPECTS_CLEARED));
    set(object, "not_told", remarks_of(&suspects->untold, SUSPECTS_UNTOLD));
    set(object, "growth", growth_of(suspects));
    set(object, "instances", instances);
    set(object, "restarts", restarts);
}

static json_t *suspects_of(const struct suspects *suspects)
{
    json_t *object = json_object();
    set(object, "schema", json_integer(1));
    set(object, "command", words("suspects"));
    set(object, "seep_version", words(SEEP_VERSION));
    set(object, "verdict", words(verdict_name(suspects->verdict)));
    set(object, "reason", words(suspects->reason != NULL ? suspects->reason : ""));
    set(object, "exit", json_integer(suspects->exit_code));
    set_lists(object, suspects);
    set(object, "memory_limit_bytes", whole(suspects->memory_limit_bytes));
    set(object, "lag_seconds", number(suspects->lag_s));
    set(object, "from", date(suspects->from_s));
    set(object, "to", date(suspects->to_s));
    set(object, "step_seconds", number(suspects->step_s));
    set(object, "requests", whole(suspects->requests));
    set(object, "stretches", count(suspects->stretches));
    set(object, "source", words(suspects->source));
    set(object, "memory_query", words(suspects->memory_query));
    set(object, "requests_query", words(suspects->requests_query));
    set(object, "written", words(suspects->written));
    set(object, "help", list_of(&suspects->help));
    set(object, "caveats", list_of(&suspects->caveats));
    return object;
}

int suspects_json(const void *view, FILE *out, struct err *err)
{
    return write_json(suspects_of(view), out, err);
}
