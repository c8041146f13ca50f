#include "analysis/panel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define WARM_PART 0.1
#define WARM_MOST_S 3600.0
#define TOGETHER_S 1800.0 /* restarts of one deploy follow one another within */
#define MISSING_MOST 2    /* rows of the panel without memory that are passed over */

struct filling {
    struct panel *panel;
    const struct history *history;
    size_t each;    /* rows of the history in one of the panel */
    double *since;  /* endpoints: requests since the piece began */
    double *within; /* endpoints: in the present row */
    double peak;    /* requests in its busiest step */
};

static double seconds(const struct filling *filling, size_t rows)
{
    return (double)rows * filling->history->step_s;
}

static void grow(struct panel *panel)
{
    size_t n = panel->rows + 1, p = panel->endpoints;
    if ((panel->rows & (panel->rows - 1)) != 0)
        return;
    n = panel->rows == 0 ? 1 : 2 * panel->rows;
    panel->at_s = xrealloc(panel->at_s, n * sizeof *panel->at_s);
    panel->memory = xrealloc(panel->memory, n * sizeof *panel->memory);
    panel->peaks = xrealloc(panel->peaks, n * sizeof *panel->peaks);
    panel->requests = xrealloc(panel->requests, (n * p + 1) * sizeof *panel->requests);
    panel->rates = xrealloc(panel->rates, (n * p + 1) * sizeof *panel->rates);
}

/* Requests of history rows [from, to), into `within`. */
static void count_requests(struct filling *filling, const struct history_instance *instance, size_t from,
                           size_t to)
{
    size_t p = filling->panel->endpoints;
    memset(filling->within, 0, p * sizeof *filling->within);
    filling->peak = 0;
    for (size_t row = from; row < to; row++) {
        const float *counts = history_requests(filling->history, instance, row);
        double step = 0;
        for (size_t e = 0; e < p; e++)
            step += isfinite(counts[e]) ? (double)counts[e] : 0;
        for (size_t e = 0; e < p; e++)
            filling->within[e] += isfinite(counts[e]) ? (double)counts[e] : 0;
        filling->peak = fmax(filling->peak, step);
    }
}

/* The least of the memory that is known: what collectors leave; NaN where less than a third of it is. */
static double least_memory(const struct history_instance *instance, size_t from, size_t to)
{
    double least = INFINITY, count = 0;
    for (size_t row = from; row < to; row++)
        if (isfinite(instance->memory[row])) {
            least = fmin(least, instance->memory[row]);
            count++;
        }
    return 3 * count >= (double)(to - from) ? least : NAN;
}

static void add_row(struct filling *filling, double memory, size_t from, size_t to)
{
    struct panel *panel = filling->panel;
    size_t p = panel->endpoints;
    grow(panel);
    panel->at_s[panel->rows] = seconds(filling, from) + seconds(filling, to - from - 1) / 2;
    panel->memory[panel->rows] = memory;
    panel->peaks[panel->rows] = filling->peak / filling->history->step_s;
    for (size_t e = 0; e < p; e++) {
        panel->requests[panel->rows * p + e] = filling->since[e] + filling->within[e] / 2;
        panel->rates[panel->rows * p + e] = filling->within[e] / seconds(filling, to - from);
    }
    panel->rows++;
}

static void end_piece(struct panel *panel, struct panel_piece piece)
{
    piece.count = panel->rows - piece.first;
    if (piece.count < PANEL_LEAST) {
        panel->rows = piece.first;
        return;
    }
    panel->pieces = xrealloc(panel->pieces, (panel->piece_count + 1) * sizeof *panel->pieces);
    panel->pieces[panel->piece_count++] = piece;
    for (size_t row = piece.first; row < panel->rows; row++)
        for (size_t e = 0; e < panel->endpoints; e++)
            panel->totals[e] += panel->rates[row * panel->endpoints + e] * panel->row_s;
}

/* Where memory is not known for longer, the piece ends and another begins. */
static void take_stretch(struct filling *filling, const struct stretch *stretch)
{
    struct panel *panel = filling->panel;
    const struct history_instance *instance = &filling->history->instances[stretch->instance];
    size_t length = stretch->end - stretch->first, missing = 0;
    size_t warm = (size_t)fmin(WARM_PART * (double)length, WARM_MOST_S / filling->history->step_s);
    struct panel_piece piece = {stretch->instance, panel->rows, 0, seconds(filling, warm), 0};
    memset(filling->since, 0, panel->endpoints * sizeof *filling->since);
    for (size_t from = stretch->first + warm; from + filling->each <= stretch->end; from += filling->each) {
        size_t to = from + filling->each;
        double memory = least_memory(instance, from, to);
        count_requests(filling, instance, from, to);
        missing = isfinite(memory) ? 0 : missing + 1;
        if (missing > MISSING_MOST) {
            end_piece(panel, piece);
            memset(filling->since, 0, panel->endpoints * sizeof *filling->since);
            piece = (struct panel_piece){stretch->instance, panel->rows, 0,
                                         seconds(filling, to - stretch->first), 0};
            continue;
        }
        if (missing == 0)
            add_row(filling, memory, from, to);
        for (size_t e = 0; e < panel->endpoints; e++)
            filling->since[e] += filling->within[e];
    }
    end_piece(panel, piece);
}

