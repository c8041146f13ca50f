#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <ftw.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retold.h"
#include "report/csv.h"
#include "lines.h"
#include "report/escape.h"
#include "report/progress.h"
#include "report/thin.h"

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/* ---- what the store gives ---- */

static void the_store_is_retold(void **state)
{
    (void)state;
    assert_string_equal(report.result.findings[0].endpoints.items[0], EXAMPLE_LEAK);
    assert_int_equal(report.trial_count, 4);
    assert_int_equal(report.load_count, EXAMPLE_ENDPOINTS);
    assert_int_equal(report.series_count, 4 * 4); /* rss, fds, live_objects, heap in each trial */
    for (size_t i = 0; i < report.series_count; i++) {
        const struct report_series *series = &report.series[i];
        assert_true(series->count > 0 && series->count <= 4 * 320);
        for (size_t p = 1; p < series->count; p++)
            assert_true(series->points[p].at_s >= series->points[p - 1].at_s);
    }
}

static void thinning_keeps_peaks_and_is_bounded(void **state)
{
    (void)state;
    struct thinner thinner;
    size_t count = 0;
    double highest = -INFINITY;
    thinner_init(&thinner, 64);
    for (int i = 0; i < 200000; i++) {
        double value = i == 77777 ? 1e9 : i == 123456 ? -1e9 : sin(i / 1000.0);
        struct point point = {i * 0.1, i, value, SAMPLE_TIMED};
        thinner_add(&thinner, &point);
    }
    struct point *points = thinner_points(&thinner, &count);
    assert_true(count >= 32 && count <= 128);
    double lowest = INFINITY;
    for (size_t i = 0; i < count; i++) {
        highest = fmax(highest, points[i].value);
        lowest = fmin(lowest, points[i].value);
        assert_true(i == 0 || points[i].at_s >= points[i - 1].at_s);
    }
    assert_true(highest == 1e9 && lowest == -1e9);
    assert_true(points[0].at_s < 1000 && points[count - 1].at_s > 19000);
    free(points);
    thinner_release(&thinner);
}

static void few_points_are_not_touched(void **state)
{
    (void)state;
    struct thinner thinner;
    size_t count = 0;
    thinner_init(&thinner, 64);
    for (int i = 0; i < 64; i++) {
        struct point point = {i < 32 ? 5 : i, i, i, SAMPLE_SETTLED}; /* half of them at one time */
        if (i == 9)
            point.value = NAN; /* half of them at one time */
        thinner_add(&thinner, &point);
    }
    struct point *points = thinner_points(&thinner, &count);
    assert_int_equal(count, 64);
    assert_true(isnan(points[9].value));
    for (size_t i = 0; i < count; i++)
        assert_true(points[i].requests == (double)i);
    free(points);
    struct point more = {100, 100, 100, SAMPLE_SETTLED};
    thinner_add(&thinner, &more);
    assert_true(thinner.count <= 64);
    thinner_release(&thinner);
}

static void remarks_with_one_reason_are_one(void **state)
{
    (void)state;
    struct err err = {0};
    char path[96];
    snprintf(path, sizeof path, "%s/seep.db", directory);
    struct store *store = store_open(path, &err);
    struct result result = {.verdict = VERDICT_NO_GROWTH};
    strings_add(&result_add_cleared(&result, "flat")->endpoints, "GET /1");
    strings_add(&result_add_cleared(&result, "stopped")->endpoints, "GET /2");
    strings_add(&result_add_cleared(&result, "flat")->endpoints, "GET /3");
    assert_int_equal(store_end_run(store, 1, &result, &err), 0);
    result_release(&result);
    report_release(&report);
    assert_int_equal(retell(store, 1, &report, &err), 0);
    store_close(store);
    assert_int_equal(report.result.cleared_count, 2);
    assert_int_equal(report.result.cleared[0].endpoints.count, 2);
    assert_string_equal(report.result.cleared[0].endpoints.items[1], "GET /3");
}

