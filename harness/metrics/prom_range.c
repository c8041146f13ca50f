/* Questions over time, in pages that the server gives at once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "metrics/prom_inside.h"
#include "metrics/promql.h"

#define COUNTED_AT 200 /* moments: what was there for a day of half a year is seen */

static void add_number(struct text *form, const char *key, double value)
{
    char *text = xasprintf("%.3f", value);
    prom_form_add(form, key, text);
    free(text);
}

static void take_warnings(struct series_set *set, const struct answer *answer)
{
    for (size_t i = 0; i < answer->warnings.count; i++)
        if (!strings_has(&set->warnings, answer->warnings.items[i]))
            strings_add(&set->warnings, answer->warnings.items[i]);
}

/* form: what is asked beside the query; released. */
static int ask_form(struct prom *prom, const char *path, const struct prom_query *query, struct text *form,
                    struct series_set *set, struct err *err)
{
    struct answer answer;
    struct answer_grid into = {.set = set};
    struct answer_sink sink = answer_into(&into);
    prom_form_add(form, "query", query->text);
    int failed = prom_ask(prom, path, query, text_string(form), &sink, &answer, err);
    take_warnings(set, &answer);
    answer_release(&answer);
    text_release(form);
    return failed;
}

int prom_instant(struct prom *prom, const struct prom_query *query, double at_s, struct series_set *set,
                 struct err *err)
{
    struct text form = TEXT_EMPTY;
    series_set_init(set, &(struct grid){at_s, 1, 1});
    add_number(&form, "time", at_s);
    return ask_form(prom, PROM_QUERY, query, &form, set, err);
}

static int ask_rows(struct prom *prom, const struct prom_query *query, size_t first, size_t last,
                    struct series_set *set, struct err *err)
{
    struct text form = TEXT_EMPTY;
    add_number(&form, "start", grid_time(&set->grid, first));
    add_number(&form, "end", grid_time(&set->grid, last));
    add_number(&form, "step", set->grid.step_s);
    return ask_form(prom, PROM_QUERY_RANGE, query, &form, set, err);
}

static size_t rows_of_page(double series)
{
    double rows = series > 0 ? floor((double)PROM_PAGE_POINTS / series) : (double)PROM_PAGE_ROWS;
    return rows < 1 ? 1 : rows > (double)PROM_PAGE_ROWS ? PROM_PAGE_ROWS : (size_t)rows;
}

int prom_range(struct prom *prom, const struct prom_query *query, double series, struct series_set *set,
               struct err *err)
{
    size_t page = rows_of_page(series);
    for (size_t row = 0; row < set->grid.rows; row += page) {
        size_t last = row + page < set->grid.rows ? row + page - 1 : set->grid.rows - 1;
        if (prom->options.page != NULL)
            prom->options.page(prom->options.owner, query->option, (double)row / (double)set->grid.rows);
        if (ask_rows(prom, query, row, last, set, err) != 0)
            return -1;
    }
    return 0;
}

static bool is_about_query(const struct err *err, const struct prom_query *query)
{
    return strncmp(err->message, query->option, strlen(query->option)) == 0 &&
           err->message[strlen(query->option)] == ':';
}

/* What the server says of the query itself rather than of one around it: its columns are those of the query. 0: it has no
 * complaint, so it is something of which series cannot be counted. */
static int ask_itself(struct prom *prom, const struct prom_query *query, double at_s, struct err *err)
{
    struct series_set set;
    int failed = prom_instant(prom, query, at_s, &set, err);
    series_set_release(&set);
    return failed;
}

int prom_count(struct prom *prom, const struct prom_query *query, double from_s, double until_s,
               struct prom_count *count, struct err *err)
{
    struct series_set set;
    char *text = xasprintf("count(%s\n)", query->text); /* the query may end with a comment */
    const struct prom_query counting = {query->option, text};
    double step = ceil((until_s - from_s) / COUNTED_AT);
    *count = (struct prom_count){0, 0};
    series_set_init(&set, &(struct grid){from_s, step > 1 ? step : 1, COUNTED_AT + 1});
    int failed = prom_range(prom, &counting, 1, &set, err);
    if (failed && is_about_query(err, query) && (failed = ask_itself(prom, query, until_s, err)) == 0)
        *count = (struct prom_count){1, 1};
    for (size_t row = 0; row < set.grid.rows && set.count > 0; row++) {
        double value = set.items[0].values[row];
        count->mean += isnan(value) ? 0 : value / (double)set.grid.rows;
        count->most = value > count->most ? value : count->most;
    }
    series_set_release(&set);
    free(text);
    return failed;
}

double prom_interval(struct prom *prom, const struct prom_query *query, double until_s)
{
    struct promql_selector selector;
    struct series_set set;
    struct err ignored = {0};
    double interval = NAN;
    bool plain = promql_selector_find(query->text, &selector) && selector.whole;
    promql_selector_release(&selector);
    if (!plain)
        return NAN;
    char *text = xasprintf("max(count_over_time(%s[30m]))", query->text);
    if (prom_instant(prom, &(struct prom_query){query->option, text}, until_s, &set, &ignored) == 0 &&
        set.count == 1 && set.items[0].values[0] >= 2)
        interval = 1800 / set.items[0].values[0];
    series_set_release(&set);
    free(text);
    return interval;
}
