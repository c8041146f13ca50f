/* Requests of each endpoint and instance, out of series that are finer (by status) or of other form (rates). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/assemble_inside.h"

#define FALLS_OF_A_COUNTER 0.05 /* of its changes: restarts */

/* What is to be known of each series of requests. */
struct sorting {
    const struct series_set *set;
    bool *counted; /* it counts requests, rather than a bucket of them */
    size_t *endpoint;
    long *instance;
    enum promql_kind kind;
    bool summed;
    double window_s;
    const bool *one_start; /* of each instance: one process, whose start is known */
    double *counts;        /* rows: of the series that is looked at */
    bool *alive;           /* rows: of the instance that is looked at */
};

static int check_metrics(const struct series_set *set, struct err *err)
{
    struct strings names = {NULL, 0};
    series_values(set, LABEL_NAME, &names);
    char *all = strings_join(&names, ", ");
    int failed = names.count < 2
                     ? 0
                     : err_set(err, ERR_USAGE,
                               "requests: the series of %zu metrics (%.200s): one of them has to be chosen, "
                               "the one that counts requests",
                               names.count, all);
    free(all);
    strings_release(&names);
    return failed;
}

/* Of a histogram the bucket that holds all counts them; quantiles count nothing. */
static size_t mark_counted(struct sorting *sorting, struct history *history)
{
    size_t left_out = 0;
    for (size_t i = 0; i < sorting->set->count; i++) {
        const struct labels *labels = &sorting->set->items[i].labels;
        const char *le = labels_get(labels, "le");
        sorting->counted[i] =
            (le[0] == '\0' || strcmp(le, "+Inf") == 0) && labels_get(labels, "quantile")[0] == '\0';
        left_out += !sorting->counted[i];
    }
    if (left_out > 0)
        strings_addf(&history->caveats,
                     "%zu series of requests are buckets or quantiles and were left out: the metric that "
                     "ends with _count has the requests",
                     left_out);
    return sorting->set->count - left_out;
}

static int name_endpoints(const struct assembly *assembly, struct sorting *sorting, struct history *history,
                          struct err *err)
{
    struct strings chosen = {NULL, 0};
    struct places *endpoints = places_new();
    int failed = endpoint_labels_choose(sorting->set, assembly->endpoint_labels, &chosen, err);
    for (size_t i = 0; !failed && i < sorting->set->count; i++) {
        if (!sorting->counted[i])
            continue;
        char *name =
            endpoint_labels_name(&sorting->set->items[i].labels, &chosen, assembly->spell, assembly->owner);
        sorting->endpoint[i] = places_of(endpoints, name);
        if (sorting->endpoint[i] == history->endpoints.count)
            strings_add(&history->endpoints, name);
        free(name);
    }
    if (!failed && chosen.count == 0)
        strings_add(&history->caveats,
                    "no label of requests names an endpoint (see --endpoint-labels): all are taken as one");
    strings_release(&chosen);
    places_free(endpoints);
    return failed;
}

static int decide_kind(const struct assembly *assembly, struct sorting *sorting, struct history *history,
                       struct err *err)
{
    sorting->kind = assembly->kind;
    sorting->window_s = assembly->window_s > 0 ? assembly->window_s : sorting->set->grid.step_s;
    if (sorting->kind != PROMQL_UNKNOWN)
        return 0;
    double falls = counts_falls(sorting->set);
    sorting->kind = PROMQL_COUNTER;
    sorting->summed = assembly->summed;
    if (falls > 0 && sorting->summed)
        strings_add(&history->caveats,
                    "--requests-by sums counters: where one of them began again, what came is not known; "
                    "without the sum, or with sum(increase(...)), it is");
    if (!(falls > FALLS_OF_A_COUNTER))
        return 0;
    return err_set(err, ERR_USAGE,
                   "requests: %.0f %% of their changes are falls, so they are no counters: say "
                   "--requests-are rate (per second) or "
                   "--requests-are increase (since the point before)",
                   100 * falls);
}

