#include "flow/recordings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/text.h"
#include "plan/schedule.h"
#include "replay/render.h"
#include "scenario/load.h"
#include "tape/tape.h"
#include "traffic/recording.h"

#define TELL_EVERY 1024 /* requests: then the clock is read */
#define TELL_NS CLOCK_NS_PER_S

/* The endpoint whose recording is being put on its tape. */
struct taping {
    const struct service *service;
    struct endpoint *endpoint;
    const struct listener *listener; /* or NULL */
    int64_t began_ns, told_ns;
    uint64_t before; /* requests of other endpoints */
    struct rendering rendering;
};

/* Millions of requests take a minute: somebody may be watching. */
static void tell(struct taping *taping)
{
    const struct listener *listener = taping->listener;
    size_t count = tape_count(taping->endpoint->tape);
    if (listener == NULL || listener->tell == NULL || count % TELL_EVERY != 0)
        return;
    int64_t now = clock_now_ns();
    if (now - taping->told_ns < TELL_NS)
        return;
    char step[160];
    snprintf(step, sizeof step, "reading %s", taping->endpoint->name);
    taping->told_ns = now;
    listener->tell(listener->owner,
                   &(struct progress){.step = step,
                                      .elapsed_s = (double)(now - taping->began_ns) / (double)CLOCK_NS_PER_S,
                                      .requests = taping->before + count,
                                      .memory_bytes = NAN});
}

static int tape_one(void *owner, struct request *request, struct err *err)
{
    struct taping *taping = owner;
    struct endpoint *endpoint = taping->endpoint;
    struct tape_request rendered;
    if (strcmp(request->method, endpoint->method) != 0)
        return err_set(err, ERR_USAGE, "request %zu is a %s, but %s says %s", tape_count(endpoint->tape) + 1,
                       request->method, endpoint->file, endpoint->name);
    if (tape_count(endpoint->tape) > 0 && request->t_us < tape_last_us(endpoint->tape))
        return err_set(err, ERR_USAGE,
                       "t_us %lld is before that of the request above (sort the file by t_us)",
                       (long long)request->t_us);
    if (render(&taping->rendering, taping->service, endpoint, request, &rendered, err) != 0)
        return -1;
    tell(taping);
    return tape_add(endpoint->tape, &rendered, err);
}

static int tape_endpoint(struct taping *taping, struct endpoint *endpoint, struct err *err)
{
    taping->endpoint = endpoint;
    endpoint->tape = tape_new(taping->service->spool);
    int failed = recording_each(endpoint->recording_path, tape_one, taping, err);
    if (!failed)
        failed = tape_seal(endpoint->tape, err);
    endpoint->recorded = tape_count(endpoint->tape);
    taping->before += endpoint->recorded;
    return failed;
}

static int tape_setup(struct taping *taping, struct setup_step *step, struct err *err)
{
    taping->endpoint = &step->endpoint;
    step->endpoint.tape = tape_new(taping->service->spool);
    int failed = tape_one(taping, &step->request, err);
    if (failed)
        err_prefix(err, "%s: %s", taping->service->file, step->endpoint.name);
    step->endpoint.recorded = 1;
    return failed;
}

static int tape_all(struct service *service, const struct listener *listener, struct err *err)
{
    int64_t now = clock_now_ns();
    struct taping taping = {.service = service, .listener = listener, .began_ns = now, .told_ns = now};
    int failed = 0;
    service->spool = spool_new();
    for (size_t i = 0; !failed && i < service->endpoint_count; i++)
        failed = tape_endpoint(&taping, &service->endpoints[i], err);
    for (size_t i = 0; !failed && i < service->setup_count; i++)
        failed = tape_setup(&taping, &service->setup[i], err);
    rendering_release(&taping.rendering);
    return failed;
}

