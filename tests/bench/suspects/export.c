#include "export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOT_FOUND (1.0 / 30)

static void gauge(const struct history *history, const char *job, const char *name,
                  const struct history_instance *instance, const double *values, FILE *out)
{
    for (size_t row = 0; values != NULL && row < history->rows; row++)
        if (!isnan(values[row]))
            fprintf(out, "%s{job=\"%s\",instance=\"%s\"} %.17g %.3f\n", name, job, instance->name,
                    values[row], history->start_s + (double)row * history->step_s);
}

static bool began_anew(const struct history_instance *instance, size_t row, double *started)
{
    if (instance->started == NULL || isnan(instance->started[row]))
        return false;
    bool anew = !isnan(*started) && instance->started[row] > *started;
    *started = instance->started[row];
    return anew;
}

/* "GET /cart/{id}" as two labels. */
static void counter(const struct history *history, const char *job, const struct history_instance *instance,
                    size_t endpoint, FILE *out)
{
    const char *name = history->endpoints.items[endpoint], *blank = strchr(name, ' ');
    double done[2] = {0, 0}, started = NAN;
    static const char *const statuses[] = {"200", "404"};
    for (size_t status = 0; status < 2; status++, started = NAN)
        for (size_t row = 0; row < history->rows; row++) {
            if (isnan(instance->memory[row])) /* not scraped */
                continue;
            float came = history_requests(history, instance, row)[endpoint];
            if (began_anew(instance, row, &started))
                done[status] = 0;
            done[status] += isnan(came) ? 0 : (double)came * (status == 1 ? NOT_FOUND : 1 - NOT_FOUND);
            if (floor(done[status]) > 0) /* a series begins with its first request */
                fprintf(out,
                        "http_requests_total{job=\"%s\",instance=\"%s\",method=\"%.*s\",route=\"%s\",status="
                        "\"%s\"} "
                        "%.0f %.3f\n",
                        job, instance->name, (int)(blank - name), name, blank + 1, statuses[status],
                        floor(done[status]), history->start_s + (double)row * history->step_s);
        }
}

/* All samples of a family stand together. */
void export_world(const struct world *world, const char *job, FILE *out)
{
    const struct history *history = &world->history;
    fprintf(out, "# TYPE process_resident_memory_bytes gauge\n");
    for (size_t i = 0; i < history->instance_count; i++)
        gauge(history, job, "process_resident_memory_bytes", &history->instances[i],
              history->instances[i].memory, out);
    fprintf(out, "# TYPE process_start_time_seconds gauge\n");
    for (size_t i = 0; i < history->instance_count; i++)
        gauge(history, job, "process_start_time_seconds", &history->instances[i],
              history->instances[i].started, out);
    fprintf(out, "# TYPE container_spec_memory_limit_bytes gauge\n");
    for (size_t i = 0; i < history->instance_count; i++)
        gauge(history, job, "container_spec_memory_limit_bytes", &history->instances[i],
              history->instances[i].limit, out);
    fprintf(out, "# TYPE http_requests counter\n");
    for (size_t i = 0; i < history->instance_count; i++)
        for (size_t e = 0; e < history->endpoints.count; e++)
            counter(history, job, &history->instances[i], e, out);
    fprintf(out, "# EOF\n");
}

void export_truth(const struct world *world, FILE *out)
{
    const struct history *history = &world->history;
    size_t hours;
    double *hourly = world_hourly(world, &hours);
    fprintf(out,
            "{\"kind\":\"%s\",\"seed\":%llu,\"from\":%.0f,\"to\":%.0f,\"step\":%g,\"instances\":%zu,"
            "\"endpoints\":%zu,"
            "\"base_bytes\":%.0f,\"idle_bytes_per_hour\":%.0f,\"leaks\":[",
            world->kind, (unsigned long long)world->seed, history->start_s,
            history->start_s + (double)(history->rows - 1) * history->step_s, history->step_s,
            history->instance_count, history->endpoints.count, world->truth.base_bytes,
            world->truth.idle_bytes_per_hour);
    for (size_t i = 0; i < world->truth.leak_count; i++) {
        const struct leak *leak = &world->truth.leaks[i];
        size_t with = 0;
        fprintf(out, "%s{\"endpoint\":\"%s\",\"bytes_per_request\":%.6g,\"growth\":%.4g,\"with\":[",
                i > 0 ? "," : "", history->endpoints.items[leak->endpoint], leak->bytes_per_request,
                leak->growth);
        for (size_t e = 0; e < history->endpoints.count; e++)
            if (e != leak->endpoint &&
                world_moves_with(world, hourly, hours, e, leak->endpoint) >= WORLD_COLLINEAR)
                fprintf(out, "%s\"%s\"", with++ > 0 ? "," : "", history->endpoints.items[e]);
        fprintf(out, "]}");
    }
    fprintf(out, "]}\n");
    free(hourly);
}
