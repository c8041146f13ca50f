/* The rest of the story on the page: how a hunt went, what is left, how to see it again, what it means in production. */
#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/say.h"
#include "report/story.h"

void html_not_judged(struct text *out, const struct report *report)
{
    size_t count = 0;
    const char **names = story_not_judged(report, &count);
    if (count > 0) {
        text_addf(out, "<section class=\"part\"><h2>Not judged yet (%zu)</h2><ul class=\"plain\"><li>",
                  count);
        for (size_t i = 0; i < count; i++) {
            text_add_string(out, i > 0 ? ", " : "");
            html_element(out, "code", "", names[i]);
        }
        text_add_string(out, "</li></ul></section>\n");
    }
    free(names);
}

static void add_sum(struct text *out, const struct step_sum *sum)
{
    struct text words = TEXT_EMPTY;
    say_step_sum(&words, sum);
    text_addf(out, "<li>%s: ", say_step(sum->step));
    html_escaped(out, &words);
    text_add_string(out, "</li>");
    text_release(&words);
}

static void add_probe(struct text *out, const struct probe *probe)
{
    char number[UNITS_SIZE];
    bool measured = probe->reused_from == 0;
    text_addf(out, "<tr><td class=\"n\">%s",
              isfinite(probe->ended_s) ? units_duration(number, probe->ended_s) : "");
    text_addf(out, "<td class=\"tag\">%s<td>", say_step(probe->step));
    escape_html(out, probe->mix);
    text_add_string(out, "<td>");
    escape_html(out, probe->says);
    text_addf(out, "<td class=\"n\">%s", measured ? units_count(number, probe->requests) : "");
    text_addf(out, "<td class=\"n\">%s<td class=\"tag\">",
              measured ? units_duration(number, story_seconds(probe)) : "");
    say_reused(out, probe);
}

static void add_probes(struct text *out, const struct report *report)
{
    text_addf(out,
              "<details><summary>All %zu answers</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" "
              "aria-label=\"Answers\"><table><thead><tr><th class=\"n\">at<th>step<th>mix<th>answer"
              "<th class=\"n\">requests<th class=\"n\">took<th>reused</thead><tbody>",
              story_length(report));
    for (size_t i = 0; i < report->probe_count; i++)
        if (story_shows(&report->probes[i]))
            add_probe(out, &report->probes[i]);
    text_add_string(out, "</tbody></table></div></details>");
}

static void add_sentence(struct text *out, struct text *words)
{
    if (words->length == 0)
        return;
    html_capitalise(words);
    text_add_char(words, '.');
    html_element(out, "p", "", words->bytes);
}

void html_way(struct text *out, const struct report *report)
{
    struct step_sum sums[STEP_COUNT];
    size_t steps = story_steps(report, sums);
    if (steps == 0)
        return;
    struct text words = TEXT_EMPTY;
    say_effort(&words, report);
    text_add_string(out, "<section class=\"part\"><h2>How it went</h2><p class=\"note\">");
    html_escaped(out, &words);
    text_add_string(out, ".</p>");
    text_clear(&words);
    say_suspicions(&words, &report->result.suspects);
    add_sentence(out, &words);
    text_add_string(out, "<ul class=\"plain\">");
    for (size_t i = 0; i < steps; i++)
        add_sum(out, &sums[i]);
    text_add_string(out, "</ul>");
    add_probes(out, report);
    text_add_string(out, "</section>\n");
    text_release(&words);
}

/* Requests that grow by themselves, for a terminal without seep. */
static void add_curl(struct text *out, const struct result *result)
{
    bool any = false;
    for (size_t i = 0; i < result->finding_count; i++)
        for (size_t k = 0; k < result->findings[i].curl.count; k++) {
            if (!any)
                text_add_string(out, "<p>By hand, again and again:</p>");
            any = true;
            html_element(out, "pre", " tabindex=\"0\"", result->findings[i].curl.items[k]);
        }
}

void html_again(struct text *out, const struct result *result)
{
    struct text commands = TEXT_EMPTY;
    for (size_t i = 0; i < result->finding_count; i++)
        if (result->findings[i].reproduce != NULL && result->findings[i].reproduce[0] != '\0')
            html_element(&commands, "pre", " tabindex=\"0\"", result->findings[i].reproduce);
    add_curl(&commands, result);
    if (commands.length > 0)
        text_addf(out, "<section class=\"part\"><h2>See it again</h2>%s</section>\n", commands.bytes);
    text_release(&commands);
    if (result->resume != NULL) {
        text_add_string(out, "<section class=\"part\"><h2>Go on with the hunt</h2>");
        html_element(out, "pre", " tabindex=\"0\"", result->resume);
        text_add_string(out, "</section>\n");
    }
}

static void add_part(struct text *out, const char *heading, const struct text *paragraphs)
{
    if (paragraphs->length > 0)
        text_addf(out, "<section class=\"part\"><h2>%s</h2>%s</section>\n", heading, paragraphs->bytes);
}

void html_production(struct text *out, const struct result *result)
{
    struct text words = TEXT_EMPTY, paragraphs = TEXT_EMPTY;
    for (size_t i = 0; i < result->finding_count; i++) {
        text_clear(&words);
        say_projection_of(&words, result, &result->findings[i]);
        add_sentence(&paragraphs, &words);
    }
    add_part(out, "What it costs", &paragraphs);
    text_clear(&words);
    text_clear(&paragraphs);
    say_observed(&words, result);
    add_sentence(&paragraphs, &words);
    struct strings lines = {NULL, 0};
    say_suspected_judged(result, &lines);
    for (size_t i = 0; i < lines.count; i++) {
        text_clear(&words);
        text_add_string(&words, lines.items[i]);
        add_sentence(&paragraphs, &words);
    }
    strings_release(&lines);
    add_part(out, "Beside production", &paragraphs);
    text_release(&words);
    text_release(&paragraphs);
}
