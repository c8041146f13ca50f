/* Suspects as a person, a script, a CI summary and a browser get them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "made_suspects.h"
#include "numbers.h"
#include "lines.h"
#include "report/escape.h"
#include "report/suspects.h"

#define HOSTILE "\"'></td><script>alert(1)</script>|`x` #1 @me\x1b[31m\r\n\xff\xe2\x80\xae"

static char *written(view_writer *write, const struct suspects *suspects)
{
    struct err err = {0};
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    assert_int_equal(write(suspects, out, &err), 0);
    fclose(out);
    return bytes;
}

static char *on_terminal(const struct suspects *suspects, int width)
{
    terminal_style.width = width;
    terminal_style.color = false;
    return written(suspects_terminal, suspects);
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("'%s' is in:\n%s", part, text);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

/* ---- verdicts ---- */

static void the_first_line_is_the_verdict(void **state)
{
    (void)state;
    static const struct {
        enum verdict verdict;
        double by_requests;
        const char *words;
    } rows[] = {
        {VERDICT_GROWTH, 1,
         "GROWS WITH REQUESTS: memory grows by 18 MiB per day and instance (16.8 to 19.2 MiB)"},
        {VERDICT_GROWTH, 0, "GROWS WITH TIME: memory grows by 18 MiB per day"},
        {VERDICT_GROWTH, 0.5, "GROWS WITH REQUESTS AND WITH TIME: memory grows"},
        {VERDICT_GROWTH, NAN, "GROWS: memory grows by"},
        {VERDICT_NO_GROWTH, NAN, "DOES NOT GROW: what the analysis says; growth from 1.1 MiB per day and"},
        {VERDICT_INCONCLUSIVE, NAN, "NOTHING CAN BE SAID: what the analysis says\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct suspects made;
        made_suspects(&made, 3, "");
        free(made.reason);
        made.reason = xstrdup("what the analysis says");
        made.verdict = rows[i].verdict;
        made.by_requests = rows[i].by_requests;
        char *text = on_terminal(&made, 120);
        if (!text_starts_with(text, rows[i].words))
            fail_msg("'%s' does not begin with '%s'", text, rows[i].words);
        free(text);
        text = written(suspects_markdown, &made);
        has(text, "### seep suspects: ");
        free(text);
        suspects_release(&made);
    }
}

#define OF_DEPLOY_S (MADE_FROM_S + 7.5 * 86400)

static void what_a_deploy_ended_or_brought_is_said_with_it(void **state)
{
    (void)state;
    static const struct {
        enum holds holds;
        const char *begins, *says, *title, *json;
    } rows[] = {
        {HOLDS_UNTIL,
         "GREW WITH REQUESTS: memory grew by 18 MiB per day and instance (16.8 to 19.2 MiB), until ",
         "until the deploy of 2024-05-08 12:00:00 UTC", "<title>seep suspects: GREW WITH REQUESTS</title>",
         "\"holds\": \"until\""},
        {HOLDS_SINCE,
         "GROWS WITH REQUESTS: memory grows by 18 MiB per day and instance (16.8 to 19.2 MiB), since ",
         "since the deploy of 2024-05-08 12:00:00 UTC", "<title>seep suspects: GROWS WITH REQUESTS</title>",
         "\"holds\": \"since\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct suspects made;
        made_suspects(&made, 3, "");
        made.holds = rows[i].holds;
        made.deploy_s = OF_DEPLOY_S;
        char *text = on_terminal(&made, 400);
        assert_true(text_starts_with(text, rows[i].begins));
        has(text, rows[i].says);
        free(text);
        text = written(suspects_markdown, &made);
        has(text, rows[i].says);
        free(text);
        text = written(suspects_html, &made);
        has(text, rows[i].says);
        has(text, rows[i].title);
        free(text);
        text = written(suspects_json, &made);
        has(text, rows[i].json);
        has(text, "\"deploy\": \"2024-05-08T12:00:00Z\"");
        free(text);
        suspects_release(&made);
    }
}

static void the_story_is_told_in_sentences(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 12, "");
    char *text = on_terminal(&made, 400);
    has(text, "94 % of the growth comes with requests, 6 % with time. Time alone adds 45.9 KiB per hour and "
              "instance, whether requests come or not.");
    has(text, "When the fewest requests come, an instance grows by 59.6 KiB per hour (19.5 to 95.7 KiB) at "
              "24 per minute; when the most come, by 1.3 MiB per hour (1.3 to 1.4 MiB) at 7.9/s.");
    has(text, "Memory follows requests by 10 m 00 s.");
    has(text, "  1. GET /quote/{sku}\n     40.3 B per request (38.1 to 42.2), 86 % of the growth (80 to 93 "
              "%), more than 99 % sure, 38.4/s\n");
    has(text, "  3. GET /report/daily/{date}\n     2 KiB per request, 12 % sure, 7.2 per hour\n");
    has(text, "only `seep bisect` proves it");
    has(text, "  go on     seep suspects ... --write DIR\n  exit 0\n");
    has(text, "and 4 more (not once among what explains the growth best)");
    has(text, "14.0 days until 2024-05-15 00:00:00 UTC, every 1 m 00 s: 12 instances, 24 stretches between "
              "restarts, 66,423,411 requests");
    has(text, "container_memory_working_set_bytes{pod=~\"shop-.*\"}");
    has(text, "  - 2 series of requests belong to no instance\n");
    has(text, "What would tell more\n  - a canary with GET /cart/{id}");
    has_not(text, "culprit");
    has_not(text, "add up to more");
    free(text);
    made.items[1].share = 0.8;
    made.by_requests = 0.9971;
    made.idle_and_busy.idle_bytes_per_hour = -2048;
    text = on_terminal(&made, 400);
    has(text, "as if it were the only one: shares add up to more than all.");
    has(text,
        "  All of the growth comes with requests. When the fewest requests come, an instance changes by "
        "-2 KiB per hour");
    free(text);
    made.by_requests = 0;
    text = on_terminal(&made, 400);
    has(text, "All of the growth comes with time. Time alone adds 45.9 KiB per hour");
    free(text);
    suspects_release(&made);
}

static void a_group_is_one_suspect(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 2, "");
    char *text = on_terminal(&made, 100);
    has(text, "  2. POST /cart/{id}/items, GET /cart/{id}\n     5.2 B per request (-1.1 to 11.9), 7 % of the "
              "growth (-1 to 15 %), 41 % sure, 20.4/s\n     their requests always come together: nothing "
              "tells them apart\n");
    assert_int_equal(count_of(text, "always come together"), 1);
    free(text);
    for (int i = 0; i < 40; i++)
        strings_addf(&made.items[1].endpoints, "GET /more/%d", i);
    text = on_terminal(&made, 100);
    has(text, "and 30 more\n");
    free(text);
    text = written(suspects_html, &made);
    has(text, "<code>GET /more/39</code>");
    assert_int_equal(count_of(text, "always come together"), 1);
    free(text);
    suspects_release(&made);
}

