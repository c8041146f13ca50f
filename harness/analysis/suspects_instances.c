/* How each instance stands: what it has, what it grows by, when it is full. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/suspects_inside.h"
#include "base/text.h"

#define DAY_S 86400.0

static double last_of(const double *values, size_t rows, size_t within)
{
    for (size_t i = 0; values != NULL && i < within && i < rows; i++)
        if (isfinite(values[rows - 1 - i]))
            return values[rows - 1 - i];
    return NAN;
}

/* Requests of a group that one instance gets in a day, of those in which something holds. */
static double per_day(const struct suspecting *suspecting, size_t instance, size_t group)
{
    const struct panel *panel = &suspecting->panel;
    size_t p = panel->endpoints;
    double requests = 0, rows = 0;
    for (size_t i = 0; i < panel->piece_count; i++) {
        const struct panel_piece *piece = &panel->pieces[i];
        if (piece->instance != instance || !panel_holds(piece->version, suspecting->attribution.holding))
            continue;
        rows += (double)piece->count;
        for (size_t row = piece->first; row < piece->first + piece->count; row++)
            for (size_t e = 0; e < p; e++)
                requests += suspecting->groups.members[group * p + e] ? panel->rates[row * p + e] : 0;
    }
    return rows > 0 ? requests / rows * DAY_S : NAN;
}

static void take_growth(const struct suspecting *suspecting, size_t number, struct suspect_instance *instance)
{
    const struct leak_rates *rates = &suspecting->rates;
    double growth = rates->bytes_per_hour * 24, low = rates->bytes_per_hour_interval.low * 24,
           high = rates->bytes_per_hour_interval.high * 24;
    for (size_t g = 0; g < suspecting->groups.main; g++) {
        double requests = per_day(suspecting, number, g);
        growth += rates->groups[g].bytes * requests;
        low += rates->groups[g].interval.low * requests;
        high += rates->groups[g].interval.high * requests;
    }
    instance->bytes_per_day = growth;
    instance->bytes_per_day_interval = (struct interval){low, high};
}

static double days_until(double room, double bytes_per_day)
{
    if (!isfinite(room) || !isfinite(bytes_per_day))
        return NAN;
    return bytes_per_day > 0 ? fmax(room, 0) / bytes_per_day : INFINITY;
}

static void take_days(struct suspect_instance *instance)
{
    double room = instance->limit_bytes - instance->memory_bytes;
    instance->days = days_until(room, instance->bytes_per_day);
    instance->days_interval = (struct interval){days_until(room, instance->bytes_per_day_interval.high),
                                                days_until(room, instance->bytes_per_day_interval.low)};
}

static void add_point(struct suspect_instance *instance, double at_s, double memory, double fitted,
                      double rate)
{
    size_t i = instance->points;
    if ((i & (i - 1)) == 0) {
        size_t room = (i == 0 ? 1 : 2 * i) * sizeof(double);
        instance->at_s = xrealloc(instance->at_s, room);
        instance->memory = xrealloc(instance->memory, room);
        instance->fitted = xrealloc(instance->fitted, room);
        instance->rate = xrealloc(instance->rate, room);
    }
    instance->at_s[i] = at_s;
    instance->memory[i] = memory;
    instance->fitted[i] = fitted;
    instance->rate[i] = rate;
    instance->points++;
}

static void take_piece(const struct suspecting *suspecting, const struct panel_piece *piece,
                       struct suspect_instance *instance)
{
    const struct panel *panel = &suspecting->panel;
    const double *fitted = suspecting->rates.fitted;
    double level = 0, start = suspecting->history->start_s;
    for (size_t row = piece->first; row < piece->first + piece->count; row++)
        level += (panel->memory[row] - (fitted != NULL ? fitted[row] : 0)) / (double)piece->count;
    if (instance->points > 0)
        add_point(instance, start + panel->at_s[piece->first] - panel->row_s / 2, NAN, NAN, NAN);
    for (size_t row = piece->first; row < piece->first + piece->count; row++)
        add_point(instance, start + panel->at_s[row], panel->memory[row],
                  fitted != NULL ? level + fitted[row] : NAN, panel_rate(panel, row));
}

static struct suspect_instance take_instance(const struct suspecting *suspecting, size_t number)
{
    const struct history *history = suspecting->history;
    const struct history_instance *from = &history->instances[number];
    struct suspect_instance instance = {.name = xstrdup(from->name)};
    double limit = last_of(from->limit, history->rows, history->rows);
    instance.memory_bytes = last_of(from->memory, history->rows, 12);
    instance.limit_bytes = isfinite(limit) && limit > 0 ? limit : suspecting->options->limit_bytes;
    for (size_t i = 0; i < suspecting->panel.piece_count; i++)
        if (suspecting->panel.pieces[i].instance == number)
            take_piece(suspecting, &suspecting->panel.pieces[i], &instance);
    instance.bytes_per_day = NAN;
    instance.bytes_per_day_interval = (struct interval){NAN, NAN};
    if (suspecting->rates.fitted != NULL && instance.points > 0 &&
        suspecting->attribution.holding.holds != HOLDS_UNTIL)
        take_growth(suspecting, number, &instance);
    take_days(&instance);
    for (size_t i = 0; i < suspecting->stretches.restart_count; i++)
        if (suspecting->stretches.restarts[i].instance == number)
            instance.restarts[suspecting->stretches.restarts[i].kind]++;
    return instance;
}

void suspects_instances(struct suspecting *suspecting)
{
    struct suspects *out = suspecting->out;
    size_t count = suspecting->history->instance_count;
    out->instances = xcalloc(count + 1, sizeof *out->instances);
    out->memory_limit_bytes = NAN;
    for (size_t i = 0; i < count; i++) {
        out->instances[i] = take_instance(suspecting, i);
        if (isfinite(out->instances[i].limit_bytes))
            out->memory_limit_bytes = fmin(out->instances[i].limit_bytes, out->memory_limit_bytes);
    }
    out->instance_count = count;
}
