/* seep import FILE... -o DIR: recorded traffic in, a service directory out. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "cmd/command.h"
#include "cmd/import_json.h"
#include "cmd/import_merged.h"
#include "cmd/import_words.h"
#include "flow/ingest.h"
#include "report/waiting.h"
#include "traffic/routes.h"

struct import_options {
    const char *output, *format, *session, *json, *secrets, *routes, *assets;
    struct reader_options reader;
    struct option_list keys;
    double sample;
    bool show_skipped, keep_secrets, force, operations;
};

const char import_about[] = "FILEs may be packed with gzip, and be patterns that the shell left alone\n"
                            "('logs/access.log*'); - is standard input. Several become one recording, by\n"
                            "their recorded times. Requests without a time stand 10 ms apart.\n";

#define AT(field) offsetof(struct import_options, field)
const struct option_row import_rows[] = {
    {"output", 'o', OPTION_STRING, AT(output), "DIR",
     "the service directory to write; made when it is not there"},
    {"format", 0, OPTION_STRING, AT(format), "NAME",
     "the format (see `seep help formats`), instead of looking"},
    {"log-format", 0, OPTION_STRING, AT(reader.log_format), "FORMAT",
     "the log_format of nginx or the LogFormat of Apache that wrote the log, as it is configured"},
    {"pattern", 0, OPTION_STRING, AT(reader.pattern), "PCRE2",
     "a pattern with named groups that each line matches: time, request or method and target, status, ..."},
    {"key", 0, OPTION_LIST, AT(keys), "FIELD=POINTER",
     "where a field stands in each line of JSON, as status=/response/code; time, request, method, target, "
     "path, query, status, host, referer, agent, address, forwarded, session, body, content_type, "
     "header:NAME"},
    {"session", 0, OPTION_STRING, AT(session), "RULES",
     "what requests of one client share, the first rule that fits: cookie, cookie:NAME, header, header:NAME, "
     "query:NAME, json:/POINTER, connection, address, address+agent, none (cookie, header, connection, "
     "address+agent; of recordings of seep their own sessions first)"},
    {"sample", 0, OPTION_PERCENT, AT(sample), "SHARE",
     "keep only such a share of the sessions, each whole: 10%; the rates stay those of all"},
    {"routes", 0, OPTION_STRING, AT(routes), "FILE",
     "routes that decide which endpoint a request is of: lines like GET /cart/{id}, OpenAPI, or what flask, "
     "rails or Express print"},
    {"operations", 0, OPTION_FLAG, AT(operations), NULL,
     "GraphQL and JSON-RPC by operation: POST /graphql#GetCart"},
    {"assets", 0, OPTION_STRING, AT(assets), "HOW",
     "static assets: keep (endpoints as they come), group (one: GET /{asset...}) or drop"},
    {"show-skipped", 0, OPTION_FLAG, AT(show_skipped), NULL,
     "print each line that is not imported, and why, on standard error"},
    {"keep-secrets", 0, OPTION_FLAG, AT(keep_secrets), NULL,
     "write credentials as they were recorded, for all who can read the files; without it they are redacted"},
    {"secrets", 0, OPTION_STRING, AT(secrets), "FILE",
     "keep what is redacted in this new file (0600), for `secrets: FILE` in service.yaml"},
    {"json", 0, OPTION_STRING, AT(json), "FILE", "the result as JSON; - is standard output"},
    {"force", 0, OPTION_FLAG, AT(force), NULL, "write into a directory that has endpoints already"},
    OPTIONS_END,
};

/* Written last: a file of secrets without its recordings is of no use. */
static int keep_secrets(const struct vault *secrets, const struct import_options *options, bool says,
                        struct err *err)
{
    char number[UNITS_SIZE];
    if (options->secrets == NULL)
        return 0;
    if (vault_save(secrets, options->secrets, err) != 0)
        return -1;
    if (says)
        printf("secrets: %s different ones in %s, for `secrets: FILE` in service.yaml; who has it has them\n",
               units_count(number, vault_count(secrets)), options->secrets);
    return 0;
}

static int check_secrets(const struct import_options *options, struct err *err)
{
    if (options->secrets == NULL)
        return 0;
    return options->keep_secrets ? err_set(err, ERR_USAGE, "--secrets: with --keep-secrets none is taken out")
                                 : vault_check_path(options->secrets, err);
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
    struct ingest ingest = {.source_count = 0};
    struct strings keys = {NULL, 0};
    struct vault *secrets = options->secrets != NULL ? vault_new() : NULL;
    for (size_t i = 0; i < options->keys.count; i++)
        strings_add(&keys, options->keys.items[i]);
    struct waiting *waiting = waiting_begin("reading", globals->quiet || options->show_skipped);
    struct ingest_options how = {.files = (const char *const *)rest->items,
                                 .file_count = rest->count,
                                 .reader = options->reader,
                                 .session = options->session,
                                 .sample = options->sample,
                                 .routes = routes,
                                 .operations = options->operations,
                                 .assets = assets,
                                 .directory = options->output,
                                 .keep_secrets = options->keep_secrets,
                                 .secrets = secrets,
                                 .all_secrets = secrets != NULL,
                                 .force = options->force,
                                 .skipped = options->show_skipped ? import_show_skipped : NULL,
                                 .reading = command_show_reading,
                                 .owner = waiting};
    how.reader.keys = keys;
    bool to_output = options->json != NULL && strcmp(options->json, "-") == 0;
    int result = reader_choose(options->format, &how.reader, &how.format, err);
    if (result == 0)
        result = ingest_files(&how, &ingest, err);
    waiting_end(waiting);
    if (result == 0 && !to_output) {
        if (!globals->quiet) {
            import_show_endpoints(&ingest);
            import_show_merged(&ingest, options->routes, globals->verbose);
        }
        import_show_totals(&ingest, options->output);
    }
    if (result == 0 && (!to_output || options->keep_secrets))
        import_show_redacted(&ingest, options->keep_secrets);
    if (result == 0)
        result = keep_secrets(secrets, options, !to_output, err);
    vault_free(secrets);
    if (result == 0 && options->json != NULL)
        result = import_json_write(options->json, &ingest, options->output, options->keep_secrets, err);
    ingest_release(&ingest);
    strings_release(&keys);
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
    struct import_options options = {.sample = 1};
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
    if (check_secrets(&options, &err) != 0)
        return command_fail(&err);
    if (options.sample <= 0 || options.sample > 1) {
        err_set(&err, ERR_USAGE, "--sample: a share of the sessions above 0%% and up to 100%%");
        return command_fail(&err);
    }
    return import(globals, &options, &rest, &err) == 0 ? 0 : command_fail(&err);
}