/* ---- JSON ---- */

/* The keys of an object, joined; the order is part of what readers of a diff see. */
static void keys_are(const json_t *object, const char *expected)
{
    struct text keys = TEXT_EMPTY;
    const char *key;
    json_t *value;
    assert_true(json_is_object(object));
    json_object_foreach((json_t *)object, key, value)
        text_addf(&keys, "%s%s", keys.length > 0 ? " " : "", key);
    assert_string_equal(text_string(&keys), expected);
    text_release(&keys);
}

static void json_is_schema_1(void **state)
{
    (void)state;
    char *text = rendered("json");
    json_error_t error;
    json_t *result = json_loads(text, 0, &error);
    assert_non_null(result);
    keys_are(result,
             "schema command run label verdict reason confidence exit findings cleared not_looked_at signals "
             "thresholds caveats peak_bytes kept_bytes observed production requests trials seconds replay "
             "own endpoints "
             "steps not_judged resume seep_version target machine shard merged_from");
    json_t *finding = json_array_get(json_object_get(result, "findings"), 0);
    keys_are(finding,
             "endpoints kind bytes_per_request interval objects_per_request signal per linear_through "
             "confirmed requests_that_grow sites explained projection reproduce order named_after_seconds "
             "bytes_per_second recording curl");
    keys_are(json_object_get(finding, "linear_through"), "requests bytes");
    keys_are(json_object_get(finding, "projection"),
             "memory_limit_bytes days at_rate_per_second bytes_per_day interval_bytes_per_day interval_days");
    keys_are(json_object_get(result, "observed"), "bytes seconds bytes_per_day explained interval");
    keys_are(json_array_get(json_object_get(finding, "sites"), 0),
             "site whose called_from package version bytes_per_request requested_bytes_per_request "
             "objects_per_request");
    keys_are(json_array_get(json_object_get(result, "cleared"), 0), "endpoints why");
    keys_are(json_array_get(json_object_get(result, "thresholds"), 0), "limit result value interval");
    json_t *signals = json_object_get(result, "signals");
    keys_are(json_array_get(signals, 0), "name verdict smallest_detectable_objects_per_request");
    keys_are(json_array_get(signals, 2), "name verdict smallest_detectable_bytes_per_request");
    keys_are(json_object_get(result, "replay"),
             "planned done failed skipped lag_p50_us lag_p99_us lag_max_us late "
             "too_late uncorrelated abandoned");
    keys_are(json_array_get(json_object_get(result, "endpoints"), 0),
             "name planned done failed skipped landed achieved_per_second recorded_per_second "
             "service_p50_us service_p99_us service_max_us total_p50_us total_p99_us total_max_us "
             "lag_p50_us lag_p99_us lag_max_us");
    keys_are(json_object_get(result, "own"), "max_rss_bytes");
    has(text, "\"bytes_per_request\": 40.3,");
    has(text, "\"requests_that_grow\": null");
    assert_true(json_is_integer(json_object_get(result, "peak_bytes")));
    assert_true(
        json_is_null(json_object_get(json_array_get(json_object_get(result, "thresholds"), 1), "interval")));
    json_decref(result);
    free(text);
}

static void json_has_no_float_noise(void **state)
{
    (void)state;
    report.result.findings[0].bytes_per_request = 0.1 + 0.2;
    report.result.findings[0].projection.days = INFINITY;
    report.result.findings[0].projection.days_interval = (struct interval){41.5, INFINITY};
    report.result.peak_bytes = NAN;
    char *text = rendered("json");
    has(text, "\"bytes_per_request\": 0.3,");
    has(text, "\"days\": null");
    has(text, "\"interval_days\": [\n          41.5,\n          null\n        ]");
    has(text, "\"peak_bytes\": null");
    free(text);
}

/* ---- hostile names, everywhere ---- */

#define HOSTILE "GET /<script>alert('1')</script>\"&\x1b[31m\x01\xff\xe2\x80\xae|`x`\n"

