#include "cmd/record_words.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "base/units.h"
#include "cmd/command.h"
#include "cmd/import_json.h"
#include "cmd/import_words.h"
#include "cmd/json_file.h"
#include "report/escape.h"

#define TOP_LINES 12
#define COUNT_WIDTH 10

const char record_about[] =
    "Point clients at the address; each has a connection to the target of its own, and what the target sees\n"
    "is what it saw before: bodies are streamed, Host is the client's, nothing is added. Every request is\n"
    "recorded or counted under a reason (WebSockets and streams of events pass, but cannot be replayed).\n"
    "Credentials are redacted before anything is written, unless --keep-secrets keeps them. Ctrl-C ends it:\n"
    "what is under way has 5 s, then DIR is written. A recorder that was killed leaves DIR/recording.jsonl,\n"
    "up to the last second, which `seep import` takes.\n";

/* "1,204 recorded, 3 passed on only (websocket 2, X-Seep-Run 1), 1 refused" */
static void add_counts(const struct record_counts *counts, struct text *out)
{
    char number[UNITS_SIZE];
    uint64_t passed = 0;
    struct text reasons = TEXT_EMPTY;
    for (int i = 0; i < RECORD_REASONS; i++) {
        if (counts->passed[i] == 0)
            continue;
        passed += counts->passed[i];
        text_addf(&reasons, "%s%s %s", reasons.length > 0 ? ", " : "",
                  record_reason_name((enum record_reason)i), units_count(number, counts->passed[i]));
    }
    text_addf(out, "%s recorded", units_count(number, counts->recorded));
    if (passed > 0)
        text_addf(out, ", %s not recorded (%s)", units_count(number, passed), text_string(&reasons));
    if (counts->refused > 0)
        text_addf(out, ", %s refused", units_count(number, counts->refused));
    text_release(&reasons);
}

void record_view_clear(struct record_view *view)
{
    if (view->lines > 0)
        fprintf(stderr, "\033[%uA\r\033[J", view->lines);
    view->lines = 0;
}

static void draw(struct record_view *view, const struct record_progress *progress, const char *line)
{
    struct record_row rows[TOP_LINES];
    char number[UNITS_SIZE];
    size_t count = record_top_first(progress->top, rows, TOP_LINES);
    size_t width = command_width(stderr, 80);
    record_view_clear(view);
    for (size_t i = 0; i < count; i++) {
        const char *name = command_plain(rows[i].name);
        size_t fits = escape_fit(name, width > COUNT_WIDTH + 3 ? width - COUNT_WIDTH - 3 : 1);
        fprintf(stderr, "%*s  %.*s\n", COUNT_WIDTH, units_count(number, rows[i].count), (int)fits, name);
    }
    fprintf(stderr, "%.*s\n", (int)escape_fit(line, width - 1), line);
    view->lines = (unsigned)count + 1;
}

void record_view_tell(struct record_view *view, const struct record_progress *progress)
{
    char time[UNITS_SIZE], number[UNITS_SIZE];
    struct text line = TEXT_EMPTY;
    if (view->quiet || (!view->terminal && progress->elapsed_s < view->next_s))
        return;
    view->next_s = progress->elapsed_s + RECORD_LINE_EVERY_S;
    text_addf(&line, "%s: ", units_duration(time, progress->elapsed_s));
    add_counts(progress->counts, &line);
    text_addf(&line, ", %s clients", units_count(number, progress->counts->open));
    if (view->terminal)
        draw(view, progress, line.bytes);
    else
        fprintf(stderr, "seep: record: %s\n", line.bytes);
    text_release(&line);
}

static void show_redacted(const struct record_counts *counts)
{
    char number[UNITS_SIZE];
    const char *before = "redacted: ";
    for (int i = 0; i < REDACT_PLACES; i++) {
        if (counts->redacted[i] == 0)
            continue;
        printf("%s%s %s", before, redact_place_name((enum redact_place)i),
               units_count(number, counts->redacted[i]));
        before = ", ";
    }
    puts(before[0] == ',' ? "" : "redacted: nothing");
}

void record_show(const struct record_result *result, const struct record_options *options)
{
    const struct record_counts *counts = &result->counts;
    char time[UNITS_SIZE], number[UNITS_SIZE], limit[UNITS_SIZE];
    struct text line = TEXT_EMPTY;
    add_counts(counts, &line);
    printf("%s requests: %s\n", options->target, line.bytes);
    text_release(&line);
    if (counts->without_body > 0)
        printf("%s of them without their body, which was above --body-limit (%s)\n",
               units_count(number, counts->without_body), units_bytes(limit, (double)options->body_limit));
    printf("%s clients", units_count(number, counts->connections));
    printf(" over %s", units_duration(time, result->seconds));
    if (!result->written) {
        puts(": nothing was recorded");
        return;
    }
    printf(", %s sessions, %zu endpoints in %s\n", units_count(number, result->ingest.sessions),
           result->ingest.endpoint_count, options->directory);
    import_show_proposed(&result->ingest, options->directory);
    if (!options->keep_secrets)
        show_redacted(counts);
    if (result->ingest.service_written)
        printf("next: say in %s/service.yaml where requests may go and how the server starts, then: seep "
               "check %s\n",
               options->directory, options->directory);
}

static json_t *number_json(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *counts_json(const struct record_counts *counts)
{
    json_t *passed = json_object(), *redacted = json_object();
    for (int i = 0; i < RECORD_REASONS; i++)
        if (counts->passed[i] > 0)
            json_object_set_new(passed, record_reason_name((enum record_reason)i),
                                number_json(counts->passed[i]));
    for (int i = 0; i < REDACT_PLACES; i++)
        if (counts->redacted[i] > 0)
            json_object_set_new(redacted, redact_place_name((enum redact_place)i),
                                number_json(counts->redacted[i]));
    return json_pack("{s:I, s:I, s:o, s:I, s:I, s:I, s:o}", "recorded", (json_int_t)counts->recorded,
                     "without_body", (json_int_t)counts->without_body, "not_recorded", passed, "refused",
                     (json_int_t)counts->refused, "slow", (json_int_t)counts->slow, "clients",
                     (json_int_t)counts->connections, "redacted", redacted);
}

int record_json_write(const char *path, const struct record_result *result,
                      const struct record_options *options, int exit_code, struct err *err)
{
    json_t *root = json_pack("{s:i, s:s, s:i, s:s, s:f}", "schema", 1, "command", "record", "exit", exit_code,
                             "directory", options->directory, "seconds", result->seconds);
    json_t *endpoints = json_array();
    for (size_t i = 0; result->written && i < result->ingest.endpoint_count; i++) {
        const struct ingest_endpoint *endpoint = &result->ingest.endpoints[i];
        json_t *object =
            json_pack("{s:s, s:I}", "endpoint", endpoint->name, "requests", (json_int_t)endpoint->requests);
        import_json_add_proposed(object, endpoint);
        json_array_append_new(endpoints, object);
    }
    json_object_update_new(root, counts_json(&result->counts));
    json_object_set_new(root, "kept_secrets", json_boolean(options->keep_secrets));
    json_object_set_new(root, "endpoints", endpoints);
    int failed = json_file_write(root, JSON_INDENT(2), path, err);
    json_decref(root);
    return failed;
}
