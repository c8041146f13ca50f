/* Least squares from products, and whitening, against what is solved by hand or by plain matrices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "analysis/gram.h"
#include "analysis/whiten.h"
#include "base/random.h"
#include "numbers.h"

static const bool any[4] = {false, false, false, false}, all_positive[4] = {true, true, true, true};

static void gram_of(struct gram *gram, size_t count, const double *columns, const double *y, size_t rows)
{
    gram_init(gram, count);
    gram_add(gram, columns, y, rows);
}

/* A line through (0, 1), (1, 3), (2, 4), (3, 8): 0.7 + 2.2 x leaves 1.8. */
static const double line[] = {1, 0, 1, 1, 1, 2, 1, 3}, through[] = {1, 3, 4, 8};

static void test_a_line_solved_by_hand(void **state)
{
    (void)state;
    struct gram gram;
    double fit[2];
    gram_of(&gram, 2, line, through, 4);
    assert_near(gram_fit(&gram, (size_t[]){0, 1}, any, 2, fit), 1.8, 1e-12);
    assert_near(fit[0], 0.7, 1e-12);
    assert_near(fit[1], 2.2, 1e-12);
    assert_near(gram_fit(&gram, (size_t[]){1, 0}, any, 2, fit), 1.8, 1e-12);
    assert_near(fit[0], 2.2, 1e-12);
    assert_near(gram_left_by(&gram, (size_t[]){1, 0}, 2, fit), 1.8, 1e-12);
    assert_near(gram_left_by(&gram, (size_t[]){1}, 1, (double[]){2}), 90 - 2 * 2 * 35 + 4 * 14, 1e-12);
    assert_near(gram_left(&gram), 90, 0);
    assert_near(gram_product(&gram, 1, 2), 35, 0);
    assert_near(gram_product(&gram, 2, 1), 35, 0);
    assert_near(gram_alike(&gram, 0, 1), 6 / sqrt(4 * 14), 1e-12);
    assert_near(gram_fit(&gram, NULL, NULL, 0, fit), 90, 0);
    gram_release(&gram);
}

static void test_rows_may_come_in_parts(void **state)
{
    (void)state;
    struct gram gram;
    double fit[2];
    gram_of(&gram, 2, line, through, 1);
    gram_add(&gram, line + 2, through + 1, 3);
    assert_near(gram_fit(&gram, (size_t[]){0, 1}, any, 2, fit), 1.8, 1e-12);
    assert_near(fit[1], 2.2, 1e-12);
    gram_release(&gram);
}

/* y = 2 a - b on columns that are not orthogonal: without b, a alone fits best with 1.5. */
static void test_what_would_be_negative_is_nothing_and_the_rest_is_fitted_again(void **state)
{
    (void)state;
    static const double columns[] = {1, 1, 1, 0, 0, 0}, y[] = {1, 2, 0};
    struct gram gram;
    double fit[2];
    gram_of(&gram, 2, columns, y, 3);
    assert_near(gram_fit(&gram, (size_t[]){0, 1}, any, 2, fit), 0, 1e-12);
    assert_near(fit[0], 2, 1e-12);
    assert_near(fit[1], -1, 1e-12);
    assert_near(gram_fit(&gram, (size_t[]){0, 1}, all_positive, 2, fit), 0.5, 1e-12);
    assert_near(fit[0], 1.5, 1e-12);
    assert_near(fit[1], 0, 0);
    const bool first[] = {true, false};
    assert_near(gram_fit(&gram, (size_t[]){0, 1}, first, 2, fit), 0, 1e-12);
    assert_near(fit[1], -1, 1e-12);
    gram_release(&gram);
}

static void test_where_all_would_be_negative_nothing_is_explained(void **state)
{
    (void)state;
    static const double columns[] = {1, 0, 0, 1}, y[] = {-3, -4};
    struct gram gram;
    double fit[2];
    gram_of(&gram, 2, columns, y, 2);
    assert_near(gram_fit(&gram, (size_t[]){0, 1}, all_positive, 2, fit), 25, 1e-12);
    assert_near(fit[0], 0, 0);
    assert_near(fit[1], 0, 0);
    gram_release(&gram);
}

enum { ROWS = 200, WIDE = 12 };

static void draw(struct random *random, double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = random_normal(random);
}