static void count_series(struct sorting *sorting, const struct history *history, size_t place)
{
    const struct grid *grid = &sorting->set->grid;
    const double *values = sorting->set->items[place].values;
    long instance = sorting->instance[place];
    bool one = instance >= 0 && sorting->one_start[instance];
    const struct counts_around around = {sorting->alive, sorting->summed,
                                         one ? history->instances[instance].started : NULL};
    if (sorting->kind == PROMQL_COUNTER)
        counts_of_counter(grid, values, &around, sorting->counts);
    else if (sorting->kind == PROMQL_RATE)
        counts_of_rate(grid, values, sorting->counts);
    else
        counts_of_increase(grid, values, sorting->window_s, sorting->counts);
}

static void mark_alive(struct sorting *sorting, long instance)
{
    memset(sorting->alive, 0, sorting->set->grid.rows * sizeof *sorting->alive);
    for (size_t i = 0; i < sorting->set->count; i++)
        for (size_t row = 0;
             sorting->counted[i] && sorting->instance[i] == instance && row < sorting->set->grid.rows; row++)
            sorting->alive[row] |= !isnan(sorting->set->items[i].values[row]);
}

/* Where anything is known of an instance, what has no series was not asked for. */
static void fill_zeros(const struct history *history, const struct history_instance *instance)
{
    size_t endpoints = history->endpoints.count;
    for (size_t row = 0; row < history->rows; row++) {
        float *cells = history_requests(history, instance, row);
        bool known = false;
        for (size_t e = 0; e < endpoints; e++)
            known |= !isnan(cells[e]);
        for (size_t e = 0; known && e < endpoints; e++)
            cells[e] = isnan(cells[e]) ? 0 : cells[e];
    }
}

static void add_counts(struct sorting *sorting, struct history *history, struct history_instance *instance,
                       size_t place)
{
    count_series(sorting, history, place);
    for (size_t row = 0; row < history->rows; row++) {
        float *cell = history_requests(history, instance, row) + sorting->endpoint[place];
        if (!isnan(sorting->counts[row]))
            *cell = (isnan(*cell) ? 0 : *cell) + (float)sorting->counts[row];
    }
}

/* Restarts that only the counters tell of. `instance`: of the series, -1 of all. */
static void infer_restarts(struct sorting *sorting, long instance, struct history_instance *into)
{
    const struct grid *grid = &sorting->set->grid;
    if (sorting->kind != PROMQL_COUNTER || sorting->summed || into->started != NULL || into->restarts != NULL)
        return;
    double *fallen = xcalloc(grid->rows + 1, sizeof *fallen), *held = xcalloc(grid->rows + 1, sizeof *held),
           count = 0;
    for (size_t i = 0; i < sorting->set->count; i++)
        if (sorting->counted[i] && sorting->instance[i] == instance)
            counts_note_falls(grid, sorting->set->items[i].values, fallen, held);
    for (size_t row = 0; row < grid->rows; row++) {
        count += held[row] > 0 && fallen[row] >= COUNTS_RESTART * held[row];
        fallen[row] = count;
    }
    free(held);
    if (count > 0)
        into->restarts = fallen;
    else
        free(fallen);
}

static void count_joined(struct sorting *sorting, struct history *history)
{
    size_t homeless = 0;
    for (size_t k = 0; k < history->instance_count; k++) {
        mark_alive(sorting, (long)k);
        for (size_t i = 0; i < sorting->set->count; i++)
            if (sorting->counted[i] && sorting->instance[i] == (long)k)
                add_counts(sorting, history, &history->instances[k], i);
        fill_zeros(history, &history->instances[k]);
        infer_restarts(sorting, (long)k, &history->instances[k]);
    }
    for (size_t i = 0; i < sorting->set->count; i++)
        homeless += sorting->counted[i] && sorting->instance[i] < 0;
    if (homeless > 0)
        strings_addf(&history->caveats,
                     "%zu of %zu series of requests belong to no instance whose memory is known", homeless,
                     sorting->set->count);
}

