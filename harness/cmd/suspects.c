/* seep suspects: which endpoints production's memory grows with. */
#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "cmd/command.h"
#include "cmd/report_files.h"
#include "cmd/suspects_words.h"
#include "flow/suspects.h"
#include "flow/suspects_write.h"
#include "metrics/moment.h"
#include "metrics/presets.h"
#include "report/suspects.h"
#include "report/waiting.h"

#define TIMEOUT_NS (120 * CLOCK_NS_PER_S)
#define TOKEN_MOST ((size_t)64 * 1024)
#define SINCE_NOT_GIVEN (-1)

struct suspects_command {
    const char *prometheus, *memory, *requests_by, *starts, *restarts, *limit, *preset, *select;
    const char *memory_file, *requests_file, *format, *routes, *from, *until, *join, *endpoint_labels,
        *requests_are;
    const char *token_file, *write, *json, *html, *markdown;
    struct tls_spec tls;
    struct option_list logs, headers;
    struct reader_options reader;
    int64_t since_ns, step_ns, memory_limit;
    uint64_t seed;
};

#define AT(field) offsetof(struct suspects_command, field)
const struct option_row suspects_rows[] = {
    {"prometheus", 0, OPTION_STRING, AT(prometheus), "URL",
     "the Prometheus to ask, or what speaks as one; with its base path: https://HOST/prometheus"},
    {"memory", 0, OPTION_STRING, AT(memory), "QUERY", "what each instance's memory is, in bytes"},
    {"requests-by", 0, OPTION_STRING, AT(requests_by), "QUERY",
     "how many requests came, by instance and endpoint: counters, or a rate or increase of them"},
    {"preset", 0, OPTION_STRING, AT(preset), "NAMES",
     "queries for common exporters; of several, as flask,kube-state, a later one gives what earlier ones did "
     "not"},
    {"select", 0, OPTION_STRING, AT(select), "MATCHERS",
     "what the queries of presets are narrowed to: 'namespace=\"shop\",app=\"pricing\"'"},
    {"since", 0, OPTION_DURATION, AT(since_ns), "TIME", "how far back (14d; of files, all)"},
    {"from", 0, OPTION_STRING, AT(from), "WHEN",
     "instead: from then on; 2024-05-01T10:00:00Z, or seconds since 1970"},
    {"until", 0, OPTION_STRING, AT(until), "WHEN", "until then (now)"},
    {"step", 0, OPTION_DURATION, AT(step_ns), "TIME",
     "from one point to the next (about 2,000 of them, and none between two scrapes)"},
    {"join", 0, OPTION_STRING, AT(join), "LABEL",
     "the label that says whose memory and whose requests: pod, or pod=kubernetes_pod_name (of memory, of "
     "requests); "
     "none: requests are of all instances alike (found)"},
    {"endpoint-labels", 0, OPTION_STRING, AT(endpoint_labels), "LABELS",
     "the labels that name the endpoint, as method,handler (known names of them)"},
    {"requests-are", 0, OPTION_STRING, AT(requests_are), "KIND",
     "counter, rate (per second) or increase (since the point before) (found)"},
    {"starts", 0, OPTION_STRING, AT(starts), "QUERY",
     "when each process started, in seconds since 1970 (process_start_time_seconds, where memory is "
     "process_resident_memory_bytes)"},
    {"restarts", 0, OPTION_STRING, AT(restarts), "QUERY", "a counter of each instance's restarts"},
    {"limit", 0, OPTION_STRING, AT(limit), "QUERY", "what each instance's memory is limited to, in bytes"},
    {"memory-limit", 0, OPTION_BYTES, AT(memory_limit), "SIZE", "the same where nothing tells it"},
    {"memory-file", 0, OPTION_STRING, AT(memory_file), "FILE",
     "memory from a file: CSV, or JSON as Prometheus answers"},
    {"requests-file", 0, OPTION_STRING, AT(requests_file), "FILE", "requests from such a file"},
    {"access-log", 0, OPTION_LIST, AT(logs), "FILE",
     "requests from an access log (repeatable; see `seep help formats`)"},
    {"format", 0, OPTION_STRING, AT(format), "NAME", "its format, instead of looking"},
    {"log-format", 0, OPTION_STRING, AT(reader.log_format), "FORMAT",
     "the log_format of nginx or the LogFormat of Apache that wrote it"},
    {"pattern", 0, OPTION_STRING, AT(reader.pattern), "PCRE2",
     "a pattern with named groups that each line matches"},
    {"routes", 0, OPTION_STRING, AT(routes), "FILE", "routes that decide which endpoint a line of it is of"},
    {"token-file", 0, OPTION_STRING, AT(token_file), "FILE",
     "a file with the bearer token that the server wants (or the variable " PROM_TOKEN_VARIABLE ")"},
    {"header", 0, OPTION_LIST, AT(headers), "LINE",
     "one more line of each request, as 'X-Scope-OrgID: shop' (repeatable)"},
    {"ca", 0, OPTION_STRING, AT(tls.ca), "FILE",
     "certificates that vouch for the server (those of the system)"},
    {"cert", 0, OPTION_STRING, AT(tls.cert), "FILE", "our own certificate, for a server that wants one"},
    {"key", 0, OPTION_STRING, AT(tls.key), "FILE", "its key, where it is not in the same file"},
    {"insecure", 0, OPTION_FLAG, AT(tls.insecure), NULL, "trust any certificate"},
    {"write", 0, OPTION_STRING, AT(write), "DIR",
     "tell a service directory the order in which a hunt is to look, and its memory_limit"},
    {"json", 0, OPTION_STRING, AT(json), "FILE", "write the result as JSON (schema 1)"},
    {"html", 0, OPTION_STRING, AT(html), "FILE", "write a self-contained page"},
    {"markdown", 0, OPTION_STRING, AT(markdown), "FILE", "write a short summary for CI"},
    {"seed", 0, OPTION_COUNT, AT(seed), "N", "of what is drawn to get intervals (1)"},
    OPTIONS_END,
};