/* More columns than fit on the stack; the non-negative solution is the one whose conditions hold. */
static void test_many_columns_of_which_some_may_not_be_negative(void **state)
{
    (void)state;
    static double columns[ROWS * WIDE], y[ROWS];
    struct random random;
    random_init(&random, 5);
    draw(&random, columns, ROWS * WIDE);
    draw(&random, y, ROWS);
    size_t chosen[WIDE];
    bool positive[WIDE];
    double fit[WIDE], left[ROWS], squares = 0;
    for (size_t c = 0; c < WIDE; c++) {
        chosen[c] = WIDE - 1 - c;
        positive[c] = c % 3 != 0;
        for (size_t row = 0; row < ROWS; row++)
            y[row] += 0.3 * (c % 2 == 0 ? 1 : -1) * columns[row * WIDE + chosen[c]];
    }
    struct gram gram;
    gram_of(&gram, WIDE, columns, y, ROWS);
    double said = gram_fit(&gram, chosen, positive, WIDE, fit);
    for (size_t row = 0; row < ROWS; row++) {
        left[row] = y[row];
        for (size_t c = 0; c < WIDE; c++)
            left[row] -= fit[c] * columns[row * WIDE + chosen[c]];
        squares += left[row] * left[row];
    }
    assert_near(said, squares, 1e-9);
    for (size_t c = 0; c < WIDE; c++) {
        double gradient = 0;
        for (size_t row = 0; row < ROWS; row++)
            gradient += left[row] * columns[row * WIDE + chosen[c]];
        assert_true(!positive[c] || fit[c] >= 0);
        if (positive[c] && fit[c] == 0)
            assert_at_most(gradient, 1e-9);
        else
            assert_near(gradient, 0, 1e-9);
    }
    assert_near(fit[1], 0, 0); /* one that would be negative */
    assert_true(fit[3] < 0);   /* one that may be */
    gram_release(&gram);
}

static void test_columns_that_others_make_up_get_nothing(void **state)
{
    (void)state;
    static double columns[ROWS * 4], y[ROWS];
    struct random random;
    random_init(&random, 6);
    for (size_t row = 0; row < ROWS; row++) {
        double *of = columns + row * 4;
        draw(&random, of, 2);
        of[2] = 2 * of[0] - of[1];
        of[3] = 0;
        y[row] = 3 * of[0] + of[1];
    }
    struct gram gram;
    double fit[4];
    gram_of(&gram, 4, columns, y, ROWS);
    assert_near(gram_fit(&gram, (size_t[]){0, 1, 2, 3}, any, 4, fit), 0, 1e-6);
    assert_near(fit[0], 3, 1e-6);
    assert_near(fit[1], 1, 1e-6);
    assert_near(fit[2], 0, 0);
    assert_near(fit[3], 0, 0);
    assert_near(gram_fit(&gram, (size_t[]){2, 0, 1}, any, 3, fit), 0, 1e-6);
    assert_near(fit[0], -1, 1e-6);
    assert_near(fit[1], 5, 1e-6);
    assert_near(fit[2], 0, 0);
    assert_near(gram_alike(&gram, 0, 3), 0, 0);
    gram_release(&gram);
}

static void test_one_column_twice_is_as_alike_as_can_be(void **state)
{
    (void)state;
    static const double columns[] = {1, 3, 2, 6, 5, 15}, y[] = {2, 4, 10};
    struct gram gram;
    double fit[2];
    gram_of(&gram, 2, columns, y, 3);
    assert_near(gram_alike(&gram, 0, 1), 1, 1e-12);
    assert_near(gram_fit(&gram, (size_t[]){0, 1}, all_positive, 2, fit), 0, 1e-9);
    assert_near(fit[0], 2, 1e-9);
    assert_near(fit[1], 0, 0);
    gram_take_out(&gram, 1);
    assert_near(gram_alike(&gram, 0, 1), 0, 0);
    assert_near(gram_left(&gram), 0, 1e-9);
    gram_release(&gram);
}

/* y of columns 0 and 1, which hang on 2 and 3; 4 is 2 again. */
static void draw_entangled(double *columns, double *y, uint64_t seed)
{
    struct random random;
    random_init(&random, seed);
    for (size_t row = 0; row < ROWS; row++) {
        double *of = columns + row * 5;
        draw(&random, of, 4);
        of[0] += 2 * of[2];
        of[1] += of[3] - of[2];
        of[4] = of[2];
        y[row] = of[0] - 2 * of[1] + 5 * of[2] + 3 * of[3] + random_normal(&random);
    }
}

