/* Ranking of sites: made-up pairs with known answers, and the real lists of a leaking server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/sites.h"
#include "base/text.h"
#include "format/snapshot.h"

static void assert_near(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-9 * fmax(1, fabs(wanted))))
        fail_msg("%.17g is not %.17g", got, wanted);
}

static struct snapshot of(struct site *sites, size_t count)
{
    return (struct snapshot){"tracemalloc", sites, count, 0};
}

static struct site_rank rank_one(struct site before, struct site after, double requests)
{
    struct site_rank *ranked;
    struct snapshot a = of(&before, before.name != NULL), b = of(&after, after.name != NULL);
    assert_int_equal(sites_rank(&a, &b, requests, snapshot_format_find("tracemalloc")->allocated, &ranked),
                     1);
    struct site_rank rank = ranked[0];
    free(ranked);
    return rank;
}

static void more_objects_take_slots(void **state)
{
    (void)state;
    struct site_rank rank =
        rank_one((struct site){"a:1", 2400, 100, 0, 0, 0}, (struct site){"a:1", 26400, 1100, 0, 0, 0}, 500);
    assert_int_equal(rank.shape, SHAPE_MORE_OBJECTS);
    assert_near(rank.bytes, 24000);
    assert_near(rank.allocated, 32000);
    assert_near(rank.objects, 1000);
    assert_near(rank.bytes_per_request, 64);
    assert_near(rank.requested_bytes_per_request, 48);
    assert_near(rank.objects_per_request, 2);
}

static void one_object_gets_longer(void **state)
{
    (void)state;
    struct site_rank rank =
        rank_one((struct site){"a:1", 1000e3, 4, 1024, 0, 0}, (struct site){"a:1", 2500e3, 4, 1024, 0, 0}, 0);
    assert_int_equal(rank.shape, SHAPE_LONGER_OBJECT);
    assert_near(rank.allocated, 1500e3);
    assert_true(isnan(rank.bytes_per_request));
    /* one new small object beside it changes nothing; many do, whatever the size of the first ones */
    rank = rank_one((struct site){"a:1", 1000e3, 4, 0, 0, 0}, (struct site){"a:1", 2500e3, 5, 0, 0, 0}, 0);
    assert_int_equal(rank.shape, SHAPE_LONGER_OBJECT);
    rank = rank_one((struct site){"a:1", 240, 10, 0, 0, 0}, (struct site){"a:1", 100240, 1010, 0, 0, 0}, 0);
    assert_int_equal(rank.shape, SHAPE_MORE_OBJECTS);
    /* fewer objects and more bytes: those that stayed */
    rank = rank_one((struct site){"a:1", 1000, 9, 0, 0, 0}, (struct site){"a:1", 2000, 8, 0, 0, 0}, 0);
    assert_int_equal(rank.shape, SHAPE_LONGER_OBJECT);
}

static void rounding_is_flat(void **state)
{
    (void)state;
    struct site_rank rank = rank_one((struct site){"a:1", 1024e3, 10, 1024, 0, 0},
                                     (struct site){"a:1", 1025e3, 10, 1024, 0, 0}, 0);
    assert_int_equal(rank.shape, SHAPE_UNRESOLVED);
    rank = rank_one((struct site){"a:1", 1025e3, 10, 1024, 0, 0},
                    (struct site){"a:1", 1024e3, 10, 1024, 0, 0}, 0);
    assert_int_equal(rank.shape, SHAPE_UNRESOLVED);
    rank = rank_one((struct site){"a:1", 24, 1, 0, 0, 0}, (struct site){"a:1", 24, 1, 0, 0, 0}, 0);
    assert_int_equal(rank.shape, SHAPE_FLAT);
    rank = rank_one((struct site){"a:1", 4096e3, 10, 1024, 0, 0},
                    (struct site){"a:1", 1024e3, 10, 1024, 0, 0}, 0);
    assert_int_equal(rank.shape, SHAPE_SHRANK);
}

static void rounding_does_not_reach_the_next_slot(void **state)
{
    (void)state;
    /* 32 bytes each, shown as 3,203 KiB for 102,400 blocks: 32.03 */
    struct site_rank rank =
        rank_one((struct site){0}, (struct site){"a:1", 3203.0 * 1024, 102400, 1024, 0, 0}, 102400);
    assert_near(rank.allocated, 3203.0 * 1024);
    assert_true(rank.bytes_per_request < 33);
}

