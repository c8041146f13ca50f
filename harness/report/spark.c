#include "report/spark.h"

#include <stddef.h>

const char *spark_of(double value, double low, double high, bool utf8)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ascii[] = {"_", ".", "-", ":", "=", "+", "*", "#"};
    size_t height = high > low ? (size_t)((value - low) / (high - low) * 7.999) : 0;
    return utf8 ? blocks[height] : ascii[height];
}
