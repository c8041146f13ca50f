#include "analysis/design.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "base/text.h"

#define DAY_S 86400.0
#define DAYS_LEAST 2.0 /* so many have a rhythm */
#define HARMONICS 2

/* What was taken for a load is given back after so many hours, or never. */
static const double back_hours[] = {2, 12, INFINITY};
#define BACKS (sizeof back_hours / sizeof *back_hours)

static const double slow_parts[DESIGN_SLOW] = {0.12, 0.25, 0.5, 1};
static const double fast_parts[] = {0.015, 0.05};
static const double fill_part = 0.35;
#define FAST (sizeof fast_parts / sizeof *fast_parts)

struct building {
    const struct panel *panel;
    struct design *design;
    double usual;   /* requests of all endpoints in a piece: the median */
    double *usuals; /* endpoints: likewise */
    bool days;
    const struct panel_piece *piece;
    double *row; /* of the present one */
};

static double total(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

static double filled(double requests, double capacity)
{
    return capacity > 0 ? 1 - exp(-requests / capacity) : 0;
}

static double late(double value, double last)
{
    return fmax(0, value - last / 2);
}

/* Of the pieces the median, but no less than half of the longest: the long ones tell. */
static double usual_of(const struct panel *panel, size_t endpoint)
{
    double *ends = xcalloc(panel->piece_count + 1, sizeof *ends), most = 0;
    size_t p = panel->endpoints;
    for (size_t i = 0; i < panel->piece_count; i++) {
        const double *last = panel->requests + (panel->pieces[i].first + panel->pieces[i].count - 1) * p;
        ends[i] = endpoint < p ? last[endpoint] : total(last, p);
        most = fmax(most, ends[i]);
    }
    double middle = robust_median(ends, panel->piece_count);
    free(ends);
    return fmax(middle, most / 2);
}

static void take_row(struct building *building, size_t row, double *held)
{
    const struct panel *panel = building->panel;
    const struct design *design = building->design;
    size_t p = panel->endpoints, at = design->nuisance;
    const double *requests = panel->requests + row * p, *rates = panel->rates + row * p;
    double all = total(requests, p), rate = panel_rate(panel, row),
           hour = 2 * M_PI * panel->at_s[row] / DAY_S;
    double *values = building->row;
    size_t end = building->piece->first + building->piece->count - 1;
    const double *last = panel->requests + end * p;
    for (size_t e = 0; e < p; e++) {
        values[design->requests + e] = requests[e];
        values[design->rates + e] = rates[e];
        values[design->fills + e] = filled(requests[e], fill_part * building->usuals[e]);
        values[design->lates + e] = late(requests[e], last[e]);
    }
    values[design->time] = panel->at_s[row];
    values[design->late] = late(panel->at_s[row] - panel->at_s[building->piece->first],
                                panel->at_s[end] - panel->at_s[building->piece->first]);
    for (size_t i = 0; i < DESIGN_SLOW; i++)
        values[design->slow + i] = filled(all, slow_parts[i] * building->usual);
    values[at++] = rate;
    for (size_t i = 0; i < BACKS; i++) {
        held[i] = fmax(held[i] * exp(-panel->row_s / 3600 / back_hours[i]), panel->peaks[row]);
        values[at++] = held[i];
    }
    for (size_t i = 0; i < FAST; i++)
        values[at++] = filled(all, fast_parts[i] * building->usual);
    for (int k = 1; k <= HARMONICS; k++) {
        values[at++] = building->days ? sin(k * hour) : 0;
        values[at++] = building->days ? cos(k * hour) : 0;
    }
}

void columns_scale(double *values, size_t rows, size_t count, double *scales)
{
    for (size_t c = 0; c < count; c++) {
        double most = 0;
        for (size_t row = 0; row < rows; row++)
            most = fmax(most, fabs(values[row * count + c]));
        scales[c] = most > 0 ? most : 1;
        for (size_t row = 0; row < rows; row++)
            values[row * count + c] /= scales[c];
    }
}

static void lay_out(struct design *design, const struct panel *panel)
{
    size_t p = panel->endpoints;
    *design = (struct design){.requests = 0,
                              .rates = p,
                              .fills = 2 * p,
                              .lates = 3 * p,
                              .time = 4 * p,
                              .late = 4 * p + 1,
                              .slow = 4 * p + 2,
                              .nuisance = 4 * p + 2 + DESIGN_SLOW};
    design->count = design->nuisance + 1 + BACKS + FAST + 2 * HARMONICS;
    design->values = xcalloc(panel->rows * design->count + 1, sizeof *design->values);
    design->scales = xcalloc(design->count, sizeof *design->scales);
}

static void take_pieces(struct building *building)
{
    const struct panel *panel = building->panel;
    for (size_t i = 0; i < panel->piece_count; i++) {
        double held[BACKS] = {0};
        size_t first = panel->pieces[i].first;
        building->piece = &panel->pieces[i];
        for (size_t row = first; row < first + panel->pieces[i].count; row++) {
            building->row = building->design->values + row * building->design->count;
            take_row(building, row, held);
        }
    }
}

void design_init(struct design *design, const struct panel *panel)
{
    size_t p = panel->endpoints;
    double from_s, to_s;
    lay_out(design, panel);
    if (panel->rows == 0)
        return;
    panel_span(panel, &from_s, &to_s);
    struct building building = {.panel = panel,
                                .design = design,
                                .usual = usual_of(panel, p),
                                .usuals = xcalloc(p + 1, sizeof(double)),
                                .days = to_s - from_s > DAYS_LEAST * DAY_S};
    for (size_t e = 0; e < p; e++)
        building.usuals[e] = usual_of(panel, e);
    take_pieces(&building);
    free(building.usuals);
    columns_scale(design->values, panel->rows, design->count, design->scales);
}

void design_release(struct design *design)
{
    free(design->values);
    free(design->scales);
    *design = (struct design){.count = 0};
}
