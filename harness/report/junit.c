/* JUnit: one test case per threshold and per endpoint judged.
 * Source: the common schema as the readers of Jenkins (its xunit plugin's junit-10.xsd, held in tests/data/junit.xsd)
 * and GitLab take it. What is not shown either way is skipped, with why: it is no defect of the service, and the exit
 * code says it to the job. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/escape.h"
#include "report/loads.h"
#include "report/renderers.h"
#include "report/say.h"
#include "report/story.h"

/* One case: `outcome` is NULL (passed), "failure" or "skipped". */
struct test_case {
    const char *group;
    const char *name;
    const char *outcome;
    const char *message;
    const char *story; /* the failure's text, a line for each thing; NULL: none */
    double seconds;    /* that its answer took; 0: it was measured with all others */
};

/* What the present case says; cleared for the next one. */
struct words {
    struct text message, story;
};

static void put_attribute(FILE *out, const char *name, const char *value)
{
    char *escaped = escape_taken(escape_html, value);
    fprintf(out, " %s=\"%s\"", name, escaped);
    free(escaped);
}

static void put_case(FILE *out, const struct test_case *test)
{
    fputs("    <testcase", out);
    put_attribute(out, "classname", test->group);
    put_attribute(out, "name", test->name);
    fprintf(out, " time=\"%.3f\"", test->seconds);
    if (test->outcome == NULL) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, "><%s", test->outcome);
    put_attribute(out, "message", test->message);
    if (strcmp(test->outcome, "failure") == 0)
        put_attribute(out, "type", test->group);
    if (test->story == NULL)
        fputs("/></testcase>\n", out);
    else
        fprintf(out, ">%s</%s></testcase>\n", test->story, test->outcome);
}

static const struct finding *finding_of(const struct result *result, const char *endpoint)
{
    for (size_t i = 0; i < result->finding_count; i++)
        if (strings_has(&result->findings[i].endpoints, endpoint))
            return &result->findings[i];
    return NULL;
}

static void add_line(struct text *story, const char *label, struct text *words)
{
    if (words->length > 0) {
        text_addf(story, "%s%s: ", story->length > 0 ? "\n" : "", label);
        escape_html(story, words->bytes);
    }
    text_clear(words);
}

static void add_sites(struct text *story, const struct finding *finding)
{
    struct text words = TEXT_EMPTY;
    for (size_t i = 0; i < finding->site_count; i++) {
        const struct site_growth *site = &finding->sites[i];
        text_addf(&words, "%s  ", site->site != NULL ? site->site : "(unknown)");
        say_amount(&words, site->bytes_per_request, false);
        text_add_string(&words, " per request");
        add_line(story, "where", &words);
    }
    text_release(&words);
}

static void add_reasons(struct text *story, const struct report *report, const struct finding *finding)
{
    struct text words = TEXT_EMPTY, evidence = TEXT_EMPTY;
    for (size_t i = 0; i < finding->confirmed.count; i++) {
        const char *step = finding->confirmed.items[i];
        text_add_string(&words, say_confirmation(finding, step));
        say_evidence(&evidence, report, finding, step);
        if (evidence.length > 0)
            text_addf(&words, ": %s", evidence.bytes);
        text_clear(&evidence);
        add_line(story, "why", &words);
    }
    text_release(&words);
    text_release(&evidence);
}

/* Escaped: what a finding's failure says beside its message. */
static void add_story(struct text *story, const struct report *report, const struct finding *finding)
{
    struct text words = TEXT_EMPTY;
    say_order(&words, finding);
    add_line(story, "order", &words);
    add_sites(story, finding);
    add_reasons(story, report, finding);
    text_add_string(&words, finding->reproduce != NULL ? finding->reproduce : "");
    add_line(story, "again", &words);
    say_projection(&words, &finding->projection);
    add_line(story, "when", &words);
    text_release(&words);
}