/* The token, from a file or the environment, without blanks around it; the caller's. NULL: none, or an error. */
static char *read_token(const char *file, struct err *err)
{
    struct text text = TEXT_EMPTY;
    const char *variable = getenv(PROM_TOKEN_VARIABLE);
    if (file != NULL && text_read_file(&text, file, TOKEN_MOST, err) != 0)
        return NULL;
    if (file == NULL && variable != NULL)
        text_add_string(&text, variable);
    const char *start = text_string(&text);
    while (isspace((unsigned char)*start))
        start++;
    size_t length = strcspn(start, " \t\r\n");
    const char *rest = start + length;
    while (isspace((unsigned char)*rest))
        rest++;
    char *token = length > 0 && *rest == '\0' ? xstrndup(start, length) : NULL;
    if (token == NULL && (file != NULL || length > 0))
        err_set(err, ERR_USAGE, "%s: expected a token and nothing else",
                file != NULL ? file : PROM_TOKEN_VARIABLE);
    text_release(&text);
    return token;
}

static int read_headers(const struct option_list *given, struct strings *headers, struct err *err)
{
    for (size_t i = 0; i < given->count; i++) {
        const char *colon = strchr(given->items[i], ':');
        if (colon == NULL || colon == given->items[i] || strpbrk(given->items[i], "\r\n") != NULL)
            return err_set(err, ERR_USAGE, "--header: expected a line NAME: VALUE");
        strings_add(headers, given->items[i]);
    }
    return 0;
}

static int read_moment(const char *option, const char *text, double *at_s, struct err *err)
{
    *at_s = NAN;
    if (text != NULL && moment_parse(text, at_s) != 0)
        return err_set(err, ERR_USAGE,
                       "%s '%.60s': expected a time as 2024-05-01T10:00:00Z, or seconds since 1970", option,
                       text);
    return 0;
}