static int ascending(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Rows of the stretch in which the middle row of all lies: half of what is known is in stretches that are no longer. */
static size_t usual_length(const struct stretches *stretches, size_t all)
{
    size_t *lengths = xcalloc(stretches->count + 1, sizeof *lengths), sum = 0, i = 0;
    for (size_t k = 0; k < stretches->count; k++)
        lengths[k] = stretches->items[k].end - stretches->items[k].first;
    qsort(lengths, stretches->count, sizeof *lengths, ascending);
    while (i < stretches->count && 2 * (sum += lengths[i]) < all)
        i++;
    size_t usual = i < stretches->count ? lengths[i] : 0;
    free(lengths);
    return usual;
}

static size_t rows_in_one(const struct history *history, const struct stretches *stretches)
{
    size_t all = 0, each = (history->rows + PANEL_ROWS_EACH - 1) / PANEL_ROWS_EACH;
    for (size_t i = 0; i < stretches->count; i++)
        all += stretches->items[i].end - stretches->items[i].first;
    size_t least = (all + PANEL_ROWS_MOST - 1) / PANEL_ROWS_MOST;
    size_t short_ones = usual_length(stretches, all) / PANEL_ROWS_SHORT;
    each = each < short_ones ? each : short_ones;
    each = each > least ? each : least;
    return each > 0 ? each : 1;
}

/* The version that it ran most of its time in: instances that follow one another overlap. */
static size_t version_of(const struct panel *panel, const struct panel_piece *piece)
{
    double middle_s = (panel->at_s[piece->first] + panel->at_s[piece->first + piece->count - 1]) / 2;
    size_t version = 0;
    while (version < panel->deploy_count && panel->deploys[version] < middle_s)
        version++;
    return version;
}

/* Versions of which no piece is do not count, nor do the deploys that brought them. */
static void take_versions(struct panel *panel)
{
    size_t *numbers = xcalloc(panel->deploy_count + 1, sizeof *numbers), count = 0, kept = 0;
    for (size_t i = 0; i < panel->piece_count; i++) {
        panel->pieces[i].version = version_of(panel, &panel->pieces[i]);
        numbers[panel->pieces[i].version] = 1;
    }
    for (size_t version = 0; version <= panel->deploy_count; version++) {
        bool any = numbers[version] > 0;
        numbers[version] = count;
        count += any;
        if (any && version > 0 && count > 1)
            panel->deploys[kept++] = panel->deploys[version - 1];
    }
    for (size_t i = 0; i < panel->piece_count; i++)
        panel->pieces[i].version = numbers[panel->pieces[i].version];
    panel->deploy_count = kept;
    free(numbers);
}

static void take_deploys(struct panel *panel, const struct history *history,
                         const struct stretches *stretches)
{
    double last_s = -INFINITY;
    panel->deploys = xcalloc(stretches->restart_count + 1, sizeof *panel->deploys);
    for (size_t i = 0; i < stretches->restart_count; i++) {
        const struct restart *restart = &stretches->restarts[i];
        if (restart->kind != RESTART_DEPLOY)
            continue;
        if (restart->at_s - last_s > TOGETHER_S)
            panel->deploys[panel->deploy_count++] = restart->at_s - history->start_s;
        last_s = restart->at_s;
    }
    take_versions(panel);
}

bool panel_holds(size_t version, struct holding holding)
{
    return holding.holds == HOLDS_ALWAYS || (version <= holding.deploy) == (holding.holds == HOLDS_UNTIL);
}

bool *panel_held(const struct panel *panel, struct holding holding)
{
    bool *held = xcalloc(panel->rows + 1, sizeof *held);
    for (size_t i = 0; i < panel->piece_count; i++)
        for (size_t row = 0; row < panel->pieces[i].count; row++)
            held[panel->pieces[i].first + row] = panel_holds(panel->pieces[i].version, holding);
    return held;
}

void panel_init(struct panel *panel, const struct history *history, const struct stretches *stretches)
{
    size_t p = history->endpoints.count;
    *panel = (struct panel){.endpoints = p, .totals = xcalloc(p + 1, sizeof *panel->totals)};
    struct filling filling = {.panel = panel,
                              .history = history,
                              .each = rows_in_one(history, stretches),
                              .since = xcalloc(p + 1, sizeof(double)),
                              .within = xcalloc(p + 1, sizeof(double))};
    panel->row_s = seconds(&filling, filling.each);
    for (size_t i = 0; i < stretches->count; i++)
        take_stretch(&filling, &stretches->items[i]);
    take_deploys(panel, history, stretches);
    free(filling.since);
    free(filling.within);
}

void panel_release(struct panel *panel)
{
    free(panel->pieces);
    free(panel->deploys);
    free(panel->at_s);
    free(panel->memory);
    free(panel->peaks);
    free(panel->requests);
    free(panel->rates);
    free(panel->totals);
    *panel = (struct panel){.rows = 0};
}

double panel_rate(const struct panel *panel, size_t row)
{
    double sum = 0;
    for (size_t e = 0; e < panel->endpoints; e++)
        sum += panel->rates[row * panel->endpoints + e];
    return sum;
}

void panel_span(const struct panel *panel, double *from_s, double *to_s)
{
    *from_s = *to_s = panel->rows > 0 ? panel->at_s[0] : 0;
    for (size_t row = 0; row < panel->rows; row++) {
        *from_s = fmin(*from_s, panel->at_s[row]);
        *to_s = fmax(*to_s, panel->at_s[row]);
    }
}
