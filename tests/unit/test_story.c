/* The story of a hunt in every report: how it went, what is left of one that ended early, what grows by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <jansson.h>
#include <sys/stat.h>

#include "retold.h"
#include "report/csv.h"
#include "report/escape.h"

static void add_probe(enum step step, const char *mix, const char *says, double started_s, double ended_s,
                      uint64_t requests, int64_t reused_from)
{
    size_t at = report.probe_count++;
    report.probes = xrealloc(report.probes, report.probe_count * sizeof *report.probes);
    report.probes[at] = (struct probe){
        .number = (int64_t)at, /* the first are the settings */
        .trial = reused_from != 0 ? 0 : 1,
        .step = step,
        .mix = xstrdup(mix),
        .question = xstrdup("q"),
        .answer = xstrdup("{\"secret\": 1}"),
        .says = xstrdup(says),
        .reused_from = reused_from,
        .started_s = started_s,
        .ended_s = ended_s,
        .requests = requests,
    };
}

static void add_probes(void)
{
    for (size_t i = 0; i < report.probe_count; i++)
        probe_release(&report.probes[i]);
    report.probe_count = 0;
    add_probe(STEP_NULL, "settings", "of the hunt", 0, 0, 0, 0);
    add_probe(STEP_WARM_UP, "16 endpoints", "grows: 0.17 objects per request", 0.7, 5.1, 3840, 0);
    add_probe(STEP_SCREEN, "GET /", "flat", 5.1, 5.6, 640, 0);
    add_probe(STEP_SCREEN, "GET /search", "flat", 5.6, 5.6, 900, 7);
    add_probe(STEP_LONG_SOLO, EXAMPLE_LEAK, "grows: 1.00 objects per request", 5.6, 12.3, 9672, 0);
    add_probe(STEP_HOLD, EXAMPLE_LEAK, "still there after 32 s", 12.3, 44.3, 0, 0);
    add_probe(STEP_ISOLATED, EXAMPLE_LEAK, "as fast", 44.3, 44.3, 5000, 9);
    add_probe(STEP_REDUCE, "3 of 16 endpoints", "flat", 44.3, 46.3, 700, 0);
}

static int setup(void **state)
{
    int status = retold_setup(state);
    add_probes();
    report.result.findings[0].named_s = 12.3;
    terminal_style = (struct terminal_style){.color = false, .width = 100};
    return status;
}

static void shows(const char *renderer, const char *part)
{
    char *text = rendered(renderer);
    has(text, part);
    free(text);
}

static void hides(const char *renderer, const char *part)
{
    char *text = rendered(renderer);
    if (strstr(text, part) != NULL)
        fail_msg("'%s' is in:\n%s", part, text);
    free(text);
}

/* Each of the parts stands after the one before it. */
static void shows_in_order(const char *renderer, const char *const *parts, size_t count)
{
    char *text = rendered(renderer), *at = text;
    for (size_t i = 0; i < count; i++) {
        char *found = strstr(at, parts[i]);
        if (found == NULL)
            fail_msg("'%s' is not in its place in:\n%s", parts[i], text);
        at = found + strlen(parts[i]);
    }
    free(text);
}

static char *csv_of(const char *name)
{
    char path[160];
    struct err err = {0};
    struct text text = TEXT_EMPTY;
    assert_int_equal(csv_write(&report, directory, &err), 0);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(text_read_file(&text, path, 1 << 20, &err), 0);
    return text_take(&text);
}

/* ---- in one order ---- */