static void replace(char **slot)
{
    free(*slot);
    *slot = xstrdup(HOSTILE);
}

static void make_hostile(void)
{
    struct result *result = &report.result;
    replace(&result->label), replace(&result->service), replace(&result->reason), replace(&result->command);
    struct finding *finding = &result->findings[0];
    replace(&finding->endpoints.items[0]), replace(&finding->signal), replace(&finding->reproduce);
    replace(&finding->per), replace(&finding->sites[0].site), replace(&finding->confirmed.items[0]);
    result_say(&finding->requests_that_grow, "%s", HOSTILE);
    for (size_t i = 0; i < result->cleared_count; i++)
        replace(&result->cleared[i].why), replace(&result->cleared[i].endpoints.items[0]);
    replace(&result->not_looked_at[0].why), replace(&result->not_looked_at[0].endpoints.items[0]);
    replace(&result->signals[0].name), replace(&result->thresholds[0].limit),
        replace(&result->caveats.items[0]);
    for (size_t i = 0; i < report.trial_count; i++)
        replace(&report.trials[i].mix), replace(&report.trials[i].note);
    for (size_t i = 0; i < report.block_count; i++)
        replace(&report.blocks[i].mix);
    for (size_t i = 0; i < report.measurement_count; i++) {
        replace(&report.measurements[i].note), replace(&report.measurements[i].signal);
        if (strcmp(report.measurements[i].mix, EXAMPLE_LEAK) == 0)
            replace(&report.measurements[i].mix);
    }
    replace(&report.loads[0].endpoint);
    for (size_t i = 0; i < report.series_count; i++)
        if (strcmp(report.series[i].signal, "live_objects") == 0)
            replace(&report.series[i].signal);
}

static void no_control_characters(const char *text, bool colours)
{
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if ((byte < 0x20 && byte != '\n' && !(colours && byte == 0x1b)) || byte == 0x7f || byte == 0xff)
            fail_msg("byte %d at %zu", byte, (size_t)(at - text));
    }
    assert_null(strstr(text, "\xe2\x80\xae"));
}

static int scripts_in(const char *text)
{
    int count = 0;
    for (; (text = strstr(text, "<script")) != NULL; text++)
        count++;
    return count;
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    make_hostile();
    for (const struct renderer *renderer = renderers; renderer->name != NULL; renderer++) {
        char *text = rendered(renderer->name);
        has(text, "alert");
        if (strcmp(renderer->name, "json") == 0) {
            json_error_t error;
            json_t *result = json_loads(text, 0, &error);
            assert_non_null(result);
            assert_non_null(strstr(json_string_value(json_object_get(result, "label")), "<script>"));
            json_decref(result);
        } else {
            no_control_characters(text, false);
            has(text, "\\x1b");
        }
        bool page = strcmp(renderer->name, "html") == 0; /* its own script is the only one */
        if (page || strcmp(renderer->name, "junit") == 0)
            assert_int_equal(scripts_in(text), page ? 1 : 0);
        free(text);
    }
}

static void markdown_escapes_outside_of_code(void **state)
{
    (void)state;
    make_hostile();
    char *text = rendered("markdown");
    for (const char *line = text; *line != '\0';
         line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        bool code = false;
        size_t ticks = 0;
        for (const char *at = line; *at != '\n' && *at != '\0'; at++) {
            bool escaped = at > line && at[-1] == '\\' && !code;
            if (*at == '`' && !escaped) {
                code = !code;
                ticks++;
            }
            if (*at == '<' && !code)
                fail_msg("'<' outside of code: %.*s", (int)strcspn(line, "\n"), line);
        }
        assert_int_equal(ticks % 2, 0);
    }
    free(text);
}

/* ---- XML ---- */

