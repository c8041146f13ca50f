#include "sample/offered.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

static int check_signal(struct offered *offered, size_t index, struct err *err)
{
    const struct signal_spec *spec = &offered->service->signals[index];
    int failed = spec->source == SIGNAL_POINTER
                     ? json_check_pointer(spec->pointer, err)
                     : prometheus_selector_parse(&offered->selectors[index], spec->metric, err);
    return failed ? err_prefix(err, "%s: signal '%s'", offered->service->file, spec->name) : 0;
}

int offered_init(struct offered *offered, const struct service *service, struct err *err)
{
    offered->service = service;
    offered->selectors = xcalloc(service->signal_count + 1, sizeof *offered->selectors);
    for (size_t i = 0; i < service->signal_count; i++)
        if (check_signal(offered, i, err) != 0)
            return -1;
    return 0;
}

void offered_release(struct offered *offered)
{
    for (size_t i = 0; offered->selectors != NULL && i < offered->service->signal_count; i++)
        prometheus_selector_release(&offered->selectors[i]);
    free(offered->selectors);
    *offered = (struct offered){0};
}

static bool is_first_of_url(const struct service *service, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(service->signals[i].url, service->signals[index].url) == 0)
            return false;
    return true;
}

size_t offered_next_url(const struct offered *offered, size_t index)
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

void offered_read(const struct offered *offered, const char *url, const struct fetch_answer *answer,
                  void (*take)(void *owner, size_t index, struct offered_value value), void *owner)
{
    struct opened opened = {.answer = answer};
    for (size_t i = 0; i < offered->service->signal_count; i++)
        if (strcmp(offered->service->signals[i].url, url) == 0)
            take(owner, i, value_of(offered, i, &opened));
    json_decref(opened.document);
}