static void sites_that_one_list_lacks(void **state)
{
    (void)state;
    struct site before[] = {{"kept", 9000, 9, 0, 0, 0}, {"left", 5000, 5, 0, 0, 0}};
    struct site after[] = {
        {"kept", 9000, 9, 0, 0, 0}, {"came", 8000, 80, 0, 0, 0}, {"small", 4900, 7, 0, 0, 0}};
    struct snapshot a = of(before, 2), b = of(after, 3);
    struct site_rank *ranked;
    assert_int_equal(sites_rank(&a, &b, 0, NULL, &ranked), 4);
    assert_string_equal(ranked[0].name, "came");
    assert_true(ranked[0].only_after);
    assert_int_equal(ranked[0].shape, SHAPE_NEW);
    assert_near(ranked[0].quantum, 5000);
    for (size_t i = 1; i < 4; i++) {
        if (strcmp(ranked[i].name, "small") == 0)
            /* May have been there, below the 5,000 of the list. */
            assert_int_equal(ranked[i].shape, SHAPE_UNRESOLVED);
        if (strcmp(ranked[i].name, "left") == 0)
            assert_true(ranked[i].only_before);
    }
    free(ranked);
}

/* n = 5 snapshots, `each` requests apart, after `each` * `before` of them. */
static struct site_rank rank_series(const struct site *sites, double before, double each)
{
    struct snapshot snapshots[5];
    double requests[5];
    struct site copies[5];
    struct site_rank *ranked;
    for (size_t i = 0; i < 5; i++) {
        copies[i] = sites[i];
        snapshots[i] = of(&copies[i], 1);
        requests[i] = each * (before + (double)i);
    }
    assert_int_equal(sites_slopes(snapshots, requests, 5, NULL, &ranked), 1);
    struct site_rank rank = ranked[0];
    free(ranked);
    return rank;
}

/* 1,000 requests apart: a float of 24 bytes in a slot of 32 each, in a list on the same line. */
static void what_the_allocator_takes_is_told(void **state)
{
    (void)state;
    static const double slots[] = {4500, 5063, 6408, 7210,
                                   8111}; /* of 8 bytes: an eighth more at each move */
    struct site sites[5];
    for (size_t i = 0; i < 5; i++) {
        double objects = 4000 + 1000 * (double)i;
        sites[i] = (struct site){"a", 24 * objects + 8 * slots[i], objects + 1,
                                 0,   32 * objects + 8 * slots[i], 8 * slots[i]};
    }
    struct site_rank rank = rank_series(sites, 4, 1000);
    assert_true(rank.steady);
    assert_near(rank.objects_per_request, 1);
    assert_true(rank.bytes_per_request > 39 && rank.bytes_per_request < 41);
    assert_true(rank.requested_bytes_per_request > 31 && rank.requested_bytes_per_request < 33);
}

/* A map moves once, when it must, to a block of twice its size: all the way counts, and not the moment. */
static void what_doubles_is_steady(void **state)
{
    (void)state;
    struct site sites[5];
    for (size_t i = 0; i < 5; i++)
        sites[i] =
            (struct site){"a", i < 1 ? 160e3 : 320e3, 1, 0, i < 1 ? 160e3 : 320e3, i < 1 ? 160e3 : 320e3};
    struct site_rank rank = rank_series(sites, 4, 1000);
    assert_true(rank.steady);
    assert_int_equal(rank.shape, SHAPE_LONGER_OBJECT);
    assert_near(rank.bytes_per_request, 40);
    /* first listed when it moved: it holds what came before as well */
    sites[0] = (struct site){"a", 0, 0, 0, 0, 0};
    rank = rank_series(sites, 4, 1000);
    assert_near(rank.bytes_per_request, 40);
    /* a buffer that is as long as ever */
    sites[0] = sites[1];
    rank = rank_series(sites, 4, 1000);
    assert_false(rank.steady && growth_shape_grew(rank.shape));
}

static void same_name_adds_up(void **state)
{
    (void)state;
    struct site before[] = {{"a", 100, 1, 0, 0, 0}, {"a", 50, 2, 0, 0, 0}};
    struct site after[] = {{"a", 1000, 10, 0, 0, 0}, {"a", 500, 20, 0, 0, 0}, {"b", 1, 1, 0, 0, 0}};
    struct snapshot a = of(before, 2), b = of(after, 3);
    struct site_rank *ranked;
    assert_int_equal(sites_rank(&a, &b, 0, NULL, &ranked), 2);
    assert_string_equal(ranked[0].name, "a");
    assert_near(ranked[0].bytes, 1350);
    assert_near(ranked[0].objects, 27);
    free(ranked);
}

static void objects_unknown(void **state)
{
    (void)state;
    struct site_rank rank = rank_one((struct site){"a", 10, (double)NAN, 0, 0, 0},
                                     (struct site){"a", 50, (double)NAN, 0, 0, 0}, 4);
    assert_int_equal(rank.shape, SHAPE_MORE_BYTES);
    assert_near(rank.allocated, 40);
    assert_true(isnan(rank.objects_per_request));
}

