/* A query without series: what there is instead. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/prom_inside.h"
#include "metrics/promql.h"

#define SHOWN 6 /* values of a label */

static double count_of(struct prom *prom, const struct prom_query *query, const char *selector, double from_s,
                       double until_s)
{
    struct prom_count count;
    struct err ignored = {0};
    if (prom_count(prom, &(struct prom_query){query->option, selector}, from_s, until_s, &count, &ignored) !=
        0)
        return NAN;
    return count.most;
}

/* The name of the label that a matcher asks for. */
static char *label_of(const char *matcher)
{
    return xstrndup(matcher, strcspn(matcher, " \t\n=!~"));
}

/* "shop", "cart" (and 3 more): what series have under the label of a matcher. */
static void say_values(struct prom *prom, const struct prom_query *query, const char *metric,
                       const char *label, double until_s, struct text *out)
{
    struct series_set set;
    struct strings values = {NULL, 0};
    struct err ignored = {0};
    char *text = xasprintf("count by (%s) (last_over_time(%s[1h]))", label, metric);
    if (prom_instant(prom, &(struct prom_query){query->option, text}, until_s, &set, &ignored) == 0)
        series_values(&set, label, &values);
    for (size_t i = 0; i < values.count && i < SHOWN; i++)
        text_addf(out, "%s\"%.60s\"", i == 0 ? "" : ", ", values.items[i]);
    if (values.count > SHOWN)
        text_addf(out, " and %zu more", values.count - SHOWN);
    strings_release(&values);
    series_set_release(&set);
    free(text);
}

/* A matcher that fits nothing by itself. */
static bool blame_matcher(struct prom *prom, const struct prom_query *query,
                          const struct promql_selector *selector, double from_s, double until_s,
                          struct err *err)
{
    for (size_t i = 0; i < selector->matchers.count; i++) {
        struct strings one = {&selector->matchers.items[i], 1};
        char *alone = promql_selector_text(selector->metric, &one);
        bool none = count_of(prom, query, alone, from_s, until_s) == 0;
        free(alone);
        if (!none)
            continue;
        struct text values = TEXT_EMPTY;
        char *label = label_of(one.items[0]);
        say_values(prom, query, selector->metric, label, until_s, &values);
        err_set(err, ERR_USAGE, "%s: no series: nothing of %s has %s%s%s", query->option, selector->metric,
                one.items[0], values.length > 0 ? "; there is " : "", text_string(&values));
        free(label);
        text_release(&values);
        return true;
    }
    return false;
}

int prom_explain_empty(struct prom *prom, const struct prom_query *query, double from_s, double until_s,
                       struct err *err)
{
    struct promql_selector selector;
    bool found = promql_selector_find(query->text, &selector) && selector.metric[0] != '\0';
    double there = found ? count_of(prom, query, selector.metric, from_s, until_s) : NAN;
    if (found && there == 0)
        err_set(err, ERR_USAGE,
                "%s: no series: there is no metric %s at that time (see --since; "
                "%s/api/v1/label/__name__/values lists "
                "what there is)",
                query->option, selector.metric, prom->name);
    else if (!found || isnan(there) || !blame_matcher(prom, query, &selector, from_s, until_s, err))
        err_set(err, ERR_USAGE, "%s: no series at that time: %.300s%s%s", query->option, query->text,
                there > 0 ? "; there are series of " : "", there > 0 ? selector.metric : "");
    promql_selector_release(&selector);
    return -1;
}