/* Enough of an XML reader to see that tags nest and that text is escaped. */
static void well_formed(const char *xml)
{
    char stack[16][32];
    size_t depth = 0;
    const char *at = strstr(xml, "?>") + 2;
    while (*at != '\0') {
        if (*at == '&') {
            assert_non_null(strchr(at, ';'));
            assert_true(strcspn(at, ";") <= 6);
        }
        if (*at++ != '<')
            continue;
        bool closing = *at == '/';
        at += closing;
        size_t length = strcspn(at, " >/");
        assert_true(length > 0 && length < sizeof stack[0]);
        if (closing) {
            assert_true(depth > 0);
            depth--;
            assert_memory_equal(stack[depth], at, length);
        } else {
            assert_true(depth < 16);
            snprintf(stack[depth], sizeof stack[0], "%.*s", (int)length, at);
        }
        size_t quotes = 0;
        const char *end = at;
        for (; *end != '>' || quotes % 2 == 1; end++) {
            assert_true(*end != '\0' && *end != '<');
            quotes += *end == '"';
        }
        if (!closing && end[-1] != '/')
            depth++;
        at = end + 1;
    }
    assert_int_equal(depth, 0);
}

static void junit_reads_well(void **state)
{
    (void)state;
    char *text = rendered("junit");
    well_formed(text);
    has(text, "<testsuites name=\"seep\" tests=\"18\" failures=\"2\"");
    has(text, "name=\"GET /quote/{sku}\" time=\"0.000\"><failure message=\"GET /quote/{sku} keeps 40.3 B per "
              "request");
    has(text, "name=\"growth &gt; 16 B/request\" time=\"0.000\"><failure message=\"40.3 B (39.9 to 40.7)\"");
    has(text, "name=\"p99 &gt; 500 ms\" time=\"0.000\"/>");
    has(text, "<skipped message=\"not looked at: answered 401 where 204 was recorded\"/>");
    free(text);
    make_hostile();
    text = rendered("junit");
    well_formed(text);
    free(text);
}

/* ---- terminal ---- */

static void the_answer_comes_first(void **state)
{
    (void)state;
    terminal_style = (struct terminal_style){.color = false, .width = 120};
    char *text = rendered("terminal");
    static const char first[] =
        "GROWTH: GET /quote/{sku} keeps 40.3 B per request (39.9 to 40.7), 1.00 objects, linear "
        "through 10,000 calls\n";
    assert_memory_equal(text, first, sizeof first - 1);
    has(text, "docker/staging/pricing/timing.py:41  32 B per request, 1.00 objects (yours)");
    has(text, "docker/staging/pricing/registry.py:27  8.8 B per request, one object getting longer (yours)");
    has(text,
        "  when    10.6 MiB per day (10.5 to 10.7 MiB) at the recorded 3.2/s; reaches 700 MiB in 62.5 days "
        "(61.9 to 63.1 days)\n");
    has(text,
        "  share   what was found explains 93 % (92 to 94 %) of the growth observed in production (12 MB in "
        "1 day)\n");
    has(text, "; the target reached 36.6 MiB and keeps 33.5 MiB, seep's own 14 MiB\n");
    has(text, "seep run scenarios/pricing -e 'GET /quote/{sku}' --requests 5000\n");
    has(text, "answered 401 where 204 was recorded: DELETE /cart/{id}/items/{item}\n");
    has(text, "stopped growing after 640 calls: GET /search\n");
    has(text, "run 1 (nightly), exit 1");
    free(text);
}