static void the_story_is_told_in_one_order(void **state)
{
    (void)state;
    static const char *const terminal[] = {"GROWTH: ",
                                           "  where   ",
                                           "  why     ",
                                           "  by      signal live_objects, 99 % confidence\n",
                                           "\nCleared (",
                                           "\nNot looked at (1)",
                                           "\nHow it went\n",
                                           "\nCost\n",
                                           "\nSee it again\n  again   seep run",
                                           "\nIn production\n  when    10.6 MiB per day",
                                           "  share   "};
    static const char *const html[] = {"<h1>GET /quote/{sku} keeps", "<h2>Why to believe it",
                                       "<h2>Where it is allocated",  "<h2>Cleared",
                                       "<h2>Not looked at",          "<h2>How it went",
                                       "<h2>See it again",           "<h2>What it costs",
                                       "<h2>Beside production"};
    static const char *const markdown[] = {"- **GET /quote/",
                                           "`docker/staging/pricing/timing.py:41`",
                                           "it went on growing in a long solo: 1.00 objects",
                                           "At 99 % confidence.",
                                           "\nCleared:",
                                           "\nNot looked at:",
                                           "<summary>How it went",
                                           " named after 12.3 s",
                                           "- again: `seep run",
                                           "- 10.6 MiB per day",
                                           "- what was found explains 93"};
    static const char *const junit[] = {"<failure message=\"GET /quote/{sku} keeps",
                                        "where: docker/",
                                        "\nwhy: it went on growing in a long solo: 1.00",
                                        "\nagain: seep run scenarios/pricing -e &#39;GET",
                                        "\nwhen: 10.6 MiB per day",
                                        "</failure>",
                                        "<system-out>",
                                        " named after 12.3 s",
                                        "screen: 2 answers, 1 of them reused",
                                        "</system-out>"};
    shows_in_order("terminal", terminal, sizeof terminal / sizeof *terminal);
    shows_in_order("html", html, sizeof html / sizeof *html);
    shows_in_order("markdown", markdown, sizeof markdown / sizeof *markdown);
    shows_in_order("junit", junit, sizeof junit / sizeof *junit);
}

/* What a confirmation rests on: its measurement, of a hold how long it was, of a step without one its answer. */
static void each_confirmation_has_its_evidence(void **state)
{
    (void)state;
    struct finding *finding = &report.result.findings[0];
    terminal_style.width = 200;
    strings_add(&finding->confirmed, "hold");
    shows("terminal",
          "it went on growing in a long solo: 1.00 objects per request (0.998 to 1.002) over 9,672 calls "
          "in trial 1; linear through 9,672 calls\n");
    shows("terminal", "          nothing of it went away while idle: still there after 32 s\n");
    shows("html", "Nothing of it went away while idle.<small>still there after 32 s</small>");
    for (size_t i = 0; i < report.measurement_count; i++)
        report.measurements[i].per_request = NAN;
    shows("terminal", "          it grew at the same rate alone on a fresh server: as fast, from run 9\n");
    shows("terminal", "          the rest of the mix is flat without it\n"); /* nothing is known of it */
}

/* ---- how it went ---- */

static void steps_are_summed_on_a_terminal(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\nHow it went\n", "   5.1 s  warm-up    1 answer, 3,840 requests, 4.4 s\n",
        "   5.6 s  screen     2 answers, 1 of them reused, 640 requests, 500 ms\n",
        "  12.3 s  long solo  1 answer, 9,672 requests, 6.7 s\n", "  44.3 s  isolated   1 answer reused\n"};
    shows_in_order("terminal", lines, sizeof lines / sizeof *lines);
    shows("terminal", "; named after 12.3 s; 2 of 7 answers reused from run 7, 9;");
    hides("terminal", "GET /: flat");
}

static void every_answer_is_told_where_asked_for(void **state)
{
    (void)state;
    terminal_style.verbose = true;
    shows("terminal", "   5.6 s  screen     GET /: flat (640 requests)\n");
    shows("terminal", "   5.6 s  screen     GET /search: flat, from run 7\n");
    shows("html", "<details><summary>All 7 answers</summary>");
    shows("html",
          "<tr><td class=\"n\">5.6 s<td class=\"tag\">screen<td>GET /search<td>flat<td class=\"n\"><td "
          "class=\"n\"><td class=\"tag\">from run 7");
    shows("markdown", "\n<details><summary>How it went: 7 answers</summary>\n\n| at | step |");
    shows("markdown",
          "| 12.3 s | long solo | GET /quote/\\{sku\\} | grows: 1.00 objects per request | 9,672 |\n");
    shows("markdown", "| 44.3 s | isolated | GET /quote/\\{sku\\} | as fast | from run 9 |\n");
    char *csv = csv_of("probes.csv");
    has(csv, "probe,trial,step,mix,says,requests,started_s,ended_s,reused_from\n1,1,warm_up,16 endpoints,");
    has(csv, "\n3,0,screen,GET /search,flat,900,5.6,5.6,7\n4,1,long_solo,");
    free(csv);
}

static void the_settings_are_never_told(void **state)
{
    (void)state;
    terminal_style.verbose = true;
    for (const struct renderer *renderer = renderers; renderer->name != NULL; renderer++) {
        hides(renderer->name, "of the hunt\"");
        hides(renderer->name, "secret");
    }
    hides("html", "<td>settings");
    hides("terminal", "settings: ");
    hides("markdown", "| settings |");
    char *csv = csv_of("probes.csv");
    assert_null(strstr(csv, "settings"));
    free(csv);
}

