/* A finding as an issue for a tracker, in Markdown that GitHub and GitLab show alike. What comes from outside stands
 * in code spans and fences where somebody would copy it, else escaped; credentials are taken out once more. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/units.h"
#include "report/escape.h"
#include "report/renderers.h"
#include "report/say.h"

enum { MOST_SITES = 10, MOST_CURL = 5, MOST_CAVEATS = 20 };

static char *without_credentials(const char *string)
{
    struct text out = TEXT_EMPTY;
    secret_hide(&out, string != NULL ? string : "");
    return text_take(&out);
}

static void put_prose(FILE *out, const char *string)
{
    char *clean = without_credentials(string), *escaped = escape_taken(escape_markdown, clean);
    fputs(escaped, out);
    free(escaped);
    free(clean);
}

static size_t longest_run(const char *string, char of)
{
    size_t longest = 0, run = 0;
    for (; *string != '\0'; string++) {
        run = *string == of ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void put_ticks(FILE *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fputc('`', out);
}

/* A code span: between more backticks than it holds.
 * Source: CommonMark 0.31, section 6.1 (a space inside on each side is not shown). */
static void put_code(FILE *out, const char *string)
{
    char *clean = without_credentials(string), *plain = escape_taken(escape_plain, clean);
    size_t ticks = longest_run(plain, '`') + 1;
    const char *pad = ticks > 1 ? " " : "";
    put_ticks(out, ticks);
    fprintf(out, "%s%s%s", pad, plain[0] != '\0' ? plain : " ", pad);
    put_ticks(out, ticks);
    free(plain);
    free(clean);
}

/* Lines to copy, in a fence that none of them can end. */
static void put_fence(FILE *out, const char *const *lines, size_t count)
{
    size_t ticks = 3;
    for (size_t i = 0; i < count; i++) {
        size_t run = longest_run(lines[i], '`');
        ticks = run >= ticks ? run + 1 : ticks;
    }
    put_ticks(out, ticks);
    fputs("sh\n", out);
    for (size_t i = 0; i < count; i++) {
        char *clean = without_credentials(lines[i]), *plain = escape_taken(escape_plain, clean);
        fprintf(out, "%s\n", plain);
        free(plain);
        free(clean);
    }
    put_ticks(out, ticks);
    fputs("\n", out);
}

static void put_point(FILE *out, const char *label, const struct text *words)
{
    if (words->length == 0)
        return;
    fprintf(out, "- %s", label);
    put_prose(out, words->bytes);
    fputs("\n", out);
}

static void put_what(FILE *out, const struct result *result, const struct finding *finding)
{
    struct text text = TEXT_EMPTY;
    fputs("\n## What grows\n\n", out);
    for (size_t i = 0; i < finding->endpoints.count; i++) {
        fputs("- ", out);
        put_code(out, finding->endpoints.items[i]);
        fputs("\n", out);
    }
    if (finding->endpoints.count == 0)
        fputs(finding->kind == FINDING_IDLE ? "- the server by itself, without any request\n"
                                            : "- the whole mix of recorded requests\n",
              out);
    say_order(&text, finding);
    put_point(out, "in this order: ", &text);
    if (finding->requests_that_grow != NULL) {
        fputs("- only requests with ", out);
        put_code(out, finding->requests_that_grow);
        fputs("\n", out);
    }
    text_clear(&text);
    say_finding(&text, finding);
    put_point(out, "", &text);
    text_clear(&text);
    say_projection(&text, &finding->projection);
    put_point(out, "in production: ", &text);
    text_clear(&text);
    say_observed(&text, result);
    put_point(out, "", &text);
    text_clear(&text);
    say_suspected(&text, result, finding);
    put_point(out, "", &text);
    text_release(&text);
}

static void put_confirmed(FILE *out, const struct report *report, const struct finding *finding)
{
    struct text text = TEXT_EMPTY, evidence = TEXT_EMPTY;
    for (size_t i = 0; i < finding->confirmed.count; i++) {
        text_clear(&text);
        text_clear(&evidence);
        text_add_string(&text, say_confirmation(finding, finding->confirmed.items[i]));
        say_evidence(&evidence, report, finding, finding->confirmed.items[i]);
        if (evidence.length > 0)
            text_addf(&text, ": %s", evidence.bytes);
        put_point(out, "", &text);
    }
    text_clear(&text);
    if (finding->confirmed.count == 0 && report->result.reason != NULL)
        text_add_string(&text, report->result.reason);
    put_point(out, "", &text);
    text_release(&text);
    text_release(&evidence);
}

static void put_how_sure(FILE *out, const struct report *report, const struct finding *finding)
{
    const struct result *result = &report->result;
    fputs("\n## How sure\n\n", out);
    if (isfinite(result->confidence) && result->confidence > 0)
        fprintf(out, "- %.3g %% confidence\n", result->confidence * 100);
    put_confirmed(out, report, finding);
    if (finding->signal != NULL) {
        fputs("- judged by the signal ", out);
        put_code(out, finding->signal);
        fputs("\n", out);
    }
    for (size_t i = 0; i < result->threshold_count; i++)
        if (result->thresholds[i].outcome == THRESHOLD_FAIL) {
            struct text value = TEXT_EMPTY;
            fputs("- the limit ", out);
            put_code(out, result->thresholds[i].limit);
            fputs(" is crossed: ", out);
            say_threshold(&value, &result->thresholds[i]);
            put_prose(out, text_string(&value));
            fputs("\n", out);
            text_release(&value);
        }
}

