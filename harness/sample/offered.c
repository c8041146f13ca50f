#include "sample/offered.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "net/fetch.h"
#include "sample/prometheus.h"
#include "sample/source.h"

#define ANSWER_LIMIT_NS (30 * CLOCK_NS_PER_S) /* a collection of a large heap takes seconds */
#define ANSWER_BYTES ((size_t)64 << 20)

struct offered {
    const struct service *service;
    struct loop *loop;
    struct watch_signal *signals;
    struct prometheus_selector *selectors; /* one per signal; empty for those read by pointer */
    struct watched watched;
};

static int check_signal(struct offered *offered, size_t index, struct err *err)
{
    const struct signal_spec *spec = &offered->service->signals[index];
    int failed = spec->source == SIGNAL_POINTER
                     ? json_check_pointer(spec->pointer, err)
                     : prometheus_selector_parse(&offered->selectors[index], spec->metric, err);
    return failed ? err_prefix(err, "%s: signal '%s'", offered->service->file, spec->name) : 0;
}

static int open_offered(struct source *source, const struct service *service, struct err *err)
{
    struct offered *offered = xcalloc(1, sizeof *offered);
    size_t count = service->signal_count;
    source->self = offered;
    *offered = (struct offered){.service = service,
                                .loop = source->loop,
                                .signals = xcalloc(count + 1, sizeof *offered->signals),
                                .selectors = xcalloc(count + 1, sizeof *offered->selectors)};
    for (size_t i = 0; i < count; i++) {
        const struct signal_spec *spec = &service->signals[i];
        offered->signals[i] = (struct watch_signal){
            .name = spec->name, .unit = spec->unit, .collects = offered_collects(spec), .promised = true};
        if (check_signal(offered, i, err) != 0)
            return -1;
    }
    source->signals = offered->signals;
    source->count = count;
    return 0;
}

static void release_offered(struct source *source)
{
    struct offered *offered = source->self;
    if (offered == NULL)
        return;
    for (size_t i = 0; i < offered->service->signal_count; i++)
        prometheus_selector_release(&offered->selectors[i]);
    free(offered->selectors);
    free(offered->signals);
    free(offered);
}

static void attach_offered(struct source *source, const struct watched *watched)
{
    struct offered *offered = source->self;
    offered->watched = *watched;
}

static bool is_first_of_url(const struct service *service, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(service->signals[i].url, service->signals[index].url) == 0)
            return false;
    return true;
}

/* The first signal from `index` on whose URL no earlier one has; the signal count when there is none. */
static size_t next_url(const struct offered *offered, size_t index)
{
    while (index < offered->service->signal_count && !is_first_of_url(offered->service, index))
        index++;
    return index;
}

bool offered_collects(const struct signal_spec *spec)
{
    if (text_starts_with(spec->name, "live_"))
        return true;
    for (const char *at = strchr(spec->url, '?'); at != NULL; at = strchr(at + 1, '&'))
        if (strncmp(at + 1, "gc=1", 4) == 0 && (at[5] == '\0' || at[5] == '&' || at[5] == '#'))
            return true;
    return false;
}

/* What one signal got out of an answer: value, or NaN and `why`. */
struct offered_value {
    double value;
    char *why;
};

static struct offered_value no_value(char *why_take)
{
    return (struct offered_value){(double)NAN, why_take};
}

static struct offered_value number_at(json_t *document, const struct signal_spec *spec)
{
    json_t *found = json_at_pointer(document, spec->pointer);
    if (json_is_number(found))
        return (struct offered_value){json_number_value(found), NULL};
    return no_value(
        xasprintf("GET %s: %s at '%s'", spec->url, found == NULL ? "nothing" : "no number", spec->pointer));
}

static struct offered_value series(const struct offered *offered, size_t index, const struct text *body)
{
    const struct signal_spec *spec = &offered->service->signals[index];
    double value = prometheus_find(&offered->selectors[index], text_string(body), body->length);
    if (isfinite(value))
        return (struct offered_value){value, NULL};
    return no_value(xasprintf("GET %s: no value for %s", spec->url, spec->metric));
}

/* An answer, and its body as JSON once a signal needs that. */
struct opened {
    const struct fetch_answer *answer;
    json_t *document;
    struct err err; /* why there is no document */
};

static struct offered_value value_of(const struct offered *offered, size_t index, struct opened *opened)
{
    const struct signal_spec *spec = &offered->service->signals[index];
    const struct fetch_answer *answer = opened->answer;
    if (answer->status == 0)
        return no_value(xstrdup(answer->err.message));
    if (answer->status != 200)
        return no_value(xasprintf("GET %s answered %d", spec->url, answer->status));
    if (spec->source == SIGNAL_METRIC)
        return series(offered, index, &answer->body);
    if (opened->document == NULL && opened->err.code == ERR_NONE)
        opened->document =
            json_read(text_string(&answer->body), answer->body.length, spec->url, &opened->err);
    if (opened->document == NULL)
        return no_value(xasprintf("GET %s", opened->err.message));
    return number_at(opened->document, spec);
}

static void take_answer(const struct offered *offered, const char *url, const struct fetch_answer *answer,
                        struct source_reading *reading)
{
    struct opened opened = {.answer = answer};
    for (size_t i = 0; i < offered->service->signal_count; i++) {
        if (strcmp(offered->service->signals[i].url, url) != 0)
            continue;
        struct offered_value value = value_of(offered, i, &opened);
        reading->values[i] = value.value;
        if (value.why != NULL)
            source_complain(reading, i, value.why);
    }
    json_decref(opened.document);
}

/* Its URLs, one after the other. */
struct asking {
    struct offered *offered; /* gone once the reading is dropped */
    struct source_reading *reading;
    size_t next; /* the signal whose URL is asked */
};

static void ask_next(struct asking *asking);

static void on_answer(void *owner, struct fetch_answer *answer)
{
    struct asking *asking = owner;
    if (!asking->reading->dropped) {
        const struct offered *offered = asking->offered;
        take_answer(offered, offered->service->signals[asking->next++].url, answer, asking->reading);
    }
    ask_next(asking);
}

static void ask_next(struct asking *asking)
{
    struct offered *offered = asking->offered;
    struct source_reading *reading = asking->reading;
    if (!reading->dropped)
        asking->next = next_url(offered, asking->next);
    if (reading->dropped || asking->next == offered->service->signal_count) {
        free(asking);
        source_done(reading);
        return;
    }
    struct fetch_request request = {.method = "GET",
                                    .origin = offered->watched.origin,
                                    .path = offered->service->signals[asking->next].url,
                                    .allow = offered->watched.allow,
                                    .run_header = offered->watched.run_header,
                                    .timeout_ns = ANSWER_LIMIT_NS,
                                    .limit = ANSWER_BYTES};
    fetch_start(offered->loop, &request, on_answer, asking);
}

static void start_read(struct source *source, struct source_reading *reading)
{
    struct offered *offered = source->self;
    if (offered->watched.origin == NULL) { /* before the first start there is nobody to ask */
        for (size_t i = 0; i < source->count; i++)
            source_complain(reading, i, xstrdup("no target is attached"));
        source_done(reading);
        return;
    }
    struct asking *asking = xcalloc(1, sizeof *asking);
    *asking = (struct asking){offered, reading, 0};
    ask_next(asking);
}

const struct source_kind source_offered = {
    .name = "offered",
    .open = open_offered,
    .release = release_offered,
    .attach = attach_offered,
    .start_read = start_read,
};
