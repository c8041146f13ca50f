#include "model/suspects.h"

#include <stdlib.h>

const char *restart_kind_name(enum restart_kind kind)
{
    static const char *const names[] = {
        [RESTART_MEMORY] = "memory", [RESTART_DEPLOY] = "deploy", [RESTART_OTHER] = "other"};
    return names[kind];
}

const char *holds_name(enum holds holds)
{
    static const char *const names[] = {
        [HOLDS_ALWAYS] = "always", [HOLDS_UNTIL] = "until", [HOLDS_SINCE] = "since"};
    return names[holds];
}

static void release_instance(struct suspect_instance *instance)
{
    free(instance->name);
    free(instance->at_s);
    free(instance->memory);
    free(instance->fitted);
    free(instance->rate);
}

void suspects_release(struct suspects *suspects)
{
    for (size_t i = 0; i < suspects->count; i++)
        strings_release(&suspects->items[i].endpoints);
    for (size_t i = 0; i < suspects->instance_count; i++)
        release_instance(&suspects->instances[i]);
    free(suspects->items);
    free(suspects->instances);
    free(suspects->restarts);
    free(suspects->reason);
    free(suspects->source);
    free(suspects->memory_query);
    free(suspects->requests_query);
    free(suspects->written);
    strings_release(&suspects->cleared);
    strings_release(&suspects->untold);
    strings_release(&suspects->caveats);
    strings_release(&suspects->help);
    *suspects = (struct suspects){.exit_code = 0};
}
