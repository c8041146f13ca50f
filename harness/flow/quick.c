#include "flow/quick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/withheld.h"
#include "flow/quick_command.h"
#include "flow/quick_place.h"
#include "flow/quick_secrets.h"
#include "scenario/load.h"
#include "scenario/write.h"
#include "target/program.h"

#define READY_NS (30 * CLOCK_NS_PER_S)
#define THERE_NS (2 * CLOCK_NS_PER_S) /* what runs already answers at once */

/* Requests by which servers are asked if they are ready: recorded, and made for that. */
static const char *const health[] = {"/health", "/healthz", "/healthcheck", "/_health",
                                     "/ready",  "/readyz",  "/livez",       "/live",
                                     "/ping",   "/up",      "/-/ready",     "/-/healthy"};

/* Any other request that a recording holds would be traffic, and is no way to ask. */
static void find_ready(struct service *service, const struct ingest *ingest)
{
    for (size_t i = 0; i < sizeof health / sizeof *health; i++)
        for (size_t k = 0; k < ingest->endpoint_count && service->ready_path == NULL; k++) {
            const struct ingest_endpoint *endpoint = &ingest->endpoints[k];
            if (!text_starts_with(endpoint->name, "GET ") || strcmp(endpoint->name + 4, health[i]) != 0 ||
                endpoint->status_class[2] != endpoint->recording.count)
                continue;
            service->ready_method = xstrdup("GET");
            service->ready_path = xstrdup(health[i]);
        }
}

/* A GET of the endpoint with the most requests of those that were all answered 2xx. */
static void find_request(struct quick *quick)
{
    const struct ingest *ingest = &quick->ingest;
    for (size_t i = 0; i < ingest->endpoint_count && quick->path == NULL; i++) {
        const struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        const struct request *first = &endpoint->recording.requests[0];
        if (strcmp(first->method, "GET") != 0 || endpoint->status_class[2] != endpoint->recording.count ||
            strstr(first->url, "{{redacted:") != NULL || strstr(first->url, "{{captured:") != NULL)
            continue;
        quick->path = xstrdup(first->url);
        quick->recorded = first->status;
    }
}

static int read_words(struct quick *quick, struct err *err)
{
    const struct quick_options *options = quick->options;
    struct service *service = &quick->service;
    *service = (struct service){.ready_timeout_ns = options->command_count > 0 ? READY_NS : THERE_NS,
                                .load = {.kind = LOAD_SPEED, .speed = 1},
                                .instances = 1};
    service->file = xstrdup("the command line");
    service->directory = getcwd(NULL, 0);
    if (quick_target(service, options->target, err) != 0)
        return -1;
    const char *colon = strrchr(service->target, ':');
    quick->port = colon != NULL ? atoi(colon + 1) : 0;
    return options->command_count > 0 ? quick_command(service, options->command, options->command_count, err)
                                      : 0;
}

/* The values of credentials stand in no file: the server has them from our own environment. */
static void export_credentials(const struct headers *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        if (scenario_is_credential(environment->items[i].name, environment->items[i].value)) {
            withheld_add(environment->items[i].name, environment->items[i].value);
            setenv(environment->items[i].name, environment->items[i].value, 1);
        }
}

/* What was corrected the first time, or by a person since, holds. */
static int read_again(struct quick *quick, struct err *err)
{
    service_release(&quick->service);
    if (scenario_load(quick->directory, &quick->service, err) != 0)
        return -1;
    return quick_secrets_match(quick->secrets, &quick->service, &quick->ingest, err);
}

int quick_read(struct quick *quick, const struct quick_options *options, struct err *err)
{
    *quick = (struct quick){.options = options, .secrets = vault_new()};
    const struct ingest_options how = {.files = options->files,
                                       .file_count = options->file_count,
                                       .format = options->format,
                                       .reader = options->reader,
                                       .secrets = quick->secrets,
                                       .reading = options->reading,
                                       .owner = options->owner};
    if (read_words(quick, err) != 0 || ingest_files(&how, &quick->ingest, err) != 0)
        return -1;
    if (options->command_count > 0) {
        find_ready(&quick->service, &quick->ingest);
        find_request(quick);
    }
    export_credentials(&quick->service.start.environment);
    quick_made_from(&quick->service, &quick->ingest);
    quick->directory =
        quick_place(&quick->service, &quick->ingest, options->output, options->store, &quick->reused, err);
    if (quick->directory == NULL)
        return -1;
    return quick->reused ? read_again(quick, err) : 0;
}