static void growth_without_a_suspect_says_why(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 2, "");
    while (made.count > 0)
        strings_release(&made.items[--made.count].endpoints);
    free(made.reason);
    made.reason = xstrdup("all requests come in one rhythm");
    char *text = on_terminal(&made, 300);
    has(text, "All requests come in one rhythm.\n");
    has_not(text, "--write");
    has_not(text, "A suspect is a hint");
    free(text);
    text = written(suspects_html, &made);
    has_not(text, "<h2>Suspects</h2>");
    free(text);
    made.bytes_per_day = NAN;
    text = on_terminal(&made, 300);
    assert_int_equal(count_of(text, "ll requests come in one rhythm"), 1);
    free(text);
    suspects_release(&made);
    made_suspects(&made, 2, "");
    made.exit_code = 125; /* a group of nearly all endpoints tells nobody where to look */
    free(made.reason);
    made.reason = xstrdup("those of 12 of 14 endpoints always come together");
    text = on_terminal(&made, 300);
    has(text, "Those of 12 of 14 endpoints always come together.\n");
    has(text, "\nSuspects\n");
    has_not(text, "--write");
    free(text);
    suspects_release(&made);
}

/* However many readings an instance has: what nobody read is not drawn. */
static void a_long_gap_stays_one(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 1, "");
    struct suspect_instance *one = &made.instances[0];
    size_t kept = 0;
    for (size_t i = 0; i < one->points; i++) { /* three days that one point stands for */
        bool gone = i > 500 && i < 788;
        if (gone && i != 787)
            continue;
        one->at_s[kept] = one->at_s[i];
        one->fitted[kept] = one->fitted[i];
        one->rate[kept] = gone ? (double)NAN : one->rate[i];
        one->memory[kept++] = gone ? (double)NAN : one->memory[i];
    }
    one->points = kept;
    char *html = written(suspects_html, &made);
    const char *line = strstr(html, "<path class=\"ln\" data-l=\"memory\"");
    assert_non_null(line);
    char *path = xstrndup(line, strcspn(line, ">"));
    assert_int_equal(count_of(strstr(path, " d=\""), "M"), 2);
    free(path);
    free(html);
    suspects_release(&made);
}

