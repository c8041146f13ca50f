/* The two functions that sampling needs of libm, which the agent does not load into every process. */
#ifndef SEEP_MALLOC_EXPONENTIAL_H
#define SEEP_MALLOC_EXPONENTIAL_H

/* log(x), for 0 < x <= 1 and normal. Error: below 1e-10. */
double exponential_log(double x);

/* exp(-x), for x >= 0. Relative error of 1 - exp(-x): below 1e-6 from x = 1e-8. */
double exponential_of_minus(double x);

#endif