/* A share of 4 % is never called an explanation, and a slowest growth of nothing has no last day. */
static void production_is_told_in_words(void **state)
{
    (void)state;
    struct result *result = &report.result;
    terminal_style = (struct terminal_style){.color = false, .width = 200};
    result->observed = (struct observed){100e6, 3 * 86400, 0.0414, {0.0413, 0.0524}};
    result->findings[0].projection.days_interval = (struct interval){61.9, INFINITY};
    char *text = rendered("terminal");
    has(text, "  share   what was found makes about 4 % (4.1 to 5.2 %) of the growth observed in production "
              "(100 MB in 3 days): it does not explain it\n");
    has(text, "reaches 700 MiB in 62.5 days (61.9 days at the earliest, perhaps never)\n");
    free(text);
    text = rendered("html");
    has(text, "What was found makes about 4 % (4.1 to 5.2 %) of the growth observed");
    has(text, "<dt>reaches 700 MiB</dt><dd>in 62.5 days<small>61.9 days at the earliest, perhaps never, at "
              "3.2/s</small>");
    free(text);
    result->observed.explained = 3.14;
    result->observed.interval = (struct interval){NAN, NAN};
    result->findings[0].projection.memory_limit_bytes = 0;
    text = rendered("html");
    has(text, "<dt>bytes kept per day</dt><dd>10.6 MiB<small>10.5 to 10.7 MiB, at 3.2/s</small>");
    free(text);
    text = rendered("markdown");
    has(text, "what was found is 3.1 times the growth observed in production");
    has(text, "10.6 MiB per day (10.5 to 10.7 MiB) at the recorded 3.2/s\n");
    free(text);
}

/* Stores of before know the days and no more. */
static void an_older_projection_is_still_told(void **state)
{
    (void)state;
    struct projection *projection = &report.result.findings[0].projection;
    projection->bytes_per_day = projection->days_interval.low = projection->days_interval.high = NAN;
    report.result.kept_bytes = report.result.observed.bytes = NAN;
    terminal_style = (struct terminal_style){.color = false, .width = 120};
    char *text = rendered("terminal");
    has(text, "  when    reaches 700 MiB in 62.5 days at the recorded 3.2/s\n");
    has(text, "; the target reached 36.6 MiB, seep's own");
    assert_null(strstr(text, "in production"));
    free(text);
    text = rendered("json");
    has(text, "\"interval_days\": null");
    has(text, "\"kept_bytes\": null");
    has(text, "\"observed\": null");
    free(text);
}

static void narrow_terminals_are_kept(void **state)
{
    (void)state;
    for (int width = 60; width <= 100; width += 20) {
        terminal_style.width = width;
        free(report.result.findings[0].reproduce); /* a command is never broken */
        report.result.findings[0].reproduce = NULL;
        char *text = rendered("terminal");
        if (widest_line(text) > (size_t)width + 8) /* the table's last column may stick out a little */
            fail_msg("%zu columns in a terminal of %d", widest_line(text), width);
        assert_null(strchr(text, '\x1b'));
        free(text);
    }
    terminal_style.color = true;
    char *text = rendered("terminal");
    assert_non_null(strstr(text, "\x1b[1;31mGROWTH\x1b[0m"));
    free(text);
    terminal_style.color = false;
}

static void no_growth_says_what_would_have_been_seen(void **state)
{
    (void)state;
    struct result result = {.verdict = VERDICT_NO_GROWTH, .confidence = 0.99, .requests = 1, .trials = 1};
    result.ended_us = 1;
    struct signal_result *signal = result_add_signal(&result, "live_objects");
    signal->verdict = VERDICT_NO_GROWTH;
    signal->objects = true;
    signal->smallest_detectable = 0.02;
    result_release(&report.result);
    report.result = result;
    terminal_style.width = 120;
    char *text = rendered("terminal");
    has(text, "NO GROWTH: nothing grows; growth from 0.020 objects per request in live_objects would have "
              "been seen\n");
    free(text);
    text = rendered("html");
    has(text, "growth from 0.020 objects per request");
    free(text);
}

static void inconclusive_says_what_to_do(void **state)
{
    (void)state;
    report.result.verdict = VERDICT_INCONCLUSIVE;
    result_say(&report.result.reason, "error rate 72 %%");
    report.result.replay.landed = 10;
    char *text = rendered("terminal");
    assert_memory_equal(text, "INCONCLUSIVE: error rate 72 %\n", 30);
    has(text, "seep check");
    free(text);
    struct tally *tally = &report.result.replay;
    *tally = (struct tally){.planned = 1000, .done = 1000, .landed = 1000, .late = 10};
    text = rendered("terminal");
    has(text, "give it more calls");
    free(text);
    tally->late = 11;
    text = rendered("terminal");
    has(text, "lower --rate or --speed");
    free(text);
    *tally = (struct tally){.planned = 1000, .done = 800, .landed = 800, .skipped = 200, .uncorrelated = 200};
    text = rendered("terminal");
    has(text, "look at `capture`");
    free(text);
}