static void what_was_written_is_bisected(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 1, "");
    made.written = xstrdup("scenarios/shop");
    char *text = on_terminal(&made, 40);
    has(text, "seep bisect scenarios/shop\n");
    free(text);
    free(made.written);
    made.written = xstrdup("my $(shop)'s");
    text = on_terminal(&made, 80);
    has(text, "seep bisect 'my $(shop)'\\''s'\n");
    free(text);
    suspects_release(&made);
}

/* ---- instances and restarts ---- */

static void instances_nearest_to_their_limit_come_first(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 6, "");
    static const double days[] = {9, INFINITY, NAN, 2.5, 40, 0};
    for (size_t i = 0; i < 6; i++) {
        made.instances[i].days = days[i];
        made.instances[i].memory_bytes = i == 4 ? (double)NAN : 1e8;
    }
    size_t *order = suspects_worst(&made);
    static const size_t expected[] = {5, 3, 0, 2, 1, 4};
    assert_memory_equal(order, expected, sizeof expected);
    free(order);
    char *text = on_terminal(&made, 110);
    const char *at = strstr(text, "\nInstances\n");
    assert_non_null(at);
    has(at, "at its limit");
    has(at, "never");
    assert_true(strstr(at, "shop-7c9-x5") < strstr(at, "shop-7c9-x3"));
    assert_true(strstr(at, "shop-7c9-x2") < strstr(at, "shop-7c9-x1"));
    has(at, "gone");
    free(text);
    suspects_release(&made);
}

static void restarts_are_explained_or_not(void **state)
{
    (void)state;
    struct suspects made = {.verdict = VERDICT_NO_GROWTH};
    struct text words = TEXT_EMPTY;
    say_restarts(&words, &made);
    assert_string_equal(words.bytes, "none");
    text_clear(&words);
    made.instance_count = 1;
    made.instances = xcalloc(1, sizeof *made.instances);
    made.instances[0].name = xstrdup("a");
    made_restart(&made, 0, 1, RESTART_DEPLOY, 5);
    made_restart(&made, 0, 2, RESTART_OTHER, NAN);
    made_restart(&made, 0, 3, RESTART_DEPLOY, 5);
    say_restarts(&words, &made);
    assert_string_equal(words.bytes, "3: 2 by deploys (most instances at once), 1 by nothing that is known");
    made.restarts[1].kind = RESTART_DEPLOY;
    text_clear(&words);
    say_restarts(&words, &made);
    assert_string_equal(words.bytes, "3, all by deploys (most instances at once)");
    text_release(&words);
    suspects_release(&made);
}

static void two_hundred_instances_are_told_in_short(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 200, "");
    char *text = on_terminal(&made, 100);
    has(text, "  and 195 more\n");
    assert_at_most((double)count_of(text, "\n"), 60);
    free(text);
    text = written(suspects_markdown, &made);
    assert_at_most((double)count_of(text, "\n"), 59);
    free(text);
    text = written(suspects_html, &made);
    has(text, "The 8 of 200 instances that reach their limit first, or grow most.");
    assert_int_equal(count_of(text, "aria-label=\"memory of "), 8);
    assert_int_equal(count_of(text, "aria-label=\"requests per second of "), 8);
    assert_int_equal(count_of(text, "<tr><td class=\"tag\"><code>shop-7c9-x"), 200);
    assert_at_most((double)strlen(text), 1.5e6);
    free(text);
    suspects_release(&made);
}

/* ---- whatever comes ---- */

