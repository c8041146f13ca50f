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
    strings_release(&service->allow);
    strings_release(&service->start.command);
    free(service->start.directory);
    headers_release(&service->start.environment);
    strings_release(&service->reset);
    free(service->ready_method);
    free(service->ready_path);
    release_watched(service);
    strings_release(&service->methods);
    limits_release(&service->limits);
    for (size_t i = 0; i < service->endpoint_count; i++)
        endpoint_release(&service->endpoints[i]);
    free(service->endpoints);
    memset(service, 0, sizeof *service);
}

struct endpoint *service_find(const struct service *service, const char *name)
{
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (strcmp(service->endpoints[i].name, name) == 0)
            return &service->endpoints[i];
    return NULL;
}

bool service_allows_method(const struct service *service, const char *method, bool loopback)
{
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "OPTIONS") == 0)
        return true;
    if (service->start.kind != START_NONE && loopback)
        return true;
    return strings_has(&service->methods, method);
}