static void an_empty_run_renders(void **state)
{
    (void)state;
    report_release(&report);
    for (const struct renderer *renderer = renderers; renderer->name != NULL; renderer++) {
        if (strcmp(renderer->name, "issue") == 0) /* there is nothing to report */
            continue;
        char *text = rendered(renderer->name);
        assert_true(strlen(text) > 20);
        free(text);
    }
}

/* As if it had been a soak under an open loop, on a target too slow for it. */
static void make_soak(void)
{
    report.blocks[0].step = STEP_SOAK;
    report.blocks[0].started_s = 0, report.blocks[0].ended_s = 100;
    struct tally *tally = &report.result.replay;
    tally->late = 1312, tally->too_late = 40, tally->uncorrelated = 7, tally->abandoned = 5;
}

static void losses_are_told_everywhere(void **state)
{
    (void)state;
    static const char losses[] =
        "; 1,312 sent late; 40 skipped as too late; 7 skipped because a value from an "
        "earlier answer was missing; 5 hung up on, as planned";
    terminal_style.width = 1000;
    for (const struct renderer *renderer = renderers; renderer->name != NULL; renderer++) {
        char *text = rendered(renderer->name);
        if (strstr(text, "hung up on") != NULL)
            fail_msg("%s tells what was not", renderer->name);
        free(text);
    }
    make_soak();
    static const char *const names[] = {"terminal", "html", "junit", "markdown"};
    for (size_t i = 0; i < 4; i++) {
        char *text = rendered(names[i]);
        has(text, losses);
        if (strcmp(names[i], "junit") == 0)
            well_formed(text);
        free(text);
    }
    char *text = rendered("json");
    has(text, "\"late\": 1312");
    has(text, "\"too_late\": 40");
    has(text, "\"uncorrelated\": 7");
    has(text, "\"abandoned\": 5");
    free(text);
}

/* Times from the due time only where requests had one. */
static void a_soak_shows_its_requests(void **state)
{
    (void)state;
    terminal_style.width = 100;
    char *text = rendered("terminal");
    assert_null(strstr(text, "\nRequests\n"));
    free(text);
    make_soak();
    text = rendered("terminal");
    has(text, "\nRequests\n");
    has(text, "p99 from due\n  GET /report/daily/{date} ");
    has(text, "1,354    13.5/s    610 us    2.1 ms        2.3 ms\n");
    has(text, "  and 4 faster ones\n");
    free(text);
    for (size_t i = 0; i < report.load_count; i++) {
        report.loads[i].total = report.loads[i].service;
        report.loads[i].lag = (struct times){0, 0, 0};
    }
    text = rendered("terminal");
    has(text, "\nRequests\n");
    assert_null(strstr(text, "from due"));
    free(text);
    text = rendered("html");
    assert_null(strstr(text, "from due"));
    free(text);
}

/* ---- Markdown, CSV ---- */

static void markdown_is_short(void **state)
{
    (void)state;
    char *text = rendered("markdown");
    has(text, "### seep: GROWTH\n");
    has(text, "`docker/staging/pricing/timing.py:41` 32 B per request, 1.00 objects (yours)");
    has(text, "█");
    assert_true(lines_of(text) < 60);
    free(text);
    for (int i = 0; i < 300; i++) {
        strings_add(&result_add_cleared(&report.result, "why")->endpoints, "GET /");
        strings_add(&result_add_not_looked_at(&report.result, "why")->endpoints, "GET /");
        strings_add(&report.result.caveats, "caveat");
        result_add_threshold(&report.result, "growth > 16 B/request");
        struct finding *finding = result_add_finding(&report.result);
        strings_add(&finding->endpoints, "GET /x");
        for (int s = 0; s < 20; s++)
            finding_add_site(finding)->site = xstrdup("a.py:1");
    }
    text = rendered("markdown");
    assert_true(lines_of(text) < 60);
    has(text, "and 298 more findings");
    free(text);
}

