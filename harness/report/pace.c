#include "report/pace.h"

#include <math.h>

#include "base/text.h"

void pacing_init(struct pacing *pacing, size_t most)
{
    *pacing = (struct pacing){.most = most, .width_s = 1, .columns = xcalloc(most, sizeof *pacing->columns)};
}

static struct pace *column(struct pacing *pacing, size_t i)
{
    for (; pacing->count <= i; pacing->count++)
        pacing->columns[pacing->count] = (struct pace){.from_s = (double)pacing->count * pacing->width_s,
                                                       .seconds = pacing->width_s,
                                                       .service_max_us = NAN,
                                                       .lag_max_us = NAN};
    return &pacing->columns[i];
}

static void add_share(struct pace *into, const struct pace *from, double share)
{
    into->planned += from->planned * share;
    into->done += from->done * share;
    into->failed += from->failed * share;
    into->skipped += from->skipped * share;
    into->service_sum_us += isfinite(from->service_sum_us) ? from->service_sum_us * share : 0;
    into->service_max_us = fmax(into->service_max_us, from->service_max_us);
    into->lag_max_us = fmax(into->lag_max_us, from->lag_max_us);
}

static void halve(struct pacing *pacing)
{
    size_t count = pacing->count;
    pacing->width_s *= 2;
    pacing->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct pace old = pacing->columns[i];
        add_share(column(pacing, i / 2), &old, 1);
    }
}

void pacing_add(struct pacing *pacing, const struct pace *pace)
{
    double ends_s = pace->from_s + fmax(pace->seconds, 1);
    if (!(pace->from_s >= 0) || !isfinite(ends_s))
        return;
    while (ends_s > (double)pacing->most * pacing->width_s)
        halve(pacing);
    for (double at_s = pace->from_s; at_s < ends_s;) {
        size_t i = (size_t)(at_s / pacing->width_s);
        double until_s = fmin(ends_s, (double)(i + 1) * pacing->width_s);
        add_share(column(pacing, i), pace, (until_s - at_s) / (ends_s - pace->from_s));
        at_s = until_s;
    }
}
