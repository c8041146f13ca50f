#include "model/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *compared_answer_name(enum compared_answer answer)
{
    static const char *const names[] = {
        [COMPARED_BELOW] = "below",       [COMPARED_OPEN] = "no_evidence",
        [COMPARED_IMPROVED] = "improved", [COMPARED_UNIMPROVED] = "unimproved",
        [COMPARED_WORSE] = "worse",
    };
    return names[answer];
}

static struct estimate unknown(void)
{
    return (struct estimate){
        .per_request = NAN, .interval = {NAN, NAN}, .smallest_detectable = NAN, .step = STEP_SOAK};
}

struct compared *comparison_add(struct comparison *comparison, const char *mix, const char *signal)
{
    comparison->items = xrealloc(comparison->items, (comparison->count + 1) * sizeof *comparison->items);
    struct compared *item = &comparison->items[comparison->count++];
    *item = (struct compared){.mix = xstrdup(mix),
                              .signal = xstrdup(signal),
                              .before = unknown(),
                              .after = unknown(),
                              .difference = NAN,
                              .interval = {NAN, NAN},
                              .bounds = {NAN, NAN},
                              .limit = NAN,
                              .answer = COMPARED_OPEN};
    return item;
}

const struct compared *comparison_deciding(const struct comparison *comparison)
{
    for (size_t i = comparison->count; i-- > 0;)
        if (comparison->items[i].decides && comparison->items[i].answer == comparison->answer)
            return &comparison->items[i];
    return NULL;
}

static void release_run(struct compared_run *run)
{
    free(run->command);
    free(run->label);
    free(run->service);
}

void comparison_release(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        free(comparison->items[i].mix);
        free(comparison->items[i].signal);
        free(comparison->items[i].limit_text);
    }
    free(comparison->items);
    free(comparison->refusal);
    free(comparison->doubt);
    strings_release(&comparison->caveats);
    strings_release(&comparison->unmet);
    release_run(&comparison->before);
    release_run(&comparison->after);
    memset(comparison, 0, sizeof *comparison);
}