static char *file_text(const char *name)
{
    char path[128];
    struct text text = TEXT_EMPTY;
    struct err err = {0};
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (text_read_file(&text, path, 1 << 24, &err) < 0)
        fail_msg("%s", err.message);
    return text_take(&text);
}

static int count_one(void *owner, const struct sample *sample)
{
    (void)sample;
    ++*(size_t *)owner;
    return 0;
}

static void csv_has_every_sample(void **state)
{
    (void)state;
    struct err err = {0};
    char db[96], csv[96];
    snprintf(db, sizeof db, "%s/seep.db", directory);
    snprintf(csv, sizeof csv, "%s/csv", directory);
    struct store *store = store_open_read_only(db, &err);
    size_t sample_count = 0;
    assert_int_equal(store_each_sample(store, 1, count_one, &sample_count, &err), 0);
    assert_int_equal(retell_csv(store, 1, &report, csv, &err), 0);
    store_close(store);
    char *samples = file_text("csv/samples.csv"), *sites = file_text("csv/sites.csv");
    char *endpoints = file_text("csv/endpoints.csv");
    assert_memory_equal(samples, "at_s,trial,signal,kind,requests,value\n", 38);
    assert_int_equal(lines_of(samples), sample_count + 1);
    has(sites, "1,docker/staging/pricing/timing.py:41,yours,32,24,1,,,\n");
    has(endpoints, "GET /quote/{sku},grows,,1,");
    has(endpoints,
        "DELETE /cart/{id}/items/{item},not looked at,answered 401 where 204 was recorded,,,,0,0,0,0,0,");
    assert_int_equal(lines_of(endpoints), EXAMPLE_ENDPOINTS + 1);
    has(endpoints, ",late,too_late,uncorrelated,abandoned,total_p50_us,total_p99_us,total_max_us,lag_p50_us,"
                   "lag_p99_us,lag_max_us\n");
    has(endpoints, ",3.2,730,2482,5840,,1984,0,0,0,0,746,2682,6540,16,210,730\n");
    free(samples), free(sites), free(endpoints);
}

static void csv_fields_are_quoted(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},  {"a,b", "\"a,b\""}, {"a\"b", "\"a\"\"b\""}, {"=SUM(A1)", "\"'=SUM(A1)\""},
        {"a\nb", "a\\x0ab"}, {NULL, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *field = escape_taken(escape_csv, cases[i][0]);
        assert_string_equal(field, cases[i][1]);
        free(field);
    }
}

static void bytes_that_are_not_utf8_are_shown(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"grüße €😀", "grüße €😀"},
        {"\xc3", "\\xc3"},
        {"\xc0\xaf", "\\xc0\\xaf"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        {"\xe2\x80\xae", "\\u{202e}"},
        {"\xef\xbf\xbf", "\\u{ffff}"},
        {"\xc2\x85", "\\u{85}"},
        {"\t", "\\x09"},
        {"\xe2\x82", "\\xe2\\x82"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *plain = escape_taken(escape_plain, cases[i][0]);
        assert_string_equal(plain, cases[i][1]);
        free(plain);
    }
}

/* ---- files ---- */

