/* Blocks: their titles, their shades behind a plot and the legend of their steps; and the hunt as a time line of them,
 * with what each trial came to. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
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

/* Of many blocks those of one step, one after the other on one server, are drawn as one. */
enum { BLOCKS_MOST = 400 };

/* Takes the blocks from `at` on that are drawn as one; returns the place of the next. `count`: how many they are. */
static size_t take_blocks(const struct report *report, size_t at, struct block *drawn, size_t *count)
{
    const struct block *first = &report->blocks[at];
    *drawn = *first;
    *count = 1;
    while (report->block_count > BLOCKS_MOST && ++at < report->block_count) {
        const struct block *next = &report->blocks[at];
        if (next->trial != first->trial || next->step != first->step)
            return at;
        drawn->last_request = next->last_request;
        drawn->ended_s = next->ended_s;
        (*count)++;
    }
    return report->block_count > BLOCKS_MOST ? at : at + 1;
}

static void add_title(struct text *out, const struct block *block, size_t count)
{
    char calls[UNITS_SIZE], took[UNITS_SIZE], blocks[UNITS_SIZE];
    struct text title = TEXT_EMPTY;
    text_addf(&title, "%s", say_step(block->step));
    if (count > 1)
        text_addf(&title, ": %s blocks", units_count(blocks, count));
    else if (block->mix != NULL && block->mix[0] != '\0')
        text_addf(&title, ": %s", block->mix);
    text_addf(&title, ", %s calls in %s", units_count(calls, block->last_request - block->first_request),
              units_duration(took, block->ended_s - block->started_s));
    svg_title(out, title.bytes);
    text_release(&title);
}

/* Where a block begins, after what was left out in front of it. */
static struct block after_warming_up(const struct report *report, struct block block)
{
    for (size_t i = 0; i < report->block_count; i++) {
        const struct block *warm = &report->blocks[i];
        if (block.step != STEP_SOAK || warm->step != STEP_WARM_UP || warm->trial != block.trial ||
            !(warm->ended_s > block.started_s && warm->ended_s < block.ended_s))
            continue;
        block.started_s = warm->ended_s;
        block.first_request = warm->last_request;
    }
    return block;
}

void plot_shades(struct text *out, const struct plot *plot, const struct report *report, int64_t trial)
{
    size_t count = 0;
    for (size_t i = 0; i < report->block_count;) {
        struct block taken;
        i = take_blocks(report, i, &taken, &count);
        const struct block *block = &taken, shown = after_warming_up(report, taken);
        double first = plot->by_requests ? (double)shown.first_request : shown.started_s;
        double last = plot->by_requests ? (double)shown.last_request : shown.ended_s;
        double from = axis_share(&plot->x, first) * 1000, to = axis_share(&plot->x, last) * 1000;
        if ((trial != 0 && block->trial != trial) || !isfinite(from) || !isfinite(to))
            continue;
        text_addf(out,
                  "<rect class=\"sh k-%s\" data-l=\"%s\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%g\">",
                  step_name(block->step), step_name(block->step), from, fmax(to - from, 0.5), plot->height);
        add_title(out, block, count);
        text_add_string(out, "</rect>");
    }
}

/* What can be told apart in a plot beside blocks, and how it looks there. */
static void add_layers(struct text *out, const struct plot_layers *layers)
{
    const struct {
        bool there;
        const char *layer, *drawing, *words;
    } rows[] = {
        {layers->timed, "timed", "<path class=\"ln\" d=\"M0 6H16\"/>", "while requests are answered"},
        {layers->settled, "settled", "<circle class=\"dot\" cx=\"8\" cy=\"6\" r=\"2.5\"/>", "between blocks"},
        {layers->fit, "fit",
         "<path class=\"band\" d=\"M0 2L16 0V10L0 12Z\"/><path class=\"fit\" d=\"M0 7L16 5\"/>",
         "growth as measured, with its interval"},
        {layers->gap, "gap", "<rect class=\"gap\" width=\"11\" height=\"11\"/>", "no reading"},
        {layers->restart, "restart", "<path class=\"new\" d=\"M8 0V12\"/>", "another process"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].there)
            text_addf(
                out,
                "<li data-layer=\"%s\"><svg width=\"16\" height=\"12\" aria-hidden=\"true\">%s</svg>%s</li>",
                rows[i].layer, rows[i].drawing, rows[i].words);
}

void plot_legend(struct text *out, const struct report *report, const struct plot_layers *layers)
{
    bool seen[STEP_COUNT] = {false};
    for (size_t i = 0; i < report->block_count; i++)
        seen[report->blocks[i].step] = true;
    text_add_string(out, "<ul class=\"legend\">");
    if (layers != NULL)
        add_layers(out, layers);
    for (int step = 0; step < STEP_COUNT; step++)
        if (seen[step])
            text_addf(out,
                      "<li data-layer=\"%s\"><svg width=\"11\" height=\"11\" aria-hidden=\"true\"><rect "
                      "class=\"k-%s\" width=\"11\" height=\"11\" rx=\"2\"/></svg>%s</li>",
                      step_name((enum step)step), step_name((enum step)step), say_step((enum step)step));
    text_add_string(out, "</ul>");
}

/* What a trial came to: its last measurement in the deciding signal, of a question that has an answer by itself. */
static const struct measurement *answer_of(const struct report *report, const struct trial *trial)
{
    bool objects = false;
    const char *signal = say_deciding(report, &objects);
    const struct measurement *found = NULL;
    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *one = &report->measurements[i];
        bool asked = one->step != STEP_NULL && one->step != STEP_SCREEN && one->step != STEP_WARM_UP &&
                     isfinite(one->per_request);
        if (one->trial == trial->number && asked && signal != NULL && strcmp(one->signal, signal) == 0)
            found = one;
    }
    return found;
}