static void count_spread(struct sorting *sorting, struct history *history)
{
    size_t endpoints = history->endpoints.count;
    double *sums = xcalloc(history->rows * endpoints + 1, sizeof *sums);
    for (size_t i = 0; i < history->rows * endpoints; i++)
        sums[i] = NAN;
    mark_alive(sorting, -1);
    for (size_t i = 0; i < sorting->set->count; i++) {
        if (!sorting->counted[i])
            continue;
        count_series(sorting, history, i);
        for (size_t row = 0; row < history->rows; row++) {
            double *sum = &sums[row * endpoints + sorting->endpoint[i]];
            if (!isnan(sorting->counts[row]))
                *sum = (isnan(*sum) ? 0 : *sum) + sorting->counts[row];
        }
    }
    history_spread(history, sums);
    if (history->instance_count == 1)
        infer_restarts(sorting, -1, &history->instances[0]);
    free(sums);
}

void history_spread(struct history *history, const double *counts)
{
    size_t endpoints = history->endpoints.count;
    for (size_t row = 0; row < history->rows; row++) {
        size_t there = 0;
        for (size_t k = 0; k < history->instance_count; k++)
            there += isnan(history->instances[k].memory[row]) ? 0 : 1;
        for (size_t k = 0; k < history->instance_count; k++)
            for (size_t e = 0; e < endpoints && !isnan(history->instances[k].memory[row]); e++)
                history_requests(history, &history->instances[k], row)[e] =
                    (float)(counts[row * endpoints + e] / (double)there);
    }
    for (size_t k = 0; k < history->instance_count; k++)
        fill_zeros(history, &history->instances[k]);
    if (history->instance_count > 1)
        strings_addf(&history->caveats,
                     "requests are spread evenly over the %zu instances: nothing says which served them",
                     history->instance_count);
}

void history_cells(struct history *history)
{
    size_t count = history->rows * history->endpoints.count;
    for (size_t k = 0; k < history->instance_count; k++) {
        struct history_instance *instance = &history->instances[k];
        instance->requests = xrealloc(instance->requests, (count + 1) * sizeof(float));
        for (size_t i = 0; i < count; i++)
            instance->requests[i] = NAN;
    }
}

/* Of several processes under one name the start of one says nothing about the counters of the others. */
static bool *find_single(const struct assembly *assembly, const struct join *join,
                         const struct places *instances)
{
    size_t count = places_count(instances);
    bool *single = xcalloc(count + 1, sizeof *single);
    size_t *starts = xcalloc(count + 1, sizeof *starts);
    long *of =
        assembly->starts != NULL ? instances_of(join, &join->memory, assembly->starts, instances) : NULL;
    for (size_t i = 0; of != NULL && i < assembly->starts->count; i++)
        if (of[i] >= 0)
            starts[of[i]]++;
    for (size_t k = 0; k < count; k++)
        single[k] = starts[k] == 1;
    free(starts);
    free(of);
    return single;
}

int assemble_requests(const struct assembly *assembly, const struct join *join,
                      const struct places *instances, struct history *history, struct err *err)
{
    const struct series_set *set = assembly->requests;
    struct sorting sorting = {.set = set,
                              .counted = xcalloc(set->count + 1, sizeof(bool)),
                              .endpoint = xcalloc(set->count + 1, sizeof(size_t)),
                              .counts = xcalloc(set->grid.rows + 1, sizeof(double)),
                              .alive = xcalloc(set->grid.rows + 1, sizeof(bool))};
    bool *one_start = find_single(assembly, join, instances);
    sorting.one_start = one_start;
    sorting.instance = instances_of(join, &join->requests, set, instances);
    for (size_t i = 0; join->spread && i < set->count; i++)
        sorting.instance[i] = -1;
    int failed = check_metrics(set, err);
    if (!failed && mark_counted(&sorting, history) == 0)
        failed =
            err_set(err, ERR_USAGE,
                    "requests: only buckets or quantiles; the metric that ends with _count has the requests");
    failed = failed || name_endpoints(assembly, &sorting, history, err) != 0 ||
             decide_kind(assembly, &sorting, history, err) != 0;
    if (!failed) {
        history_cells(history);
        if (join->spread)
            count_spread(&sorting, history);
        else
            count_joined(&sorting, history);
    }
    free(one_start);
    free(sorting.counted);
    free(sorting.endpoint);
    free(sorting.instance);
    free(sorting.counts);
    free(sorting.alive);
    return failed ? -1 : 0;
}