static int read_kind(const char *text, enum promql_kind *kind, struct err *err)
{
    static const char *const names[] = {
        [PROMQL_COUNTER] = "counter", [PROMQL_RATE] = "rate", [PROMQL_INCREASE] = "increase"};
    *kind = PROMQL_UNKNOWN;
    for (size_t i = 0; text != NULL && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], text) == 0)
            *kind = (enum promql_kind)i;
    if (text != NULL && *kind == PROMQL_UNKNOWN)
        return err_set(err, ERR_USAGE, "--requests-are '%.60s': expected counter, rate or increase", text);
    return 0;
}

/* One place that memory comes from, and one that requests do; queries need a server. */
static int check_places(const struct suspects_question *question, struct err *err)
{
    int memory = (question->memory != NULL) + (question->memory_file != NULL);
    int requests =
        (question->requests != NULL) + (question->requests_file != NULL) + (question->log_count > 0);
    bool asks = question->memory != NULL || question->requests != NULL || question->starts != NULL ||
                question->restarts != NULL || question->limit != NULL;
    if (memory == 0)
        return err_set(
            err, ERR_USAGE,
            "whose memory? Give --memory QUERY with --prometheus URL, --preset NAME, or --memory-file FILE");
    if (requests == 0)
        return err_set(err, ERR_USAGE,
                       "which requests? Give --requests-by QUERY, --preset NAME, --requests-file FILE, or "
                       "--access-log FILE");
    if (memory > 1 || requests > 1)
        return err_set(err, ERR_USAGE, "%s from two places: a query, a file and a log exclude each other",
                       memory > 1 ? "memory" : "requests");
    if (asks && question->prometheus == NULL)
        return err_set(err, ERR_USAGE, "--prometheus URL is missing: whom are the queries for?");
    return 0;
}

/* Whatever the question borrows. */
struct asked {
    struct preset_queries queries;
    struct strings headers;
    char *token;
    struct prom_options prometheus;
    struct suspects_question question;
};

static void asked_release(struct asked *asked)
{
    preset_queries_release(&asked->queries);
    strings_release(&asked->headers);
    if (asked->token != NULL)
        explicit_bzero(asked->token, strlen(asked->token));
    free(asked->token);
}

static const char *first_of(const char *given, const char *preset)
{
    return given != NULL ? given : preset;
}

static void take_queries(const struct suspects_command *options, struct asked *asked)
{
    struct suspects_question *question = &asked->question;
    bool other_memory = options->memory_file != NULL;
    bool other_requests = options->requests_file != NULL || options->logs.count > 0;
    question->memory = first_of(options->memory, other_memory ? NULL : asked->queries.memory);
    question->requests = first_of(options->requests_by, other_requests ? NULL : asked->queries.requests);
    question->starts = first_of(options->starts, asked->queries.starts);
    question->restarts = first_of(options->restarts, asked->queries.restarts);
    question->limit = first_of(options->limit, asked->queries.limit);
    question->given = options->starts != NULL || options->restarts != NULL || options->limit != NULL;
    question->endpoint_labels = options->endpoint_labels;
}

static int take_server(const struct suspects_command *options, struct asked *asked, struct err *err)
{
    struct err fault = {0};
    if (options->prometheus == NULL)
        return 0;
    asked->token = read_token(options->token_file, &fault);
    if (fault.code != ERR_NONE)
        return err_set(err, fault.code, "--token-file: %s", fault.message);
    if (read_headers(&options->headers, &asked->headers, err) != 0)
        return -1;
    asked->prometheus = (struct prom_options){.url = options->prometheus,
                                              .tls = options->tls,
                                              .token = asked->token,
                                              .headers = &asked->headers,
                                              .timeout_ns = TIMEOUT_NS};
    asked->question.prometheus = &asked->prometheus;
    return 0;
}

