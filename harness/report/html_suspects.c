/* The page of suspects: what grows and with what, who is suspected, the instances, what was looked at. */
#include <math.h>
#include <stdlib.h>

#include "report/escape.h"
#include "report/html_parts.h"
#include "report/say.h"
#include "report/suspects.h"

enum { MOST_RESTARTS = 500 };

static void add_header(struct text *out, const struct suspects *suspects)
{
    struct text words = TEXT_EMPTY;
    text_add_string(out, "<header><p>seep &middot; suspects");
    if (suspects->source != NULL) {
        text_add_string(out, " &middot; ");
        escape_html(out, suspects->source);
    }
    text_addf(out, "</p><p class=\"verdict %s\">%s</p><h1>", verdict_name(suspects->verdict),
              say_suspects(suspects));
    say_suspects_answer(&words, suspects);
    html_capitalise(&words);
    html_escaped(out, &words);
    text_add_string(out, "</h1>");
    text_clear(&words);
    say_suspects_story(&words, suspects);
    if (words.length > 0)
        html_element(out, "p", "", words.bytes);
    text_add_string(out, "</header>\n");
    text_release(&words);
}

static void key_limit(struct text *out, const struct suspects *suspects, struct text *value,
                      struct text *small)
{
    size_t *order = suspects_worst(suspects);
    const struct suspect_instance *first =
        suspects->instance_count > 0 ? &suspects->instances[order[0]] : NULL;
    if (first != NULL && isfinite(first->days)) {
        say_until_limit(value, &(struct suspect_instance){.days = first->days,
                                                          .days_interval = {(double)NAN, (double)NAN}});
        text_add_string(small, first->name);
        if (isfinite(first->limit_bytes)) {
            text_add_string(small, ", ");
            say_amount(small, first->limit_bytes, false);
        }
        html_key(out, "the first instance reaches its limit", value, small);
    }
    free(order);
}

static void add_keys(struct text *out, const struct suspects *suspects)
{
    struct text keys = TEXT_EMPTY, value = TEXT_EMPTY, small = TEXT_EMPTY;
    if (isfinite(suspects->bytes_per_day) && suspects->verdict == VERDICT_GROWTH) {
        say_amount(&value, suspects->bytes_per_day, false);
        say_interval(&small, suspects->bytes_per_day_interval, false);
        html_key(&keys, "growth per day and instance", &value, &small);
    } else if (isfinite(suspects->smallest_bytes_per_day)) {
        say_amount(&value, suspects->smallest_bytes_per_day, false);
        text_add_string(&small, "per day and instance");
        html_key(&keys, "growth would have been seen from", &value, &small);
    }
    if (isfinite(suspects->by_requests) && suspects->verdict == VERDICT_GROWTH) {
        say_share(&value, fmin(fmax(suspects->by_requests, 0), 1));
        text_add_string(&small, "the rest with time");
        html_key(&keys, "of it comes with requests", &value, &small);
    }
    if (suspects->count > 0) {
        say_amount(&value, suspects->items[0].bytes_per_request, false);
        say_some(&small, &suspects->items[0].endpoints, 2);
        html_key(&keys, "first suspect, bytes per request", &value, &small);
    }
    key_limit(&keys, suspects, &value, &small);
    if (keys.length > 0)
        text_addf(out, "<dl class=\"key\">%s</dl>\n", keys.bytes);
    text_release(&keys);
    text_release(&value);
    text_release(&small);
}

static void add_cell(struct text *out, struct text *words)
{
    text_add_string(out, "<td class=\"n\">");
    html_escaped(out, words);
    text_clear(words);
}

static void add_endpoints(struct text *out, const struct suspect *suspect)
{
    text_add_string(out, "<td>");
    for (size_t i = 0; i < suspect->endpoints.count; i++) {
        text_add_string(out, i > 0 ? "<br>" : "");
        html_element(out, "code", "", suspect->endpoints.items[i]);
    }
    if (suspect->endpoints.count > 1)
        text_add_string(out, "<br><small>" SUSPECTS_TOGETHER "</small>");
}

