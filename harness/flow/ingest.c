#include "flow/ingest.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <uthash.h>

#include "base/text.h"
#include "flow/entries.h"
#include "flow/ingest_write.h"
#include "traffic/input.h"
#include "traffic/template.h"

#define US_PER_S 1e6
#define READING_MAGIC UINT32_C(0x72656164)
#define SHOWN_BYTES ((size_t)400)

/* Behind the readers' sink. */
struct reading {
    uint32_t magic;
    const struct ingest_options *options;
    struct ingest *ingest;
    struct ingest_source *source;
    struct redactor redactor; /* its key also hashes the sessions; it goes when the ingest ends */
    struct templates *templates;
    struct entries entries;
};

static struct reading *reading_of(void *owner)
{
    struct reading *reading = owner;
    if (reading->magic != READING_MAGIC)
        abort();
    return reading;
}

void ingest_release(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->source_count; i++) {
        free(ingest->sources[i].name);
        strings_release(&ingest->sources[i].notes);
    }
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        free(endpoint->name);
        free(endpoint->slug);
        recording_release(&endpoint->recording);
        strings_release(&endpoint->source);
        strings_release(&endpoint->notes);
    }
    free(ingest->sources);
    free(ingest->endpoints);
    free(ingest->host);
    memset(ingest, 0, sizeof *ingest);
}

/* ---- reading ---- */

static void hash_session(const struct reading *reading, struct request *request)
{
    char hash[9] = "";
    if (request->session != NULL && request->session[0] != '\0')
        secret_hash(&reading->redactor.key, request->session, strlen(request->session), hash, 8);
    free(request->session);
    request->session = xstrdup(hash);
}

/* The recorded host is never a destination: it leaves the request, and stands in the header line for people.
 */
static void take_host(struct ingest *ingest, struct headers *headers)
{
    size_t kept = 0;
    for (size_t i = 0; i < headers->count; i++) {
        struct header *header = &headers->items[i];
        if (strcasecmp(header->name, "Host") != 0) {
            headers->items[kept++] = *header;
            continue;
        }
        if (ingest->host == NULL)
            ingest->host = xstrdup(header->value);
        free(header->name);
        free(header->value);
    }
    headers->count = kept;
}

static void redact_entry(struct reading *reading, struct entry *entry)
{
    uint64_t before[REDACT_PLACES];
    memcpy(before, reading->redactor.counts, sizeof before);
    redact_request(&reading->redactor, &entry->request);
    for (size_t i = 0; i < REDACT_PLACES; i++) {
        uint64_t found = reading->redactor.counts[i] - before[i];
        entry->redacted[i] = (uint8_t)(found < UINT8_MAX ? found : UINT8_MAX);
    }
}

static int take_request(void *owner, struct request *request_take, struct err *err)
{
    struct reading *reading = reading_of(owner);
    struct entry entry = {.request = *request_take,
                          .source = (uint32_t)(reading->source - reading->ingest->sources)};
    memset(request_take, 0, sizeof *request_take);
    free(entry.request.endpoint);
    entry.request.endpoint = NULL;
    take_host(reading->ingest, &entry.request.headers);
    hash_session(reading, &entry.request);
    redact_entry(reading, &entry);
    templates_add(reading->templates, entry.request.method, entry.request.url);
    entries_add(&reading->entries, &entry);
    reading->source->imported++;
    reading->source->read++;
    if (reading->entries.bytes > INGEST_MOST_BYTES)
        return err_set(
            err, ERR_USAGE,
            "%s: more than 1 GiB of requests, the most that this version holds (%zu so far): import a part "
            "of it",
            reading->source->name, reading->entries.count);
    return 0;
}

static void take_skip(void *owner, enum skip_reason reason, size_t number, const char *text, size_t length)
{
    struct reading *reading = reading_of(owner);
    reading->source->skipped[reason]++;
    reading->source->read++;
    if (reading->options->skipped == NULL)
        return;
    struct redactor redactor = reading->redactor; /* a copy: what is only shown is not counted */
    struct text clean = TEXT_EMPTY;
    redact_line(&redactor, text, length < SHOWN_BYTES ? length : SHOWN_BYTES, &clean);
    reading->options->skipped(reading->options->owner, reading->source->name, number, reason,
                              text_string(&clean));
    text_release(&clean);
}

