/* A service directory: service.yaml, a line "%%", the file of an endpoint, "%%", that of a soak beside it. Read, or refused in
 * one line that begins with a file; what is read is within its ranges. */
#include <math.h>

#include "scenario/load.h"
#include "scenario/suspects.h"

#include "fuzz.h"

#define FILES 3

static void check_endpoint(const struct endpoint *endpoint)
{
    hold(endpoint->name != NULL && endpoint->method != NULL && endpoint->template != NULL);
    hold(endpoint->weight == 0 ||
         (endpoint->weight >= ENDPOINT_WEIGHT_LEAST && endpoint->weight <= ENDPOINT_WEIGHT_MOST));
    hold(endpoint->abandon >= 0 && endpoint->abandon <= 1 && endpoint->rate_per_second >= 0);
}

static void check(const struct service *service)
{
    const struct load *load = &service->load;
    hold(service->target != NULL && isfinite(load->speed) && isfinite(load->rate_per_second));
    hold(load->kind != LOAD_CONNECTIONS || (load->connections > 0 && load->connections <= CONNECTIONS_MOST));
    hold(load->ramp_ns >= 0 && load->coalesce_ns >= 0 && service->ready_timeout_ns > 0);
    hold(service->memory_limit_bytes >= 0 && service->observed_seconds >= 0 && service->instances >= 1);
    for (size_t i = 0; i < service->endpoint_count; i++)
        check_endpoint(&service->endpoints[i]);
    for (size_t i = 0; i < service->suspects.count; i++)
        hold(service->suspects.items[i].probability > 0 && service->suspects.items[i].probability <= 1);
}

FUZZ_TARGET(service)
{
    static const char *const names[FILES] = {"service.yaml", "get_quote.yaml", "service.soak.yaml"};
    struct span left = {(const char *)data, size};
    char path[128];
    struct text text = TEXT_EMPTY, meaning = TEXT_EMPTY;
    setenv("PASSWORD", "x", 1);
    for (size_t i = 0; i < FILES; i++) {
        struct span part = fuzz_part(&left, "%%");
        snprintf(path, sizeof path, "%s/%s", fuzz_directory(), names[i]);
        if (i == 0)
            text_add(&text, part.bytes, part.length);
        if (i == 2 && part.length == 0)
            unlink(path);
        else
            fuzz_write(path, part, 0600);
    }
    for (int i = 0; i < 2; i++) {
        struct service service;
        struct err err = {0};
        snprintf(path, sizeof path, "%s%s", fuzz_directory(), i == 0 ? "" : "/service.soak.yaml");
        if (scenario_load(path, &service, &err) == 0)
            check(&service);
        else {
            hold_one_line(&err);
            hold(err.message[0] == '/');
        }
        service_release(&service);
    }
    scenario_add_meaning(&meaning, &text);
    text_release(&text);
    text_release(&meaning);
    return 0;
}
