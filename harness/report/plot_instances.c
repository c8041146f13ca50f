/* Memory of the instances that reach their limit first, restarts and fitted growth in it, their requests beneath. */
#include <math.h>
#include <stdlib.h>

#include "report/escape.h"
#include "report/plot_parts.h"
#include "report/say.h"
#include "report/suspects.h"
#include "report/thin.h"

enum {
    MOST_INSTANCES = 8,
    MEMORY_HEIGHT = 120,
    RATE_HEIGHT = 56,
    MOST_BUCKETS = 120, /* of a line; each keeps its lowest and its highest point */
    MOST_RESTARTS = 60  /* of an instance */
};

enum { LINE_FITTED, LINE_MEMORY, LINE_RATE, LINES };

static const struct {
    const char *class, *layer, *words;
} looks[LINES] = {
    [LINE_MEMORY] = {"ln", "memory", "memory"},
    [LINE_FITTED] = {"fit", "fitted", "growth as fitted"},
    [LINE_RATE] = {"ln b", "requests", "requests per second"},
};

struct drawn {
    const struct suspect_instance *instance;
    size_t index; /* of suspects->instances */
    struct report_series lines[LINES];
};

/* Seconds since the first of all; requests: those that it had answered since then. */
static struct report_series line_of(const struct suspect_instance *instance, const double *values,
                                    double first_s)
{
    struct thinner thinner;
    struct report_series series = {.signal = instance->name};
    double requests = 0;
    if (values == NULL || instance->at_s == NULL)
        return series;
    thinner_init(&thinner, MOST_BUCKETS);
    for (size_t i = 0; i < instance->points; i++) {
        double before = i > 0 ? instance->at_s[i - 1] : instance->at_s[i], at = instance->at_s[i];
        double rate = instance->rate != NULL ? instance->rate[i] : (double)NAN;
        requests += at > before && rate > 0 ? rate * (at - before) : 0;
        struct point point = {at - first_s, requests, values[i], SAMPLE_TIMED};
        struct point middle = {(before + at) / 2 - first_s, requests, NAN, SAMPLE_TIMED};
        if (i > 0 && !isfinite(values[i])) /* one point may stand for a long gap, which stays when thinned */
            thinner_add(&thinner, &middle);
        thinner_add(&thinner, &point);
    }
    series.points = thinner_points(&thinner, &series.count);
    thinner_release(&thinner);
    return series;
}

static size_t take_instances(struct drawn drawn[MOST_INSTANCES], const struct suspects *suspects,
                             double first_s)
{
    size_t *order = suspects_worst(suspects), count = 0;
    for (size_t i = 0; i < suspects->instance_count && count < MOST_INSTANCES; i++) {
        const struct suspect_instance *instance = &suspects->instances[order[i]];
        struct report_series memory = line_of(instance, instance->memory, first_s);
        if (!series_has(&memory, SAMPLE_TIMED)) {
            free(memory.points);
            continue;
        }
        drawn[count++] =
            (struct drawn){.instance = instance,
                           .index = order[i],
                           .lines = {[LINE_MEMORY] = memory,
                                     [LINE_FITTED] = line_of(instance, instance->fitted, first_s),
                                     [LINE_RATE] = line_of(instance, instance->rate, first_s)}};
    }
    free(order);
    return count;
}

static struct range range_of(const struct drawn *drawn, size_t count, int line)
{
    struct range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < drawn[i].lines[line].count; p++)
            range_widen(&range, drawn[i].lines[line].points[p].value);
    return range;
}

/* A limit that is far above would press all lines flat: it is drawn where memory comes near to it. */
static bool shows_limit(const struct suspect_instance *instance, struct range memory)
{
    return isfinite(instance->limit_bytes) && memory.high > 0.5 * instance->limit_bytes;
}

static void set_axes(struct plot *memory, struct plot *rate, const struct drawn *drawn, size_t count,
                     double last_s)
{
    struct range span = range_of(drawn, count, LINE_MEMORY);
    struct range fitted = range_of(drawn, count, LINE_FITTED), rates = range_of(drawn, count, LINE_RATE);
    struct range all = span;
    range_widen(&all, fitted.low);
    range_widen(&all, fitted.high);
    for (size_t i = 0; i < count; i++)
        if (shows_limit(drawn[i].instance, span))
            range_widen(&all, drawn[i].instance->limit_bytes);
    range_flatten(&all);
    axis_init(&memory->x, AXIS_SECONDS, 0, fmax(last_s, 1), 6, false);
    axis_init(&memory->y, AXIS_BYTES, all.low, all.high, 4, true);
    rate->x = memory->x;
    axis_init(&rate->y, AXIS_NUMBER, 0, fmax(rates.high, 0), 3, true);
}