static void put_again(FILE *out, const struct finding *finding)
{
    size_t curls = finding->curl.count < MOST_CURL ? finding->curl.count : MOST_CURL;
    if (finding->reproduce == NULL && curls == 0)
        return;
    fputs("\n## How to see it again\n", out);
    if (finding->reproduce != NULL) {
        const char *const line[] = {finding->reproduce};
        fputs("\n", out);
        put_fence(out, line, 1);
    }
    if (curls > 0) {
        fputs("\nBy hand, again and again:\n\n", out);
        put_fence(out, (const char *const *)finding->curl.items, curls);
    }
}

/* As seen from where seep was started, if it lies there: so it is found in any checkout, and tells of no home. */
static const char *place_here(const char *place)
{
    char here[PATH_MAX];
    size_t length = getcwd(here, sizeof here) != NULL ? strlen(here) : 0;
    bool within = length > 1 && strncmp(place, here, length) == 0 && place[length] == '/';
    return within ? place + length + 1 : place;
}

static void put_site(FILE *out, const struct site_growth *site)
{
    struct text text = TEXT_EMPTY;
    fputs("- ", out);
    put_code(out, site->site != NULL ? place_here(site->site) : "unknown");
    text_add_string(&text, ": ");
    say_amount(&text, site->bytes_per_request, false);
    text_add_string(&text, " per request, ");
    say_site_growth(&text, site);
    put_prose(out, text.bytes);
    text_clear(&text);
    say_site_whose(&text, site);
    if (text.length > 0) {
        fputs(" (", out);
        put_prose(out, text.bytes);
        fputs(")", out);
    }
    fputs("\n", out);
    text_release(&text);
}

static void put_where(FILE *out, const struct finding *finding)
{
    if (finding->site_count == 0)
        return;
    fputs("\n## Where it is allocated\n\n", out);
    for (size_t i = 0; i < finding->site_count && i < MOST_SITES; i++)
        put_site(out, &finding->sites[i]);
    if (finding->site_count > MOST_SITES)
        fprintf(out, "- and %zu more\n", finding->site_count - MOST_SITES);
    if (isfinite(finding->explained))
        fprintf(out, "\nThese explain %.0f %% of it.\n", finding->explained * 100);
}

static void put_pair(FILE *out, const char *label, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    fprintf(out, "- %s: ", label);
    put_code(out, value);
    fputs("\n", out);
}

static void put_signals(FILE *out, const struct result *result)
{
    if (result->signal_count == 0)
        return;
    fputs("- signals: ", out);
    for (size_t i = 0; i < result->signal_count; i++) {
        fputs(i > 0 ? ", " : "", out);
        put_code(out, result->signals[i].name);
        fprintf(out, " (%s)", verdict_name(result->signals[i].verdict));
    }
    fputs("\n", out);
}

static void put_environment(FILE *out, const struct result *result)
{
    struct text text = TEXT_EMPTY;
    fputs("\n## Environment\n\n", out);
    put_pair(out, "server", result->target);
    put_pair(out, "machine", result->machine);
    put_pair(out, "seep", result->seep_version);
    put_signals(out, result);
    text_addf(&text, "%s, run %lld, ", result->command != NULL ? result->command : "",
              (long long)result->run);
    say_date(&text, result->started_us);
    text_add_string(&text, ": ");
    say_cost(&text, result);
    put_point(out, "", &text);
    text_clear(&text);
    say_replay(&text, result);
    put_point(out, "", &text);
    text_release(&text);
}

static void put_mind(FILE *out, const struct result *result)
{
    size_t shown = result->caveats.count < MOST_CAVEATS ? result->caveats.count : MOST_CAVEATS;
    if (shown + result->not_looked_at_count == 0)
        return;
    fputs("\n## Mind\n\n", out);
    for (size_t i = 0; i < shown; i++) {
        struct text text = TEXT_EMPTY;
        text_add_string(&text, result->caveats.items[i]);
        put_point(out, "", &text);
        text_release(&text);
    }
    size_t endpoints = 0;
    for (size_t i = 0; i < result->not_looked_at_count; i++)
        endpoints += result->not_looked_at[i].endpoints.count;
    if (endpoints > 0)
        fprintf(out, "- %zu endpoint%s not looked at: nothing is said of %s\n", endpoints,
                endpoints == 1 ? " was" : "s were", endpoints == 1 ? "it" : "them");
}

static int refuse(const struct result *result, struct err *err)
{
    static const char *const words[] = {[VERDICT_INCONCLUSIVE] = "is inconclusive",
                                        [VERDICT_NO_GROWTH] = "shows no growth",
                                        [VERDICT_GROWTH] = "has no finding"};
    return err_set(err, ERR_USAGE, "run %lld %s: there is nothing to report", (long long)result->run,
                   words[result->verdict]);
}

int render_issue(const struct report *report, FILE *out, struct err *err)
{
    const struct result *result = &report->result;
    if (result->verdict != VERDICT_GROWTH || result->finding_count == 0)
        return refuse(result, err);
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct finding *finding = &result->findings[i];
        struct text title = TEXT_EMPTY;
        say_finding(&title, finding);
        fputs(i == 0 ? "# Memory grows: " : "\n# Memory grows, too: ", out);
        put_prose(out, title.bytes);
        fputs("\n", out);
        text_release(&title);
        put_what(out, result, finding);
        put_how_sure(out, report, finding);
        put_where(out, finding);
        put_again(out, finding);
    }
    put_environment(out, result);
    put_mind(out, result);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the issue") : 0;
}
