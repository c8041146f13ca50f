#include "model/service.h"

#include <stdlib.h>
#include <string.h>

void limits_release(struct limits *limits)
{
    for (size_t i = 0; i < limits->count; i++) {
        free(limits->items[i].text);
        free(limits->items[i].signal);
    }
    free(limits->items);
    *limits = (struct limits){NULL, 0};
}

void captures_release(struct captures *captures)
{
    for (size_t i = 0; i < captures->count; i++) {
        free(captures->items[i].name);
        free(captures->items[i].where);
        pattern_free(captures->items[i].pattern);
    }
    free(captures->items);
    *captures = (struct captures){NULL, 0};
}

void expectation_release(struct expectation *expectation)
{
    for (size_t i = 0; i < expectation->count; i++) {
        free(expectation->items[i].where);
        pattern_free(expectation->items[i].pattern);
    }
    free(expectation->items);
    *expectation = (struct expectation){.class = 0};
}

void endpoint_release(struct endpoint *endpoint)
{
    free(endpoint->name);
    free(endpoint->method);
    free(endpoint->template);
    free(endpoint->file);
    free(endpoint->recording_path);
    recording_release(&endpoint->recording);
    strings_release(&endpoint->after);
    headers_release(&endpoint->headers);
    captures_release(&endpoint->captures);
    expectation_release(&endpoint->expect);
    for (size_t i = 0; i < endpoint->fresh_count; i++)
        free(endpoint->fresh[i].name);
    free(endpoint->fresh);
    limits_release(&endpoint->limits);
    memset(endpoint, 0, sizeof *endpoint);
}

static void release_watched(struct service *service)
{
    for (size_t i = 0; i < service->signal_count; i++) {
        free(service->signals[i].name);
        free(service->signals[i].url);
        free(service->signals[i].pointer);
        free(service->signals[i].metric);
        pattern_free(service->signals[i].pattern);
    }
    free(service->signals);
    for (size_t i = 0; i < service->snapshot_count; i++) {
        free(service->snapshots[i].name);
        free(service->snapshots[i].url);
        free(service->snapshots[i].format);
    }
    free(service->snapshots);
    free(service->watch.path);
}

void service_release(struct service *service)
{
    free(service->name);
    free(service->directory);
    free(service->file);
    free(service->target);
    free(service->made_from);
    strings_release(&service->allow);
    free(service->tls.ca);
    free(service->tls.cert);
    free(service->tls.key);
    free(service->tls.name);
    free(service->host);
    free(service->proxy);
    free(service->agent_dir);
    free(service->agent_group);
    strings_release(&service->start.command);
    strings_release(&service->start.restart);
    free(service->start.directory);
    free(service->start.compose);
    free(service->start.service);
    headers_release(&service->start.environment);
    strings_release(&service->reset);
    free(service->ready_method);
    free(service->ready_path);
    release_watched(service);
    strings_release(&service->methods);
    limits_release(&service->limits);
    suspicions_release(&service->suspects);
    for (size_t i = 0; i < service->endpoint_count; i++)
        endpoint_release(&service->endpoints[i]);
    free(service->endpoints);
    for (size_t i = 0; i < service->setup_count; i++) {
        endpoint_release(&service->setup[i].endpoint);
        request_release(&service->setup[i].request);
    }
    free(service->setup);
    strings_release(&service->variables);
    free(service->secrets_file);
    memset(service, 0, sizeof *service);
}

struct endpoint *service_endpoint(const struct service *service, size_t index)
{
    return index < service->endpoint_count ? &service->endpoints[index]
                                           : &service->setup[index - service->endpoint_count].endpoint;
}

struct endpoint *service_find(const struct service *service, const char *name)
{
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (strcmp(service->endpoints[i].name, name) == 0)
            return &service->endpoints[i];
    return NULL;
}

bool service_offers_live(const struct service *service)
{
    for (size_t i = 0; i < service->signal_count; i++)
        if (strcmp(service->signals[i].name, "live_objects") == 0 ||
            strcmp(service->signals[i].name, "live_bytes") == 0)
            return true;
    return false;
}

bool service_allows_method(const struct service *service, const char *method, bool ours)
{
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "OPTIONS") == 0)
        return true;
    enum start_kind kind = service->start.kind;
    bool fresh = kind == START_COMMAND || kind == START_CONTAINER || kind == START_STACK;
    return (fresh && ours) || strings_has(&service->methods, method);
}