static int port_of(const char *place)
{
    const char *colon = strrchr(place, ':');
    return colon != NULL ? atoi(colon + 1) : 0;
}

/* "0.0.0.0:8000" -> a loopback address that reaches it; NULL: none does. */
static char *loopback_of(const char *place)
{
    size_t length = (size_t)(strrchr(place, ':') - place);
    if (strncmp(place, "0.0.0.0", length) == 0)
        return xstrdup("127.0.0.1");
    if (strncmp(place, "[::]", length) == 0)
        return xstrdup("[::1]");
    bool own = text_starts_with(place, "127.") || text_starts_with(place, "[::1]");
    return own ? xstrndup(place, length) : NULL;
}

/* It listens on the port that was typed, or that it was given, but not as was thought: "localhost" has two addresses,
 * and a command may name a port without using it. */
static bool follow(struct quick *quick, const char *place)
{
    struct service *service = &quick->service;
    int port = port_of(place), tried = port_of(quick->checked.target);
    char *host = loopback_of(place);
    if (host == NULL || (port != tried && port != quick->port)) {
        free(host);
        return false;
    }
    if (port != tried)
        quick_fix_port(service, port);
    char *scheme = xstrndup(service->target, strcspn(service->target, ":"));
    char *url = xasprintf("%s://%s%s", scheme, host, strrchr(service->target, ':'));
    struct err err = {0};
    bool followed = quick_target(service, url, &err) == 0;
    if (followed)
        quick->noticed =
            xasprintf("it listens on %s%s", place, port != tried ? " whatever the command says" : "");
    free(scheme);
    free(host);
    free(url);
    return followed;
}

static int check_again(struct quick *quick, struct err *err)
{
    check_release(&quick->checked);
    *err = (struct err){0};
    return check(&quick->service, quick->path, false, &quick->checked, err);
}

/* What to type instead. */
static int advise(const struct quick *quick, struct err *err)
{
    const struct strings *elsewhere = &quick->checked.elsewhere;
    struct err before = *err;
    char *host = elsewhere->count > 0 ? loopback_of(elsewhere->items[0]) : NULL;
    if (host != NULL)
        err_set(err, before.code, "%s; try --target http://%s:%d", before.message, host,
                port_of(elsewhere->items[0]));
    else if (quick->options->command_count == 0)
        err_set(err, before.code, "%s; nothing was started: -- COMMAND says how the server starts",
                before.message);
    free(host);
    return -1;
}

/* A shell or a script in front hides the program: it is seen once it listens. */
static bool hides_native(const struct quick *quick)
{
    const struct service *service = &quick->service;
    if (quick->checked.live || quick->checked.program == NULL || service->start.kind != START_COMMAND ||
        program_runtime(&service->start.command, service->start.directory) != RUNTIME_UNKNOWN)
        return false;
    struct strings program = {NULL, 0};
    strings_add(&program, quick->checked.program);
    bool native = program_runtime(&program, NULL) == RUNTIME_NATIVE;
    strings_release(&program);
    return native;
}

int quick_try(struct quick *quick, struct err *err)
{
    struct service *service = &quick->service;
    int failed = check(service, quick->path, false, &quick->checked, err);
    for (size_t i = 0; failed && !quick->reused && i < quick->checked.elsewhere.count; i++)
        if (follow(quick, quick->checked.elsewhere.items[i])) {
            failed = check_again(quick, err);
            break;
        }
    if (failed)
        return advise(quick, err);
    if (!quick->reused && hides_native(quick)) {
        service->agent = AGENT_MALLOC;
        failed = check_again(quick, err);
        if (!failed && !quick->checked.live)
            service->agent = AGENT_AUTO;
    }
    return failed;
}

int quick_write(struct quick *quick, struct err *err)
{
    const struct ingest_options how = {.directory = quick->directory, .service = &quick->service};
    return quick->reused ? 0 : ingest_keep(&quick->ingest, &how, err);
}

void quick_release(struct quick *quick)
{
    ingest_release(&quick->ingest);
    vault_free(quick->secrets);
    service_release(&quick->service);
    check_release(&quick->checked);
    free(quick->directory);
    free(quick->noticed);
    free(quick->path);
    *quick = (struct quick){0};
}
