/* Blocks: their titles and the legend of their steps, and the hunt as a time line of them. */
#include <math.h>

#include "base/units.h"
#include "report/plot_parts.h"
#include "report/plots.h"
#include "report/say.h"

double plot_last_second(const struct report *report)
{
    double last = isfinite(report->result.seconds) ? report->result.seconds : 0;
    for (size_t i = 0; i < report->block_count; i++)
        if (isfinite(report->blocks[i].ended_s))
            last = fmax(last, report->blocks[i].ended_s);
    return last > 0 ? last : 1;
}

void plot_block_title(struct text *out, const struct block *block)
{
    char calls[UNITS_SIZE], took[UNITS_SIZE];
    struct text title = TEXT_EMPTY;
    text_addf(&title, "%s", say_step(block->step));
    if (block->mix != NULL && block->mix[0] != '\0')
        text_addf(&title, ": %s", block->mix);
    text_addf(&title, ", %s calls in %s", units_count(calls, block->last_request - block->first_request),
              units_duration(took, block->ended_s - block->started_s));
    svg_title(out, title.bytes);
    text_release(&title);
}

void plot_legend(struct text *out, const struct report *report)
{
    bool seen[STEP_COUNT] = {false};
    for (size_t i = 0; i < report->block_count; i++)
        seen[report->blocks[i].step] = true;
    text_add_string(out, "<ul class=\"legend\">");
    for (int step = 0; step < STEP_COUNT; step++)
        if (seen[step])
            text_addf(
                out,
                "<li><svg width=\"11\" height=\"11\" aria-hidden=\"true\"><rect class=\"k-%s\" width=\"11\" "
                "height=\"11\" rx=\"2\"/></svg>%s</li>",
                step_name((enum step)step), say_step((enum step)step));
    text_add_string(out, "</ul>");
}

static void add_trial_row(struct text *out, const struct report *report, const struct trial *trial,
                          const struct axis *x)
{
    char requests[UNITS_SIZE];
    text_addf(
        out,
        "<div class=\"row\"><span>%lld</span><svg class=\"area\" width=\"100%%\" height=\"18\" role=\"img\" "
        "aria-label=\"",
        (long long)trial->number);
    text_addf(out, "%s, %s requests", say_step(trial->step), units_count(requests, trial->requests));
    text_add_string(out, "\">");
    plot_open_stretched(out, 0, 18);
    double from = axis_share(x, trial->started_s) * 1000, to = axis_share(x, trial->ended_s) * 1000;
    if (isfinite(from) && isfinite(to))
        text_addf(out, "<rect class=\"base\" x=\"%.1f\" y=\"8\" width=\"%.1f\" height=\"2\"/>", from,
                  to - from);
    for (size_t i = 0; i < report->block_count; i++) {
        const struct block *block = &report->blocks[i];
        if (block->trial != trial->number)
            continue;
        from = axis_share(x, block->started_s) * 1000, to = axis_share(x, block->ended_s) * 1000;
        if (!isfinite(from) || !isfinite(to))
            continue;
        text_addf(out, "<rect class=\"bar k-%s\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"14\">",
                  step_name(block->step), from, fmax(to - from, 0.8));
        plot_block_title(out, block);
        text_add_string(out, "</rect>");
    }
    text_add_string(out, "</svg></svg></div>");
}

enum { MOST_ROWS = 40 };

void plot_hunt(struct text *out, const struct report *report)
{
    if (report->trial_count == 0 || report->block_count == 0)
        return;
    struct axis x;
    axis_init(&x, AXIS_SECONDS, 0, plot_last_second(report), 6, false);
    text_add_string(out, "<figure class=\"hunt\"><h2>Trials and blocks</h2>");
    plot_legend(out, report);
    for (size_t i = 0; i < report->trial_count && i < MOST_ROWS; i++)
        add_trial_row(out, report, &report->trials[i], &x);
    text_add_string(out, "<div class=\"row\"><span></span><svg class=\"area\" width=\"100%\" height=\"22\" "
                         "aria-hidden=\"true\">");
    svg_x_axis(out, &x, 0);
    text_add_string(out, "</svg></div>");
    if (report->trial_count > MOST_ROWS)
        text_addf(out, "<p class=\"note\">The first %d of %zu trials.</p>", MOST_ROWS, report->trial_count);
    text_add_string(out, "</figure>");
}
