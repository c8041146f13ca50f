/* JUnit: one test case per threshold and per endpoint judged.
 * Source: the common schema as Jenkins' and GitLab's readers take it (testsuites, testsuite, testcase,
 * failure, skipped, system-out). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/loads.h"
#include "report/renderers.h"
#include "report/say.h"

/* One case: `outcome` is NULL (passed), "failure" or "skipped". */
struct test_case {
    const char *group;
    const char *name;
    const char *outcome;
    const char *message;
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
    fputs(" time=\"0\"", out);
    if (test->outcome == NULL) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, "><%s", test->outcome);
    put_attribute(out, "message", test->message);
    if (strcmp(test->outcome, "failure") == 0)
        put_attribute(out, "type", test->group);
    fputs("/></testcase>\n", out);
}

static const struct finding *finding_of(const struct result *result, const char *endpoint)
{
    for (size_t i = 0; i < result->finding_count; i++)
        if (strings_has(&result->findings[i].endpoints, endpoint))
            return &result->findings[i];
    return NULL;
}

static struct test_case endpoint_case(const struct result *result, const struct judged *judged,
                                      struct text *message)
{
    struct test_case test = {.group = "seep.growth", .name = judged->endpoint};
    if (judged->judgement == JUDGED_GROWS) {
        test.outcome = "failure";
        const struct finding *finding = finding_of(result, judged->endpoint);
        if (finding != NULL)
            say_finding(message, finding);
    } else if (judged->judgement != JUDGED_CLEARED) {
        test.outcome = "skipped";
        text_addf(message, "%s%s%s", say_judgement(judged->judgement), judged->why != NULL ? ": " : "",
                  judged->why != NULL ? judged->why : "");
    }
    test.message = text_string(message);
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
    test.outcome = result->verdict == VERDICT_GROWTH         ? "failure"
                   : result->verdict == VERDICT_INCONCLUSIVE ? "skipped"
                                                             : NULL;
    return test;
}

struct suite {
    FILE *out;
    size_t tests, failures, skipped;
};

static void add_case(struct suite *suite, const struct test_case *test)
{
    suite->tests++;
    suite->failures += test->outcome != NULL && strcmp(test->outcome, "failure") == 0;
    suite->skipped += test->outcome != NULL && strcmp(test->outcome, "skipped") == 0;
    put_case(suite->out, test);
}

static void add_cases(struct suite *suite, const struct report *report)
{
    const struct result *result = &report->result;
    size_t count = 0;
    struct judged *judged = say_judged(report, &count);
    struct text message = TEXT_EMPTY;
    size_t alone = 0;
    for (size_t i = 0; i < count; i++)
        alone += judged[i].judgement == JUDGED_GROWS || judged[i].judgement == JUDGED_CLEARED;
    if (alone == 0) {
        struct test_case test = run_case(result, &message);
        add_case(suite, &test);
    }
    for (size_t i = 0; i < result->threshold_count; i++) {
        text_clear(&message);
        struct test_case test = threshold_case(&result->thresholds[i], &message);
        add_case(suite, &test);
    }
    for (size_t i = 0; i < count; i++) {
        /* In a soak no endpoint is judged alone: only those that were not exercised are news. */
        if (judged[i].judgement == JUDGED_OPEN && judged[i].screen == NULL)
            continue;
        text_clear(&message);
        struct test_case test = endpoint_case(result, &judged[i], &message);
        add_case(suite, &test);
    }
    text_release(&message);
    free(judged);
}

/* Where requests were late or never sent, whoever reads only this should know. */
static void put_losses(FILE *out, const struct result *result)
{
    if (!loads_have_losses(&result->replay))
        return;
    struct text words = TEXT_EMPTY;
    say_replay(&words, result);
    char *escaped = escape_taken(escape_html, text_string(&words));
    fprintf(out, "    <system-out>%s</system-out>\n", escaped);
    free(escaped);
    text_release(&words);
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
    double seconds = isfinite(result->seconds) ? result->seconds : 0;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    fprintf(
        out,
        "<testsuites name=\"seep\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.3f\">\n  <testsuite",
        suite.tests, suite.failures, seconds);
    put_attribute(out, "name", result->service != NULL ? result->service : "seep");
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.3f\">\n", suite.tests,
            suite.failures, suite.skipped, seconds);
    fwrite(cases, 1, size, out);
    put_losses(out, result);
    fputs("  </testsuite>\n</testsuites>\n", out);
    free(cases);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the JUnit report") : 0;
}
