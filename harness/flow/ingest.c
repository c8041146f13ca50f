#include "flow/ingest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/keyed_hash.h"
#include "base/text.h"
#include "flow/entries.h"
#include "flow/ingest_clean.h"
#include "flow/ingest_hand.h"
#include "flow/ingest_write.h"
#include "traffic/clues.h"
#include "traffic/input.h"
#include "traffic/input_files.h"
#include "traffic/session_rules.h"
#include "traffic/template.h"

#define READING_MAGIC UINT32_C(0x72656164)
#define SHOWN_BYTES ((size_t)400)
#define LOOKED_AT_BYTES ((size_t)16 * 1024)

/* Behind the readers' sink. */
struct reading {
    uint32_t magic;
    const struct ingest_options *options;
    struct ingest *ingest;
    struct ingest_source *source;
    const struct ingest_source *axis; /* the last file of which a request was read */
    bool untimed;                     /* it, and all before it, have no recorded times */
    struct redactor redactor;         /* its key also hashes the sessions; it goes when the ingest ends */
    struct ingest_clean clean;
    struct session_rules rules; /* of the file that is read */
    struct text session;        /* room for a key */
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
        strings_release(&endpoint->after);
        strings_release(&endpoint->after_why);
        captures_release(&endpoint->captures);
        strings_release(&endpoint->capture_why);
        strings_release(&endpoint->unwritten);
        strings_release(&endpoint->source);
        strings_release(&endpoint->notes);
    }
    free(ingest->sources);
    free(ingest->endpoints);
    templates_free(ingest->templates);
    free(ingest->host);
    memset(ingest, 0, sizeof *ingest);
}