static void nothing_known_is_no_number(void **state)
{
    (void)state;
    view_writer *const writers[] = {suspects_terminal, suspects_json, suspects_markdown, suspects_html};
    struct suspects made;
    made_nothing(&made);
    made_suspect(&made);
    made_name(&made.items[0].endpoints, "GET /a", "");
    made.items[0] = (struct suspect){made.items[0].endpoints, NAN, {NAN, NAN}, NAN, {NAN, NAN}, NAN, NAN};
    made.instance_count = 1;
    made.instances = xcalloc(1, sizeof *made.instances);
    made.instances[0] = (struct suspect_instance){.name = xstrdup("a"),
                                                  .memory_bytes = NAN,
                                                  .limit_bytes = NAN,
                                                  .bytes_per_day = NAN,
                                                  .bytes_per_day_interval = {NAN, NAN},
                                                  .days = NAN,
                                                  .days_interval = {NAN, NAN},
                                                  .at_s = xcalloc(3, sizeof(double)),
                                                  .memory = xcalloc(3, sizeof(double)),
                                                  .points = 3};
    for (size_t i = 0; i < 3; i++)
        made.instances[0].memory[i] = made.instances[0].at_s[i] = NAN;
    made_restart(&made, 0, NAN, RESTART_OTHER, NAN);
    for (int verdict = VERDICT_INCONCLUSIVE; verdict <= VERDICT_GROWTH; verdict++)
        for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
            made.verdict = (enum verdict)verdict;
            terminal_style.width = 80;
            char *text = written(writers[i], &made);
            static const char *const never[] = {"nan ", "nan%", "\"nan", "-nan", " inf", "inf%"};
            for (size_t n = 0; n < sizeof never / sizeof *never; n++)
                has_not(text, never[n]);
            free(text);
        }
    suspects_release(&made);
}

static void names_stay_text(void **state)
{
    (void)state;
    view_writer *const writers[] = {suspects_terminal, suspects_json, suspects_markdown, suspects_html};
    struct suspects made;
    made_suspects(&made, 12, HOSTILE);
    made.written = xstrdup(HOSTILE);
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        terminal_style.width = 100;
        char *text = written(writers[i], &made);
        for (const char *at = text; *at != '\0'; at++)
            assert_true(*at == '\n' || ((unsigned char)*at >= 32 && *at != 127));
        has_not(text, "\xff");
        has_not(text, "\xe2\x80\xae");
        if (writers[i] == suspects_html) {
            assert_int_equal(count_of(text, "<script>"), 1);
            has_not(text, "<script>alert");
            has(text, "&lt;script&gt;alert(1)&lt;/script&gt;");
        }
        if (writers[i] == suspects_markdown) {
            char *code = strstr(text, "\nGo on: `");
            assert_non_null(code); /* in code all is text but a backtick */
            assert_int_equal(count_of(code, "`"), 2);
            *code = '\0';
            has_not(text, "<script>");
            has_not(text, "@me");
            for (const char *row = strstr(text, "\n| "); row != NULL; row = strstr(row + 1, "\n| ")) {
                size_t cells = 0;
                for (const char *at = row + 1; *at != '\0' && *at != '\n'; at++)
                    cells += *at == '|' && at[-1] != '\\';
                assert_true(cells == 6 || cells == 5); /* of suspects, of instances */
            }
        }
        free(text);
    }
    suspects_release(&made);
}

/* What is shown is what was given: no user, no token of the environment stands in it. */
static void only_what_was_given_is_shown(void **state)
{
    (void)state;
    view_writer *const writers[] = {suspects_terminal, suspects_json, suspects_markdown, suspects_html};
    struct suspects made;
    made_suspects(&made, 3, "");
    setenv("SEEP_TOKEN", "hunter2-token", 1);
    setenv("HTTP_PROXY", "http://me:hunter2-proxy@127.0.0.1", 1);
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        terminal_style.width = 100;
        char *text = written(writers[i], &made);
        has(text, "127.0.0.1:9090");
        has_not(text, "hunter2");
        free(text);
    }
    unsetenv("SEEP_TOKEN");
    unsetenv("HTTP_PROXY");
    suspects_release(&made);
}

static void it_fits_every_terminal(void **state)
{
    (void)state;
    for (int width = 40; width <= 120; width += 8) {
        struct suspects made;
        made_suspects(&made, 12, "");
        char *text = on_terminal(&made, width);
        /* A command is copied: it is never broken. */
        assert_at_most((double)widest_line(text), width > 42 ? width : 42);
        for (const char *at = text; *at != '\0'; at++)
            assert_true((unsigned char)*at < 128);
        has_not(text, " \n");
        free(text);
        suspects_release(&made);
    }
}

