/* Comparing doubles: cmocka's own assert_float_equal is single precision. */
#ifndef SEEP_TESTS_NUMBERS_H
#define SEEP_TESTS_NUMBERS_H

#include <math.h>
#include <stdio.h>

#define assert_near(actual, expected, tolerance)                                                             \
    do {                                                                                                     \
        double near_actual = (actual), near_expected = (expected);                                           \
        if (!(fabs(near_actual - near_expected) <= (tolerance)))                                             \
            fail_msg("%s is %.9g, expected %.9g", #actual, near_actual, near_expected);                      \
    } while (0)

#define assert_at_most(actual, most)                                                                         \
    do {                                                                                                     \
        double most_actual = (actual), most_most = (most);                                                   \
        if (!(most_actual <= most_most))                                                                     \
            fail_msg("%s is %.9g, at most %.9g", #actual, most_actual, most_most);                           \
    } while (0)

#endif
