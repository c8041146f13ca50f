#include "model/result.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"inconclusive", "no_growth", "growth"};
    return names[verdict];
}

const char *finding_kind_name(enum finding_kind kind)
{
    static const char *const names[] = {"alone", "latched", "consumed", "joint", "idle", "mix"};
    return names[kind];
}

const char *whose_name(enum whose whose)
{
    static const char *const names[] = {"yours", "dependency", "runtime", "unknown"};
    return names[whose];
}

const char *threshold_outcome_name(enum threshold_outcome outcome)
{
    static const char *const names[] = {"inconclusive", "pass", "fail"};
    return names[outcome];
}

/* Appends one zeroed element of `size` bytes to the list; returns it. */
static void *append(void *list_pointer, size_t *count, size_t size)
{
    void **list = list_pointer;
    *list = xrealloc(*list, (*count + 1) * size);
    void *element = (char *)*list + *count * size;
    memset(element, 0, size);
    (*count)++;
    return element;
}

struct finding *result_add_finding(struct result *result)
{
    struct finding *finding = append(&result->findings, &result->finding_count, sizeof *finding);
    finding->interval = (struct interval){NAN, NAN};
    finding->objects_per_request = NAN;
    finding->explained = NAN;
    finding->named_s = NAN;
    finding->bytes_per_second = NAN;
    return finding;
}

struct site_growth *finding_add_site(struct finding *finding)
{
    struct site_growth *site = append(&finding->sites, &finding->site_count, sizeof *site);
    site->objects_per_request = NAN;
    return site;
}

struct remark *result_add_cleared(struct result *result, const char *why)
{
    struct remark *remark = append(&result->cleared, &result->cleared_count, sizeof *remark);
    remark->why = xstrdup(why);
    return remark;
}

struct remark *result_add_not_looked_at(struct result *result, const char *why)
{
    struct remark *remark = append(&result->not_looked_at, &result->not_looked_at_count, sizeof *remark);
    remark->why = xstrdup(why);
    return remark;
}

struct signal_result *result_add_signal(struct result *result, const char *name)
{
    struct signal_result *signal = append(&result->signals, &result->signal_count, sizeof *signal);
    signal->name = xstrdup(name);
    signal->smallest_detectable = signal->per_request = NAN;
    signal->interval = (struct interval){NAN, NAN};
    return signal;
}

struct threshold_result *result_add_threshold(struct result *result, const char *limit)
{
    struct threshold_result *threshold =
        append(&result->thresholds, &result->threshold_count, sizeof *threshold);
    threshold->limit = xstrdup(limit);
    threshold->value = NAN;
    threshold->interval = (struct interval){NAN, NAN};
    return threshold;
}

void site_growth_release(struct site_growth *site)
{
    free(site->site);
    free(site->called_from);
    free(site->package);
    free(site->version);
}

static char *copy_or_null(const char *string)
{
    return string != NULL ? xstrdup(string) : NULL;
}

struct site_growth site_growth_copy(const struct site_growth *site)
{
    struct site_growth copy = *site;
    copy.site = copy_or_null(site->site);
    copy.called_from = copy_or_null(site->called_from);
    copy.package = copy_or_null(site->package);
    copy.version = copy_or_null(site->version);
    return copy;
}

static void release_finding(struct finding *finding)
{
    strings_release(&finding->endpoints);
    strings_release(&finding->confirmed);
    free(finding->signal);
    free(finding->per);
    free(finding->requests_that_grow);
    free(finding->recording);
    strings_release(&finding->curl);
    free(finding->reproduce);
    free(finding->order);
    for (size_t i = 0; i < finding->site_count; i++)
        site_growth_release(&finding->sites[i]);
    free(finding->sites);
}

void result_drop_finding(struct result *result, size_t index)
{
    release_finding(&result->findings[index]);
    result->finding_count--;
    memmove(&result->findings[index], &result->findings[index + 1],
            (result->finding_count - index) * sizeof *result->findings);
}

static void release_remarks(struct remark *remarks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strings_release(&remarks[i].endpoints);
        free(remarks[i].why);
    }
    free(remarks);
}

void result_release(struct result *result)
{
    free(result->command);
    free(result->label);
    free(result->service);
    free(result->seep_version);
    free(result->target);
    free(result->machine);
    free(result->reason);
    for (size_t i = 0; i < result->finding_count; i++)
        release_finding(&result->findings[i]);
    free(result->findings);
    release_remarks(result->cleared, result->cleared_count);
    release_remarks(result->not_looked_at, result->not_looked_at_count);
    for (size_t i = 0; i < result->signal_count; i++)
        free(result->signals[i].name);
    free(result->signals);
    for (size_t i = 0; i < result->threshold_count; i++)
        free(result->thresholds[i].limit);
    free(result->thresholds);
    strings_release(&result->caveats);
    suspicions_release(&result->suspects);
    for (size_t i = 0; i < result->part_count; i++)
        free(result->parts[i].source);
    free(result->parts);
    free(result->resume);
    memset(result, 0, sizeof *result);
}

void result_say(char **slot, const char *format, ...)
{
    struct text text = TEXT_EMPTY;
    va_list arguments;
    va_start(arguments, format);
    text_addv(&text, format, arguments);
    va_end(arguments);
    free(*slot);
    *slot = text_take(&text);
}
