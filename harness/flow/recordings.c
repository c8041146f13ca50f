#include "flow/recordings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "plan/schedule.h"
#include "replay/render.h"
#include "replay/variables.h"
#include "scenario/load.h"
#include "tape/tape.h"
#include "traffic/operation.h"
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

static bool lacks(const struct service *service, const char *bytes, size_t length)
{
    return length > 0 &&
           variables_lacking(&service->variables, service->secrets, (struct span){bytes, length}) > 0;
}

/* A header that the endpoint says itself lacks nothing, nor do cookies that a `setup` brings. */
static bool lacks_secret(const struct service *service, const struct endpoint *endpoint,
                         const struct request *request)
{
    if (lacks(service, request->url, strlen(request->url)) ||
        lacks(service, (const char *)request->body, request->body_length))
        return true;
    for (size_t i = 0; i < request->headers.count; i++) {
        const struct header *header = &request->headers.items[i];
        bool given = headers_find(&endpoint->headers, header->name) != NULL ||
                     (service->setup_count > 0 && strcasecmp(header->name, "Cookie") == 0);
        if (!given && !render_drops(header->name) && lacks(service, header->value, strlen(header->value)))
            return true;
    }
    return false;
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
    endpoint->lacking += lacks_secret(taping->service, endpoint, request);
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

static int load_secrets(struct service *service, struct vault *secrets_take, struct err *err)
{
    service->secrets = secrets_take;
    if (service->secrets_file == NULL)
        return 0;
    if (service->secrets == NULL)
        service->secrets = vault_new();
    return vault_load(service->secrets, service->secrets_file, err);
}

int recordings_load(const char *directory, struct vault *secrets_take, struct service *service,
                    const struct listener *listener, struct err *err)
{
    int failed = scenario_load(directory, service, err);
    if (failed)
        service->secrets = secrets_take;
    if (failed || load_secrets(service, secrets_take, err) != 0 || tape_all(service, listener, err) != 0)
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
    vault_free(service->secrets);
    service_release(service);
}

/* A file of requests of several endpoints: one tape after the other is written from it. */
struct sorting {
    struct taping taping;
    size_t *counts; /* by endpoint */
    size_t wanted;  /* the endpoint whose tape it is; endpoint_count: none, they are counted */
};

/* "{path...}": this segment, and all that follows. */
static bool takes_rest(const char *segment, size_t length)
{
    return segment[0] == '{' && length > 5 && memcmp(segment + length - 4, "...}", 4) == 0;
}

/* "/quote/{sku}" fits "/quote/7?x=1", "/graphql#GetCart" each "/graphql". Returns how many segments are alike, or -1. */
static int fits(const char *path_template, const char *url)
{
    int alike = 0;
    for (;;) {
        size_t wanted = strcspn(path_template, "/#"), given = strcspn(url, "/?#");
        bool parameter = path_template[0] == '{';
        if (takes_rest(path_template, wanted))
            return alike;
        bool same = wanted == given && strncmp(path_template, url, wanted) == 0;
        if (!same && (!parameter || given == 0))
            return -1;
        alike += same;
        path_template += wanted;
        url += given;
        if (*path_template != '/' || *url != '/')
            break;
        path_template++, url++;
    }
    return (*path_template == '\0' || *path_template == '#') && *url != '/' ? alike : -1;
}

/* What stands behind '#' in an endpoint's name is the operation that its requests ask for. */
static bool asks_for(const struct endpoint *endpoint, const struct request *request)
{
    const char *mark = strchr(endpoint->template, '#');
    char name[OPERATION_SIZE];
    return mark == NULL || (operation_name(request, name) && strcmp(name, mark + 1) == 0);
}

/* Of the endpoints that fit, the one with most of its path written out. */
static struct endpoint *endpoint_of(const struct service *service, const struct request *request)
{
    struct endpoint *found = NULL;
    int most = -1;
    if (request->endpoint != NULL && request->endpoint[0] != '\0')
        return service_find(service, request->endpoint);
    for (size_t i = 0; i < service->endpoint_count; i++) {
        struct endpoint *endpoint = &service->endpoints[i];
        int alike =
            strcmp(endpoint->method, request->method) == 0 ? fits(endpoint->template, request->url) : -1;
        if (alike > most && asks_for(endpoint, request)) {
            most = alike;
            found = endpoint;
        }
    }
    return found;
}

static int sort_one(void *owner, struct request *request, struct err *err)
{
    struct sorting *sorting = owner;
    const struct service *service = sorting->taping.service;
    struct endpoint *endpoint = endpoint_of(service, request);
    if (endpoint == NULL)
        return err_set(err, ERR_USAGE, "%s is no endpoint of %s",
                       request->endpoint != NULL && request->endpoint[0] != '\0' ? request->endpoint
                                                                                 : request->url,
                       service->directory);
    size_t index = (size_t)(endpoint - service->endpoints);
    sorting->counts[index]++;
    return index == sorting->wanted ? tape_one(&sorting->taping, request, err) : 0;
}

static int tape_sorted(struct sorting *sorting, const char *path, size_t index, struct err *err)
{
    struct endpoint *endpoint = &sorting->taping.service->endpoints[index];
    tape_free(endpoint->tape);
    endpoint->lacking = 0;
    endpoint->tape = tape_new(sorting->taping.service->spool);
    sorting->taping.endpoint = endpoint;
    sorting->wanted = index;
    int failed = recording_each(path, sort_one, sorting, err);
    if (!failed)
        failed = tape_seal(endpoint->tape, err);
    endpoint->recorded = tape_count(endpoint->tape);
    return failed;
}

int recordings_replace(struct service *service, const char *path, struct strings *named, struct err *err)
{
    size_t n = service->endpoint_count;
    int64_t now = clock_now_ns();
    struct sorting sorting = {.taping = {.service = service, .began_ns = now, .told_ns = now},
                              .counts = xcalloc(n + 1, sizeof *sorting.counts),
                              .wanted = n};
    int failed = recording_each(path, sort_one, &sorting, err);
    for (size_t i = 0; !failed && i < n; i++) {
        if (sorting.counts[i] == 0)
            continue;
        strings_add(named, service->endpoints[i].name);
        failed = tape_sorted(&sorting, path, i, err);
    }
    if (!failed && named->count == 0)
        failed = err_set(err, ERR_USAGE, "%s: no request in it", path);
    rendering_release(&sorting.taping.rendering);
    free(sorting.counts);
    return failed;
}