static void test_what_is_taken_out_is_fitted_beside(void **state)
{
    (void)state;
    static double columns[ROWS * 5], y[ROWS];
    draw_entangled(columns, y, 7);
    struct gram whole, taken;
    double with[4], without[2];
    gram_of(&whole, 5, columns, y, ROWS);
    gram_of(&taken, 5, columns, y, ROWS);
    gram_take_out(&taken, 2);
    double left = gram_fit(&whole, (size_t[]){0, 1, 2, 3}, any, 4, with);
    assert_near(gram_fit(&taken, (size_t[]){0, 1}, any, 2, without), left, 1e-8);
    assert_near(without[0], with[0], 1e-9);
    assert_near(without[1], with[1], 1e-9);
    assert_near(gram_left(&taken), gram_fit(&whole, (size_t[]){2, 3}, any, 2, with), 1e-8);
    for (size_t c = 2; c < 5; c++)
        assert_near(gram_product(&taken, c, c), 0, 0);
    gram_release(&whole);
    gram_release(&taken);
}

/* Coefficients of some rows, used on others: on the same rows that is the same, on others what is computed row by row. */
static void test_what_is_taken_out_of_other_rows(void **state)
{
    (void)state;
    static double columns[ROWS * 5], y[ROWS], others[ROWS * 5], other_y[ROWS];
    draw_entangled(columns, y, 8);
    draw_entangled(others, other_y, 9);
    struct gram gram, whole, same, other;
    gram_of(&gram, 5, columns, y, ROWS);
    gram_of(&whole, 5, columns, y, ROWS);
    gram_of(&same, 5, columns, y, ROWS);
    gram_of(&other, 5, others, other_y, ROWS);
    gram_take_out_of(&gram, &same, 2);
    static const size_t rest[] = {0, 1, 5};
    for (size_t i = 0; i < 9; i++)
        assert_near(gram_product(&same, rest[i / 3], rest[i % 3]),
                    gram_product(&gram, rest[i / 3], rest[i % 3]), 1e-8);
    gram_release(&gram);
    gram_of(&gram, 5, columns, y, ROWS);
    gram_take_out_of(&gram, &other, 2);
    double of_y[2], squares = 0;
    gram_fit(&whole, (size_t[]){2, 3}, any, 2, of_y);
    for (size_t row = 0; row < ROWS; row++) {
        double left = other_y[row] - of_y[0] * others[row * 5 + 2] - of_y[1] * others[row * 5 + 3];
        squares += left * left;
    }
    assert_near(gram_left(&other), squares, 1e-7);
    gram_release(&gram);
    gram_release(&whole);
    gram_release(&same);
    gram_release(&other);
}

/* Kinds of noise by their place in the table of whiten.c. */
enum { INDEPENDENT = 0, WALK = 5 };

static void test_a_random_walk_becomes_differences(void **state)
{
    (void)state;
    struct panel_piece pieces[] = {{0, 0, 5, 0, 0}, {1, 5, 3, 0, 0}};
    struct panel panel = {.rows = 8, .pieces = pieces, .piece_count = 2};
    double y[] = {3, 4, 8, 7, 7, 100, 90, 95};
    static const double differences[] = {0, 1, 4, -1, 0, 0, -10, 5};
    size_t freedom;
    assert_near(whiten(&panel, WALK, y, 1, &freedom), 0, 1e-12);
    assert_int_equal(freedom, 6);
    for (size_t i = 0; i < 8; i++)
        assert_near(y[i], differences[i], 1e-12);
}

static void test_independent_noise_becomes_deviations(void **state)
{
    (void)state;
    struct panel_piece pieces[] = {{0, 0, 4, 0, 0}, {1, 4, 2, 0, 0}};
    struct panel panel = {.rows = 6, .pieces = pieces, .piece_count = 2};
    double columns[] = {1, 10, 2, 10, 3, 10, 6, 50, 100, -1, 102, 1};
    static const double deviations[] = {-2, -10, -1, -10, 0, -10, 3, 30, -1, -1, 1, 1};
    size_t freedom;
    assert_near(whiten(&panel, INDEPENDENT, columns, 2, &freedom), -log(4) / 2 - log(2) / 2, 1e-12);
    assert_int_equal(freedom, 4);
    for (size_t i = 0; i < 12; i++)
        assert_near(columns[i], deviations[i], 1e-12);
}

enum { LENGTH = 7 };

