#include "flow/ingest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "flow/entries.h"
#include "flow/ingest_group.h"
#include "flow/ingest_write.h"
#include "traffic/input.h"

#define READING_MAGIC UINT32_C(0x72656164)
#define SHOWN_BYTES ((size_t)400)

/* Behind the readers' sink. */
struct reading {
    uint32_t magic;
    const struct ingest_options *options;
    struct ingest *ingest;
    struct ingest_source *source;
    struct redactor redactor; /* its key also hashes the sessions; it goes when the ingest ends */
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
    templates_free(ingest->templates);
    free(ingest->host);
    memset(ingest, 0, sizeof *ingest);
}

static void hash_session(const struct reading *reading, struct request *request)
{
    char hash[9] = "";
    if (request->session != NULL && request->session[0] != '\0')
        secret_hash(&reading->redactor.key, request->session, strlen(request->session), hash, 8);
    free(request->session);
    request->session = xstrdup(hash);
}

/* The recorded host is never a destination: it leaves the request, and stands
 * in the header line for people. */
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

static void count_read(struct reading *reading)
{
    uint64_t read = ++reading->source->read;
    if (read % INGEST_TELL_EVERY == 0 && reading->options->reading != NULL)
        reading->options->reading(reading->options->owner, reading->source->name, read);
}

static void take_skip(void *owner, enum skip_reason reason, size_t number, const char *text, size_t length)
{
    struct reading *reading = reading_of(owner);
    reading->source->skipped[reason]++;
    count_read(reading);
    if (reading->options->skipped == NULL)
        return;
    struct redactor redactor = reading->redactor; /* a copy: what is only shown is not counted */
    struct text clean = TEXT_EMPTY;
    redact_line(&redactor, text, length < SHOWN_BYTES ? length : SHOWN_BYTES, &clean);
    reading->options->skipped(reading->options->owner, reading->source->name, number, reason,
                              text_string(&clean));
    text_release(&clean);
}

static void skip_asset(struct reading *reading, struct request *request_take)
{
    char *text = xasprintf("%s %s", request_take->method, request_take->url);
    take_skip(reading, SKIP_ASSET, reading->source->read + 1, text, strlen(text));
    free(text);
    request_release(request_take);
}

static int take_request(void *owner, struct request *request_take, struct err *err)
{
    struct reading *reading = reading_of(owner);
    struct entry entry = {.request = *request_take,
                          .source = (uint32_t)(reading->source - reading->ingest->sources)};
    memset(request_take, 0, sizeof *request_take);
    if (reading->options->assets == INGEST_ASSETS_DROP &&
        template_is_asset(entry.request.method, entry.request.url)) {
        skip_asset(reading, &entry.request);
        return 0;
    }
    free(entry.request.endpoint);
    entry.request.endpoint = NULL;
    take_host(reading->ingest, &entry.request.headers);
    hash_session(reading, &entry.request);
    redact_entry(reading, &entry);
    templates_add_request(reading->ingest->templates, &entry.request);
    entries_add(&reading->entries, &entry);
    reading->source->imported++;
    count_read(reading);
    if (reading->entries.bytes > INGEST_MOST_BYTES)
        return err_set(
            err, ERR_USAGE,
            "%s: more than 1 GiB of requests, the most that this version holds (%zu so far): import a part "
            "of it",
            reading->source->name, reading->entries.count);
    return 0;
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
        result = source->reader->read(&input, &reading->options->reader, &sink, err);
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

static void init_sources(struct ingest *ingest, const struct ingest_options *options)
{
    memset(ingest, 0, sizeof *ingest);
    ingest->sources = xcalloc(options->file_count, sizeof *ingest->sources);
    ingest->source_count = options->file_count;
    for (size_t i = 0; i < options->file_count; i++)
        ingest->sources[i].name = xstrdup(options->files[i]);
}

static void make_templates(struct ingest *ingest, const struct ingest_options *options)
{
    ingest->templates = templates_new();
    templates_use_routes(ingest->templates, options->routes);
    if (options->operations)
        templates_use_operations(ingest->templates);
    if (options->assets == INGEST_ASSETS_GROUP)
        templates_use_assets_group(ingest->templates);
}

int ingest_files(const struct ingest_options *options, struct ingest *ingest, struct err *err)
{
    struct reading reading = {.magic = READING_MAGIC, .options = options, .ingest = ingest};
    int result = -1;
    init_sources(ingest, options);
    reading.redactor.keep = options->keep_secrets;
    make_templates(ingest, options);
    secret_key_random(&reading.redactor.key);
    if (options->format != NULL && reader_find(options->format, err) == NULL)
        goto done;
    if (options->directory != NULL && !options->force && ingest_check_directory(options->directory, err) != 0)
        goto done;
    if (read_files(&reading, err) != 0)
        goto done;
    memcpy(ingest->redacted, reading.redactor.counts, sizeof ingest->redacted);
    templates_settle(ingest->templates);
    ingest_group(ingest, &reading.entries, ingest->templates);
    result = options->directory != NULL ? ingest_write(ingest, options, err) : 0;
done:
    entries_release(&reading.entries);
    explicit_bzero(&reading.redactor.key, sizeof reading.redactor.key);
    return result;
}

int ingest_keep(struct ingest *ingest, const struct ingest_options *options, struct err *err)
{
    if (!options->force && ingest_check_directory(options->directory, err) != 0)
        return -1;
    return ingest_write(ingest, options, err);
}