static void json_has_the_steps(void **state)
{
    (void)state;
    char *text = rendered("json");
    json_error_t error;
    json_t *result = json_loads(text, 0, &error), *steps = json_object_get(result, "steps");
    assert_int_equal(json_array_size(steps), 7);
    json_t *reused = json_array_get(steps, 2), *solo = json_array_get(steps, 3);
    assert_string_equal(json_string_value(json_object_get(reused, "step")), "screen");
    assert_string_equal(json_string_value(json_object_get(reused, "mix")), "GET /search");
    assert_int_equal(json_integer_value(json_object_get(reused, "reused_from")), 7);
    assert_true(json_is_null(json_object_get(solo, "reused_from")));
    assert_true(fabs(json_number_value(json_object_get(solo, "seconds")) - 6.7) < 1e-6);
    assert_true(json_number_value(json_object_get(solo, "at_seconds")) == 12.3);
    assert_int_equal(json_integer_value(json_object_get(solo, "requests")), 9672);
    has(text, "\"named_after_seconds\": 12.3,");
    has(text, "\"order\": null");
    has(text, "\"bytes_per_second\": null");
    has(text, "\"resume\": null");
    json_decref(result);
    free(text);
}

/* A run and a hunt of before have no probes: nothing is said of any. */
static void without_probes_nothing_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < report.probe_count; i++)
        probe_release(&report.probes[i]);
    report.probe_count = 0;
    hides("terminal", "How it went");
    hides("html", "How it went");
    hides("markdown", "<details>");
    hides("junit", "<system-out>");
    shows("json", "\"steps\": []");
}

static void many_answers_stay_short_in_markdown(void **state)
{
    (void)state;
    for (int i = 0; i < 400; i++)
        add_probe(STEP_SCREEN, "GET /", "flat", 50 + i, 51 + i, 100, 0);
    char *text = rendered("markdown");
    size_t rows = 0;
    for (const char *at = text; (at = strstr(at, "| screen |")) != NULL; at++)
        rows++;
    assert_true(rows >= 5 && rows < 40);
    has(text, " more | | |\n\n</details>\n");
    size_t lines = 0;
    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 59);
    free(text);
}

/* ---- order ---- */

static void the_order_is_told(void **state)
{
    (void)state;
    struct finding *finding = &report.result.findings[0];
    finding->kind = FINDING_LATCHED;
    finding->order = xstrdup("POST /open-book first, then GET /quote/{sku}");
    shows("terminal", "  order   POST /open-book first, then GET /quote/{sku} (latched)\n");
    shows("html", "<h2>In which order</h2><p>POST /open-book first, then GET /quote/{sku} (latched)</p>");
    shows("markdown", "  - POST /open-book first, then GET /quote/\\{sku\\} (latched)\n");
    shows("junit", "order: POST /open-book first, then GET /quote/{sku} (latched)\n");
    shows("json", "\"order\": \"POST /open-book first, then GET /quote/{sku}\"");
    char *csv = csv_of("findings.csv");
    has(csv, ",days,order,named_s,bytes_per_second,recording\n");
    has(csv, "\"POST /open-book first, then GET /quote/{sku}\",12.3,,\n");
    free(csv);
    free(finding->order);
    finding->order = NULL;
    shows("terminal", "  order   latched\n");
    finding->kind = FINDING_ALONE;
    hides("terminal", "  order ");
    hides("html", "In which order");
}

/* ---- idle ---- */

static void make_idle(void)
{
    struct finding *finding = &report.result.findings[0];
    strings_release(&finding->endpoints);
    strings_release(&finding->confirmed);
    strings_add(&finding->confirmed, "hold");
    finding->endpoints = (struct strings){NULL, 0};
    finding->kind = FINDING_IDLE;
    finding->bytes_per_request = 0;
    finding->objects_per_request = NAN;
    finding->bytes_per_second = 2150;
    finding->interval = (struct interval){2048, 2253};
    finding->linear_requests = 0;
    result_say(&finding->per, "second");
    finding->projection.at_rate_per_second = 0;
    finding->projection.bytes_per_day = 2150.0 * 86400;
}