static void add_limit(struct text *out, const struct plot *plot, double limit_bytes)
{
    double y = plot->height * (1 - axis_share(&plot->y, limit_bytes));
    text_addf(out, "<path class=\"limit\" data-l=\"limit\" d=\"M0 %.1fH1000\"/>", y);
}

static void add_restarts(struct text *out, const struct plot *plot, const struct suspects *suspects,
                         size_t instance, double first_s)
{
    struct text title = TEXT_EMPTY;
    size_t count = 0;
    text_add_string(out, "<g>");
    for (size_t i = 0; i < suspects->restart_count && count < MOST_RESTARTS; i++) {
        const struct restart *restart = &suspects->restarts[i];
        if (restart->instance != instance || !isfinite(restart->at_s))
            continue;
        double x = axis_share(&plot->x, restart->at_s - first_s) * 100;
        const char *kind = restart_kind_name(restart->kind);
        text_addf(out,
                  "<line class=\"rs %s\" data-l=\"restart-%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" "
                  "y2=\"%g\">",
                  kind, kind, x, x, PLOT_TOP, PLOT_TOP + plot->height);
        text_clear(&title);
        text_addf(&title, "restart, %s, ", kind);
        say_epoch(&title, restart->at_s);
        svg_title(out, title.bytes);
        text_add_string(out, "</line>");
        count++;
    }
    text_add_string(out, "</g>");
    text_release(&title);
}

static void add_panel(struct text *out, const struct plot *plots[2], const struct suspects *suspects,
                      const struct drawn *drawn, size_t number, double first_s)
{
    const struct suspect_instance *instance = drawn->instance;
    struct text words = TEXT_EMPTY;
    text_add_string(out, "<div><h3>");
    escape_html(out, instance->name);
    text_add_string(out, "</h3><p class=\"note\">");
    say_daily(&words, instance->bytes_per_day, instance->bytes_per_day_interval);
    if (words.length > 0)
        text_add_string(&words, " per day");
    if (isinf(instance->days)) {
        text_add_string(&words, words.length > 0 ? "; never reaches its limit" : "never reaches its limit");
    } else if (!isnan(instance->days)) {
        text_add_string(&words, words.length > 0 ? "; " : "");
        text_add_string(&words, instance->days > 0 ? "reaches its limit " : "");
        say_until_limit(&words, instance);
    }
    escape_html(out, text_string(&words));
    text_add_string(out, "</p>");
    for (int p = 0; p < 2; p++) {
        const struct plot *plot = plots[p];
        text_clear(&words);
        text_addf(&words, "%s of %s over time", p == 0 ? "memory" : "requests per second", instance->name);
        text_addf(out, "<p class=\"pt\"><b>%s</b> %s</p>", p == 0 ? "memory" : "requests per second",
                  plot->y.suffix);
        plot_open(out, plot, words.bytes);
        for (int line = p == 0 ? LINE_FITTED : LINE_RATE; line < (p == 0 ? LINE_RATE : LINES); line++)
            plot_line(out, plot,
                      &(struct plot_line){&drawn->lines[line], number * LINES + (size_t)line, SAMPLE_TIMED,
                                          looks[line].class, looks[line].layer, true});
        if (p == 0 && isfinite(instance->limit_bytes) && instance->limit_bytes <= plot->y.high)
            add_limit(out, plot, instance->limit_bytes);
        plot_round(out);
        add_restarts(out, plot, suspects, drawn->index, first_s);
        plot_close(out, plot);
    }
    text_add_string(out, "</div>");
    text_release(&words);
}

static bool has_line(const struct drawn *drawn, size_t count, int line)
{
    for (size_t i = 0; i < count; i++)
        if (series_has(&drawn[i].lines[line], SAMPLE_TIMED))
            return true;
    return false;
}

static bool has_restart(const struct suspects *suspects, const struct drawn *drawn, size_t count, int kind)
{
    for (size_t r = 0; r < suspects->restart_count; r++)
        for (size_t i = 0; i < count; i++)
            if (suspects->restarts[r].instance == drawn[i].index && (int)suspects->restarts[r].kind == kind)
                return true;
    return false;
}

static void add_layer(struct text *out, const char *layer, const char *shape, const char *words)
{
    text_addf(out,
              "<li data-layer=\"%s\"><svg width=\"16\" height=\"12\" aria-hidden=\"true\">%s</svg>%s</li>",
              layer, shape, words);
}