int recordings_load(const char *directory, struct service *service, const struct listener *listener,
                    struct err *err)
{
    if (scenario_load(directory, service, err) != 0 || tape_all(service, listener, err) != 0)
        return -1;
    if (service->endpoint_count == 0)
        return err_set(err, ERR_USAGE,
                       "%s: no endpoint files beside service.yaml (`seep import` writes them)", directory);
    double seconds = (double)schedule_span_us(service) / 1e6;
    for (size_t i = 0; i < service->endpoint_count; i++) {
        struct endpoint *endpoint = &service->endpoints[i];
        if (endpoint->rate_per_second <= 0)
            endpoint->rate_per_second = (double)endpoint->recorded / seconds;
    }
    return 0;
}

void recordings_release(struct service *service)
{
    for (size_t i = 0; i < service->endpoint_count; i++)
        tape_free(service->endpoints[i].tape);
    for (size_t i = 0; i < service->setup_count; i++)
        tape_free(service->setup[i].endpoint.tape);
    spool_free(service->spool);
    service_release(service);
}

static void leave_out(struct result *result, const struct endpoint *endpoint, const char *why)
{
    strings_add(&result_add_not_looked_at(result, why)->endpoints, endpoint->name);
}

static bool allows_setup(const struct service *service, bool loopback)
{
    for (size_t i = 0; i < service->setup_count; i++)
        if (!service_allows_method(service, service->setup[i].endpoint.method, loopback))
            return false;
    return true;
}

size_t recordings_usable(const struct service *service, bool loopback, bool *usable, struct result *result)
{
    size_t count = 0;
    bool prepared = allows_setup(service, loopback);
    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct endpoint *endpoint = &service->endpoints[i];
        usable[i] = false;
        if (endpoint->recorded == 0)
            leave_out(result, endpoint, "its recording holds no request");
        else if (endpoint->weight <= 0)
            leave_out(result, endpoint, "its weight is 0");
        else if (!service_allows_method(service, endpoint->method, loopback))
            leave_out(result, endpoint,
                      "its method may change data there: name it in `methods` (or --methods) to allow it");
        else if (!prepared)
            leave_out(result, endpoint,
                      "a request of `setup` may change data there: name its method in `methods` (or "
                      "--methods) to allow it");
        else
            usable[i] = true, count++;
    }
    return count;
}

/* "NAME@WEIGHT" -> name and weight; returns the endpoint or NULL. */
static struct endpoint *choose_one(struct service *service, const char *name, struct err *err)
{
    const char *at = strrchr(name, '@');
    char *end = NULL;
    double weight = at != NULL ? strtod(at + 1, &end) : 1;
    bool weighted = at != NULL && end != at + 1 && *end == '\0' && weight >= ENDPOINT_WEIGHT_LEAST &&
                    weight <= ENDPOINT_WEIGHT_MOST;
    char *plain = weighted ? xstrndup(name, (size_t)(at - name)) : xstrdup(name);
    struct endpoint *found = service_find(service, plain);
    if (found == NULL) {
        const char **names = xcalloc(service->endpoint_count + 1, sizeof *names);
        for (size_t i = 0; i < service->endpoint_count; i++)
            names[i] = service->endpoints[i].name;
        const char *near = options_nearest(plain, names);
        err_set(err, ERR_USAGE, "no endpoint '%s' in %s%s%s%s", plain, service->directory,
                near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "");
        free(names);
    } else if (weighted)
        found->weight = weight;
    free(plain);
    return found;
}

int recordings_choose(struct service *service, const char *const *names, size_t count, bool *usable,
                      struct err *err)
{
    if (count == 0)
        return 0;
    bool *chosen = xcalloc(service->endpoint_count, sizeof *chosen);
    int failed = 0;
    for (size_t i = 0; !failed && i < count; i++) {
        struct endpoint *endpoint = choose_one(service, names[i], err);
        if (endpoint == NULL)
            failed = -1;
        else
            chosen[endpoint - service->endpoints] = true;
    }
    for (size_t i = 0; !failed && i < service->endpoint_count; i++)
        usable[i] = usable[i] && chosen[i];
    free(chosen);
    return failed;
}
