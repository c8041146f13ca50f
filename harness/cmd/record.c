/* seep record --listen ADDRESS --target URL -o DIR: a recording reverse proxy. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/import_json.h"
#include "cmd/import_words.h"
#include "cmd/record_words.h"

struct record_command {
    const char *listen, *target, *output, *host, *session, *json;
    const char *tls_cert, *tls_key, *ca, *name;
    uint64_t requests;
    int64_t duration_ns, body_limit;
    bool insecure, keep_secrets, force;
};

#define AT(field) offsetof(struct record_command, field)
const struct option_row record_rows[] = {
    {"listen", 0, OPTION_STRING, AT(listen), "ADDRESS",
     "HOST:PORT, or PORT of 127.0.0.1 alone; port 0: a free one, which is said"},
    {"target", 0, OPTION_STRING, AT(target), "URL",
     "the service: http://HOST:PORT, https://HOST or unix:/PATH; nothing else gets a request"},
    {"output", 'o', OPTION_STRING, AT(output), "DIR",
     "the service directory to write; made when it is not there"},
    {"requests", 0, OPTION_COUNT, AT(requests), "N", "end after so many were recorded"},
    {"duration", 0, OPTION_DURATION, AT(duration_ns), "TIME", "end after so long"},
    {"body-limit", 0, OPTION_BYTES, AT(body_limit), "SIZE",
     "requests with a larger body are recorded without it, and counted (64 KiB)"},
    {"host", 0, OPTION_STRING, AT(host), "NAME",
     "what the service gets as Host: 'target' is the target's own (the client's, as it came)"},
    {"tls-cert", 0, OPTION_STRING, AT(tls_cert), "FILE",
     "serve clients in TLS with this certificate (PEM, its chain behind it)"},
    {"tls-key", 0, OPTION_STRING, AT(tls_key), "FILE", "and this key (in the certificate's file)"},
    {"tls-ca", 0, OPTION_STRING, AT(ca), "FILE", "trust an https target whom these authorities vouch for"},
    {"tls-name", 0, OPTION_STRING, AT(name), "NAME", "the name in its certificate (the URL's host)"},
    {"tls-insecure", 0, OPTION_FLAG, AT(insecure), NULL, "trust any https target"},
    {"session", 0, OPTION_STRING, AT(session), "RULES",
     "what requests of one client share, the first rule that fits: cookie, cookie:NAME, header, header:NAME, "
     "query:NAME, json:/POINTER, connection, address, address+agent, none (cookie, header, address+agent)"},
    {"keep-secrets", 0, OPTION_FLAG, AT(keep_secrets), NULL,
     "write credentials as they come, for all who can read the files; without it they are redacted"},
    {"json", 0, OPTION_STRING, AT(json), "FILE", "the result as JSON; - is standard output"},
    {"force", 0, OPTION_FLAG, AT(force), NULL, "write into a directory that has endpoints already"},
    OPTIONS_END,
};

struct telling {
    struct record_view view;
    const struct record_command *command;
};

static void on_ready(void *owner, const char *address, bool loopback)
{
    const struct telling *telling = owner;
    if (!loopback)
        fprintf(stderr,
                "seep: WARNING: %s is no address of this machine alone: whoever reaches it reaches %s "
                "through it\n",
                address, telling->command->target);
    if (telling->command->keep_secrets)
        fprintf(
            stderr,
            "seep: WARNING: --keep-secrets: credentials are written into %s as they come, and stand there "
            "for all who can read its files\n",
            telling->command->output);
    fprintf(stderr, "seep: record: %s://%s passes on to %s; Ctrl-C ends it and writes %s\n",
            telling->command->tls_cert != NULL ? "https" : "http", address, telling->command->target,
            telling->command->output);
}

static void on_tell(void *owner, const struct record_progress *progress)
{
    struct telling *telling = owner;
    record_view_tell(&telling->view, progress);
}

static int finish(const struct globals *globals, const struct record_command *command,
                  const struct record_options *options, const struct record_result *result, struct err *err)
{
    int code = result->signal != 0 ? 128 + result->signal : result->written ? 0 : ERR_USAGE;
    bool to_output = command->json != NULL && strcmp(command->json, "-") == 0;
    if (!to_output && result->written && !globals->quiet)
        import_show_endpoints(&result->ingest);
    if (!to_output)
        record_show(result, options);
    if (result->written && command->keep_secrets)
        import_show_redacted(&result->ingest, true);
    if (command->json != NULL && record_json_write(command->json, result, options, code, err) != 0)
        return command_fail(err);
    if (code != ERR_USAGE)
        return code;
    err_set(err, ERR_USAGE, "nothing was recorded: no request came that could be");
    return command_fail(err);
}

static int record(const struct globals *globals, const struct record_command *command, struct err *err)
{
    struct telling telling = {.command = command};
    struct record_result result;
    const struct record_options options = {
        .listen = command->listen,
        .target = command->target,
        .directory = command->output,
        .host = command->host,
        .trust = {.ca = (char *)command->ca, .name = (char *)command->name, .insecure = command->insecure},
        .tls_cert = command->tls_cert,
        .tls_key = command->tls_key,
        .requests = command->requests,
        .duration_ns = command->duration_ns,
        .session = command->session,
        .body_limit = command->body_limit,
        .keep_secrets = command->keep_secrets,
        .force = command->force,
        .ready = on_ready,
        .tell = on_tell,
        .owner = &telling,
    };
    telling.view = (struct record_view){
        .terminal = isatty(STDERR_FILENO) == 1, .quiet = globals->quiet, .next_s = RECORD_LINE_EVERY_S};
    int failed = record_run(&options, &result, err);
    record_view_clear(&telling.view);
    int code = failed ? command_fail(err) : finish(globals, command, &options, &result, err);
    record_result_release(&result);
    return code;
}

static const char *missing(const struct record_command *command, const struct operands *rest)
{
    if (command->listen == NULL)
        return "--listen ADDRESS";
    if (command->target == NULL)
        return "--target URL";
    if (command->output == NULL)
        return "-o DIR";
    if (command->tls_key != NULL && command->tls_cert == NULL)
        return "--tls-cert beside --tls-key";
    return rest->count > 0 || rest->after != NULL ? "options and no operands" : NULL;
}

int cmd_record(struct globals *globals, int argc, char **argv)
{
    struct record_command command = {.body_limit = RECORD_BODY_BYTES};
    struct operands rest;
    struct err err = {0};
    int code;
    if (command_options(command_find("record"), globals, &command, argc, argv, &rest, &code) != 0)
        return code;
    const char *lacks = missing(&command, &rest);
    if (lacks == NULL)
        return record(globals, &command, &err);
    err_set(&err, ERR_USAGE, "record needs %s: seep record --listen ADDRESS --target URL -o DIR", lacks);
    return command_fail(&err);
}