static void add_legend(struct text *out, const struct suspects *suspects, const struct drawn *drawn,
                       size_t count, const struct plot *memory)
{
    static const char *const words[RESTART_KINDS] = {[RESTART_MEMORY] = "restart by memory",
                                                     [RESTART_DEPLOY] = "restart by a deploy",
                                                     [RESTART_OTHER] = "restart, not explained"};
    char shape[96], layer[32];
    bool limit = false;
    text_add_string(out, "<ul class=\"legend\">");
    for (int line = 0; line < LINES; line++)
        if (has_line(drawn, count, line)) {
            snprintf(shape, sizeof shape, "<path class=\"%s\" d=\"M0 6H16\"/>", looks[line].class);
            add_layer(out, looks[line].layer, shape, looks[line].words);
        }
    for (size_t i = 0; i < count; i++)
        limit = limit || (isfinite(drawn[i].instance->limit_bytes) &&
                          drawn[i].instance->limit_bytes <= memory->y.high);
    if (limit)
        add_layer(out, "limit", "<path class=\"limit\" d=\"M0 6H16\"/>", "limit");
    for (int kind = 0; kind < RESTART_KINDS; kind++)
        if (has_restart(suspects, drawn, count, kind)) {
            snprintf(layer, sizeof layer, "restart-%s", restart_kind_name((enum restart_kind)kind));
            snprintf(shape, sizeof shape, "<path class=\"rs %s\" d=\"M8 0V12\"/>",
                     restart_kind_name((enum restart_kind)kind));
            add_layer(out, layer, shape, words[kind]);
        }
    text_add_string(out, "</ul>");
}

static void add_numbers(struct text *out, const struct plot *plots[2], const struct drawn *drawn,
                        size_t count)
{
    struct text heading = TEXT_EMPTY;
    plot_numbers_open(out, "Memory and requests of the instances over time");
    for (size_t i = 0; i < count; i++)
        for (int line = 0; line < LINES; line++) {
            text_clear(&heading);
            text_addf(&heading, "%s, %s", drawn[i].instance->name, looks[line].words);
            plot_numbers_line(out, plots[line == LINE_RATE],
                              &(struct plot_line){&drawn[i].lines[line], i * LINES + (size_t)line,
                                                  SAMPLE_TIMED, looks[line].class, looks[line].layer, true},
                              heading.bytes);
        }
    plot_numbers_close(out);
    text_release(&heading);
}

/* When the first point of all was, and when the last. */
static struct range time_of(const struct suspects *suspects)
{
    struct range time = {suspects->from_s, suspects->to_s};
    if (isfinite(time.low) && isfinite(time.high) && time.high > time.low)
        return time;
    time = (struct range){INFINITY, -INFINITY};
    for (size_t i = 0; i < suspects->instance_count; i++)
        for (size_t p = 0; suspects->instances[i].at_s != NULL && p < suspects->instances[i].points; p++)
            range_widen(&time, suspects->instances[i].at_s[p]);
    return time;
}

void plot_instances(struct text *out, const struct suspects *suspects)
{
    struct drawn drawn[MOST_INSTANCES];
    struct range time = time_of(suspects);
    size_t count = take_instances(drawn, suspects, time.low);
    if (count == 0)
        return;
    struct plot memory = {.height = MEMORY_HEIGHT, .link = "time", .id = "i", .unit = PLOT_BYTES};
    struct plot rate = {.height = RATE_HEIGHT, .link = "time", .id = "i", .unit = PLOT_RATE, .labels = true};
    const struct plot *plots[2] = {&memory, &rate};
    set_axes(&memory, &rate, drawn, count, time.high - time.low);
    text_add_string(out, "<figure><h2>Memory and requests over time</h2><p class=\"note\">");
    if (count < suspects->instance_count)
        text_addf(out, "The %zu of %zu instances that reach their limit first, or grow most. ", count,
                  suspects->instance_count);
    text_add_string(out, "All to one scale, since ");
    say_epoch(out, time.low);
    text_add_string(out, ".</p>");
    add_legend(out, suspects, drawn, count, &memory);
    text_add_string(out, "<div class=\"panels\">");
    for (size_t i = 0; i < count; i++)
        add_panel(out, plots, suspects, &drawn[i], i, time.low);
    text_add_string(out, "</div>");
    add_numbers(out, plots, drawn, count);
    text_add_string(out, "</figure>\n");
    for (size_t i = 0; i < count; i++)
        for (int line = 0; line < LINES; line++)
            free(drawn[i].lines[line].points);
}