static struct test_case finding_case(const struct report *report, const struct finding *finding,
                                     const char *name, struct words *words)
{
    say_finding(&words->message, finding);
    add_story(&words->story, report, finding);
    return (struct test_case){.group = "seep.growth",
                              .name = name,
                              .outcome = "failure",
                              .message = text_string(&words->message),
                              .story = words->story.bytes};
}

/* What a hunt spent on the endpoint alone. */
static double seconds_of(const struct report *report, const char *endpoint)
{
    double seconds = 0;
    for (size_t i = 0; i < report->probe_count; i++) {
        const struct probe *probe = &report->probes[i];
        double took = story_seconds(probe);
        if (story_shows(probe) && probe->mix != NULL && strcmp(probe->mix, endpoint) == 0 && isfinite(took))
            seconds += took;
    }
    return seconds;
}

static struct test_case endpoint_case(const struct report *report, const struct judged *judged,
                                      struct words *words)
{
    struct test_case test = {.group = "seep.growth", .name = judged->endpoint};
    const struct finding *finding = finding_of(&report->result, judged->endpoint);
    test.seconds = seconds_of(report, judged->endpoint);
    if (judged->judgement == JUDGED_GROWS && finding != NULL) {
        struct test_case grows = finding_case(report, finding, judged->endpoint, words);
        grows.seconds = test.seconds;
        return grows;
    }
    if (judged->judgement != JUDGED_CLEARED) {
        test.outcome = "skipped";
        text_addf(&words->message, "%s%s%s", say_judgement(judged->judgement),
                  judged->why != NULL ? ": " : "", judged->why != NULL ? judged->why : "");
    }
    test.message = text_string(&words->message);
    return test;
}

static struct test_case threshold_case(const struct threshold_result *threshold, struct text *message)
{
    struct test_case test = {.group = "seep.limit", .name = threshold->limit};
    say_threshold(message, threshold);
    test.message = text_string(message);
    if (threshold->outcome == THRESHOLD_FAIL)
        test.outcome = "failure";
    else if (threshold->outcome == THRESHOLD_INCONCLUSIVE)
        test.outcome = "skipped";
    return test;
}

/* A soak judges the whole mix: its verdict belongs to no endpoint. */
static struct test_case run_case(const struct result *result, struct text *message)
{
    struct test_case test = {.group = "seep.growth", .name = "the whole mix"};
    say_answer(message, result);
    test.message = text_string(message);
    test.seconds = isfinite(result->seconds) ? result->seconds : 0;
    test.outcome = result->verdict == VERDICT_GROWTH         ? "failure"
                   : result->verdict == VERDICT_INCONCLUSIVE ? "skipped"
                                                             : NULL;
    return test;
}

struct suite {
    FILE *out;
    size_t tests, failures, skipped;
    struct words words;
};

static void add_case(struct suite *suite, const struct test_case *test)
{
    suite->tests++;
    suite->failures += test->outcome != NULL && strcmp(test->outcome, "failure") == 0;
    suite->skipped += test->outcome != NULL && strcmp(test->outcome, "skipped") == 0;
    put_case(suite->out, test);
    text_clear(&suite->words.message);
    text_clear(&suite->words.story);
}

static void add_endpoint_cases(struct suite *suite, const struct report *report, const struct judged *judged,
                               size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* In a soak no endpoint is judged alone: only those that were not exercised are news. In a hunt that can
         * go on those that were not judged are. */
        if (judged[i].judgement == JUDGED_OPEN && judged[i].screen == NULL && report->result.resume == NULL)
            continue;
        struct test_case test = endpoint_case(report, &judged[i], &suite->words);
        add_case(suite, &test);
    }
}

/* What grows without any request is no endpoint's. */
static void add_idle_cases(struct suite *suite, const struct report *report)
{
    for (size_t i = 0; i < report->result.finding_count; i++) {
        const struct finding *finding = &report->result.findings[i];
        if (finding->kind != FINDING_IDLE || finding->endpoints.count > 0)
            continue;
        struct test_case test = finding_case(report, finding, "without any request", &suite->words);
        add_case(suite, &test);
    }
}

