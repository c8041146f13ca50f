#include "report/svg.h"

#include <math.h>

#include "base/units.h"
#include "report/escape.h"

static double nice_step(double span, unsigned most)
{
    double raw = span / most, power = pow(10, floor(log10(raw)));
    double lead = raw / power;
    return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

static void choose_unit(struct axis *axis)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double largest = fmax(fabs(axis->low), fabs(axis->high));
    axis->unit = 1;
    axis->suffix = "";
    if (axis->kind == AXIS_BYTES) {
        size_t power = 0;
        for (; largest >= 1024 && power < 4; largest /= 1024, power++)
            axis->unit *= 1024;
        axis->suffix = names[power];
    } else if (axis->kind == AXIS_NUMBER && largest >= 1e6) {
        axis->unit = largest >= 1e9 ? 1e9 : 1e6;
        axis->suffix = largest >= 1e9 ? "billion" : "million";
    } else if (axis->kind == AXIS_SECONDS) {
        axis->unit = largest >= 2 * 86400 ? 86400 : largest >= 2 * 3600 ? 3600 : largest >= 180 ? 60 : 1;
        axis->suffix = axis->unit > 80000 ? "d" : axis->unit > 3000 ? "h" : axis->unit > 50 ? "min" : "s";
    }
}

void axis_init(struct axis *axis, enum axis_kind kind, double low, double high, unsigned most, bool round)
{
    if (!(isfinite(low) && isfinite(high)))
        low = 0, high = 1;
    if (!(high > low)) {
        double half = fabs(low) > 0 ? fabs(low) * 0.05 : 0.5;
        low -= half;
        high += half;
    }
    *axis = (struct axis){.kind = kind, .low = low, .high = high};
    choose_unit(axis);
    axis->step = nice_step((high - low) / axis->unit, most) * axis->unit;
    if (round) {
        axis->low = floor(low / axis->step + 1e-9) * axis->step;
        axis->high = ceil(high / axis->step - 1e-9) * axis->step;
    }
    axis->first = ceil(axis->low / axis->step - 1e-9) * axis->step;
}

void axis_init_log(struct axis *axis, enum axis_kind kind, double low, double high)
{
    low = low > 0 && isfinite(low) ? low : 1e-6;
    high = high >= low && isfinite(high) ? high : low;
    *axis = (struct axis){.kind = kind, .unit = 1, .suffix = "", .log = true};
    axis->low = pow(10, floor(log10(low) + 1e-9));
    axis->high = pow(10, ceil(log10(high) - 1e-9));
    if (axis->high <= axis->low)
        axis->high = axis->low * 10;
    axis->first = axis->low;
    axis->step = 10;
}

double axis_share(const struct axis *axis, double value)
{
    double share = axis->log ? log10(fmax(value, axis->low) / axis->low) / log10(axis->high / axis->low)
                             : (value - axis->low) / (axis->high - axis->low);
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

static void add_log_label(struct text *out, const struct axis *axis, double value)
{
    char words[UNITS_SIZE];
    if (axis->kind == AXIS_SECONDS)
        text_add_string(out, units_duration(words, value));
    else if (value >= 1)
        text_add_string(out, units_count(words, (uint64_t)llround(value)));
    else
        text_addf(out, "%g", value);
}

void axis_label(struct text *out, const struct axis *axis, double value)
{
    if (axis->log) {
        add_log_label(out, axis, value);
        return;
    }
    double shown = value / axis->unit, step = axis->step / axis->unit;
    int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
    if (fabs(shown) < step * 1e-6)
        shown = 0;
    char count[UNITS_SIZE];
    if (decimals == 0 && fabs(shown) >= 1000 && fabs(shown) < 1e15)
        text_addf(out, "%s%s", shown < 0 ? "-" : "", units_count(count, (uint64_t)llround(fabs(shown))));
    else
        text_addf(out, "%.*f", decimals < 9 ? decimals : 9, shown);
}

static double tick(const struct axis *axis, size_t i)
{
    return axis->log ? axis->first * pow(10, (double)i) : axis->first + (double)i * axis->step;
}

static size_t tick_count(const struct axis *axis)
{
    if (axis->log)
        return (size_t)lround(log10(axis->high / axis->low)) + 1;
    return (size_t)floor((axis->high - axis->first) / axis->step + 1e-6) + 1;
}

void svg_y_axis(struct text *out, const struct axis *axis, double top, double height, double total)
{
    text_addf(out, "<svg class=\"ya\" width=\"58\" height=\"%g\" aria-hidden=\"true\">", total);
    for (size_t i = 0; i < tick_count(axis); i++) {
        double value = tick(axis, i);
        text_addf(out, "<text x=\"52\" y=\"%.1f\" text-anchor=\"end\" dy=\".32em\">",
                  top + height * (1 - axis_share(axis, value)));
        axis_label(out, axis, value);
        text_add_string(out, "</text>");
    }
    text_add_string(out, "</svg>");
}

void svg_y_grid(struct text *out, const struct axis *axis, double top, double height)
{
    for (size_t i = 0; i < tick_count(axis); i++) {
        double y = top + height * (1 - axis_share(axis, tick(axis, i)));
        text_addf(out, "<line class=\"gr\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>", y, y);
    }
}

void svg_x_axis(struct text *out, const struct axis *axis, double y)
{
    size_t count = tick_count(axis);
    for (size_t i = 0; i < count; i++) {
        double value = tick(axis, i), share = axis_share(axis, value);
        /* The outermost labels lean inward, so that nothing sticks out of the plot. */
        const char *anchor = share < 0.03 ? "start" : share > 0.97 ? "end" : "middle";
        text_addf(out, "<line class=\"tk\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" y2=\"%.1f\"/>",
                  share * 100, share * 100, y, y + 4);
        text_addf(out, "<text x=\"%.2f%%\" y=\"%.1f\" text-anchor=\"%s\">", share * 100, y + 16, anchor);
        axis_label(out, axis, value);
        if (i == count - 1 && axis->suffix[0] != '\0')
            text_addf(out, " %s", axis->suffix);
        text_add_string(out, "</text>");
    }
}

void svg_title(struct text *out, const char *title)
{
    text_add_string(out, "<title>");
    escape_html(out, title);
    text_add_string(out, "</title>");
}
