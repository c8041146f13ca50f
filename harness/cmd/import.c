/* seep import FILE... -o DIR: recorded traffic in, a service directory out. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "cmd/command.h"
#include "cmd/import_json.h"
#include "cmd/import_merged.h"
#include "flow/ingest.h"
#include "traffic/routes.h"

struct import_options {
    const char *output, *format, *json, *routes, *assets;
    bool show_skipped, keep_secrets, force, operations;
};

#define AT(field) offsetof(struct import_options, field)
const struct option_row import_rows[] = {
    {"output", 'o', OPTION_STRING, AT(output), "DIR",
     "the service directory to write; made when it is not there"},
    {"format", 0, OPTION_STRING, AT(format), "NAME", "combined, common, har or seep, instead of looking"},
    {"routes", 0, OPTION_STRING, AT(routes), "FILE",
     "routes that decide which endpoint a request is of: lines like GET /cart/{id}, OpenAPI, or what flask, "
     "rails "
     "or Express print"},
    {"operations", 0, OPTION_FLAG, AT(operations), NULL,
     "GraphQL and JSON-RPC by operation: POST /graphql#GetCart"},
    {"assets", 0, OPTION_STRING, AT(assets), "HOW",
     "static assets: keep (endpoints as they come), group (one: GET /{asset...}) or drop"},
    {"show-skipped", 0, OPTION_FLAG, AT(show_skipped), NULL,
     "print each line that is not imported, and why, on standard error"},
    {"keep-secrets", 0, OPTION_FLAG, AT(keep_secrets), NULL,
     "write credentials as they were recorded; without it they are redacted"},
    {"json", 0, OPTION_STRING, AT(json), "FILE", "the result as JSON; - is standard output"},
    {"force", 0, OPTION_FLAG, AT(force), NULL, "write into a directory that has endpoints already"},
    OPTIONS_END,
};

static void show_skipped(void *owner, const char *file, size_t number, enum skip_reason reason,
                         const char *text)
{
    (void)owner;
    fprintf(stderr, "%s:%zu: %s: ", file, number, skip_reason_name(reason));
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

static void show_endpoints(const struct ingest *ingest)
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
        printf("%-*s %9s %10s %9s  %s\n", width, endpoint->name,
               units_count(requests, endpoint->recording.count), units_rate(rate, endpoint->rate_per_second),
               units_count(sessions, endpoint->sessions), shown);
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
    printf("%s: %s %s", source->name, units_count(number, source->read),
           source->read == 1 ? source->reader->unit : source->reader->units);
    printf(": %s imported", units_count(number, source->imported));
    printf(", %s skipped", units_count(number, source->read - source->imported));
    if (reasons.length > 0)
        printf(" (%s)", reasons.bytes);
    putchar('\n');
    for (size_t i = 0; i < source->notes.count; i++)
        printf("%s: %s\n", source->name, source->notes.items[i]);
    text_release(&reasons);
}

static void show_without_bodies(const struct ingest *ingest)
{
    char number[UNITS_SIZE];
    const char *before = "recorded without bodies, so that the replay will likely not land: ";
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        if (ingest->endpoints[i].without_body == 0)
            continue;
        printf("%s%s (%s)", before, ingest->endpoints[i].name,
               units_count(number, ingest->endpoints[i].without_body));
        before = ", ";
    }
    if (before[0] == ',')
        putchar('\n');
}

static void show_redacted(const struct ingest *ingest, bool kept)
{
    char number[UNITS_SIZE];
    struct text places = TEXT_EMPTY;
    for (int i = 0; i < REDACT_PLACES; i++)
        if (ingest->redacted[i] > 0)
            text_addf(&places, "%s%s %s", places.length > 0 ? ", " : "",
                      redact_place_name((enum redact_place)i), units_count(number, ingest->redacted[i]));
    if (kept)
        fprintf(stderr,
                "seep: WARNING: --keep-secrets: credentials stand in the recordings as they were (%s)\n",
                places.length > 0 ? places.bytes : "none found");
    else
        printf("redacted: %s\n", places.length > 0 ? places.bytes : "nothing");
    text_release(&places);
}

static void show_totals(const struct ingest *ingest, const struct import_options *options)
{
    char number[UNITS_SIZE], time[UNITS_SIZE];
    for (size_t i = 0; i < ingest->source_count; i++)
        show_source(&ingest->sources[i]);
    show_without_bodies(ingest);
    printf("%s requests", units_count(number, ingest->imported));
    printf(" of %s sessions", units_count(number, ingest->sessions));
    printf(" over %s", units_duration(time, (double)(ingest->to_us - ingest->from_us) / 1e6));
    printf(", %zu endpoints in %s\n", ingest->endpoint_count, options->output);
    if (ingest->service_written)
        printf("next: say in %s/service.yaml where requests may go and how the server starts, then: seep "
               "check %s\n",
               options->output, options->output);
}

static int read_assets(const char *text, enum ingest_assets *assets, struct err *err)
{
    static const char *const names[] = {"keep", "group", "drop",
                                        NULL}; /* in the order of enum ingest_assets */
    *assets = INGEST_ASSETS_KEEP;
    for (int i = 0; text != NULL; i++) {
        if (names[i] == NULL)
            return err_set(err, ERR_USAGE, "--assets '%s': expected keep, group or drop", text);
        *assets = (enum ingest_assets)i;
        if (strcmp(text, names[i]) == 0)
            return 0;
    }
    return 0;
}