static void add_cases(struct suite *suite, const struct report *report)
{
    const struct result *result = &report->result;
    size_t count = 0, alone = 0;
    struct judged *judged = say_judged(report, &count);
    for (size_t i = 0; i < count; i++)
        alone += judged[i].judgement == JUDGED_GROWS || judged[i].judgement == JUDGED_CLEARED;
    if (alone == 0) {
        struct test_case test = run_case(result, &suite->words.message);
        add_case(suite, &test);
    }
    for (size_t i = 0; i < result->threshold_count; i++) {
        struct test_case test = threshold_case(&result->thresholds[i], &suite->words.message);
        add_case(suite, &test);
    }
    add_idle_cases(suite, report);
    add_endpoint_cases(suite, report, judged, count);
    free(judged);
}

static void put_line(FILE *out, const struct text *words)
{
    char *escaped = escape_taken(escape_html, text_string(words));
    fprintf(out, "%s\n", escaped);
    free(escaped);
}

static void put_steps(FILE *out, const struct report *report)
{
    struct step_sum sums[STEP_COUNT];
    size_t steps = story_steps(report, sums);
    struct text words = TEXT_EMPTY;
    for (size_t i = 0; i < steps; i++) {
        text_clear(&words);
        text_addf(&words, "%s: ", say_step(sums[i].step));
        say_step_sum(&words, &sums[i]);
        put_line(out, &words);
    }
    text_release(&words);
}

/* How a hunt went, and how it goes on; where requests were late or never sent, whoever reads only this should know. */
static void put_output(FILE *out, const struct report *report)
{
    const struct result *result = &report->result;
    bool losses = loads_have_losses(&result->replay),
         hunted = story_length(report) > 0 || result->resume != NULL;
    struct text words = TEXT_EMPTY;
    if (!losses && !hunted)
        return;
    fputs("    <system-out>", out);
    if (hunted) {
        say_effort(&words, report);
        put_line(out, &words);
        put_steps(out, report);
    }
    if (result->resume != NULL) {
        text_clear(&words);
        say_unfinished(&words, report);
        text_addf(&words, "; go on: %s", result->resume);
        put_line(out, &words);
    }
    if (losses) {
        text_clear(&words);
        say_replay(&words, result);
        put_line(out, &words);
    }
    fputs("</system-out>\n", out);
    text_release(&words);
}

/* ISO 8601 in UTC, without a zone, as readers expect it. */
static void put_timestamp(FILE *out, int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm utc;
    char date[32];
    if (wall_us > 0 && gmtime_r(&seconds, &utc) != NULL &&
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc) > 0)
        put_attribute(out, "timestamp", date);
}

int render_junit(const struct report *report, FILE *out, struct err *err)
{
    const struct result *result = &report->result;
    char *cases = NULL;
    size_t size = 0;
    /* The counts stand in front of the cases. */
    struct suite suite = {.out = open_memstream(&cases, &size)};
    if (suite.out == NULL)
        return err_set(err, ERR_INTERNAL, "out of memory");
    add_cases(&suite, report);
    fclose(suite.out);
    text_release(&suite.words.message);
    text_release(&suite.words.story);
    double seconds = isfinite(result->seconds) ? result->seconds : 0;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    fprintf(
        out,
        "<testsuites name=\"seep\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.3f\">\n  <testsuite",
        suite.tests, suite.failures, seconds);
    put_attribute(out, "name", result->service != NULL ? result->service : "seep");
    put_timestamp(out, result->started_us);
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.3f\">\n", suite.tests,
            suite.failures, suite.skipped, seconds);
    fwrite(cases, 1, size, out);
    put_output(out, report);
    fputs("  </testsuite>\n</testsuites>\n", out);
    free(cases);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the JUnit report") : 0;
}
