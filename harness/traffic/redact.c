#include "traffic/redact.h"

#include <stdlib.h>
#include <string.h>

#include "base/placeholder.h"
#include "traffic/redact_body.h"
#include "traffic/redact_find.h"

static const char *const place_names[REDACT_PLACES] = {
    [REDACT_HEADER] = "header", [REDACT_QUERY] = "query", [REDACT_PATH] = "path",
    [REDACT_FORM] = "form",     [REDACT_JSON] = "json",   [REDACT_BODY] = "body",
};

const char *redact_place_name(enum redact_place place)
{
    return (unsigned)place < REDACT_PLACES ? place_names[place] : "?";
}

void redactor_release(struct redactor *redactor)
{
    if (redactor->finder != NULL)
        finder_release(redactor->finder);
    free(redactor->finder);
    redactor->finder = NULL;
    explicit_bzero(&redactor->key, sizeof redactor->key);
}

static struct finder *finder_of(struct redactor *redactor)
{
    if (redactor->finder == NULL)
        redactor->finder = xcalloc(1, sizeof *redactor->finder);
    redactor->finder->count = 0;
    return redactor->finder;
}

static void add_placeholder(const struct redactor *redactor, const struct finding_span *span,
                            struct span value, struct text *out)
{
    char hash[REDACT_DIGITS + 1];
    secret_hash(&redactor->key, value.bytes, value.length, hash, REDACT_DIGITS);
    if (redactor->vault != NULL)
        vault_put(redactor->vault, hash, REDACT_DIGITS, value);
    placeholder_add(out, hash, span->bare);
}

static void rewrite(const struct redactor *redactor, const char *bytes, size_t length, struct text *out)
{
    const struct finder *finder = redactor->finder;
    size_t done = 0;
    for (size_t i = 0; i < finder->count; i++) {
        const struct finding_span *span = &finder->spans[i];
        text_add(out, bytes + done, span->at - done);
        add_placeholder(redactor, span, (struct span){bytes + span->at, span->length}, out);
        done = span->at + span->length;
    }
    text_add(out, bytes + done, length - done);
}

static void count(struct redactor *redactor)
{
    const struct finder *finder = redactor->finder;
    for (size_t i = 0; i < finder->count; i++)
        redactor->counts[finder->spans[i].place]++;
}

/* What the finder found in *bytes; they are replaced where that is anything. Returns whether they were. */
static bool replace(struct redactor *redactor, char **bytes, size_t length, struct text *clean)
{
    finder_settle(redactor->finder);
    count(redactor);
    if (redactor->finder->count == 0 || redactor->keep)
        return false;
    *clean = TEXT_EMPTY;
    rewrite(redactor, *bytes, length, clean);
    explicit_bzero(*bytes, length);
    free(*bytes);
    *bytes = NULL;
    return true;
}

static void redact_string(struct redactor *redactor, char **string, size_t length)
{
    struct text clean;
    if (replace(redactor, string, length, &clean))
        *string = text_take(&clean);
}

static void redact_body(struct redactor *redactor, struct request *request)
{
    struct text clean;
    char *body = (char *)request->body;
    find_body(finder_of(redactor), request);
    if (!replace(redactor, &body, request->body_length, &clean))
        return;
    request->body_length = clean.length;
    request->body = (unsigned char *)text_take(&clean);
}

void redact_request(struct redactor *redactor, struct request *request)
{
    size_t length = strlen(request->url);
    find_url(finder_of(redactor), request->url, length, REDACT_PATH, REDACT_QUERY);
    redact_string(redactor, &request->url, length);
    if (request->body_length > 0) /* before the headers: it asks for the content type */
        redact_body(redactor, request);
    for (size_t i = 0; i < request->headers.count; i++) {
        struct header *header = &request->headers.items[i];
        length = strlen(header->value);
        struct finder *finder = finder_of(redactor);
        finder->place = REDACT_HEADER;
        find_header(finder, header->name, header->value, length);
        redact_string(redactor, &header->value, length);
    }
}

void redact_line(struct redactor *redactor, const char *bytes, size_t length, struct text *out)
{
    struct redactor shown = *redactor;
    shown.vault = NULL;
    shown.finder = finder_of(redactor);
    find_line(shown.finder, &(struct view){bytes, length, 0, NULL});
    finder_settle(shown.finder);
    rewrite(&shown, bytes, length, out);
    explicit_bzero(&shown.key, sizeof shown.key);
}

uint64_t redact_count(struct redactor *redactor, const struct request *request)
{
    size_t length = strlen(request->url);
    struct finder *finder = finder_of(redactor);
    uint64_t found = 0;
    find_url(finder, request->url, length, REDACT_PATH, REDACT_QUERY);
    finder_settle(finder);
    found += finder->count;
    finder->count = 0;
    find_body(finder, request);
    finder_settle(finder);
    found += finder->count;
    for (size_t i = 0; i < request->headers.count; i++) {
        const struct header *header = &request->headers.items[i];
        finder->count = 0;
        find_header(finder, header->name, header->value, strlen(header->value));
        finder_settle(finder);
        found += finder->count;
    }
    return found;
}

static uint64_t placeholders_in(struct span bytes)
{
    struct placeholder found;
    uint64_t count = 0;
    for (size_t from = 0; placeholder_next(bytes, from, &found); from = found.at + found.length)
        count++;
    return count;
}

static void count_placeholders(void *owner, enum redact_place place, struct span bytes)
{
    ((uint64_t *)owner)[place] += placeholders_in(bytes);
}

void redact_count_placeholders(struct redactor *redactor, const struct request *request,
                               uint64_t counts[REDACT_PLACES])
{
    size_t path = strcspn(request->url, "?");
    const char *query = request->url + path;
    counts[REDACT_PATH] += placeholders_in((struct span){request->url, path});
    counts[REDACT_QUERY] += placeholders_in((struct span){query, strlen(query)});
    for (size_t i = 0; i < request->headers.count; i++) {
        const char *value = request->headers.items[i].value;
        counts[REDACT_HEADER] += placeholders_in((struct span){value, strlen(value)});
    }
    body_places(finder_of(redactor), request, count_placeholders, counts);
}