static int import_with(const struct globals *globals, const struct import_options *options,
                       const struct operands *rest, const struct routes *routes, enum ingest_assets assets,
                       struct err *err)
{
    struct ingest ingest;
    int64_t started_ns = clock_now_ns(), next_ns = started_ns + CLOCK_NS_PER_S;
    bool shows = !globals->quiet && isatty(STDERR_FILENO);
    const struct ingest_options how = {.files = (const char *const *)rest->items,
                                       .file_count = rest->count,
                                       .format = options->format,
                                       .directory = options->output,
                                       .keep_secrets = options->keep_secrets,
                                       .force = options->force,
                                       .skipped = options->show_skipped ? show_skipped : NULL,
                                       .reading = shows ? command_show_reading : NULL,
                                       .routes = routes,
                                       .operations = options->operations,
                                       .assets = assets,
                                       .owner = &next_ns};
    bool to_output = options->json != NULL && strcmp(options->json, "-") == 0;
    int result = ingest_files(&how, &ingest, err);
    if (shows && next_ns != started_ns + CLOCK_NS_PER_S)
        fputs("\r\033[K", stderr);
    if (result == 0 && !to_output) {
        if (!globals->quiet)
            show_endpoints(&ingest);
        if (!globals->quiet)
            import_show_merged(&ingest, options->routes, globals->verbose);
        show_totals(&ingest, options);
    }
    if (result == 0 && (!to_output || options->keep_secrets))
        show_redacted(&ingest, options->keep_secrets);
    if (result == 0 && options->json != NULL)
        result = import_json_write(options->json, &ingest, options->output, options->keep_secrets, err);
    ingest_release(&ingest);
    return result;
}

static int import(const struct globals *globals, const struct import_options *options,
                  const struct operands *rest, struct err *err)
{
    enum ingest_assets assets;
    if (read_assets(options->assets, &assets, err) != 0)
        return -1;
    struct routes *routes = options->routes != NULL ? routes_read(options->routes, err) : NULL;
    if (routes == NULL && options->routes != NULL)
        return -1;
    int result = import_with(globals, options, rest, routes, assets, err);
    routes_free(routes);
    return result;
}

int cmd_import(struct globals *globals, int argc, char **argv)
{
    struct import_options options = {0};
    struct operands rest;
    struct err err = {0};
    int code;
    if (command_options(command_find("import"), globals, &options, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count == 0 || options.output == NULL || rest.after != NULL) {
        err_set(&err, ERR_USAGE, "import needs %s: seep import FILE... -o DIR",
                rest.count == 0          ? "a file of recorded traffic"
                : options.output == NULL ? "-o DIR"
                                         : "no '--'");
        return command_fail(&err);
    }
    return import(globals, &options, &rest, &err) == 0 ? 0 : command_fail(&err);
}