static void colours_only_where_they_are_wanted(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 2, "");
    terminal_style.width = 80;
    terminal_style.color = true;
    char *text = written(suspects_terminal, &made);
    assert_true(text_starts_with(text, "\033[1;31mGROWS WITH REQUESTS\033[0m: "));
    free(text);
    text = on_terminal(&made, 80);
    has_not(text, "\033");
    free(text);
    suspects_release(&made);
}

/* ---- JSON ---- */

static json_t *as_json(const struct suspects *made)
{
    json_error_t error;
    char *text = written(suspects_json, made);
    json_t *document = json_loads(text, 0, &error);
    assert_non_null(document);
    free(text);
    return document;
}

static void json_says_what_is_known(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 12, "");
    json_t *document = as_json(&made), *items = json_object_get(document, "suspects");
    assert_string_equal(json_string_value(json_object_get(document, "command")), "suspects");
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "growth");
    assert_string_equal(json_string_value(json_object_get(document, "from")), "2024-05-01T00:00:00Z");
    assert_string_equal(json_string_value(json_object_get(document, "to")), "2024-05-15T00:00:00Z");
    assert_int_equal(json_array_size(items), 3);
    json_t *growth = json_object_get(document, "growth");
    assert_string_equal(json_string_value(json_object_get(growth, "holds")), "always");
    assert_true(json_is_null(json_object_get(growth, "deploy")));
    json_t *second = json_array_get(items, 1), *third = json_array_get(items, 2);
    assert_int_equal(json_array_size(json_object_get(second, "endpoints")), 2);
    assert_near(json_real_value(json_object_get(second, "bytes_per_request")), 5.2, 1e-9);
    assert_true(json_is_null(json_object_get(third, "interval")));
    assert_true(json_is_null(json_object_get(third, "share")));
    json_t *instances = json_object_get(document, "instances");
    json_t *never = json_array_get(instances, 3), *gone = json_array_get(instances, 5);
    assert_int_equal(json_array_size(instances), 12);
    assert_true(json_is_true(json_object_get(never, "never")));
    assert_true(json_is_null(json_object_get(never, "days")));
    assert_true(json_is_null(json_array_get(json_object_get(never, "interval_days"), 1)));
    assert_near(json_real_value(json_array_get(json_object_get(never, "interval_days"), 0)), 90, 1e-9);
    assert_true(json_is_false(json_object_get(gone, "never")));
    assert_true(json_is_null(json_object_get(gone, "days")));
    assert_true(json_is_null(json_object_get(gone, "memory_bytes")));
    assert_int_equal(json_array_size(json_object_get(document, "restarts")), made.restart_count);
    json_decref(document);
    suspects_release(&made);
}

#define SCHEMA "harness/report/result.schema.json"

