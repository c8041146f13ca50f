#include "flow/outlook.h"

#include <math.h>

#include "analysis/explained.h"
#include "analysis/pressure.h"
#include "analysis/projection.h"
#include "base/units.h"

double outlook_rate(const struct service *service, double rate_per_second)
{
    return service->instances > 1 ? rate_per_second / (double)service->instances : rate_per_second;
}

void outlook_project(struct finding *finding, const struct service *service, double rate_per_second,
                     double used_bytes)
{
    finding->projection =
        projection_make(finding->bytes_per_request, finding->interval, outlook_rate(service, rate_per_second),
                        service->memory_limit_bytes, used_bytes);
}

/* Bytes per request that might go on unseen; NaN: no signal of bytes was shown to be flat. */
static double unseen_per_request(const struct result *result)
{
    for (size_t i = 0; i < result->signal_count; i++)
        if (!result->signals[i].objects && result->signals[i].verdict == VERDICT_NO_GROWTH)
            return result->signals[i].smallest_detectable;
    return (double)NAN;
}

static void say_what_is_missing(struct result *result, const struct service *service)
{
    const struct observed *observed = &result->observed;
    bool grows = result->finding_count > 0;
    if (grows && observed->explained < OBSERVED_EXPLAINED_FROM)
        strings_add(&result->caveats,
                    "what was found does not explain the growth in production: look for more (endpoints that "
                    "were not looked at, work without requests, other processes, page cache in the chart)");
    else if (grows && observed->explained > OBSERVED_EXPLAINED_TO)
        strings_addf(&result->caveats,
                     "what was found would grow faster than production did: are the recorded requests those "
                     "of %s (`instances`), was it restarted within that time?",
                     service->instances > 1 ? "so many instances" : "one instance");
    else if (!grows && observed->interval.high >= OBSERVED_EXPLAINED_FROM)
        strings_add(&result->caveats,
                    "at the recorded rate, what was too small to be seen could still be what production "
                    "showed: run it longer, or watch a sharper signal");
}

static void explain_observed(struct result *result, const struct service *service, double mix_rate)
{
    struct observed *observed = &result->observed;
    double per_day = mix_rate > 0 ? outlook_rate(service, mix_rate) * 86400 : (double)NAN;
    *observed = (struct observed){
        service->observed_bytes, service->observed_seconds, (double)NAN, {(double)NAN, (double)NAN}};
    if (!(observed->bytes > 0))
        return;
    if (result->finding_count > 0)
        explained_by_findings(observed, result->findings, result->finding_count);
    else if (result->verdict == VERDICT_NO_GROWTH)
        explained_by_nothing(observed, unseen_per_request(result) * per_day);
    say_what_is_missing(result, service);
}

/* "keeps 36 MiB, reached 3.1 GiB"; what it keeps is not known where no reading settled. */
static void add_memory(struct text *out, const struct result *result, const struct trials *trials)
{
    char bytes[UNITS_SIZE];
    if (isfinite(result->kept_bytes))
        text_addf(out, "keeps %s, ", units_bytes(bytes, result->kept_bytes));
    text_addf(out, "reached %s%s", units_bytes(bytes, result->peak_bytes),
              trials->peak_is_older ? " before the first request" : "");
}

/* The days of the projection count what is kept: a server that grows dies of a peak before that. */
static void add_days_at_peak(struct text *out, const struct result *result)
{
    const struct finding *finding = result->finding_count > 0 ? &result->findings[0] : NULL;
    if (finding == NULL || !isfinite(finding->projection.days) || !(finding->projection.bytes_per_day > 0))
        return;
    double room = finding->projection.memory_limit_bytes - result->peak_bytes;
    text_addf(out, "; as it grows, in %.3g days and not in %.3g", room / finding->projection.bytes_per_day,
              finding->projection.days);
}

static void say_pressure(struct result *result, const struct service *service, const struct trials *trials)
{
    char limit[UNITS_SIZE];
    struct text memory = TEXT_EMPTY;
    add_memory(&memory, result, trials);
    switch (pressure_of(result->peak_bytes, result->kept_bytes, service->memory_limit_bytes)) {
    case PRESSURE_HIGH:
        text_add_string(&memory, ": a container sized on what it keeps dies on what it reaches");
        add_days_at_peak(&memory, result);
        break;
    case PRESSURE_ABOVE_LIMIT:
        text_addf(&memory, ": more than its memory_limit of %s",
                  units_bytes(limit, service->memory_limit_bytes));
        break;
    case PRESSURE_UNKNOWN:
    case PRESSURE_LOW:
        text_clear(&memory);
        break;
    }
    if (memory.length > 0)
        strings_add(&result->caveats, memory.bytes);
    text_release(&memory);
}

void outlook_add(struct result *result, const struct service *service, const struct trials *trials,
                 double mix_rate_per_second)
{
    explain_observed(result, service, mix_rate_per_second);
    say_pressure(result, service, trials);
}
