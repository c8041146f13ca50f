#include "analysis/gram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define NOTHING 1e-9 /* of a column's own squares: what is left of it is rounding */

static double *at(const struct gram *gram, size_t a, size_t b)
{
    return &gram->products[a * (gram->count + 1) + b];
}

void gram_init(struct gram *gram, size_t count)
{
    gram->count = count;
    gram->products = xcalloc((count + 1) * (count + 1), sizeof *gram->products);
}

void gram_copy(struct gram *copy, const struct gram *gram)
{
    gram_init(copy, gram->count);
    gram_add_gram(copy, gram);
}

void gram_release(struct gram *gram)
{
    free(gram->products);
    gram->products = NULL;
}

static void add_row(struct gram *gram, const double *row, double explained)
{
    size_t k = gram->count;
    for (size_t a = 0; a < k; a++) {
        double *products = at(gram, a, 0), value = row[a];
        if (value == 0)
            continue;
        for (size_t b = a; b < k; b++)
            products[b] += value * row[b];
        products[k] += value * explained;
    }
    *at(gram, k, k) += explained * explained;
}

static void mirror(struct gram *gram)
{
    for (size_t a = 0; a <= gram->count; a++)
        for (size_t b = 0; b < a; b++)
            *at(gram, a, b) = *at(gram, b, a);
}

void gram_add(struct gram *gram, const double *columns, const double *explained, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        add_row(gram, columns + i * gram->count, explained[i]);
    mirror(gram);
}

void gram_add_gram(struct gram *sum, const struct gram *gram)
{
    for (size_t i = 0; i < (sum->count + 1) * (sum->count + 1); i++)
        sum->products[i] += gram->products[i];
}

/* `parts`: how much of the column is in each of the others. */
static void take_out_one(struct gram *gram, size_t column, double *parts)
{
    double own = *at(gram, column, column);
    for (size_t a = 0; a <= gram->count; a++)
        parts[a] = a == column ? 0 : *at(gram, a, column) / own;
    for (size_t a = 0; a <= gram->count; a++)
        for (size_t b = 0; parts[a] != 0 && b <= gram->count; b++)
            *at(gram, a, b) -= parts[a] * *at(gram, column, b);
    for (size_t a = 0; a <= gram->count; a++)
        *at(gram, a, column) = *at(gram, column, a) = 0;
}

static void take_parts_out(struct gram *gram, size_t column, const double *parts)
{
    for (size_t a = 0; a <= gram->count; a++)
        for (size_t b = 0; parts[a] != 0 && b <= gram->count; b++)
            *at(gram, a, b) -= parts[a] * *at(gram, column, b);
    for (size_t a = 0; a <= gram->count; a++)
        for (size_t b = 0; b <= gram->count; b++)
            *at(gram, a, b) -= parts[b] * *at(gram, a, column);
}

void gram_take_out_of(struct gram *gram, struct gram *other, size_t first)
{
    double *own = xcalloc(2 * (gram->count + 1), sizeof *own), *parts = own + gram->count + 1;
    for (size_t a = 0; a <= gram->count; a++)
        own[a] = *at(gram, a, a);
    for (size_t c = first; c < gram->count; c++) {
        if (!(*at(gram, c, c) > NOTHING * own[c] && own[c] > 0))
            continue;
        take_out_one(gram, c, parts);
        if (other != NULL)
            take_parts_out(other, c, parts);
    }
    for (size_t a = 0; a < gram->count; a++)
        if (*at(gram, a, a) < NOTHING * own[a])
            *at(gram, a, a) = 0;
    free(own);
}

void gram_take_out(struct gram *gram, size_t first)
{
    gram_take_out_of(gram, NULL, first);
}

double gram_left_by(const struct gram *gram, const size_t *columns, size_t count, const double *coefficients)
{
    double left = gram_left(gram);
    for (size_t i = 0; i < count; i++) {
        left -= 2 * coefficients[i] * *at(gram, columns[i], gram->count);
        for (size_t k = 0; k < count; k++)
            left += coefficients[i] * coefficients[k] * *at(gram, columns[i], columns[k]);
    }
    return fmax(left, 0);
}

