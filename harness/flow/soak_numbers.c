/* The plain numbers of a soak that a shard keeps. */
#include <math.h>
#include <stddef.h>

#include "flow/soak_merged.h"
#include "flow/soak_state.h"

#define NUMBER(NAME, FIELD, KIND)                                                                            \
    {                                                                                                        \
        NAME, offsetof(struct soak, FIELD), KIND                                                             \
    }
const struct soak_number soak_numbers[] = {
    NUMBER("gaps", gaps, NUMBER_SIZE),
    NUMBER("readings", readings, NUMBER_SIZE),
    NUMBER("restarts", at.restarts, NUMBER_SIZE),
    NUMBER("start_time", at.start_time, NUMBER_SIZE),
    NUMBER("swapped_before", at.swapped_bytes, NUMBER_REAL),
    NUMBER("swapped_after", limits.swapped_bytes, NUMBER_REAL),
    NUMBER("read_s", at.read_s, NUMBER_REAL),
    NUMBER("null_missed", at.null_missed, NUMBER_FLAG),
    NUMBER("rss_per_read", at.rss_per_read, NUMBER_REAL),
    NUMBER("rss_per_second", at.rss_per_second, NUMBER_REAL),
    NUMBER("quiet_s", quiet_s, NUMBER_REAL),
    NUMBER("held_s", held.seconds, NUMBER_REAL),
    NUMBER("unsettled", trials.unsettled, NUMBER_COUNT),
    NUMBER("peak_bytes", trials.peak_bytes, NUMBER_REAL),
    NUMBER("kept_bytes", trials.kept_bytes, NUMBER_REAL),
    NUMBER("warm_bytes", trials.warm_bytes, NUMBER_REAL),
    NUMBER("peak_is_older", trials.peak_is_older, NUMBER_FLAG),
    {NULL, 0, NUMBER_SIZE},
};

double soak_number_get(const struct soak *soak, const struct soak_number *number)
{
    const char *field = (const char *)soak + number->offset;
    switch (number->kind) {
    case NUMBER_SIZE:
        return (double)*(const size_t *)field;
    case NUMBER_COUNT:
        return (double)*(const uint64_t *)field;
    case NUMBER_FLAG:
        return *(const bool *)field;
    case NUMBER_REAL:
        break;
    }
    return *(const double *)field;
}

void soak_number_set(struct soak *soak, const struct soak_number *number, double value)
{
    char *field = (char *)soak + number->offset;
    bool counts = value > 0 && value < 1e15;
    switch (number->kind) {
    case NUMBER_SIZE:
        *(size_t *)field = counts ? (size_t)value : 0;
        break;
    case NUMBER_COUNT:
        *(uint64_t *)field = counts ? (uint64_t)value : 0;
        break;
    case NUMBER_FLAG:
        *(bool *)field = counts;
        break;
    case NUMBER_REAL:
        *(double *)field = value;
        break;
    }
}
