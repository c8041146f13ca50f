/* A comparison as JSON, schema 1: the outer fields are those of a result where they apply. */
#include "report/comparison.h"
#include "report/json_values.h"

static json_t *estimate_of(const struct estimate *estimate, int64_t run)
{
    json_t *object = json_object();
    set(object, "run", json_integer(run));
    set(object, "per_request", number(estimate->per_request));
    set(object, "interval", interval_of(estimate->interval));
    set(object, "requests", count(estimate->requests));
    set(object, "verdict", words(verdict_name(estimate->verdict)));
    set(object, "smallest_detectable", number(estimate->smallest_detectable));
    set(object, "step", words(step_name(estimate->step)));
    return object;
}

static json_t *signal_of(const struct comparison *comparison, const struct compared *item)
{
    json_t *object = json_object();
    set(object, "name", words(item->signal));
    set(object, "mix", words(item->mix));
    set(object, "unit", words(item->objects ? "objects" : "bytes"));
    set(object, "decides", json_boolean(item->decides));
    set(object, "before", estimate_of(&item->before, comparison->before.run));
    set(object, "after", estimate_of(&item->after, comparison->after.run));
    set(object, "difference", number(item->difference));
    set(object, "interval", interval_of(item->interval));
    set(object, "at_most", number(item->bounds.high));
    set(object, "limit", number(item->limit));
    set(object, "answer", words(compared_answer_name(item->answer)));
    return object;
}

static enum threshold_outcome outcome_of(enum compared_answer answer)
{
    return answer == COMPARED_BELOW  ? THRESHOLD_PASS
           : answer == COMPARED_OPEN ? THRESHOLD_INCONCLUSIVE
                                     : THRESHOLD_FAIL;
}

static json_t *threshold_of(const char *limit, enum threshold_outcome outcome,
                            const struct estimate *estimate)
{
    json_t *object = json_object();
    set(object, "limit", words(limit));
    set(object, "result", words(threshold_outcome_name(outcome)));
    set(object, "value", estimate != NULL ? number(estimate->per_request) : json_null());
    set(object, "interval", estimate != NULL ? interval_of(estimate->interval) : json_null());
    return object;
}

static json_t *thresholds_of(const struct comparison *comparison)
{
    json_t *list = json_array();
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *item = &comparison->items[i];
        if (item->limit_text != NULL)
            json_array_append_new(list,
                                  threshold_of(item->limit_text, outcome_of(item->answer), &item->after));
    }
    for (size_t i = 0; i < comparison->unmet.count; i++)
        json_array_append_new(list, threshold_of(comparison->unmet.items[i], THRESHOLD_INCONCLUSIVE, NULL));
    return list;
}

static enum verdict verdict_of(enum compared_answer answer)
{
    return answer == COMPARED_BELOW  ? VERDICT_NO_GROWTH
           : answer == COMPARED_OPEN ? VERDICT_INCONCLUSIVE
                                     : VERDICT_GROWTH;
}

static json_t *comparison_of(const struct comparison *comparison)
{
    json_t *object = json_object(), *runs = json_array(), *labels = json_array(), *signals = json_array();
    struct text reason = TEXT_EMPTY;
    say_comparison(&reason, comparison);
    json_array_append_new(runs, json_integer(comparison->before.run));
    json_array_append_new(runs, json_integer(comparison->after.run));
    json_array_append_new(labels, words(comparison->before.label));
    json_array_append_new(labels, words(comparison->after.label));
    for (size_t i = 0; i < comparison->count; i++)
        json_array_append_new(signals, signal_of(comparison, &comparison->items[i]));
    set(object, "schema", json_integer(1));
    set(object, "command", words("compare"));
    set(object, "runs", runs);
    set(object, "labels", labels);
    set(object, "verdict", words(verdict_name(verdict_of(comparison->answer))));
    set(object, "answer",
        words(comparison->refusal != NULL ? "refused" : compared_answer_name(comparison->answer)));
    set(object, "reason", words(text_string(&reason)));
    set(object, "confidence", number(comparison->answer == COMPARED_OPEN ? (double)NAN : 0.95));
    set(object, "exit", json_integer(comparison->exit_code));
    set(object, "signals", signals);
    set(object, "thresholds", thresholds_of(comparison));
    set(object, "caveats", list_of(&comparison->caveats));
    text_release(&reason);
    return object;
}

int comparison_json(const void *view, FILE *out, struct err *err)
{
    return write_json(comparison_of(view), out, err);
}