double gram_product(const struct gram *gram, size_t a, size_t b)
{
    return *at(gram, a, b);
}

double gram_left(const struct gram *gram)
{
    return *at(gram, gram->count, gram->count);
}

double gram_alike(const struct gram *gram, size_t a, size_t b)
{
    double squares = *at(gram, a, a) * *at(gram, b, b);
    return squares > 0 ? *at(gram, a, b) / sqrt(squares) : 0;
}

struct system {
    const struct gram *gram;
    const size_t *columns;
    size_t *used, count, most; /* of the columns asked for */
    double *lower, *solution;
};

/* Cholesky; a column that the ones before make up gets the coefficient 0. */
static void factor(struct system *system)
{
    for (size_t i = 0; i < system->count; i++)
        for (size_t j = 0; j <= i; j++) {
            double own =
                *at(system->gram, system->columns[system->used[i]], system->columns[system->used[i]]);
            double sum =
                *at(system->gram, system->columns[system->used[i]], system->columns[system->used[j]]);
            for (size_t k = 0; k < j; k++)
                sum -= system->lower[i * system->most + k] * system->lower[j * system->most + k];
            if (i == j)
                system->lower[i * system->most + i] = sum > 1e-7 * own ? sqrt(sum) : INFINITY;
            else
                system->lower[i * system->most + j] = sum / system->lower[j * system->most + j];
        }
}

static void solve(struct system *system)
{
    double *x = system->solution;
    factor(system);
    for (size_t i = 0; i < system->count; i++) {
        x[i] = *at(system->gram, system->columns[system->used[i]], system->gram->count);
        for (size_t k = 0; k < i; k++)
            x[i] -= system->lower[i * system->most + k] * x[k];
        x[i] /= system->lower[i * system->most + i];
    }
    for (size_t i = system->count; i-- > 0;) {
        for (size_t k = i + 1; k < system->count; k++)
            x[i] -= system->lower[k * system->most + i] * x[k];
        x[i] /= system->lower[i * system->most + i];
    }
}

/* The one that may not be negative and is so most; system->count: none. */
static size_t most_negative(const struct system *system, const bool *positive)
{
    size_t worst = system->count;
    double least = 0;
    for (size_t i = 0; i < system->count; i++) {
        const size_t column = system->columns[system->used[i]];
        double weight = system->solution[i] * sqrt(*at(system->gram, column, column));
        if (positive[system->used[i]] && weight < least) {
            least = weight;
            worst = i;
        }
    }
    return worst;
}

#define FEW 8

double gram_fit(const struct gram *gram, const size_t *columns, const bool *positive, size_t count,
                double *coefficients)
{
    double few[FEW * FEW + FEW], *space = count <= FEW ? few : xcalloc(count * count + count, sizeof *space);
    size_t few_used[FEW], *used = count <= FEW ? few_used : xcalloc(count, sizeof *used);
    struct system system = {gram, columns, used, 0, count, space, space + count * count};
    double left = gram_left(gram);
    for (size_t i = 0; i < count; i++)
        if (*at(gram, columns[i], columns[i]) > 0)
            system.used[system.count++] = i;
    for (;;) {
        solve(&system);
        size_t worst = most_negative(&system, positive);
        if (worst == system.count)
            break;
        system.count--;
        memmove(system.used + worst, system.used + worst + 1, (system.count - worst) * sizeof *system.used);
    }
    memset(coefficients, 0, count * sizeof *coefficients);
    for (size_t i = 0; i < system.count; i++) {
        coefficients[system.used[i]] = system.solution[i];
        left -= system.solution[i] * *at(gram, columns[system.used[i]], gram->count);
    }
    if (count > FEW) {
        free(space);
        free(used);
    }
    return fmax(left, 0);
}
