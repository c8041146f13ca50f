#include "flow/ingest_survey.h"

#include <stdlib.h>
#include <string.h>

#include "base/distinct.h"
#include "base/hex.h"
#include "base/text.h"
#include "flow/ingest_after.h"
#include "flow/ingest_capture.h"
#include "flow/ingest_logins.h"

#define US_PER_S 1e6
#define SESSIONS_EXACT 2048 /* of one endpoint */
#define SESSIONS_EXACT_IN_ALL ((uint64_t)1 << 18)

/* What is counted of one endpoint beside what is kept of it. */
struct tally {
    struct distinct sessions;
    uint64_t recorded; /* with what another session's turn left out */
    size_t named;      /* as `names` counts */
    uint32_t source;   /* of the last request, plus 1 */
};

struct survey {
    struct ingest *ingest;
    struct tally *tallies;
    struct distinct sessions;
    struct ingest_after *after;
    struct ingest_logins logins;
};

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

static void add_endpoint(struct survey *survey, char *name)
{
    struct ingest *ingest = survey->ingest;
    size_t index = ingest->endpoint_count++;
    ingest->endpoints = xrealloc(ingest->endpoints, ingest->endpoint_count * sizeof *ingest->endpoints);
    ingest->endpoints[index] = (struct ingest_endpoint){.name = name};
    survey->tallies = xrealloc(survey->tallies, ingest->endpoint_count * sizeof *survey->tallies);
    survey->tallies[index] = (struct tally){.named = index};
    distinct_init(&survey->tallies[index].sessions, SESSIONS_EXACT);
}

/* A keyed hash in hex. */
static uint64_t session_number(const char *session)
{
    uint64_t number = 0;
    for (const char *at = session; *at != '\0'; at++)
        number = number * 16 + (uint64_t)hex_value(*at);
    return number;
}

/* A multiplication spreads them over all bits. */
static void add_session(struct survey *survey, struct tally *tally, const char *session)
{
    if (session[0] == '\0')
        return;
    uint64_t hash = session_number(session) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
    hash *= UINT64_C(0xd6e8feb86659fd93);
    hash ^= hash >> 32;
    distinct_add(&tally->sessions, hash);
    distinct_add(&survey->sessions, hash);
}

static void add_request(struct survey *survey, size_t index, const struct unpacked *unpacked, int64_t t_us)
{
    const struct packed_head *head = &unpacked->head;
    const struct request *request = &unpacked->request;
    struct ingest_endpoint *endpoint = &survey->ingest->endpoints[index];
    struct tally *tally = &survey->tallies[index];
    const struct ingest_source *source = &survey->ingest->sources[head->source];
    tally->recorded++;
    if (head->left_out)
        return;
    endpoint->requests++;
    endpoint->last_us = t_us;
    for (size_t i = 0; i < REDACT_PLACES; i++)
        endpoint->redacted[i] += head->redacted[i];
    endpoint->status_class[request->status / 100 <= 5 ? request->status / 100 : 0]++;
    endpoint->without_body +=
        source->reader->without_bodies && expects_body(request->method) && request->body_length == 0;
    if (tally->source != head->source + 1)
        add_source(endpoint, source);
    tally->source = head->source + 1;
    add_session(survey, tally, request->session);
    ingest_logins_add(&survey->logins, index, endpoint->name, request);
    if (request->clues != NULL)
        ingest_after_add(survey->after, index, request);
}

static int go_through(struct survey *survey, struct entries *entries, struct ingest_names *names,
                      struct err *err)
{
    struct runs_reader reader;
    struct unpacked unpacked = {.capacity = 0};
    const char *bytes;
    int64_t t_us;
    int result;
    bool first = true;
    entries_read(entries, &reader);
    while ((result = runs_next(&reader, &bytes, &t_us, err)) == 0 && bytes != NULL) {
        char *name;
        unpacked_read(&unpacked, bytes);
        size_t index = ingest_names_find(names, &unpacked.request, unpacked.head.url_hash, &name);
        if (name != NULL)
            add_endpoint(survey, name);
        if (first)
            survey->ingest->from_us = t_us;
        first = false;
        survey->ingest->to_us = t_us;
        add_request(survey, index, &unpacked, t_us);
    }
    runs_reader_release(&reader);
    unpacked_release(&unpacked);
    return result;
}

static void finish_endpoints(struct survey *survey)
{
    struct ingest *ingest = survey->ingest;
    double seconds = (double)(ingest->to_us - ingest->from_us) / US_PER_S;
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        const struct tally *tally = &survey->tallies[i];
        endpoint->rate_per_second = (double)tally->recorded / (seconds >= 1 ? seconds : 1);
        endpoint->sessions = distinct_count(&tally->sessions, &endpoint->sessions_about);
        endpoint->named = tally->named;
        if (tally->recorded > endpoint->requests)
            strings_addf(&endpoint->notes,
                         "a sample by sessions: %llu of %llu requests; the rate is that of all",
                         (unsigned long long)endpoint->requests, (unsigned long long)tally->recorded);
        if (endpoint->without_body > 0)
            strings_add(&endpoint->notes, "recorded without bodies: the replay will likely not land");
    }
    ingest->sessions = distinct_count(&survey->sessions, &ingest->sessions_about);
}

static int by_requests(const void *one, const void *other)
{
    const struct ingest_endpoint *a = one, *b = other;
    if (a->requests != b->requests)
        return a->requests > b->requests ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Those of which the sample has nothing stand last. */
static void drop_empty(struct ingest *ingest)
{
    while (ingest->endpoint_count > 0 && ingest->endpoints[ingest->endpoint_count - 1].requests == 0) {
        struct ingest_endpoint *endpoint = &ingest->endpoints[--ingest->endpoint_count];
        strings_release(&endpoint->notes);
        strings_release(&endpoint->after);
        strings_release(&endpoint->after_why);
        free(endpoint->name);
    }
}

int ingest_survey(struct ingest *ingest, struct entries *entries, struct ingest_names *names,
                  struct ingest_after *after, size_t **place, struct err *err)
{
    struct survey survey = {.ingest = ingest, .after = after};
    distinct_init(&survey.sessions, SESSIONS_EXACT_IN_ALL);
    int result = go_through(&survey, entries, names, err);
    if (result == 0) {
        finish_endpoints(&survey);
        ingest_after_finish(after, ingest);
        ingest_capture_finish(after, ingest);
        ingest_logins_finish(&survey.logins, ingest);
    }
    ingest_logins_release(&survey.logins);
    for (size_t i = 0; i < ingest->endpoint_count; i++)
        distinct_release(&survey.tallies[i].sessions);
    free(survey.tallies);
    distinct_release(&survey.sessions);
    if (ingest->endpoint_count > 0)
        qsort(ingest->endpoints, ingest->endpoint_count, sizeof *ingest->endpoints, by_requests);
    drop_empty(ingest);
    *place = xcalloc(names->count, sizeof **place);
    for (size_t i = 0; i < ingest->endpoint_count; i++)
        (*place)[ingest->endpoints[i].named] = i;
    return result;
}