static void take_note(void *owner, const char *line)
{
    strings_add(&reading_of(owner)->source->notes, line);
}

static const struct reader *choose_reader(const struct ingest_options *options, struct input *input,
                                          struct err *err)
{
    const struct reader *detected = reader_detect(input, err);
    return options->format != NULL && (detected != NULL || strstr(err->message, "no known format") != NULL)
               ? reader_find(options->format, err)
               : detected;
}

static int read_file(struct reading *reading, struct ingest_source *source, struct err *err)
{
    struct input input;
    size_t first = reading->entries.count;
    int result = -1;
    if (input_open(&input, source->name, err) != 0)
        return -1;
    const struct sink sink = {SINK_MAGIC, reading, take_request, take_skip, take_note};
    reading->source = source;
    source->reader = choose_reader(reading->options, &input, err);
    if (source->reader != NULL)
        result = source->reader->read(&input, &sink, err);
    input_close(&input);
    if (result != 0)
        return -1;
    entries_sort(&reading->entries, first);
    if (source->reader->whole_seconds && entries_spread(&reading->entries, first))
        strings_add(&source->notes,
                    "times have a resolution of one second: requests are spread evenly within each");
    return 0;
}

static int read_files(struct reading *reading, struct err *err)
{
    struct ingest *ingest = reading->ingest;
    for (size_t i = 0; i < ingest->source_count; i++)
        if (read_file(reading, &ingest->sources[i], err) != 0)
            return -1;
    ingest->imported = reading->entries.count;
    if (ingest->imported > 0)
        return 0;
    uint64_t most = 0, all = 0;
    int reason = 0;
    for (size_t i = 0; i < ingest->source_count; i++)
        for (int k = 0; k < SKIP_REASONS; k++) {
            all += ingest->sources[i].skipped[k];
            if (ingest->sources[i].skipped[k] > most) {
                most = ingest->sources[i].skipped[k];
                reason = k;
            }
        }
    return err_set(err, ERR_USAGE, "%s: nothing to import: %llu skipped%s%s%s", ingest->sources[0].name,
                   (unsigned long long)all, all > 0 ? ", most for: " : "",
                   all > 0 ? skip_reason_name((enum skip_reason)reason) : "",
                   all > 0 ? " (see --show-skipped)" : "");
}

/* ---- grouping ---- */

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

static void group_entries(struct reading *reading)
{
    struct ingest *ingest = reading->ingest;
    struct entries *entries = &reading->entries;
    struct group *groups = NULL, *group, *next;
    templates_settle(reading->templates);
    entries_sort(entries, 0);
    ingest->from_us = entries->items[0].request.t_us;
    ingest->to_us = entries->items[entries->count - 1].request.t_us;
    ingest->sessions = sessions_of_all(entries);
    memcpy(ingest->redacted, reading->redactor.counts, sizeof ingest->redacted);
    for (size_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->items[i];
        char *name = templates_name(reading->templates, entry->request.method, entry->request.url);
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

static void init_sources(struct ingest *ingest, const struct ingest_options *options)
{
    memset(ingest, 0, sizeof *ingest);
    ingest->sources = xcalloc(options->file_count, sizeof *ingest->sources);
    ingest->source_count = options->file_count;
    for (size_t i = 0; i < options->file_count; i++)
        ingest->sources[i].name = xstrdup(options->files[i]);
}

int ingest_files(const struct ingest_options *options, struct ingest *ingest, struct err *err)
{
    struct reading reading = {.magic = READING_MAGIC, .options = options, .ingest = ingest};
    int result = -1;
    init_sources(ingest, options);
    reading.redactor.keep = options->keep_secrets;
    reading.templates = templates_new();
    secret_key_random(&reading.redactor.key);
    if (options->format != NULL && reader_find(options->format, err) == NULL)
        goto done;
    if (options->directory != NULL && !options->force && ingest_check_directory(options->directory, err) != 0)
        goto done;
    if (read_files(&reading, err) != 0)
        goto done;
    group_entries(&reading);
    result = options->directory != NULL ? ingest_write(ingest, options, err) : 0;
done:
    entries_release(&reading.entries);
    templates_free(reading.templates);
    explicit_bzero(&reading.redactor.key, sizeof reading.redactor.key);
    return result;
}
