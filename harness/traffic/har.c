/* The reader "har": HTTP archive 1.2, with the oddities of browsers and proxies.
 * Source: W3C Web Performance WG draft, "HTTP Archive (HAR) format"; custom keys begin with '_'. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "traffic/har_entry.h"
#include "traffic/reader.h"

#define HAR_BYTES ((size_t)512 * 1024 * 1024)

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

/* Hands out the requests of the main host. `numbers`: the entry of each request, from 1. */
static int hand_out(struct recording *recording, const size_t *numbers, const struct sink *sink,
                    struct err *err)
{
    char *host = main_host(recording);
    int result = 0;
    for (size_t i = 0; i < recording->count && result == 0; i++) {
        struct request *request = &recording->requests[i];
        const char *own = headers_find(&request->headers, "Host");
        if (host != NULL && !same_text(own, host)) {
            skip_entry(sink, SKIP_OTHER_HOST, numbers[i], request->method, own);
            continue;
        }
        char *shown = xasprintf("%s %s", request->method, request->url);
        result = sink_each(sink, request, numbers[i], shown, strlen(shown), err);
        free(shown);
    }
    free(host);
    return result;
}

static int read_entries(const json_t *entries, const struct sink *sink, struct err *err)
{
    struct recording recording = {NULL, 0, 0};
    size_t count = json_array_size(entries);
    size_t *numbers = xcalloc(count, sizeof *numbers);
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = json_array_get(entries, i), *asked = json_object_get(entry, "request");
        struct request request = {.status = 0};
        enum skip_reason reason = har_entry_read(entry, &request);
        if (reason == SKIP_REASONS) {
            numbers[recording.count] = i + 1;
            recording_add(&recording, &request);
            continue;
        }
        skip_entry(sink, reason, i + 1, json_text(asked, "method"), json_text(asked, "url"));
        request_release(&request);
    }
    int result = hand_out(&recording, numbers, sink, err);
    recording_release(&recording);
    free(numbers);
    return result;
}

int har_read(struct input *input, const struct reader_options *options, const struct sink *sink,
             struct err *err)
{
    (void)options;
    struct text text = TEXT_EMPTY;
    json_t *root = NULL;
    int result = -1;
    if (input_rest(input, HAR_BYTES, &text, err) != 0)
        goto done;
    size_t mark = text.length >= 3 && memcmp(text.bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    root = json_read(text_string(&text) + mark, text.length - mark, input->name, err);
    text_release(&text);
    if (root == NULL)
        goto done;
    const json_t *entries = json_object_get(json_object_get(root, "log"), "entries");
    if (!json_is_array(entries)) {
        err_set(err, ERR_USAGE, "%s:1:1: no HTTP archive: there is no list at log.entries", input->name);
        goto done;
    }
    result = read_entries(entries, sink, err);
done:
    json_decref(root);
    text_release(&text);
    return result;
}
