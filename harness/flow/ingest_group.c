#include "flow/ingest_group.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/text.h"

#define US_PER_S 1e6

struct group {
    char *name; /* key */
    size_t index;
    UT_hash_handle hh;
};

static struct ingest_endpoint *endpoint_named(struct ingest *ingest, struct group **groups, const char *name)
{
    struct group *group = NULL;
    HASH_FIND_STR(*groups, name, group);
    if (group != NULL)
        return &ingest->endpoints[group->index];
    group = xcalloc(1, sizeof *group);
    group->name = xstrdup(name);
    group->index = ingest->endpoint_count++;
    HASH_ADD_KEYPTR(hh, *groups, group->name, strlen(group->name), group);
    ingest->endpoints = xrealloc(ingest->endpoints, ingest->endpoint_count * sizeof *ingest->endpoints);
    ingest->endpoints[group->index] = (struct ingest_endpoint){.name = xstrdup(name)};
    return &ingest->endpoints[group->index];
}

static bool expects_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

static void add_source(struct ingest_endpoint *endpoint, const struct ingest_source *source)
{
    const char *slash = strrchr(source->name, '/');
    const char *name = slash != NULL ? slash + 1 : source->name;
    if (strings_has(&endpoint->source, name))
        return;
    strings_add(&endpoint->source, name);
    for (size_t i = 0; i < source->notes.count; i++)
        strings_addf(&endpoint->notes, "%s: %s", name, source->notes.items[i]);
}

static void add_to_endpoint(struct ingest *ingest, struct ingest_endpoint *endpoint, struct entry *entry)
{
    const struct ingest_source *source = &ingest->sources[entry->source];
    struct request *request = &entry->request;
    for (size_t i = 0; i < REDACT_PLACES; i++)
        endpoint->redacted[i] += entry->redacted[i];
    endpoint->status_class[request->status / 100 <= 5 ? request->status / 100 : 0]++;
    endpoint->without_body +=
        source->reader->without_bodies && expects_body(request->method) && request->body_length == 0;
    add_source(endpoint, source);
    request->endpoint = xstrdup(endpoint->name);
    request->t_us -= ingest->from_us;
    recording_add(&endpoint->recording, request);
}

static int by_name(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static uint64_t count_distinct(char **names, size_t count)
{
    uint64_t distinct = 0;
    if (count > 0)
        qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++)
        distinct += names[i][0] != '\0' && (i == 0 || strcmp(names[i - 1], names[i]) != 0);
    return distinct;
}

static uint64_t count_sessions(const struct recording *recording)
{
    char **names = xcalloc(recording->count, sizeof *names);
    for (size_t i = 0; i < recording->count; i++)
        names[i] = recording->requests[i].session;
    uint64_t distinct = count_distinct(names, recording->count);
    free(names);
    return distinct;
}

static int by_requests(const void *one, const void *other)
{
    const struct ingest_endpoint *a = one, *b = other;
    if (a->recording.count != b->recording.count)
        return a->recording.count > b->recording.count ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void finish_endpoints(struct ingest *ingest)
{
    double seconds = (double)(ingest->to_us - ingest->from_us) / US_PER_S;
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        endpoint->rate_per_second = (double)endpoint->recording.count / (seconds >= 1 ? seconds : 1);
        endpoint->sessions = count_sessions(&endpoint->recording);
        if (endpoint->without_body > 0)
            strings_add(&endpoint->notes, "recorded without bodies: the replay will likely not land");
    }
    qsort(ingest->endpoints, ingest->endpoint_count, sizeof *ingest->endpoints, by_requests);
}

static uint64_t sessions_of_all(const struct entries *entries)
{
    char **names = xcalloc(entries->count, sizeof *names);
    for (size_t i = 0; i < entries->count; i++)
        names[i] = entries->items[i].request.session;
    uint64_t distinct = count_distinct(names, entries->count);
    free(names);
    return distinct;
}

void ingest_group(struct ingest *ingest, struct entries *entries, const struct templates *templates)
{
    struct group *groups = NULL, *group, *next;
    entries_sort(entries, 0);
    ingest->from_us = entries->items[0].request.t_us;
    ingest->to_us = entries->items[entries->count - 1].request.t_us;
    ingest->sessions = sessions_of_all(entries);
    for (size_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->items[i];
        char *name = templates_name_request(templates, &entry->request);
        add_to_endpoint(ingest, endpoint_named(ingest, &groups, name), entry);
        free(name);
    }
    HASH_ITER(hh, groups, group, next)
    {
        HASH_DEL(groups, group);
        free(group->name);
        free(group);
    }
    finish_endpoints(ingest);
}
