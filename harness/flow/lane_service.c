#include "flow/lane_service.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tape/tape.h"

static void *copy_of(const void *items, size_t count, size_t size)
{
    void *copy = xcalloc(count + 1, size);
    if (count > 0)
        memcpy(copy, items, count * size);
    return copy;
}

/* Patterns that are not ours yet become NULL, so that an error leaves nothing of another's to release. */
static int own_pattern(struct pattern **pattern, struct err *err)
{
    const struct pattern *of = *pattern;
    *pattern = of != NULL && err->code == ERR_NONE ? pattern_new(pattern_source(of), err) : NULL;
    return of != NULL && *pattern == NULL ? -1 : 0;
}

static int own_endpoint(struct endpoint *endpoint, struct err *err)
{
    struct captures *captures = &endpoint->captures;
    struct expectation *expect = &endpoint->expect;
    int failed = 0;
    endpoint->tape = endpoint->tape != NULL ? tape_reader(endpoint->tape) : NULL;
    captures->items = copy_of(captures->items, captures->count, sizeof *captures->items);
    for (size_t i = 0; i < captures->count; i++)
        failed |= own_pattern(&captures->items[i].pattern, err);
    expect->items = copy_of(expect->items, expect->count, sizeof *expect->items);
    for (size_t i = 0; i < expect->count; i++)
        failed |= own_pattern(&expect->items[i].pattern, err);
    return failed;
}

static void release_endpoint(struct endpoint *endpoint)
{
    tape_free(endpoint->tape);
    for (size_t i = 0; i < endpoint->captures.count; i++)
        pattern_free(endpoint->captures.items[i].pattern);
    for (size_t i = 0; i < endpoint->expect.count; i++)
        pattern_free(endpoint->expect.items[i].pattern);
    free(endpoint->captures.items);
    free(endpoint->expect.items);
}

int lane_service_init(struct service *own, const struct service *of, struct err *err)
{
    int failed = 0;
    err->code = ERR_NONE;
    *own = *of;
    own->endpoints = copy_of(of->endpoints, of->endpoint_count, sizeof *own->endpoints);
    own->setup = copy_of(of->setup, of->setup_count, sizeof *own->setup);
    own->signals = copy_of(of->signals, of->signal_count, sizeof *own->signals);
    for (size_t i = 0; i < own->endpoint_count + own->setup_count; i++)
        failed |= own_endpoint(service_endpoint(own, i), err);
    for (size_t i = 0; i < own->signal_count; i++)
        failed |= own_pattern(&own->signals[i].pattern, err);
    return failed;
}

void lane_service_release(struct service *own)
{
    for (size_t i = 0; i < own->endpoint_count + own->setup_count; i++)
        release_endpoint(service_endpoint(own, i));
    for (size_t i = 0; i < own->signal_count; i++)
        pattern_free(own->signals[i].pattern);
    free(own->endpoints);
    free(own->setup);
    free(own->signals);
    memset(own, 0, sizeof *own);
}
