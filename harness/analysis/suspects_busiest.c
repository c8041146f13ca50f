#include "analysis/suspects_busiest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct busy {
    size_t endpoint;
    double requests;
};

static int busier_first(const void *a, const void *b)
{
    const struct busy *x = a, *y = b;
    if (x->requests != y->requests)
        return x->requests < y->requests ? 1 : -1;
    return (x->endpoint > y->endpoint) - (x->endpoint < y->endpoint);
}

static struct busy *count_all(const struct history *history)
{
    size_t p = history->endpoints.count;
    struct busy *all = xcalloc(p, sizeof *all);
    for (size_t e = 0; e < p; e++)
        all[e].endpoint = e;
    for (size_t i = 0; i < history->instance_count; i++)
        for (size_t cell = 0; cell < history->rows * p; cell++)
            if (isfinite(history->instances[i].requests[cell]))
                all[cell % p].requests += (double)history->instances[i].requests[cell];
    qsort(all, p, sizeof *all, busier_first);
    return all;
}

/* into[e]: the new place of each endpoint. */
static size_t *places_of(const struct history *history, struct history *busiest)
{
    size_t p = history->endpoints.count, *into = xcalloc(p, sizeof *into);
    struct busy *all = count_all(history);
    for (size_t rank = 0; rank < p; rank++)
        into[all[rank].endpoint] = rank < BUSIEST_MOST ? rank : BUSIEST_MOST;
    for (size_t rank = 0; rank < BUSIEST_MOST; rank++)
        strings_add(&busiest->endpoints, history->endpoints.items[all[rank].endpoint]);
    strings_addf(&busiest->endpoints, "%zu other endpoints", p - BUSIEST_MOST);
    free(all);
    return into;
}

/* What is not known of one of the others is taken to be none; not known is what is not of any. */
static float *requests_of(const struct history *history, const struct history_instance *instance,
                          const size_t *into)
{
    size_t p = history->endpoints.count, kept = BUSIEST_MOST + 1;
    float *requests = xcalloc(history->rows * kept + 1, sizeof *requests);
    for (size_t cell = 0; cell < history->rows * kept; cell++)
        requests[cell] = NAN;
    for (size_t row = 0; row < history->rows; row++)
        for (size_t e = 0; e < p; e++) {
            float value = instance->requests[row * p + e], *at = &requests[row * kept + into[e]];
            if (isfinite(value))
                *at = isfinite(*at) ? *at + value : value;
        }
    return requests;
}

bool busiest_of(const struct history *history, struct history *busiest)
{
    if (history->endpoints.count <= BUSIEST_MOST + 1)
        return false;
    *busiest = *history;
    busiest->endpoints = (struct strings){NULL, 0};
    size_t *into = places_of(history, busiest);
    busiest->instances = xcalloc(history->instance_count + 1, sizeof *busiest->instances);
    for (size_t i = 0; i < history->instance_count; i++) {
        busiest->instances[i] = history->instances[i];
        busiest->instances[i].requests = requests_of(history, &history->instances[i], into);
    }
    free(into);
    return true;
}

void busiest_release(struct history *busiest)
{
    for (size_t i = 0; i < busiest->instance_count; i++)
        free(busiest->instances[i].requests);
    free(busiest->instances);
    strings_release(&busiest->endpoints);
}