static void add_suspect(struct text *out, const struct suspect *suspect, size_t number)
{
    struct text words = TEXT_EMPTY;
    text_addf(out, "<tr><td class=\"n\">%zu", number);
    add_endpoints(out, suspect);
    say_daily(&words, suspect->bytes_per_request, suspect->interval);
    add_cell(out, &words);
    say_suspect_share(&words, suspect);
    add_cell(out, &words);
    say_suspect_sure(&words, suspect);
    add_cell(out, &words);
    say_rate(&words, suspect->per_second);
    add_cell(out, &words);
    text_release(&words);
}

static void add_suspects(struct text *out, const struct suspects *suspects)
{
    if (suspects->count == 0)
        return;
    text_add_string(out,
                    "<section class=\"part\"><h2>Suspects</h2><p class=\"note\">A suspect is a hint from "
                    "production; only <code>seep bisect</code> proves it. Intervals are at 95 %.");
    text_add_string(out, suspects_overlap(suspects) ? " " SUSPECTS_OVERLAP "</p>" : "</p>");
    plot_suspects(out, suspects);
    text_add_string(
        out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Suspects\"><table><thead>"
             "<tr><th class=\"n\">#<th>endpoint<th class=\"n\">bytes per request<th class=\"n\">share "
             "of the growth<th class=\"n\">sure<th class=\"n\">requests</thead><tbody>");
    for (size_t i = 0; i < suspects->count; i++)
        add_suspect(out, &suspects->items[i], i + 1);
    text_add_string(out, "</tbody></table></div></section>\n");
}

static void add_instance(struct text *out, const struct suspect_instance *instance)
{
    struct text words = TEXT_EMPTY;
    text_add_string(out, "<tr><td class=\"tag\">");
    html_element(out, "code", "", instance->name);
    text_add_string(&words, isfinite(instance->memory_bytes) ? "" : "gone");
    if (isfinite(instance->memory_bytes))
        say_amount(&words, instance->memory_bytes, false);
    if (isfinite(instance->limit_bytes)) {
        text_add_string(&words, " of ");
        say_amount(&words, instance->limit_bytes, false);
    }
    add_cell(out, &words);
    say_daily(&words, instance->bytes_per_day, instance->bytes_per_day_interval);
    add_cell(out, &words);
    say_until_limit(&words, instance);
    add_cell(out, &words);
    text_add_string(out, "<td>");
    size_t said = 0;
    for (int kind = 0; kind < RESTART_KINDS; kind++)
        if (instance->restarts[kind] > 0)
            text_addf(out, "%s%zu %s", said++ > 0 ? ", " : "", instance->restarts[kind],
                      restart_kind_name((enum restart_kind)kind));
    text_release(&words);
}

static void add_instances(struct text *out, const struct suspects *suspects)
{
    size_t *order = suspects_worst(suspects);
    if (suspects->instance_count > 0) {
        text_add_string(
            out, "<section class=\"part\"><h2>Instances</h2><p class=\"note\">Those nearest to their limit "
                 "first, at the rate of growth of the whole time.</p><div class=\"wide tall\" tabindex=\"0\" "
                 "role=\"region\" aria-label=\"Instances\"><table><thead><tr><th>instance<th class=\"n\">"
                 "memory<th class=\"n\">growth per day<th class=\"n\">reaches its limit<th>restarts</thead>"
                 "<tbody>");
        for (size_t i = 0; i < suspects->instance_count; i++)
            add_instance(out, &suspects->instances[order[i]]);
        text_add_string(out, "</tbody></table></div></section>\n");
    }
    free(order);
}

