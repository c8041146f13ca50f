/* Least squares on few of many columns, from their products alone. Pure. */
#ifndef SEEP_ANALYSIS_GRAM_H
#define SEEP_ANALYSIS_GRAM_H

#include <stdbool.h>
#include <stddef.h>

/* Products of `count` columns, and of the one that is explained, which is the last: (count + 1)^2 of them. */
struct gram {
    size_t count;
    double *products;
};

void gram_init(struct gram *gram, size_t count);
void gram_copy(struct gram *copy, const struct gram *gram);
void gram_release(struct gram *gram);

/* rows x count columns, and rows values that are explained. Cost: rows x count^2 / 2. */
void gram_add(struct gram *gram, const double *columns, const double *explained, size_t rows);

void gram_add_gram(struct gram *sum, const struct gram *gram); /* of as many columns: of the rows of both */

/* Columns [first, count) are taken out of all others and of what is explained, which is then what is left of it by the
 * best of them; one that the others make up is passed over. Cost: (count - first) x count^2. */
void gram_take_out(struct gram *gram, size_t first);

/* The same, and what is taken out of `gram` is taken out of `other` by the same coefficients: of rows that had no part in them. */
void gram_take_out_of(struct gram *gram, struct gram *other, size_t first);

/* The squares that these coefficients leave. Cost: count^2. */
double gram_left_by(const struct gram *gram, const size_t *columns, size_t count, const double *coefficients);

double gram_product(const struct gram *gram, size_t a, size_t b);
double gram_left(const struct gram *gram); /* squares of what is explained that are left */

/* How alike two columns are: their correlation; 0 where one of them is nothing. */
double gram_alike(const struct gram *gram, size_t a, size_t b);

/* Which columns, and which of their coefficients may not be negative: these become 0. coefficients (out): count. Returns
 * the squares that are left. Cost: count^3, once for each that would be negative (Lawson and Hanson's problem by backward
 * elimination: enough where few columns matter). */
double gram_fit(const struct gram *gram, const size_t *columns, const bool *positive, size_t count,
                double *coefficients);

#endif