static void what_grows_by_itself_is_told(void **state)
{
    (void)state;
    static const char idle[] =
        "he server grows by itself, without any request: 2.1 KiB per second (2 to 2.2 KiB)";
    make_idle();
    terminal_style.width = 200;
    static const char *const names[] = {"terminal", "html", "junit", "markdown"};
    for (size_t i = 0; i < 4; i++) {
        shows(names[i], idle);
        shows(names[i], "t went on growing while nothing was sent");
        shows(names[i], "177 MiB per day");
        hides(names[i], "at the recorded");
    }
    shows("terminal", ", per second, 99 % confidence");
    shows("html", "<dt>bytes kept per second</dt><dd>2.1 KiB");
    hides("html", "kept per request");
    shows("junit", "name=\"without any request\" time=\"0.000\"><failure");
    shows("json", "\"bytes_per_request\": null,");
    shows("json", "\"bytes_per_second\": 2150.0");
    shows("json", "\"kind\": \"idle\"");
    shows("json", "\"bytes_per_day\": 185760000.0");
    char *csv = csv_of("findings.csv");
    has(csv, "\n1,,idle,,2048,2253,,");
    has(csv, ",2150,\n");
    free(csv);
    strings_add(&report.result.findings[0].endpoints, "POST /start");
    shows("terminal",
          "grows by itself, without any request, once POST /start was called: 2.1 KiB per second");
}

/* ---- ended early ---- */

static void make_partial(void)
{
    struct result *result = &report.result;
    while (result->finding_count > 0)
        result_drop_finding(result, 0);
    result->verdict = VERDICT_INCONCLUSIVE;
    result_say(&result->reason, "interrupted");
    result_say(&result->resume, "seep bisect scenarios/pricing --resume 1");
}

static void a_hunt_that_ended_early_says_what_is_left(void **state)
{
    (void)state;
    static const char left[] = "he hunt ended early: 1 endpoint is not judged yet";
    static const char *const names[] = {"terminal", "html", "junit", "markdown"};
    make_partial();
    for (size_t i = 0; i < 4; i++) {
        shows(names[i], left);
        shows(names[i], "seep bisect scenarios/pricing --resume 1");
        hides(names[i], "give it more calls");
    }
    shows("terminal", "INCONCLUSIVE: interrupted\n  the hunt ended early");
    shows("terminal", "\nNot judged yet (1)\n  GET /quote/{sku}\n");
    shows("terminal", "\nSee it again\n  go on   seep bisect scenarios/pricing --resume 1\n");
    shows("html", "<h2>Not judged yet (1)</h2>");
    shows("html",
          "<h2>Go on with the hunt</h2><pre tabindex=\"0\">seep bisect scenarios/pricing --resume 1</pre>");
    shows("markdown", "\nNot judged yet (1): `GET /quote/{sku}`\n");
    shows("markdown", "\n- go on: `seep bisect scenarios/pricing --resume 1`\n");
    shows("junit", "name=\"GET /quote/{sku}\" time=\"38.700\"><skipped message=\"not settled\"/>");
    shows("json", "\"resume\": \"seep bisect scenarios/pricing --resume 1\"");
    shows("json", "\"not_judged\": [\n    \"GET /quote/{sku}\"\n  ]");
}

/* What was found until then stays the answer. */
static void what_was_found_until_then_comes_first(void **state)
{
    (void)state;
    result_say(&report.result.resume, "seep bisect scenarios/pricing --resume 1");
    terminal_style.width = 200;
    shows("terminal",
          "GROWTH: GET /quote/{sku} keeps 40.3 B per request (39.9 to 40.7), 1.00 objects, linear through "
          "10,000 calls\n  the hunt ended early: what it came to is not confirmed in full\n");
    hides("terminal", "Not judged yet");
    shows("json", "\"not_judged\": []");
}

/* ---- as ever ---- */

static void suspect(const char *names, double probability, double bytes)
{
    struct suspicion *suspicion = suspicions_add(&report.result.suspects);
    char *copy = xstrdup(names), *rest = NULL;
    for (char *name = strtok_r(copy, "|", &rest); name != NULL; name = strtok_r(NULL, "|", &rest))
        strings_add(&suspicion->endpoints, name);
    suspicion->probability = probability;
    suspicion->bytes_per_request = bytes;
    free(copy);
}