/* The low half decides, so that the sessions of a sample are spread over all names. */
static bool is_left_out(const struct reading *reading, uint64_t hash)
{
    double share = reading->options->sample;
    return share > 0 && (double)(uint32_t)hash >= share * 4294967296.0;
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

/* Where an answer is known: what the request builds on, before redaction. Only hashes under the key are kept. */
static void take_clues(const struct reading *reading, struct entry *entry)
{
    struct clues *clues = entry->request.clues;
    if (clues == NULL || entry->left_out)
        return;
    if (!clues->whole && !template_is_asset(entry->request.method, entry->request.url))
        clues_use(&entry->request);
    for (size_t i = 0; i < clues->count; i++)
        clues->items[i].hash =
            keyed_hash(&reading->redactor.key, &clues->items[i].hash, sizeof clues->items[i].hash);
}

/* What stands in for a secret in it, since an earlier redaction or since now. */
static void count_redacted(const struct reading *reading, struct entry *entry, const uint64_t *before,
                           const uint64_t *standing)
{
    const struct redactor *redactor = &reading->redactor;
    for (size_t i = 0; i < REDACT_PLACES; i++) {
        uint64_t count = standing[i] + (redactor->keep ? 0 : redactor->counts[i] - before[i]);
        entry->redacted[i] = (uint8_t)(count < UINT8_MAX ? count : UINT8_MAX);
        reading->ingest->redacted_before[i] += entry->left_out ? 0 : standing[i];
    }
}

static void redact_entry(struct reading *reading, struct entry *entry)
{
    uint64_t before[REDACT_PLACES], standing[REDACT_PLACES] = {0};
    bool ours = reading->source->reader->ours;
    memcpy(before, reading->redactor.counts, sizeof before);
    if (ours)
        redact_count_placeholders(&reading->redactor, &entry->request, standing);
    entry->url_hash = ingest_clean_redact(&reading->clean, &reading->redactor, &entry->request);
    if (!ours && memcmp(before, reading->redactor.counts, sizeof before) == 0)
        return;
    count_redacted(reading, entry, before, standing);
    if (entry->left_out) /* nothing of it is written */
        memcpy(reading->redactor.counts, before, sizeof before);
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
    struct text clean = TEXT_EMPTY;
    redact_line(&reading->redactor, text, length < LOOKED_AT_BYTES ? length : LOOKED_AT_BYTES, &clean);
    if (clean.length > SHOWN_BYTES) /* cut after it was redacted: half a secret is not seen to be one */
        clean.bytes[SHOWN_BYTES] = '\0';
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

static int check_secrets(const struct ingest_options *options, const struct ingest_source *source,
                         struct err *err)
{
    if (!options->all_secrets || !vault_overflowed(options->secrets))
        return 0;
    return err_set(
        err, ERR_USAGE,
        "%s: more than %zu different secrets, or %zu MiB of them, the most that are kept: import a "
        "part of it, or without keeping them",
        source->name, VAULT_MOST_VALUES, VAULT_MOST_BYTES >> 20);
}

/* Requests without a time share no axis with those that have one: rates over both would be those of no traffic. Each file's
 * first one tells. */
static int check_axis(struct reading *reading, int64_t t_us, struct err *err)
{
    const struct ingest_source *source = reading->source, *other = reading->axis;
    bool untimed = t_us < UNTIMED_BEFORE_US;
    if (other == source)
        return 0;
    reading->axis = source;
    if (other == NULL || untimed == reading->untimed) {
        reading->untimed = untimed;
        return 0;
    }
    return err_set(err, ERR_USAGE, "%s: has %s, and %s has %s: import them into a directory each",
                   source->name, untimed ? "no recorded times" : "recorded times", other->name,
                   untimed ? "such" : "none");
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
    if (check_axis(reading, entry.request.t_us, err) != 0) {
        request_release(&entry.request);
        return -1;
    }
    take_host(reading->ingest, &entry.request.headers);
    uint64_t session = session_rules_hash(&reading->rules, &reading->redactor.key, &entry.request,
                                          reading->entries.count, &reading->session);
    entry.left_out = is_left_out(reading, session);
    entry.bare = entry.left_out && !reading->options->operations;
    take_clues(reading, &entry);
    redact_entry(reading, &entry);
    templates_add_request(reading->ingest->templates, &entry.request);
    int result = entries_add(&reading->entries, &entry, err);
    request_release(&entry.request);
    if (result != 0)
        return result;
    if (entry.left_out)
        reading->source->skipped[SKIP_SAMPLED]++;
    else
        reading->source->imported++;
    count_read(reading);
    return check_secrets(reading->options, reading->source, err);
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

/* What a recording of ours says of its sessions was found out while their secrets were there. */
static int choose_rules(struct reading *reading, struct err *err)
{
    const struct reader *reader = reading->source->reader;
    const char *list = reading->options->session;
    session_rules_release(&reading->rules);
    if (list == NULL)
        list = reader->ours ? SESSION_RULES_TOLD : SESSION_RULES_DEFAULT;
    return session_rules_read(&reading->rules, list, err);
}

static int read_file(struct reading *reading, struct ingest_source *source, struct err *err)
{
    struct input input;
    int result = -1;
    if (input_open(&input, source->name, err) != 0)
        return -1;
    const struct sink sink = {SINK_MAGIC, reading, take_request, take_skip, take_note};
    reading->source = source;
    source->reader = choose_reader(reading->options, &input, err);
    if (source->reader != NULL && choose_rules(reading, err) == 0)
        result = source->reader->read(&input, &reading->options->reader, &sink, err);
    if (result == 0 && input_note(&input) != NULL)
        strings_add(&source->notes, input_note(&input));
    input_close(&input);
    if (result != 0)
        return -1;
    bool spread;
    if (entries_end_source(&reading->entries, source->reader->whole_seconds, &spread, err) != 0)
        return -1;
    if (spread)
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
    for (size_t i = 0; i < ingest->source_count; i++)
        ingest->imported += ingest->sources[i].imported;
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
    return err_set(err, most > 0 && reason == SKIP_REPLAYED ? ERR_REFUSED : ERR_USAGE,
                   "%s: nothing to import: %llu skipped%s%s%s", ingest->sources[0].name,
                   (unsigned long long)all, all > 0 ? ", most for: " : "",
                   all > 0 ? skip_reason_name((enum skip_reason)reason) : "",
                   all > 0 ? " (see --show-skipped)" : "");
}

static int init_sources(struct ingest *ingest, const struct ingest_options *options, struct err *err)
{
    struct strings files = {NULL, 0};
    memset(ingest, 0, sizeof *ingest);
    int failed = input_files(options->files, options->file_count, &files, err);
    ingest->sources = xcalloc(files.count, sizeof *ingest->sources);
    ingest->source_count = files.count;
    for (size_t i = 0; i < files.count; i++)
        ingest->sources[i].name = xstrdup(files.items[i]);
    strings_release(&files);
    return failed;
}

static int check_options(const struct ingest_options *options, struct err *err)
{
    if (options->format != NULL && reader_find(options->format, err) == NULL)
        return -1;
    struct session_rules rules = {.count = 0};
    if (options->session != NULL && session_rules_read(&rules, options->session, err) != 0)
        return -1;
    session_rules_release(&rules);
    return options->directory != NULL && !options->force ? ingest_check_directory(options->directory, err)
                                                         : 0;
}

static void reading_init(struct reading *reading)
{
    const struct ingest_options *options = reading->options;
    reading->redactor.keep = options->keep_secrets;
    reading->redactor.vault = options->secrets;
    secret_key_random(&reading->redactor.key);
    ingest_clean_init(&reading->clean);
    entries_init(&reading->entries, options->directory,
                 options->directory != NULL ? ENTRIES_IN_MEMORY : INGEST_MOST_BYTES, ENTRIES_WINDOW);
}

static void reading_release(struct reading *reading)
{
    entries_release(&reading->entries);
    ingest_clean_release(&reading->clean);
    session_rules_release(&reading->rules);
    if (reading->session.bytes != NULL)
        explicit_bzero(reading->session.bytes, reading->session.capacity);
    text_release(&reading->session);
    redactor_release(&reading->redactor);
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
    struct stage stage = {.directory = NULL};
    reading_init(&reading);
    int result = init_sources(ingest, options, err);
    make_templates(ingest, options);
    if (result == 0)
        result = check_options(options, err);
    if (result == 0 && options->directory != NULL)
        result = stage_open(&stage, options->directory, err);
    if (result == 0)
        result = read_files(&reading, err);
    memcpy(ingest->redacted, reading.redactor.counts, sizeof ingest->redacted);
    if (result == 0)
        result = ingest_hand_out(ingest, options, &reading.entries, &stage, err);
    stage_release(&stage);
    reading_release(&reading);
    return result;
}
