/* A finding on the page: where it is allocated, why to believe it, how to see it again. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/say.h"

static void add_sites(struct text *out, const struct finding *finding)
{
    if (finding->site_count == 0)
        return;
    text_add_string(
        out, "<section class=\"part\"><h2>Where it is allocated</h2><div class=\"wide\" tabindex=\"0\" "
             "role=\"region\" aria-label=\"Allocation sites\"><table><thead><tr><th>site<th class=\"n\">"
             "bytes per request<th class=\"n\">asked for<th class=\"n\">objects per request<th>whose"
             "</thead><tbody>");
    for (size_t i = 0; i < finding->site_count; i++) {
        const struct site_growth *site = &finding->sites[i];
        text_add_string(out, "<tr><td class=\"mono\">");
        escape_html(out, site->site);
        text_add_string(out, "<td class=\"n\">");
        say_amount(out, site->bytes_per_request, false);
        text_add_string(out, "<td class=\"n\">");
        say_amount(out, site->requested_bytes_per_request, false);
        text_add_string(out, "<td class=\"n\">");
        say_site_growth(out, site);
        text_addf(out, "<td>%s", whose_name(site->whose));
    }
    text_add_string(out, "</tbody></table></div>");
    if (isfinite(finding->explained))
        text_addf(out, "<p class=\"note\">Together these explain %.0f %% of the growth.</p>",
                  finding->explained * 100);
    text_add_string(out, "</section>\n");
}

/* The last measurement of a step that concerns the finding, in its signal where there is one; or NULL. */
static const struct measurement *measured(const struct report *report, const struct finding *finding,
                                          const char *step)
{
    const struct measurement *found = NULL;
    int wanted = step_from_name(step);
    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *one = &report->measurements[i];
        bool together = finding->kind == FINDING_JOINT || finding->kind == FINDING_CONSUMED;
        bool concerns = one->step == STEP_COMPLEMENT || (one->step == STEP_ISOLATED && together);
        if ((int)one->step != wanted || !isfinite(one->per_request) ||
            !(concerns || strings_has(&finding->endpoints, one->mix)))
            continue;
        if (found == NULL || finding->signal == NULL || strcmp(one->signal, finding->signal) == 0)
            found = one;
    }
    return found;
}

static void add_confirmation(struct text *out, const struct report *report, const struct finding *finding,
                             const char *step)
{
    char calls[UNITS_SIZE];
    const struct measurement *one = measured(report, finding, step);
    const char *words = say_confirmation(finding, step);
    struct text sentence = TEXT_EMPTY;
    text_addf(&sentence, "%s.", words);
    html_capitalise(&sentence);
    text_add_string(out, "<li>");
    html_escaped(out, &sentence);
    if (one != NULL) {
        text_clear(&sentence);
        say_amount(&sentence, one->per_request, one->objects);
        text_add_string(&sentence, " per request (");
        say_interval(&sentence, one->interval, one->objects);
        text_addf(&sentence, ") over %s calls in trial %lld", units_count(calls, one->requests),
                  (long long)one->trial);
        if (one->note != NULL && one->note[0] != '\0')
            text_addf(&sentence, "; %s", one->note);
        html_element(out, "small", "", sentence.bytes);
    }
    text_add_string(out, "</li>");
    text_release(&sentence);
}

static void add_reasons(struct text *out, const struct report *report, const struct finding *finding)
{
    if (finding->confirmed.count > 0) {
        text_add_string(out, "<section class=\"part\"><h2>Why to believe it</h2><ol class=\"why\">");
        for (size_t i = 0; i < finding->confirmed.count; i++)
            add_confirmation(out, report, finding, finding->confirmed.items[i]);
        text_add_string(out, "</ol></section>\n");
    }
    if (finding->requests_that_grow != NULL && finding->requests_that_grow[0] != '\0') {
        text_add_string(out, "<p>Only requests with ");
        html_element(out, "code", "", finding->requests_that_grow);
        text_add_string(out, " grow.</p>");
    }
    if (finding->reproduce != NULL && finding->reproduce[0] != '\0') {
        text_add_string(out, "<section class=\"part\"><h2>See it again</h2>");
        html_element(out, "pre", " tabindex=\"0\"", finding->reproduce);
        text_add_string(out, "</section>\n");
    }
}

static void add_cost(struct text *out, const struct finding *finding)
{
    struct text words = TEXT_EMPTY;
    say_projection(&words, &finding->projection);
    if (words.length > 0) {
        html_capitalise(&words);
        text_add_char(&words, '.');
        text_add_string(out, "<section class=\"part\"><h2>What it costs</h2>");
        html_element(out, "p", "", words.bytes);
        text_add_string(out, "</section>\n");
    }
    text_release(&words);
}

static void add_observed(struct text *out, const struct result *result)
{
    struct text words = TEXT_EMPTY;
    say_observed(&words, result);
    if (words.length > 0) {
        html_capitalise(&words);
        text_add_char(&words, '.');
        text_add_string(out, "<section class=\"part\"><h2>Beside production</h2>");
        html_element(out, "p", "", words.bytes);
        text_add_string(out, "</section>\n");
    }
    text_release(&words);
}

void html_findings(struct text *out, const struct report *report)
{
    const struct result *result = &report->result;
    for (size_t i = 0; i < result->finding_count; i++) {
        if (i > 0 || result->verdict != VERDICT_GROWTH) {
            struct text words = TEXT_EMPTY;
            say_finding(&words, &result->findings[i]);
            text_add_string(out, "<section class=\"part\">");
            html_element(out, "h2", "", words.bytes);
            text_add_string(out, "</section>");
            text_release(&words);
        }
        add_sites(out, &result->findings[i]);
        add_cost(out, &result->findings[i]);
        add_reasons(out, report, &result->findings[i]);
    }
    add_observed(out, result);
}
