#include "sample/patience.h"

#include "base/clock.h"

#define LEAST_NS (2 * CLOCK_NS_PER_S)
#define HALVINGS_MOST 16

int64_t patience_ns(const struct patience *patience, int64_t most_ns)
{
    int64_t left_ns = most_ns >> patience->halvings;
    return left_ns > LEAST_NS ? left_ns : LEAST_NS;
}

void patience_learn(struct patience *patience, int64_t most_ns, int64_t took_ns, bool answered)
{
    if (answered)
        patience->halvings = 0;
    else if (took_ns >= patience_ns(patience, most_ns) && patience->halvings < HALVINGS_MOST)
        patience->halvings++;
}
