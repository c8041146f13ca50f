/* What the server is asked for, on the grid. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow/suspects_inside.h"

static int ask(struct suspects_read *read, const struct prom_query *query, struct series_set *set,
               struct err *err)
{
    struct prom_count count;
    double until_s = grid_time(&read->grid, read->grid.rows - 1);
    series_set_init(set, &read->grid);
    if (prom_count(read->prom, query, read->grid.start_s, until_s, &count, err) != 0)
        return -1;
    return count.most > 0 ? prom_range(read->prom, query, count.most, set, err) : 0;
}

static int ask_for_some(struct suspects_read *read, const char *option, const char *text,
                        struct series_set *set, struct err *err)
{
    const struct prom_query query = {option, text};
    if (text == NULL)
        return 0;
    if (ask(read, &query, set, err) != 0)
        return -1;
    if (series_points(set) > 0)
        return 0;
    return prom_explain_empty(read->prom, &query, read->grid.start_s,
                              grid_time(&read->grid, read->grid.rows - 1), err);
}

/* What helps, and is not needed. */
static int ask_for_more(struct suspects_read *read, const char *option, const char *text,
                        struct series_set *set, struct err *err)
{
    if (text == NULL || read->prom == NULL)
        return 0;
    if (ask(read, &(struct prom_query){option, text}, set, err) != 0)
        return -1;
    if (set->count == 0 && read->question->given)
        strings_addf(&read->caveats, "%s: no series", option);
    return 0;
}

/* A client library that tells of a process's memory tells of its start: asked for by the same selector, and not missed. */
static void guess_starts(struct suspects_read *read)
{
    static const char resident[] = "process_resident_memory_bytes";
    struct promql_selector selector;
    struct err ignored = {0};
    bool fits = promql_selector_find(read->question->memory, &selector) && selector.whole &&
                strcmp(selector.metric, resident) == 0;
    if (fits) {
        char *text = promql_selector_text("process_start_time_seconds", &selector.matchers);
        if (ask(read, &(struct prom_query){"--starts", text}, &read->starts, &ignored) != 0)
            series_set_release(&read->starts);
        free(text);
    }
    promql_selector_release(&selector);
}

static void take_warnings(struct suspects_read *read)
{
    const struct series_set *sets[] = {&read->memory, &read->requests, &read->starts, &read->restarts,
                                       &read->limits};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        for (size_t k = 0; k < sets[i]->warnings.count; k++)
            strings_addf(&read->caveats, "the server warns: %.300s", sets[i]->warnings.items[k]);
}

int suspects_query(struct suspects_read *read, struct err *err)
{
    const struct suspects_question *question = read->question;
    if (ask_for_some(read, "--memory", question->memory, &read->memory, err) != 0 ||
        ask_for_some(read, "--requests-by", question->requests, &read->requests, err) != 0 ||
        ask_for_more(read, "--starts", question->starts, &read->starts, err) != 0 ||
        ask_for_more(read, "--restarts", question->restarts, &read->restarts, err) != 0 ||
        ask_for_more(read, "--limit", question->limit, &read->limits, err) != 0)
        return -1;
    if (question->starts == NULL && question->memory != NULL)
        guess_starts(read);
    take_warnings(read);
    return 0;
}
