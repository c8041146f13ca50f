#include "analysis/envelope.h"

#include <math.h>

void envelope_clear(struct envelope *envelope)
{
    *envelope = (struct envelope){.parts = 0};
}

static void join_parts(struct envelope *envelope)
{
    for (size_t i = 0; i < ENVELOPE_PARTS / 2; i++)
        envelope->lowest[i] = fmin(envelope->lowest[2 * i], envelope->lowest[2 * i + 1]);
    envelope->parts = ENVELOPE_PARTS / 2;
    envelope->each *= 2;
}

void envelope_add(struct envelope *envelope, double value)
{
    if (isnan(value))
        return;
    if (envelope->parts == 0)
        envelope->each = envelope->in_last = 1;
    if (envelope->in_last < envelope->each) {
        double *last = &envelope->lowest[envelope->parts - 1];
        *last = fmin(*last, value);
        envelope->in_last++;
        return;
    }
    if (envelope->parts == ENVELOPE_PARTS)
        join_parts(envelope);
    envelope->lowest[envelope->parts++] = value;
    envelope->in_last = 1;
}

double envelope_level(const struct envelope *envelope)
{
    double level = (double)NAN;
    for (size_t i = envelope->parts / 2; i < envelope->parts; i++)
        level = fmin(level, envelope->lowest[i]); /* takes the number where one is NaN */
    return level;
}
