/* Marks of a sparkline. */
#ifndef SEEP_REPORT_SPARK_H
#define SEEP_REPORT_SPARK_H

#include <stdbool.h>

/* One of eight heights for a value from low to high; the lowest where they are one. Without UTF-8 in seven bits. */
const char *spark_of(double value, double low, double high, bool utf8);

#endif