static void every_shape(void **state)
{
    (void)state;
    static const struct {
        struct site before, after;
        enum growth_shape shape;
    } cases[] = {
        {{"a", 2400, 100, 0, 0, 0}, {"a", 4800, 200, 0, 0, 0}, SHAPE_MORE_OBJECTS},
        {{"a", 2400, 4, 0, 0, 0}, {"a", 4800, 4, 0, 0, 0}, SHAPE_LONGER_OBJECT},
        {{"a", 2400, 100, 0, 0, 0}, {"a", 4800, 100, 0, 0, 0}, SHAPE_BIGGER_OBJECTS},
        {{NULL, 0, 0, 0, 0, 0}, {"a", 4800, 100, 0, 0, 0}, SHAPE_NEW},
        {{"a", 2400, 100, 0, 0, 0}, {"a", 2400, 100, 0, 0, 0}, SHAPE_FLAT},
        {{"a", 2400, 100, 100, 0, 0}, {"a", 2400, 100, 100, 0, 0}, SHAPE_UNRESOLVED},
        {{"a", 2400, 100, 100, 0, 0}, {"a", 2500, 100, 100, 0, 0}, SHAPE_UNRESOLVED},
        {{"a", 2400, 100, 0, 0, 0}, {"a", 1200, 50, 0, 0, 0}, SHAPE_FEWER_OBJECTS},
        {{"a", 2400, 100, 0, 0, 0}, {"a", 1200, 100, 0, 0, 0}, SHAPE_SHRANK},
        {{"a", 2400, 100, 0, 0, 0}, {NULL, 0, 0, 0, 0, 0}, SHAPE_GONE},
        {{"a", (double)NAN, 100, 0, 0, 0}, {"a", (double)NAN, 110, 0, 0, 0}, SHAPE_MORE_OBJECTS},
        {{"a", (double)NAN, 100, 0, 0, 0}, {"a", (double)NAN, 90, 0, 0, 0}, SHAPE_FEWER_OBJECTS},
        {{"a", (double)NAN, 100, 0, 0, 0}, {"a", (double)NAN, 100, 0, 0, 0}, SHAPE_FLAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum growth_shape shape = rank_one(cases[i].before, cases[i].after, 0).shape;
        if (shape != cases[i].shape)
            fail_msg("case %zu: %s", i, growth_shape_name(shape));
    }
}

#define MOST 9

/* One site of so many bytes in blocks of 10 in each snapshot, one every 100 requests. */
static struct site_rank slope_of(const double *bytes, size_t n, double quantum)
{
    struct site sites[MOST];
    struct snapshot snapshots[MOST];
    double requests[MOST];
    struct site_rank *ranked;
    for (size_t i = 0; i < n; i++) {
        sites[i] = (struct site){"a", bytes[i], bytes[i] / 10, quantum, 0, 0};
        snapshots[i] = of(&sites[i], 1);
        requests[i] = 500 + 100 * (double)i;
    }
    assert_int_equal(sites_slopes(snapshots, requests, n, NULL, &ranked), 1);
    struct site_rank rank = ranked[0];
    free(ranked);
    return rank;
}

static void slopes_over_several(void **state)
{
    (void)state;
    /* one reading far off does not turn the slope */
    struct site_rank rank = slope_of((double[]){1000, 2000, 9000, 4000, 5000}, 5, 0);
    assert_near(rank.bytes_per_request, 10);
    assert_near(rank.objects_per_request, 1);
    assert_near(rank.bytes, 4000);
    assert_int_equal(rank.shape, SHAPE_MORE_OBJECTS);
    /* grew once: not steadily */
    rank = slope_of((double[]){1000, 5000, 5000}, 3, 0);
    assert_false(rank.steady);
    rank = slope_of((double[]){1000, 3000, 5000}, 3, 0);
    assert_true(rank.steady);
    rank = slope_of((double[]){1000, 5000}, 2, 0);
    assert_true(rank.steady);
}

static void slopes_below_the_quantum(void **state)
{
    (void)state;
    struct site_rank rank = slope_of((double[]){4096, 4096, 5120, 5120}, 4, 1024);
    assert_int_equal(rank.shape, SHAPE_UNRESOLVED);
    assert_near(rank.quantum, 1024);
    rank = slope_of((double[]){4096, 5120, 6144, 7168}, 4, 1024);
    assert_int_equal(rank.shape, SHAPE_MORE_OBJECTS);
}

static void slopes_do_not_cross_a_restart(void **state)
{
    (void)state;
    struct site_rank rank = slope_of((double[]){10000, 12000, 14000, 500, 2500, 4500, 6500}, 7, 0);
    assert_int_equal(rank.emptied, 1);
    assert_near(rank.bytes_per_request, 20);
    assert_true(growth_shape_grew(rank.shape));
    assert_true(rank.steady);
    rank = slope_of((double[]){10000, 12000, 14000, 0}, 4, 0);
    assert_int_equal(rank.shape, SHAPE_EMPTIED);
    /* a cache that is cleared: no stretch is long enough to say */
    rank = slope_of((double[]){10000, 500, 10000, 500}, 4, 0);
    assert_false(rank.steady);
}

/* A site that one list in the middle lacks, being cut, was there below its smallest. */
static void slopes_past_a_gap(void **state)
{
    (void)state;
    struct site first[] = {{"a", 900, 9, 0, 0, 0}, {"b", 5000, 5, 0, 0, 0}},
                second[] = {{"b", 5000, 5, 0, 0, 0}},
                third[] = {{"a", 1100, 11, 0, 0, 0}, {"b", 5000, 5, 0, 0, 0}};
    struct snapshot snapshots[] = {of(first, 2), of(second, 1), of(third, 2)};
    struct site_rank *ranked;
    assert_int_equal(sites_slopes(snapshots, NULL, 3, NULL, &ranked), 2);
    for (size_t i = 0; i < 2; i++)
        assert_false(growth_shape_grew(ranked[i].shape));
    assert_true(isnan(ranked[0].bytes_per_request));
    free(ranked);
}

static void nothing_at_all(void **state)
{
    (void)state;
    struct snapshot none = {0};
    struct site_rank *ranked;
    assert_int_equal(sites_rank(&none, &none, 0, NULL, &ranked), 0);
    free(ranked);
}

static bool read_shared(const char *file, struct snapshot *snapshot)
{
    const char *directory = getenv("SEEP_SHARED_DATA");
    char *path = xasprintf("%s/%s", directory != NULL ? directory : "../shared/data", file);
    bool there = access(path, R_OK) == 0;
    struct text text = TEXT_EMPTY;
    struct err err = {0};
    if (!there)
        print_message("# skipped: %s is not there (SEEP_SHARED_DATA names the directory)\n", path);
    else if (text_read_file(&text, path, 1 << 20, &err) != 0 ||
             snapshot_parse(text.bytes, text.length, path, NULL, snapshot, &err) != 0)
        fail_msg("%s", err.message);
    text_release(&text);
    free(path);
    return there;
}

static void lists_of_a_real_server(void **state)
{
    (void)state;
    struct snapshot day1 = {0}, day5 = {0};
    if (!read_shared("tracemalloc-day1.txt", &day1))
        skip();
    assert_true(read_shared("tracemalloc-day5.txt", &day5));
    assert_int_equal(day1.skipped + day5.skipped, 0);
    assert_int_equal(day1.count, 10);
    struct site_rank *ranked;
    size_t count = sites_rank(&day1, &day5, 0, snapshot_format_find("tracemalloc")->allocated, &ranked);
    assert_int_equal(count, 11);
    assert_string_equal(ranked[0].name, "/app/aiqcommon/utils/log.py:128");
    assert_near(ranked[0].bytes, 3947 * 1024);
    assert_near(ranked[0].objects, 168388);
    assert_near(ranked[0].allocated, 168388 * 32);
    assert_int_equal(ranked[0].shape, SHAPE_MORE_OBJECTS);
    assert_true(text_ends_with(ranked[1].name, "codetiming/_timers.py:26"));
    assert_near(ranked[1].bytes, 1449 * 1024);
    assert_near(ranked[1].objects, 0);
    assert_int_equal(ranked[1].shape, SHAPE_LONGER_OBJECT);
    for (size_t i = 0; i < count; i++)
        if (strstr(ranked[i].name, "prometheus_flask_exporter") != NULL)
            assert_int_equal(ranked[i].shape, SHAPE_UNRESOLVED);
    free(ranked);
    snapshot_release(&day1);
    snapshot_release(&day5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_objects_take_slots),
        cmocka_unit_test(one_object_gets_longer),
        cmocka_unit_test(rounding_is_flat),
        cmocka_unit_test(rounding_does_not_reach_the_next_slot),
        cmocka_unit_test(sites_that_one_list_lacks),
        cmocka_unit_test(what_the_allocator_takes_is_told),
        cmocka_unit_test(what_doubles_is_steady),
        cmocka_unit_test(same_name_adds_up),
        cmocka_unit_test(every_shape),
        cmocka_unit_test(slopes_over_several),
        cmocka_unit_test(slopes_below_the_quantum),
        cmocka_unit_test(slopes_do_not_cross_a_restart),
        cmocka_unit_test(slopes_past_a_gap),
        cmocka_unit_test(objects_unknown),
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(lists_of_a_real_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
