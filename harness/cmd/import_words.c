#include "cmd/import_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "cmd/command.h"

void import_show_skipped(void *owner, const char *file, size_t number, enum skip_reason reason,
                         const char *text)
{
    (void)owner;
    fprintf(stderr, "%s:%zu: %s: ", command_plain(file), number, skip_reason_name(reason));
    for (; *text != '\0'; text++) { /* what a log holds is not for the terminal to obey */
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f || byte >= 0x80)
            fprintf(stderr, "\\x%02x", byte);
        else
            fputc(byte, stderr);
    }
    fputc('\n', stderr);
}

static char *statuses(const struct ingest_endpoint *endpoint)
{
    static const char *const names[] = {"unknown", "1xx", "2xx", "3xx", "4xx", "5xx"};
    char number[UNITS_SIZE];
    struct text out = TEXT_EMPTY;
    for (size_t i = 0; i < 6; i++)
        if (endpoint->status_class[i] > 0)
            text_addf(&out, "%s%s %s", out.length > 0 ? ", " : "", names[i],
                      units_count(number, endpoint->status_class[i]));
    return text_take(&out);
}

void import_show_endpoints(const struct ingest *ingest)
{
    char requests[UNITS_SIZE], rate[UNITS_SIZE], sessions[UNITS_SIZE];
    int width = (int)strlen("endpoint");
    bool grouped = false;
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        size_t length = strlen(ingest->endpoints[i].name);
        width = length > (size_t)width && length <= 60 ? (int)length : width;
    }
    printf("%-*s %9s %10s %9s  %s\n", width, "endpoint", "requests", "rate", "sessions", "statuses");
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        const struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        char *shown = statuses(endpoint);
        char *about =
            xasprintf("%s%s", endpoint->sessions_about ? "~" : "", units_count(sessions, endpoint->sessions));
        printf("%-*s %9s %10s %9s  %s\n", width, command_plain(endpoint->name),
               units_count(requests, endpoint->requests), units_rate(rate, endpoint->rate_per_second), about,
               shown);
        free(about);
        free(shown);
        grouped = grouped || strstr(endpoint->name, "{path...}") != NULL;
    }
    if (grouped)
        puts("{path...}: routes that hardly anybody asked for, together");
    putchar('\n');
}

/* "access.log: 10,000 lines: 9,990 imported, 10 skipped (malformed request line 7, empty line 3)" */
static void show_source(const struct ingest_source *source)
{
    char number[UNITS_SIZE];
    struct text reasons = TEXT_EMPTY;
    for (int i = 0; i < SKIP_REASONS; i++)
        if (source->skipped[i] > 0)
            text_addf(&reasons, "%s%s %s", reasons.length > 0 ? ", " : "",
                      skip_reason_name((enum skip_reason)i), units_count(number, source->skipped[i]));
    printf("%s: %s %s", command_plain(source->name), units_count(number, source->read),
           source->read == 1 ? source->reader->unit : source->reader->units);
    printf(": %s imported", units_count(number, source->imported));
    printf(", %s skipped", units_count(number, source->read - source->imported));
    if (reasons.length > 0)
        printf(" (%s)", reasons.bytes);
    putchar('\n');
    for (size_t i = 0; i < source->notes.count; i++)
        printf("%s: %s\n", source->name, command_plain(source->notes.items[i]));
    text_release(&reasons);
}

static void show_without_bodies(const struct ingest *ingest)
{
    char number[UNITS_SIZE];
    const char *before = "recorded without bodies, so that the replay will likely not land: ";
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        if (ingest->endpoints[i].without_body == 0)
            continue;
        printf("%s%s (%s)", before, command_plain(ingest->endpoints[i].name),
               units_count(number, ingest->endpoints[i].without_body));
        before = ", ";
    }
    if (before[0] == ',')
        putchar('\n');
}

/* "json /user/token"; a pattern is long, and stands in the file. */
static char *place_of(const struct capture *capture)
{
    return capture->from == CAPTURE_BODY     ? xstrdup("a field of its page")
           : capture->from == CAPTURE_HEADER ? xasprintf("its header %s", capture->where)
                                             : xasprintf("its answer at %s", capture->where);
}

static void show_captures(const struct ingest *ingest, const char *directory)
{
    const struct ingest_endpoint *last = NULL;
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        const struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        for (size_t k = 0; k < endpoint->captures.count; k++) {
            char *place = place_of(&endpoint->captures.items[k]);
            printf("capture: %s gives %s anew, from %s (%s)\n", command_plain(endpoint->name),
                   command_plain(endpoint->captures.items[k].name), command_plain(place),
                   command_plain(endpoint->capture_why.items[k]));
            free(place);
            last = endpoint;
        }
    }
    if (last != NULL)
        printf("what is captured goes out in place of what was recorded; to send that, delete the line under "
               "`capture` (%s/%s.yaml)\n",
               directory, last->slug);
}

/* Files that were there are a person's. */
static void show_unwritten(const struct ingest *ingest, const char *directory)
{
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        const struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        for (size_t k = 0; k < endpoint->unwritten.count; k++)
            printf("not written into %s/%s.yaml, which was there: %s\n", directory, endpoint->slug,
                   command_plain(endpoint->unwritten.items[k]));
    }
}

static void show_after(const struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        const struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        for (size_t k = 0; k < endpoint->after.count; k++)
            printf("after: %s builds on %s (%s)\n", command_plain(endpoint->name),
                   command_plain(endpoint->after.items[k]), command_plain(endpoint->after_why.items[k]));
    }
}

void import_show_proposed(const struct ingest *ingest, const char *directory)
{
    show_after(ingest);
    show_captures(ingest, directory);
    show_unwritten(ingest, directory);
}

/* "header 12, query 3" */
static void add_places(const uint64_t counts[REDACT_PLACES], struct text *out)
{
    char number[UNITS_SIZE];
    for (int i = 0; i < REDACT_PLACES; i++)
        if (counts[i] > 0)
            text_addf(out, "%s%s %s", out->length > 0 ? ", " : "", redact_place_name((enum redact_place)i),
                      units_count(number, counts[i]));
}

void import_show_redacted(const struct ingest *ingest, bool kept)
{
    struct text places = TEXT_EMPTY, before = TEXT_EMPTY;
    add_places(ingest->redacted, &places);
    add_places(ingest->redacted_before, &before);
    if (kept)
        fprintf(stderr,
                "seep: WARNING: --keep-secrets: credentials stand in the recordings as they were (%s)\n",
                places.length > 0 ? places.bytes : "none found");
    else
        printf("redacted: %s\n", places.length > 0 ? places.bytes : "nothing");
    if (!kept && before.length > 0)
        printf("redacted before this import: %s\n", before.bytes);
    text_release(&places);
    text_release(&before);
}

void import_show_totals(const struct ingest *ingest, const char *directory)
{
    char number[UNITS_SIZE], time[UNITS_SIZE];
    for (size_t i = 0; i < ingest->source_count; i++)
        show_source(&ingest->sources[i]);
    show_without_bodies(ingest);
    import_show_proposed(ingest, directory);
    printf("%s requests", units_count(number, ingest->imported));
    printf(" of %s%s sessions", ingest->sessions_about ? "about " : "",
           units_count(number, ingest->sessions));
    printf(" over %s", units_duration(time, (double)(ingest->to_us - ingest->from_us) / 1e6));
    printf(", %zu endpoints in %s\n", ingest->endpoint_count, directory);
    if (ingest->service_written)
        printf("next: say in %s/service.yaml where requests may go and how the server starts, then: seep "
               "check %s\n",
               directory, directory);
}
