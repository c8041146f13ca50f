/* A finding on the page: in which order it comes about, where it is allocated, why to believe it. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/say.h"

/* A bar beside the numbers that it stands for: the table is the one behind the plot. */
static void add_share(struct text *out, const struct finding *finding, const struct site_growth *site)
{
    double most = 0;
    for (size_t i = 0; i < finding->site_count; i++)
        most = fmax(most, finding->sites[i].bytes_per_request);
    double share = most > 0 && site->bytes_per_request > 0 ? site->bytes_per_request / most : 0;
    text_addf(
        out,
        "<td class=\"share\"><svg width=\"100%%\" height=\"18\" aria-hidden=\"true\"><rect class=\"sb\" "
        "y=\"5\" height=\"10\" rx=\"1\" width=\"%.1f%%\"/></svg>",
        share * 100);
}

static void add_sites(struct text *out, const struct finding *finding)
{
    if (finding->site_count == 0)
        return;
    text_add_string(
        out,
        "<section class=\"part\"><h2>Where it is allocated</h2><div class=\"wide\" tabindex=\"0\" "
        "role=\"region\" aria-label=\"Allocation sites\"><table><thead><tr><th>site<th>share<th class=\"n\">"
        "bytes per request<th class=\"n\">asked for<th class=\"n\">objects per request<th>whose"
        "</thead><tbody>");
    for (size_t i = 0; i < finding->site_count; i++) {
        const struct site_growth *site = &finding->sites[i];
        text_add_string(out, "<tr><td class=\"mono\">");
        escape_html(out, site->site);
        add_share(out, finding, site);
        text_add_string(out, "<td class=\"n\">");
        say_amount(out, site->bytes_per_request, false);
        text_add_string(out, "<td class=\"n\">");
        say_amount(out, site->requested_bytes_per_request, false);
        text_add_string(out, "<td class=\"n\">");
        say_site_growth(out, site);
        text_add_string(out, "<td>");
        struct text whose = TEXT_EMPTY;
        say_site_whose(&whose, site);
        escape_html(out, text_string(&whose));
        text_release(&whose);
    }
    text_add_string(out, "</tbody></table></div>");
    if (isfinite(finding->explained))
        text_addf(out, "<p class=\"note\">Together these explain %.0f %% of the growth.</p>",
                  finding->explained * 100);
    text_add_string(out, "</section>\n");
}

static void add_confirmation(struct text *out, const struct report *report, const struct finding *finding,
                             const char *step)
{
    struct text sentence = TEXT_EMPTY;
    text_addf(&sentence, "%s.", say_confirmation(finding, step));
    html_capitalise(&sentence);
    text_add_string(out, "<li>");
    html_escaped(out, &sentence);
    text_clear(&sentence);
    say_evidence(&sentence, report, finding, step);
    if (sentence.length > 0)
        html_element(out, "small", "", sentence.bytes);
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
}

/* Which of its endpoints comes first, and which of their requests it is. */
static void add_order(struct text *out, const struct finding *finding)
{
    struct text words = TEXT_EMPTY;
    say_order(&words, finding);
    if (words.length > 0) {
        html_capitalise(&words);
        text_add_string(out, "<section class=\"part\"><h2>In which order</h2>");
        html_element(out, "p", "", words.bytes);
        text_add_string(out, "</section>\n");
    }
    if (finding->requests_that_grow != NULL && finding->requests_that_grow[0] != '\0') {
        text_add_string(out, "<p>Only requests with ");
        html_element(out, "code", "", finding->requests_that_grow);
        text_add_string(out, " grow.</p>");
    }
    text_release(&words);
}

/* Without a finding: what each signal came to over the whole mix. */
static void add_signals(struct text *out, const struct report *report)
{
    struct text items = TEXT_EMPTY, words = TEXT_EMPTY;
    char calls[UNITS_SIZE];
    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *one = &report->measurements[i];
        bool whole = one->step == STEP_SOAK || one->step == STEP_COMPLEMENT;
        if (!whole || one->verdict != report->result.verdict || !isfinite(one->per_request))
            continue;
        text_clear(&words);
        text_addf(&words, "%s of %s: %s", one->signal, one->mix, one->note != NULL ? one->note : "");
        html_element(&items, "li", "", words.bytes);
        items.length -= strlen("</li>");
        text_clear(&words);
        say_amount(&words, one->per_request, one->objects);
        text_add_string(&words, " per request");
        if (isfinite(one->interval.low)) {
            text_add_string(&words, " (");
            say_interval(&words, one->interval, one->objects);
            text_add_string(&words, ")");
        }
        text_addf(&words, " over %s calls in trial %lld", units_count(calls, one->requests),
                  (long long)one->trial);
        html_element(&items, "small", "", words.bytes);
        text_add_string(&items, "</li>");
    }
    if (items.length > 0)
        text_addf(out, "<section class=\"part\"><h2>%s</h2><ol class=\"why%s\">%s</ol></section>\n",
                  report->result.verdict == VERDICT_NO_GROWTH ? "Why to believe it" : "Why it is open",
                  report->result.verdict == VERDICT_NO_GROWTH ? "" : " open", items.bytes);
    text_release(&items);
    text_release(&words);
}

void html_findings(struct text *out, const struct report *report)
{
    const struct result *result = &report->result;
    if (result->finding_count == 0)
        add_signals(out, report);
    for (size_t i = 0; i < result->finding_count; i++) {
        if (i > 0 || result->verdict != VERDICT_GROWTH) {
            struct text words = TEXT_EMPTY;
            say_finding(&words, &result->findings[i]);
            text_add_string(out, "<section class=\"part\">");
            html_element(out, "h2", "", words.bytes);
            text_add_string(out, "</section>");
            text_release(&words);
        }
        add_order(out, &result->findings[i]);
        add_reasons(out, report, &result->findings[i]);
        add_sites(out, &result->findings[i]);
    }
}
