/* Several signals, one verdict: every combination of what each shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "flow/soak_combine.h"
#include "numbers.h"

static struct growth_answer answer(enum verdict verdict, double per_request, double detectable)
{
    return (struct growth_answer){.verdict = verdict,
                                  .per_request = per_request,
                                  .interval = {per_request * 0.9, per_request * 1.1},
                                  .smallest_detectable = detectable,
                                  .largest_step = 0.1};
}

#define FLAT VERDICT_NO_GROWTH
#define OPEN VERDICT_INCONCLUSIVE
#define GROWS VERDICT_GROWTH
#define NONE -1

/* objects, bytes and RSS: what each shows and by how much; then what is said. */
static const struct {
    int objects, bytes, rss, late;
    double by_bytes, by_rss;
    enum verdict verdict;
    const char *reason, *caveat; /* a part of it; NULL: none */
} rows[] = {
    {GROWS, GROWS, GROWS, GROWS, 40, 45, GROWS, "RSS grows with it", NULL},
    {GROWS, GROWS, GROWS, GROWS, 40, 400, GROWS, NULL, "RSS grows by %s per request more"},
    {GROWS, GROWS, OPEN, NONE, 40, 45, GROWS, NULL, "RSS could not have shown less than %s"},
    {GROWS, GROWS, FLAT, NONE, 40, 0, GROWS, NULL, "fits into room that the process had already"},
    {GROWS, GROWS, NONE, NONE, 40, 0, GROWS, NULL, NULL},
    {FLAT, GROWS, GROWS, NONE, 40, 45, GROWS, "something gets longer; RSS grows with it", NULL},
    {FLAT, GROWS, FLAT, NONE, 40, 0, GROWS, "something gets longer", NULL},
    {NONE, GROWS, OPEN, NONE, 40, 45, GROWS, NULL, "RSS could not have shown less than %s"},
    {GROWS, FLAT, FLAT, NONE, 0, 0, GROWS, NULL, "bytes do not grow"},
    {GROWS, OPEN, OPEN, NONE, 0, 0, GROWS, NULL, "bytes could not have shown less than %s"},
    {GROWS, NONE, OPEN, NONE, 0, 0, GROWS, NULL, NULL},
    {FLAT, FLAT, FLAT, NONE, 0, 0, FLAT, NULL, NULL},
    {FLAT, FLAT, OPEN, NONE, 0, 0, FLAT, NULL, "RSS could not have shown less than %s"},
    {FLAT, FLAT, NONE, NONE, 0, 0, FLAT, NULL, NULL},
    {FLAT, FLAT, GROWS, GROWS, 0, 20, FLAT, NULL, "RSS creeps by %s per request"},
    {FLAT, FLAT, GROWS, NONE, 0, 500, OPEN, NULL, NULL},
    {FLAT, FLAT, GROWS, OPEN, 0, 500, OPEN, NULL, NULL},
    {FLAT, FLAT, GROWS, GROWS, 0, 500, GROWS, "native memory, or the allocator's own holes", NULL},
    {NONE, FLAT, GROWS, GROWS, 0, 500, GROWS, "native memory, or the allocator's own holes", NULL},
    {OPEN, FLAT, GROWS, GROWS, 0, 500, OPEN, NULL, NULL},
    {FLAT, OPEN, GROWS, GROWS, 0, 500, OPEN, NULL, NULL},
    {OPEN, OPEN, FLAT, NONE, 0, 0, OPEN, NULL, NULL},
    {NONE, GROWS, NONE, NONE, 20, 0, GROWS, NULL, NULL}, /* RSS decides itself */
    {NONE, OPEN, NONE, NONE, 20, 0, OPEN, NULL, NULL},
    {NONE, FLAT, NONE, NONE, 0, 0, FLAT, NULL, NULL},
};

static bool has(const char *said, const char *part)
{
    return part == NULL ? said == NULL : said != NULL && strstr(said, part) != NULL;
}

static struct combined combined_of(size_t row, double largest_step)
{
    struct growth_answer objects = answer((enum verdict)rows[row].objects, 1, 0.03),
                         bytes = answer((enum verdict)rows[row].bytes, rows[row].by_bytes, 3),
                         rss = answer((enum verdict)rows[row].rss, rows[row].by_rss, 300),
                         late = answer((enum verdict)rows[row].late, rows[row].by_rss, 300);
    rss.largest_step = largest_step;
    return combine_signals(&(struct combination){.objects = rows[row].objects != NONE ? &objects : NULL,
                                                 .bytes = rows[row].bytes != NONE ? &bytes : NULL,
                                                 .rss = rows[row].rss != NONE ? &rss : NULL,
                                                 .rss_late = rows[row].late != NONE ? &late : NULL});
}

static void test_every_combination(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct combined combined = combined_of(i, NAN);
        if (combined.verdict != rows[i].verdict || !has(combined.reason, rows[i].reason) ||
            !has(combined.caveat, rows[i].caveat))
            fail_msg("row %zu: %s, \"%s\", \"%s\"", i, verdict_name(combined.verdict),
                     combined.reason != NULL ? combined.reason : "",
                     combined.caveat != NULL ? combined.caveat : "");
        assert_true(combined.caveat == NULL || strstr(combined.caveat, "%s") == NULL || combined.amount > 0);
        assert_int_equal(combined.native,
                         combined.verdict == GROWS && rows[i].bytes == FLAT && rows[i].objects != GROWS);
    }
}

/* Growth in RSS alone is none where one window carries much of it. */
static void test_a_step_in_rss_is_no_native_growth(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (combined_of(i, NAN).native) {
            assert_int_equal(combined_of(i, 0.1).verdict, GROWS);
            assert_int_equal(combined_of(i, 0.4).verdict, OPEN);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination),
        cmocka_unit_test(test_a_step_in_rss_is_no_native_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