static int ask_what(const struct suspects_command *options, struct asked *asked, struct err *err)
{
    struct suspects_question *question = &asked->question;
    if (options->select != NULL && options->preset == NULL)
        return err_set(err, ERR_USAGE,
                       "--select narrows the queries of --preset; put matchers into queries of your own");
    if (options->preset != NULL && presets_take(options->preset, options->select, &asked->queries, err) != 0)
        return -1;
    *question = (struct suspects_question){
        .memory_file = options->memory_file,
        .requests_file = options->requests_file,
        .logs = options->logs.items,
        .log_count = options->logs.count,
        .log_format = options->format,
        .reader = options->reader,
        .routes_file = options->routes,
        .since_s = options->since_ns == SINCE_NOT_GIVEN ? NAN : (double)options->since_ns / 1e9,
        .step_s = options->step_ns > 0 ? (double)options->step_ns / 1e9 : NAN,
        .join = options->join,
        .limit_bytes = options->memory_limit > 0 ? (double)options->memory_limit : NAN,
        .seed = options->seed};
    take_queries(options, asked);
    if (read_moment("--from", options->from, &question->from_s, err) != 0 ||
        read_moment("--until", options->until, &question->until_s, err) != 0 ||
        read_kind(options->requests_are, &question->kind, err) != 0 || take_server(options, asked, err) != 0)
        return -1;
    if (question->step_s < 1)
        return err_set(err, ERR_USAGE, "--step: at least 1s");
    return check_places(question, err);
}

static int on_stdout(const struct suspects_command *options)
{
    const char *const files[] = {options->json, options->html, options->markdown};
    int count = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        count += files[i] != NULL && strcmp(files[i], "-") == 0;
    return count;
}

static int write_all(const struct suspects *suspects, const struct suspects_command *options,
                     const struct globals *globals, struct err *err)
{
    const struct {
        const char *path;
        view_writer *write;
    } files[] = {{options->json, suspects_json},
                 {options->html, suspects_html},
                 {options->markdown, suspects_markdown}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i].path != NULL && report_write_view(suspects, files[i].write, files[i].path, err) != 0)
            return -1;
    if (on_stdout(options) > 0)
        return 0;
    report_style(globals);
    return report_write_view(suspects, suspects_terminal, "-", err);
}

static void say_step(void *owner, const char *step)
{
    waiting_say(owner, step);
}

static int ask(const struct suspects_command *options, const struct globals *globals, int *code,
               struct err *err)
{
    struct asked asked = {.token = NULL};
    struct suspects suspects = {.exit_code = 0};
    int failed = ask_what(options, &asked, err);
    if (!failed) {
        struct waiting *waiting = waiting_begin("reading production's history", globals->quiet);
        asked.question.say = say_step;
        asked.question.owner = waiting;
        failed = suspects_ask(&asked.question, &suspects, err);
        waiting_end(waiting);
    }
    if (!failed && options->write != NULL)
        failed = suspects_write(options->write, &suspects, err);
    if (!failed)
        failed = write_all(&suspects, options, globals, err);
    *code = suspects.exit_code;
    suspects_release(&suspects);
    asked_release(&asked);
    return failed;
}

int cmd_suspects(struct globals *globals, int argc, char **argv)
{
    struct suspects_command options = {.since_ns = SINCE_NOT_GIVEN, .seed = 1};
    struct operands rest = {0};
    struct err err = {0};
    int code = 0, failed = 0;
    if (command_options(command_find("suspects"), globals, &options, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count > 0 || rest.after != NULL)
        failed =
            err_set(&err, ERR_USAGE,
                    "suspects takes no '%.60s': queries and files are options (see `seep help suspects`)",
                    rest.count > 0 ? rest.items[0] : "--");
    else if (on_stdout(&options) > 1)
        failed = err_set(&err, ERR_USAGE, "only one report can go to standard output ('-')");
    failed = failed || ask(&options, globals, &code, &err) != 0;
    if (failed)
        code = command_fail(&err);
    return interrupt_signal() != 0 ? 128 + interrupt_signal() : code;
}
