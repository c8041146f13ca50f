/* The reader "har": HTTP archive 1.2, with the oddities of browsers and proxies.
 * Source: W3C Web Performance WG draft, "HTTP Archive (HAR) format"; custom keys begin with '_'. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "traffic/har_entry.h"
#include "traffic/har_split.h"
#include "traffic/reader.h"

static size_t start_of(const char *head, size_t length)
{
    size_t at = length >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < length && isspace((unsigned char)head[at]))
        at++;
    return at;
}

static bool take(const char *head, size_t length, size_t *at, const char *token)
{
    size_t size = strlen(token);
    *at += start_of(head + *at, length - *at);
    if (length - *at < size || memcmp(head + *at, token, size) != 0)
        return false;
    *at += size;
    return true;
}

/* A log of Docker's begins with "log" too, but with its text. */
bool har_detect(const char *head, size_t length)
{
    size_t at = 0;
    return take(head, length, &at, "{") && take(head, length, &at, "\"log\"") &&
           take(head, length, &at, ":") && take(head, length, &at, "{");
}

static bool same_text(const char *one, const char *other)
{
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* A page calls many hosts; the service is the one that was asked most (the first of them, if several were).
 * Only the first HOSTS hosts stand for election: a service is among them. */
#define HOSTS 64
static char *main_host(const struct recording *recording)
{
    struct {
        const char *name;
        size_t count;
    } hosts[HOSTS] = {{NULL, 0}};
    size_t best = 0;
    for (size_t i = 0; i < recording->count; i++) {
        const char *host = headers_find(&recording->requests[i].headers, "Host");
        size_t at = 0;
        while (at < HOSTS && hosts[at].name != NULL && !same_text(hosts[at].name, host))
            at++;
        if (host == NULL || at == HOSTS)
            continue;
        hosts[at].name = host;
        hosts[at].count++;
    }
    for (size_t i = 1; i < HOSTS; i++)
        if (hosts[i].count > hosts[best].count)
            best = i;
    return hosts[best].name != NULL ? xstrdup(hosts[best].name) : NULL;
}

static void skip_entry(const struct sink *sink, enum skip_reason reason, size_t number, const char *method,
                       const char *url)
{
    struct text shown = TEXT_EMPTY;
    text_addf(&shown, "%s %s", method != NULL ? method : "-", url != NULL ? url : "-");
    sink->skip(sink->owner, reason, number, shown.bytes, shown.length);
    text_release(&shown);
}

/* What was read, until it is known which host is the service. */
struct archive {
    struct recording recording;
    size_t *numbers; /* the entry of each request, from 1 */
    size_t capacity;
};

static int hand_out(struct archive *archive, const struct sink *sink, struct err *err)
{
    struct recording *recording = &archive->recording;
    char *host = main_host(recording);
    int result = 0;
    for (size_t i = 0; i < recording->count && result == 0; i++) {
        struct request *request = &recording->requests[i];
        const char *own = headers_find(&request->headers, "Host");
        if (host != NULL && !same_text(own, host)) {
            skip_entry(sink, SKIP_OTHER_HOST, archive->numbers[i], request->method, own);
            continue;
        }
        char *shown = xasprintf("%s %s", request->method, request->url);
        result = sink_each(sink, request, archive->numbers[i], shown, strlen(shown), err);
        free(shown);
    }
    free(host);
    return result;
}

static void keep_request(struct archive *archive, struct request *request_take, size_t number)
{
    if (archive->recording.count == archive->capacity) {
        archive->capacity = 2 * archive->capacity + 64;
        archive->numbers = xrealloc(archive->numbers, archive->capacity * sizeof *archive->numbers);
    }
    archive->numbers[archive->recording.count] = number;
    recording_add(&archive->recording, request_take);
}

static void read_entry(struct archive *archive, const struct har_split *split, const struct sink *sink)
{
    json_t *entry = json_read(text_string(&split->entry), split->entry.length, "", NULL);
    const json_t *asked = json_object_get(entry, "request");
    struct request request = {.status = 0};
    enum skip_reason reason = entry != NULL ? har_entry_read(entry, &request) : SKIP_JSON;
    if (reason == SKIP_REASONS) {
        keep_request(archive, &request, split->number);
    } else {
        skip_entry(sink, reason, split->number, json_text(asked, "method"), json_text(asked, "url"));
        request_release(&request);
    }
    json_decref(entry);
}

/* An archive that ends unfinished is one that was written until then, unless no entry of it is whole. */
static int check_end(const struct har_split *split, size_t whole, struct err *err)
{
    if (input_failed(split->input, err) != 0)
        return -1;
    if (!split->found)
        return err_set(err, ERR_USAGE, "%s:1:1: no HTTP archive: there is no list at log.entries",
                       split->input->name);
    if (split->depth > 0 && whole == 0)
        return err_set(err, ERR_USAGE, "%s:%zu:%zu: the archive ends here, before the end of its first entry",
                       split->input->name, split->line, split->column + 1);
    return 0;
}

static int read_entries(struct har_split *split, struct archive *archive, const struct sink *sink,
                        struct err *err)
{
    enum har_piece piece;
    size_t whole = 0;
    while ((piece = har_split_next(split)) != HAR_END && (piece != HAR_CUT || whole > 0)) {
        whole += piece == HAR_ENTRY;
        if (piece == HAR_ENTRY)
            read_entry(archive, split, sink);
        else
            skip_entry(sink, piece == HAR_CUT ? SKIP_TRUNCATED : SKIP_TOO_LONG, split->number, NULL, NULL);
    }
    return check_end(split, whole, err);
}

static void tell_end(const struct har_split *split, const struct sink *sink)
{
    if (split->depth > 0)
        sink->note(sink->owner, "the archive ends unfinished");
    if (split->trailing == 0)
        return;
    char *note = xasprintf("%zu bytes behind the archive are left out", split->trailing);
    sink->note(sink->owner, note);
    free(note);
}

int har_read(struct input *input, const struct reader_options *options, const struct sink *sink,
             struct err *err)
{
    (void)options;
    struct har_split split;
    struct archive archive = {.numbers = NULL};
    har_split_init(&split, input);
    int result = read_entries(&split, &archive, sink, err);
    if (result == 0)
        tell_end(&split, sink);
    if (result == 0)
        result = hand_out(&archive, sink, err);
    har_split_release(&split);
    recording_release(&archive.recording);
    free(archive.numbers);
    return result;
}