static const char *mark_of(enum verdict verdict)
{
    static const char *const marks[] = {"?", "&#9679;", "&#9650;"};
    return marks[verdict];
}

static const char *answer_words(enum verdict verdict)
{
    static const char *const words[] = {"not shown", "flat", "grows"};
    return words[verdict];
}

static void add_answer(struct text *out, const struct report *report, const struct trial *trial)
{
    const struct measurement *one = answer_of(report, trial);
    if (one == NULL) {
        text_add_string(out, "<span class=\"ans\">");
        text_addf(out, "%s</span>", say_step(trial->step));
        return;
    }
    text_addf(out, "<span class=\"ans %s\"><span class=\"v\" aria-hidden=\"true\">%s</span>%s, %s</span>",
              verdict_name(one->verdict), mark_of(one->verdict), say_step(one->step),
              answer_words(one->verdict));
}

static void add_trial_row(struct text *out, const struct report *report, const struct trial *trial,
                          const struct axis *x)
{
    char requests[UNITS_SIZE];
    text_addf(
        out,
        "<div class=\"row\"><span>%lld</span><svg class=\"area\" width=\"100%%\" height=\"18\" role=\"img\" "
        "aria-label=\"trial %lld, ",
        (long long)trial->number, (long long)trial->number);
    text_addf(out, "%s, %s requests", say_step(trial->step), units_count(requests, trial->requests));
    text_add_string(
        out, "\"><svg width=\"100%\" height=\"18\" viewBox=\"0 0 1000 18\" preserveAspectRatio=\"none\">");
    double from = axis_share(x, trial->started_s) * 1000, to = axis_share(x, trial->ended_s) * 1000;
    if (isfinite(from) && isfinite(to))
        text_addf(out, "<rect class=\"base\" x=\"%.1f\" y=\"8\" width=\"%.1f\" height=\"2\"/>", from,
                  to - from);
    size_t count = 0;
    for (size_t i = 0; i < report->block_count;) {
        struct block taken;
        i = take_blocks(report, i, &taken, &count);
        const struct block *block = &taken;
        if (block->trial != trial->number)
            continue;
        from = axis_share(x, block->started_s) * 1000, to = axis_share(x, block->ended_s) * 1000;
        if (!isfinite(from) || !isfinite(to))
            continue;
        text_addf(out,
                  "<rect class=\"bar k-%s\" data-l=\"%s\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"14\">",
                  step_name(block->step), step_name(block->step), from, fmax(to - from, 0.8));
        add_title(out, block, count);
        text_add_string(out, "</rect>");
    }
    text_add_string(out, "</svg></svg>");
    add_answer(out, report, trial);
    text_add_string(out, "</div>");
}

static void add_trial_numbers(struct text *out, const struct report *report, const struct trial *trial)
{
    char number[UNITS_SIZE];
    const struct measurement *one = answer_of(report, trial);
    text_addf(out, "<tr><td class=\"n\">%lld<td class=\"tag\">%s<td>", (long long)trial->number,
              say_step(trial->step));
    escape_html(out, trial->mix);
    text_addf(out, "<td class=\"n\">%s",
              isfinite(trial->started_s) ? units_duration(number, trial->started_s) : "");
    text_addf(out, "<td class=\"n\">%s",
              isfinite(trial->ended_s) ? units_duration(number, trial->ended_s - trial->started_s)
                                       : "not ended");
    text_addf(out, "<td class=\"n\">%s<td>", units_count(number, trial->requests));
    if (one != NULL)
        text_addf(out, "%s, %s", say_step(one->step), answer_words(one->verdict));
    text_add_string(out, "<td>");
    escape_html(out, trial->note);
}

static void add_numbers(struct text *out, const struct report *report)
{
    text_add_string(
        out, "<details><summary>The trials</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" "
             "aria-label=\"Trials\"><table><thead><tr><th class=\"n\">trial<th>began as<th>mix<th "
             "class=\"n\">at<th class=\"n\">took<th class=\"n\">requests<th>came to<th>ended</thead><tbody>");
    for (size_t i = 0; i < report->trial_count; i++)
        add_trial_numbers(out, report, &report->trials[i]);
    text_add_string(out, "</tbody></table></div></details>");
}

enum { MOST_ROWS = 40 };

void plot_hunt(struct text *out, const struct report *report)
{
    if (report->trial_count == 0 || report->block_count == 0)
        return;
    struct axis x;
    axis_init(&x, AXIS_SECONDS, 0, plot_last_second(report), 6, false);
    text_add_string(out, "<figure class=\"hunt\"><h2>Trials and blocks</h2><p class=\"note\">Each row is a "
                         "fresh server, from left to right in time; behind it, what it came to.</p>");
    plot_legend(out, report, NULL);
    text_add_string(out, "<div class=\"rows\">");
    for (size_t i = 0; i < report->trial_count && i < MOST_ROWS; i++)
        add_trial_row(out, report, &report->trials[i], &x);
    text_add_string(out, "<div class=\"row\"><span></span><svg class=\"area\" width=\"100%\" height=\"22\" "
                         "aria-hidden=\"true\">");
    svg_x_axis(out, &x, 0);
    text_add_string(out, "</svg><span></span></div></div>");
    if (report->trial_count > MOST_ROWS)
        text_addf(out, "<p class=\"note\">The first %d of %zu trials.</p>", MOST_ROWS, report->trial_count);
    add_numbers(out, report);
    text_add_string(out, "</figure>");
}