static void what_production_suspected_is_told(void **state)
{
    (void)state;
    static const char *const told[] = {"terminal", "html"};
    const struct remark *out = &report.result.not_looked_at[0];
    const char *cleared = report.result.cleared[0].endpoints.items[0];
    for (const struct renderer *renderer = renderers; renderer->name != NULL; renderer++)
        hides(renderer->name, "production su");
    shows("json", "\"production\": null");
    suspect(EXAMPLE_LEAK, 0.93, 48);
    suspect("GET /nowhere|GET /elsewhere", 0.4, NAN);
    suspect(cleared, 0.05, 3);
    suspect(out->endpoints.items[0], 0.004, 3);
    terminal_style.width = 1000;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        char *line = xasprintf(
            "roduction suspects %s (93 %%), then one of GET /nowhere and GET /elsewhere (40 %%), then %s (5 "
            "%%), and 1 more: looked at first",
            EXAMPLE_LEAK, cleared);
        shows(told[i], line);
        free(line);
        shows(told[i], "GET /quote/{sku}: as production suggested: 48 B/request there, 40");
        line = xasprintf("%s, which production suspected (5 %%), is cleared: ", cleared);
        shows(told[i], line);
        free(line);
        line = xasprintf("%s, which production suspected (0.4 %%), was not looked at: ",
                         out->endpoints.items[0]);
        shows(told[i], line);
        free(line);
        shows(told[i], "GET /nowhere and GET /elsewhere, which production suspected together (40 %), are not "
                       "all judged");
    }
    shows("markdown", "\n- production suspects GET /quote/\\{sku\\} (93 %), then one of GET /nowhere and");
    shows("markdown", "\n- GET /quote/\\{sku\\}: as production suggested: 48 B/request there, 40");
    shows("issue", "as production suggested: 48 B/request there, 40");
    shows("json", "\"judged\": \"not_looked_at\"");
}

/* Of a group no rate is that of one of them; what was not suspected is said, too. */
static void findings_beside_suspects(void **state)
{
    (void)state;
    suspect("GET /", 0.9, 5);
    shows("terminal", "GET /quote/{sku}: production did not suspect it");
    suspect("GET /search|" EXAMPLE_LEAK, 0.5, NAN);
    terminal_style.width = 1000;
    shows("terminal",
          "GET /quote/{sku}: as production suggested of one of GET /search and GET /quote/{sku} (50 %)\n");
}

static void widths_are_kept(void **state)
{
    (void)state;
    add_probe(STEP_ISOLATED,
              "GET /a/very/long/path/{with}/{many}/{parts}/of/which/none/is/short/at/all/{really}",
              "grows: 1.00 objects per request, linear through 10,000 calls, as fast at the end as before",
              50, 60, 10, 0);
    terminal_style.verbose = true;
    char *text = rendered("terminal"), *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (escape_width(line) > 100)
            fail_msg("%zu columns: %s", escape_width(line), line);
    free(text);
}

static void hostile_words_stay_text(void **state)
{
    (void)state;
    static const char hostile[] = "<script>\x1b[31m|\xff";
    struct finding *finding = &report.result.findings[0];
    add_probe(STEP_SCREEN, hostile, hostile, 1, 2, 3, 0);
    finding->order = xstrdup(hostile);
    result_say(&report.result.resume, "%s", hostile);
    terminal_style.verbose = true;
    for (const struct renderer *renderer = renderers; renderer->name != NULL; renderer++) {
        hides(renderer->name, "\x1b");
        hides(renderer->name, "\xff");
        if (strcmp(renderer->name, "html") == 0 || strcmp(renderer->name, "junit") == 0)
            hides(renderer->name, "<script>\\x1b");
    }
    shows("markdown", "| &lt;script&gt;\\\\x1b\\[31m\\|\\\\xff | &lt;script&gt;");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, retold_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_story_is_told_in_one_order),
        TEST(each_confirmation_has_its_evidence),
        TEST(steps_are_summed_on_a_terminal),
        TEST(every_answer_is_told_where_asked_for),
        TEST(the_settings_are_never_told),
        TEST(json_has_the_steps),
        TEST(without_probes_nothing_is_said),
        TEST(many_answers_stay_short_in_markdown),
        TEST(the_order_is_told),
        TEST(what_grows_by_itself_is_told),
        TEST(a_hunt_that_ended_early_says_what_is_left),
        TEST(what_was_found_until_then_comes_first),
        TEST(what_production_suspected_is_told),
        TEST(findings_beside_suspects),
        TEST(widths_are_kept),
        TEST(hostile_words_stay_text),
    };
    return cmocka_run_group_tests_name("story", tests, NULL, NULL);
}
