/* Pearson's r, where some values are not known. */
#ifndef SUSPECTS_NUMBERS_H
#define SUSPECTS_NUMBERS_H

#include <stddef.h>

/* Of x[0], x[stride], ... with y alike, over the pairs of which neither is NaN; NaN for fewer than 3 of them, and
 * where one of the two never changes. */
double numbers_pearson(const double *x, const double *y, size_t count, size_t stride);

#endif
