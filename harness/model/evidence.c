#include "model/evidence.h"

#include <stdlib.h>
#include <string.h>

static const char *const step_names[STEP_COUNT] = {
    "null",    "warm_up",    "screen", "long_solo", "hold",  "isolated",
    "partner", "complement", "reduce", "narrow",    "sites", "soak",
};

const char *step_name(enum step step)
{
    return step_names[step];
}

const char *sample_kind_name(enum sample_kind kind)
{
    static const char *const names[] = {"timed", "settled", "judged"};
    return names[kind];
}

int step_from_name(const char *name)
{
    for (int i = 0; i < STEP_COUNT; i++)
        if (strcmp(step_names[i], name) == 0)
            return i;
    return -1;
}

void trial_release(struct trial *trial)
{
    free(trial->mix);
    free(trial->note);
    memset(trial, 0, sizeof *trial);
}

void block_release(struct block *block)
{
    free(block->mix);
    memset(block, 0, sizeof *block);
}

void measurement_release(struct measurement *measurement)
{
    free(measurement->mix);
    free(measurement->signal);
    free(measurement->note);
    memset(measurement, 0, sizeof *measurement);
}

void probe_release(struct probe *probe)
{
    free(probe->mix);
    free(probe->question);
    free(probe->answer);
    free(probe->says);
    free(probe->key);
    memset(probe, 0, sizeof *probe);
}

void endpoint_load_release(struct endpoint_load *load)
{
    free(load->endpoint);
    memset(load, 0, sizeof *load);
}