static void files_are_written_whole_or_not_at_all(void **state)
{
    (void)state;
    struct err err = {0};
    char path[96], full[] = "/dev/full";
    snprintf(path, sizeof path, "%s/out.json", directory);
    assert_int_equal(report_write(&report, "json", path, &err), 0);
    char *first = file_text("out.json");
    assert_int_equal(report_write(&report, "json", path, &err), 0);
    char *second = file_text("out.json");
    assert_string_equal(first, second);
    free(first), free(second);
    snprintf(path, sizeof path, "%s/missing/out.json", directory);
    assert_int_equal(report_write(&report, "json", path, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_memory_equal(err.message, path, strlen(path));
    assert_int_equal(report_write(&report, "html", full, &err), -1);
    struct stat status;
    assert_int_equal(stat(full, &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    char left[128];
    snprintf(left, sizeof left, "ls %s | grep -c part", directory);
    FILE *list = popen(left, "r");
    assert_int_equal(fgetc(list), '0');
    pclose(list);
}

/* ---- progress ---- */

static void progress_redraws_one_line(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    struct progress_view *view = progress_view_new(out, true, false);
    struct progress progress = {.step = "screening GET /quote/{sku} (3 of 16)",
                                .elapsed_s = 12.3,
                                .total_s = 600,
                                .requests = 4600,
                                .due = 4700,
                                .rate_per_second = 412.3,
                                .memory_bytes = 36e6};
    progress_view_tell(view, &progress);
    progress_view_note(view, "GET /quote/{sku} grows: \x1b[31m40.3 B/request");
    progress_view_tell(view, &progress);
    progress_view_free(view);
    fclose(out);
    has(bytes, "\r\033[K12 s, 9 m 48 s left  screening GET /quote/{...  4,600 requests, 412/s");
    has(bytes, "\r\033[KGET /quote/{sku} grows: \\x1b[31m40.3 B/request\n");
    assert_string_equal(bytes + size - 4, "\r\033[K");
    assert_int_equal(lines_of(bytes), 1);
    for (const char *line = bytes; (line = strstr(line, "\033[K")) != NULL; line += 3) {
        char *text = xstrndup(line + 3, strcspn(line + 3, "\r\n"));
        assert_true(escape_width(text) < 80);
        free(text);
    }
    free(bytes);
}

static void progress_is_plain_elsewhere(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    struct progress_view *view = progress_view_new(out, false, false);
    struct progress progress = {.step = "warming up", .memory_bytes = NAN};
    for (int i = 0; i < 50; i++)
        progress_view_tell(view, &progress);
    progress.step = "screening GET / (1 of 2)";
    progress_view_tell(view, &progress);
    progress.step = "screening GET /b (2 of 2)";
    progress_view_tell(view, &progress);
    progress_view_free(view);
    view = progress_view_new(out, false, true);
    progress_view_tell(view, &progress);
    progress_view_note(view, "quiet says nothing");
    progress_view_free(view);
    fclose(out);
    assert_string_equal(bytes, "0 s: warming up; 0 requests\n0 s: screening GET / (1 of 2); 0 requests\n");
    free(bytes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, retold_setup, retold_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_store_is_retold),
        TEST(remarks_with_one_reason_are_one),
        TEST(thinning_keeps_peaks_and_is_bounded),
        TEST(few_points_are_not_touched),
        TEST(json_is_schema_1),
        TEST(json_has_no_float_noise),
        TEST(hostile_names_stay_text),
        TEST(markdown_escapes_outside_of_code),
        TEST(junit_reads_well),
        TEST(the_answer_comes_first),
        TEST(production_is_told_in_words),
        TEST(an_older_projection_is_still_told),
        TEST(narrow_terminals_are_kept),
        TEST(no_growth_says_what_would_have_been_seen),
        TEST(inconclusive_says_what_to_do),
        TEST(an_empty_run_renders),
        TEST(losses_are_told_everywhere),
        TEST(a_soak_shows_its_requests),
        TEST(markdown_is_short),
        TEST(csv_has_every_sample),
        TEST(csv_fields_are_quoted),
        TEST(bytes_that_are_not_utf8_are_shown),
        TEST(files_are_written_whole_or_not_at_all),
        TEST(progress_redraws_one_line),
        TEST(progress_is_plain_elsewhere),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
