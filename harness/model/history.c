#include "model/history.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

static double *unknown(size_t count)
{
    double *values = xcalloc(count + 1, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = NAN;
    return values;
}

struct history_instance *history_add(struct history *history, const char *name)
{
    size_t count = history->rows * history->endpoints.count;
    history->instances =
        xrealloc(history->instances, (history->instance_count + 1) * sizeof *history->instances);
    struct history_instance *instance = &history->instances[history->instance_count++];
    *instance = (struct history_instance){.name = xstrdup(name),
                                          .memory = unknown(history->rows),
                                          .requests = xcalloc(count + 1, sizeof(float))};
    for (size_t i = 0; i < count; i++)
        instance->requests[i] = NAN;
    return instance;
}

float *history_requests(const struct history *history, const struct history_instance *instance, size_t row)
{
    return instance->requests + row * history->endpoints.count;
}

void history_release(struct history *history)
{
    for (size_t i = 0; i < history->instance_count; i++) {
        struct history_instance *instance = &history->instances[i];
        free(instance->name);
        free(instance->memory);
        free(instance->started);
        free(instance->limit);
        free(instance->restarts);
        free(instance->requests);
    }
    free(history->instances);
    strings_release(&history->endpoints);
    strings_release(&history->caveats);
    *history = (struct history){.rows = 0};
}
