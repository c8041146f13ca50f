/* Which kind of noise memory has. */
#include <math.h>

#include "analysis/attribution_inside.h"
#include "analysis/whiten.h"

#define WALKS_FROM 4 /* of the kinds of noise those that wander: memory that was given out once stays */

static double likelihood_of(const struct looking *looking, size_t noise)
{
    struct whole whole;
    whole_init(&whole, looking, noise);
    whole_fit(&whole, looking->panel->rows, NULL);
    double freedom = (double)whole.freedom;
    double likelihood = whole.base - freedom / 2 * log(fmax(whole.left, 1e-300) / freedom);
    whole_release(&whole);
    return likelihood;
}

size_t likeliest_noise(const struct looking *looking)
{
    size_t best = WALKS_FROM;
    double most = -INFINITY;
    for (size_t noise = WALKS_FROM; noise < WHITEN_NOISES; noise++) {
        double likelihood = likelihood_of(looking, noise);
        if (likelihood > most) {
            most = likelihood;
            best = noise;
        }
    }
    return best;
}
