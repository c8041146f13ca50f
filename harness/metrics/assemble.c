#include "metrics/assemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/assemble_inside.h"

#define NAMED 3 /* instances that a caveat names */

static int check_memory(const struct series_set *memory, struct err *err)
{
    struct strings names = {NULL, 0};
    series_values(memory, LABEL_NAME, &names);
    char *all = strings_join(&names, ", ");
    int failed = names.count < 2
                     ? 0
                     : err_set(err, ERR_USAGE,
                               "memory: the series of %zu metrics (%.200s): one of them has to be chosen",
                               names.count, all);
    free(all);
    strings_release(&names);
    return failed;
}

static size_t distinct(const struct series_set *set, const char *label, bool *all)
{
    struct strings values = {NULL, 0};
    series_values(set, label, &values);
    size_t count = values.count;
    *all = count > 0 && !strings_has(&values, "");
    strings_release(&values);
    return count;
}

/* The label that tells apart instances whose requests are of all alike: their pod, else what tells most of them apart. NULL: none
 * does. */
static const char *telling_label(const struct series_set *memory)
{
    static const char *const labels[] = {"pod",      "instance", "name", "container",
                                         "hostname", "host",     "id",   NULL};
    const char *best = NULL;
    size_t most = 1;
    bool all;
    for (size_t i = 0; labels[i] != NULL; i++) {
        size_t count = distinct(memory, labels[i], &all);
        if (all && (count > most || (i == 0 && memory->count > 1)))
            best = labels[i];
        most = best == labels[i] ? count : most;
        if (best != NULL && i == 0)
            break;
    }
    return best;
}

static char *name_of(const struct join *join, const char *telling, const struct labels *labels)
{
    struct text name = TEXT_EMPTY;
    if (!join->spread)
        return join_key(join, &join->memory, labels);
    if (telling != NULL || labels->count == 0)
        return xstrdup(telling != NULL ? labels_get(labels, telling) : "the instance");
    labels_say(labels, &name);
    return text_take(&name);
}

/* Instances that have memory and, but where they are spread, requests: their places, and the instance of each series of memory. */
struct found {
    struct places *instances;
    long *of_memory;
    struct strings names, without; /* without: requests */
    size_t nameless;
};

static void find_instances(const struct assembly *assembly, const struct join *join, struct found *found)
{
    struct places *asked = places_new();
    const struct series_set *memory = assembly->memory;
    for (size_t i = 0; !join->spread && i < assembly->requests->count; i++) {
        char *key = join_key(join, &join->requests, &assembly->requests->items[i].labels);
        if (key != NULL)
            places_of(asked, key);
        free(key);
    }
    const char *telling = telling_label(memory);
    for (size_t i = 0; i < memory->count; i++) {
        char *name = name_of(join, telling, &memory->items[i].labels);
        found->of_memory[i] = -1;
        if (name == NULL) {
            found->nameless++;
        } else if (!join->spread && places_find(asked, name) < 0) {
            if (!strings_has(&found->without, name))
                strings_add(&found->without, name);
        } else {
            found->of_memory[i] = (long)places_of(found->instances, name);
            if ((size_t)found->of_memory[i] == found->names.count)
                strings_add(&found->names, name);
        }
        free(name);
    }
    places_free(asked);
}

static void say_found(const struct join *join, const struct found *found, struct history *history)
{
    if (found->without.count > 0) {
        struct text some = TEXT_EMPTY;
        for (size_t i = 0; i < found->without.count && i < NAMED; i++)
            text_addf(&some, "%s%.100s", i > 0 ? ", " : "", found->without.items[i]);
        strings_addf(&history->caveats,
                     "%zu of %zu instances with memory have no requests and were left out: %s%s",
                     found->without.count, found->without.count + found->names.count, text_string(&some),
                     found->without.count > NAMED ? ", ..." : "");
        text_release(&some);
    }
    if (found->nameless > 0)
        strings_addf(&history->caveats, "%zu series of memory have no label %s and were left out",
                     found->nameless, join->memory.items[0]);
    if (join->hosts)
        strings_add(&history->caveats,
                    "memory and requests are of different ports: their hosts were put together");
}

/* What would join requests that have no instance. */
static int choose_join(const struct assembly *assembly, struct join *join, struct err *err)
{
    bool alone = assembly->join == NULL && assembly->memory->count == 1; /* all requests are its own */
    int failed = assembly->requests == NULL
                     ? 0
                     : join_choose(assembly->memory, assembly->requests, assembly->join, join, err);
    if (assembly->requests != NULL && !(failed && alone))
        return failed;
    join_release(join);
    join->spread = true;
    return 0;
}

static void begin_history(const struct assembly *assembly, const struct found *found, struct history *history)
{
    const struct grid *grid = &assembly->memory->grid;
    history->start_s = grid->start_s;
    history->step_s = grid->step_s;
    history->rows = grid->rows;
    for (size_t i = 0; i < found->names.count; i++)
        history_add(history, found->names.items[i]);
}

int assemble(const struct assembly *assembly, struct history *history, struct err *err)
{
    struct join join = {.hosts = false};
    struct found found = {.instances = places_new(),
                          .of_memory = xcalloc(assembly->memory->count + 1, sizeof(long))};
    *history = (struct history){.rows = 0};
    int failed = check_memory(assembly->memory, err) != 0 || choose_join(assembly, &join, err) != 0;
    if (!failed) {
        find_instances(assembly, &join, &found);
        begin_history(assembly, &found, history);
        say_found(&join, &found, history);
        assemble_memory(assembly->memory, found.of_memory, found.instances, history);
        assemble_extras(assembly, &join, found.instances, history);
        if (assembly->requests != NULL)
            failed = assemble_requests(assembly, &join, found.instances, history, err);
    }
    join_release(&join);
    places_free(found.instances);
    free(found.of_memory);
    strings_release(&found.names);
    strings_release(&found.without);
    return failed ? -1 : 0;
}