/* In place, by Gauss and Jordan. Returns the logarithm of the determinant. */
static double invert(double *matrix)
{
    double log_determinant = 0;
    for (size_t k = 0; k < LENGTH; k++) {
        double pivot = matrix[k * LENGTH + k];
        log_determinant += log(pivot);
        matrix[k * LENGTH + k] = 1;
        for (size_t j = 0; j < LENGTH; j++)
            matrix[k * LENGTH + j] /= pivot;
        for (size_t i = 0; i < LENGTH; i++) {
            double factor = matrix[i * LENGTH + k];
            if (i == k)
                continue;
            matrix[i * LENGTH + k] = 0;
            for (size_t j = 0; j < LENGTH; j++)
                matrix[i * LENGTH + j] -= factor * matrix[k * LENGTH + j];
        }
    }
    return log_determinant;
}

static double product(const double *a, const double *inverse, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < LENGTH; i++)
        for (size_t j = 0; j < LENGTH; j++)
            sum += a[i] * inverse[i * LENGTH + j] * b[j];
    return sum;
}

/* Products of whitened columns are those of generalised least squares with a level of its own, from the covariance as it is
 * written down; the same for the likelihood. */
static void test_whitened_products_are_those_of_the_covariance(void **state)
{
    (void)state;
    static const struct {
        size_t kind;
        double keeps, walks, errs;
    } noises[] = {{0, 0, 0, 1}, {1, 0.5, 1, 0},  {4, 0.99, 1, 0},    {5, 1, 1, 0},
                  {6, 1, 1, 1}, {8, 1, 0.01, 1}, {10, 0.95, 0.1, 1}, {11, 0.99, 0.03, 1}};
    static const double x[LENGTH] = {1, 4, 2, 2, 7, 3, 9}, y[LENGTH] = {5, -1, 0, 3, 3, 8, 2};
    static const double ones[LENGTH] = {1, 1, 1, 1, 1, 1, 1};
    for (size_t n = 0; n < sizeof noises / sizeof *noises; n++) {
        double covariance[LENGTH * LENGTH], columns[2 * LENGTH], keeps = noises[n].keeps, got[3] = {0};
        for (size_t i = 0; i < LENGTH; i++)
            for (size_t j = 0; j < LENGTH; j++) {
                double apart = fabs((double)i - (double)j), first = fmin((double)i, (double)j);
                double state_of = keeps < 1 ? pow(keeps, apart) / (1 - keeps * keeps) : first + 1;
                covariance[i * LENGTH + j] = noises[n].walks * state_of + (i == j ? noises[n].errs : 0);
            }
        double logs = invert(covariance), level = product(ones, covariance, ones);
        for (size_t i = 0; i < LENGTH; i++) {
            columns[2 * i] = x[i];
            columns[2 * i + 1] = y[i];
        }
        struct panel_piece piece = {0, 0, LENGTH, 0, 0};
        struct panel panel = {.rows = LENGTH, .pieces = &piece, .piece_count = 1};
        size_t freedom;
        assert_near(whiten(&panel, noises[n].kind, columns, 2, &freedom), -(logs + log(level)) / 2, 1e-9);
        for (size_t i = 0; i < LENGTH; i++) {
            got[0] += columns[2 * i] * columns[2 * i];
            got[1] += columns[2 * i] * columns[2 * i + 1];
            got[2] += columns[2 * i + 1] * columns[2 * i + 1];
        }
        double of_x = product(ones, covariance, x), of_y = product(ones, covariance, y);
        assert_near(got[0], product(x, covariance, x) - of_x * of_x / level, 1e-9);
        assert_near(got[1], product(x, covariance, y) - of_x * of_y / level, 1e-9);
        assert_near(got[2], product(y, covariance, y) - of_y * of_y / level, 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_solved_by_hand),
        cmocka_unit_test(test_rows_may_come_in_parts),
        cmocka_unit_test(test_what_would_be_negative_is_nothing_and_the_rest_is_fitted_again),
        cmocka_unit_test(test_where_all_would_be_negative_nothing_is_explained),
        cmocka_unit_test(test_many_columns_of_which_some_may_not_be_negative),
        cmocka_unit_test(test_columns_that_others_make_up_get_nothing),
        cmocka_unit_test(test_one_column_twice_is_as_alike_as_can_be),
        cmocka_unit_test(test_what_is_taken_out_is_fitted_beside),
        cmocka_unit_test(test_what_is_taken_out_of_other_rows),
        cmocka_unit_test(test_a_random_walk_becomes_differences),
        cmocka_unit_test(test_independent_noise_becomes_deviations),
        cmocka_unit_test(test_whitened_products_are_those_of_the_covariance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