/* What tests/validate.py complains of, documents one a line; skips where it cannot run. */
static char *complaints(const char *documents)
{
    char path[] = "/tmp/seep-suspects-XXXXXX", *said = NULL;
    size_t size = 0;
    int file = mkstemp(path);
    if (file < 0 || access(SCHEMA, R_OK) != 0)
        skip();
    assert_int_equal(write(file, documents, strlen(documents)), (ssize_t)strlen(documents));
    close(file);
    char *command = xasprintf("python3 tests/validate.py " SCHEMA " %s 2>&1", path);
    FILE *python = popen(command, "r"), *into = open_memstream(&said, &size);
    for (int c; (c = fgetc(python)) != EOF;)
        fputc(c, into);
    fclose(into);
    int status = pclose(python);
    free(command);
    unlink(path);
    if (WEXITSTATUS(status) == 77) {
        free(said);
        skip();
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
    return said;
}

static void add_line(struct text *lines, const json_t *document)
{
    char *line = json_dumps(document, JSON_COMPACT);
    text_addf(lines, "%s\n", line);
    free(line);
}

static void json_fits_the_schema(void **state)
{
    (void)state;
    struct text lines = TEXT_EMPTY;
    for (int kind = 0; kind < 5; kind++) {
        struct suspects made;
        if (kind == 0)
            made_nothing(&made);
        else
            made_suspects(&made, kind == 1 ? 0 : 12, kind == 2 ? HOSTILE : "");
        if (kind == 3)
            made.written = xstrdup("scenarios/shop");
        if (kind == 4)
            made.verdict = VERDICT_NO_GROWTH;
        json_t *document = as_json(&made);
        add_line(&lines, document);
        json_decref(document);
        suspects_release(&made);
    }
    char *said = complaints(lines.bytes);
    assert_string_equal(said, "");
    free(said);
    text_release(&lines);
}

/* A name more in any object, and each name of the document less: a line for each. */
static size_t spoil(struct text *lines, json_t *document, json_t *at)
{
    size_t count = 0, index;
    const char *key;
    json_t *value;
    if (json_is_object(at)) {
        json_object_set_new(at, "typo", json_true());
        add_line(lines, document);
        json_object_del(at, "typo");
        count++;
        json_object_foreach(at, key, value) count += spoil(lines, document, value);
    }
    json_array_foreach(at, index, value) if (index < 1) count += spoil(lines, document, value);
    return count;
}

static void the_schema_is_strict(void **state)
{
    (void)state;
    struct suspects made;
    struct text lines = TEXT_EMPTY;
    made_suspects(&made, 3, "");
    json_t *document = as_json(&made), *value;
    const char *key;
    size_t count = spoil(&lines, document, document), refused = 0;
    json_object_foreach(document, key, value)
    {
        json_t *less = json_copy(document);
        json_object_del(less, key);
        add_line(&lines, less);
        json_decref(less);
        count++;
    }
    assert_true(count > 30);
    char *said = complaints(lines.bytes), where[32];
    for (size_t i = 1; i <= count; i++) {
        snprintf(where, sizeof where, ":%zu: ", i);
        refused += strstr(said, where) != NULL;
    }
    assert_int_equal(refused, count);
    free(said);
    json_decref(document);
    text_release(&lines);
    suspects_release(&made);
}

/* ---- the page ---- */

static void the_page_shows_what_is_known(void **state)
{
    (void)state;
    struct suspects made;
    made_suspects(&made, 12, "");
    char *html = written(suspects_html, &made);
    has(html, "<p class=\"verdict growth\">GROWS WITH REQUESTS</p><h1>Memory grows by 18 MiB per day");
    has(html, "<title>seep suspects: GROWS WITH REQUESTS</title>");
    has(html, "<h2>Growth while idle and while busy</h2>");
    assert_int_equal(count_of(html, "<tbody id=\"i"), 3 * 8); /* memory, what is fitted, requests */
    assert_true(count_of(html, "<line class=\"rs memory\"") > 2);
    assert_true(count_of(html, "<line class=\"rs deploy\"") > 7);
    has(html, "data-layer=\"limit\"");
    static const char *const never[] = {"src=", "url(", " style=", "NaN", "nan\"", "inf%"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        has_not(html, never[i]);
    free(html);
    suspects_release(&made);
    made_nothing(&made);
    html = written(suspects_html, &made);
    has(html, "<p class=\"verdict inconclusive\">NOTHING CAN BE SAID</p>");
    has_not(html, "<figure");
    free(html);
    suspects_release(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_is_the_verdict),
        cmocka_unit_test(what_a_deploy_ended_or_brought_is_said_with_it),
        cmocka_unit_test(the_story_is_told_in_sentences),
        cmocka_unit_test(a_group_is_one_suspect),
        cmocka_unit_test(growth_without_a_suspect_says_why),
        cmocka_unit_test(a_long_gap_stays_one),
        cmocka_unit_test(what_was_written_is_bisected),
        cmocka_unit_test(instances_nearest_to_their_limit_come_first),
        cmocka_unit_test(restarts_are_explained_or_not),
        cmocka_unit_test(two_hundred_instances_are_told_in_short),
        cmocka_unit_test(nothing_known_is_no_number),
        cmocka_unit_test(names_stay_text),
        cmocka_unit_test(only_what_was_given_is_shown),
        cmocka_unit_test(it_fits_every_terminal),
        cmocka_unit_test(colours_only_where_they_are_wanted),
        cmocka_unit_test(json_says_what_is_known),
        cmocka_unit_test(json_fits_the_schema),
        cmocka_unit_test(the_schema_is_strict),
        cmocka_unit_test(the_page_shows_what_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