static void add_restarts(struct text *out, const struct suspects *suspects)
{
    struct text words = TEXT_EMPTY;
    size_t shown = suspects->restart_count > MOST_RESTARTS ? MOST_RESTARTS : suspects->restart_count;
    say_restarts(&words, suspects);
    html_capitalise(&words);
    text_add_string(out, "<section class=\"part\"><h2>Restarts</h2><p>");
    html_escaped(out, &words);
    text_add_string(out, ".</p>");
    if (shown > 0)
        text_add_string(
            out, "<details><summary>Each of them</summary><div class=\"wide tall\" tabindex=\"0\" "
                 "role=\"region\" aria-label=\"Restarts\"><table><thead><tr><th>at<th>instance<th>by<th "
                 "class=\"n\">memory before</thead><tbody>");
    for (size_t i = 0; i < shown; i++) {
        const struct restart *restart = &suspects->restarts[i];
        text_add_string(out, "<tr><td class=\"tag\">");
        say_epoch(out, restart->at_s);
        text_add_string(out, "<td>");
        if (restart->instance < suspects->instance_count)
            escape_html(out, suspects->instances[restart->instance].name);
        text_addf(out, "<td>%s", restart_kind_name(restart->kind));
        text_clear(&words);
        if (isfinite(restart->memory_bytes))
            say_amount(&words, restart->memory_bytes, false);
        add_cell(out, &words);
    }
    if (shown > 0)
        text_add_string(out, "</tbody></table></div>");
    if (shown < suspects->restart_count)
        text_addf(out, "<p class=\"note\">The first %zu of %zu.</p>", shown, suspects->restart_count);
    text_add_string(out, shown > 0 ? "</details></section>\n" : "</section>\n");
    text_release(&words);
}

static void add_names(struct text *out, const char *heading, const char *why, const struct strings *names)
{
    if (names->count == 0)
        return;
    text_addf(out, "<section class=\"part\"><h2>%s</h2><p class=\"note\">%s</p><p>", heading, why);
    for (size_t i = 0; i < names->count; i++) {
        text_add_string(out, i > 0 ? ", " : "");
        html_element(out, "code", "", names->items[i]);
    }
    text_add_string(out, "</p></section>\n");
}

static void add_list(struct text *out, const char *heading, const struct strings *lines)
{
    if (lines->count == 0)
        return;
    text_addf(out, "<section class=\"part\"><h2>%s</h2><ul class=\"plain\">", heading);
    for (size_t i = 0; i < lines->count; i++)
        html_element(out, "li", "", lines->items[i]);
    text_add_string(out, "</ul></section>\n");
}

static void add_query(struct text *out, const char *what, const char *query)
{
    if (query == NULL)
        return;
    text_addf(out, "<li>%s: ", what);
    html_element(out, "code", "", query);
    text_add_string(out, "</li>");
}

static void add_end(struct text *out, const struct suspects *suspects)
{
    struct text words = TEXT_EMPTY;
    say_suspects_command(&words, suspects);
    if (words.length > 0) {
        text_add_string(out, "<section class=\"part\"><h2>Go on</h2><pre tabindex=\"0\">");
        html_escaped(out, &words);
        text_add_string(out, "</pre></section>\n");
    }
    text_clear(&words);
    say_suspects_data(&words, suspects);
    html_capitalise(&words);
    text_add_string(out, "<section class=\"part\"><h2>What was looked at</h2><ul class=\"plain\">");
    html_element(out, "li", "", text_string(&words));
    add_query(out, "from", suspects->source);
    add_query(out, "memory", suspects->memory_query);
    add_query(out, "requests", suspects->requests_query);
    text_addf(out, "</ul></section>\n<footer>Exit code %d.</footer>\n", suspects->exit_code);
    text_release(&words);
}

int suspects_html(const void *view, FILE *out, struct err *err)
{
    const struct suspects *suspects = view;
    struct text html = TEXT_EMPTY, title = TEXT_EMPTY;
    text_addf(&title, "seep suspects: %s", say_suspects(suspects));
    html_begin(&html, &title);
    text_release(&title);
    add_header(&html, suspects);
    add_keys(&html, suspects);
    add_suspects(&html, suspects);
    plot_idle_and_busy(&html, suspects);
    plot_instances(&html, suspects);
    add_instances(&html, suspects);
    add_restarts(&html, suspects);
    add_names(&html, "Cleared", "Each was " SUSPECTS_CLEARED ".", &suspects->cleared);
    add_names(&html, "Not told", "Their requests are too few, or too even, to say anything.",
              &suspects->untold);
    add_list(&html, "Mind", &suspects->caveats);
    add_list(&html, "What would tell more", &suspects->help);
    add_end(&html, suspects);
    html_end(&html);
    return html_write(&html, out, err);
}
