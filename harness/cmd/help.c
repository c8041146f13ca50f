#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/command.h"
#include "cmd/complete.h"
#include "cmd/live.h"
#include "cmd/manual.h"
#include "cmd/safety_words.h"
#include "cmd/shard_given.h"
#include "cmd/swarm_words.h"
#include "cmd/topics.h"
#include "format/snapshot.h"
#include "metrics/presets.h"
#include "report/openmetrics.h"
#include "traffic/reader.h"
#include "scenario/load.h"

#define WIDTH 79
#define KEY_COLUMN 17

/* Every page is held to 79 columns by tests/cli. */
static const char signals_page[] =
    "What seep watches while it replays.\n"
    "\n"
    "Built in, for a server whose process it may read (see `watch` and `start`):\n"
    "  rss      anonymous resident memory and what of it was swapped out (RssAnon +\n"
    "           VmSwap of /proc/PID/status), over the process and its descendants\n"
    "  pss      the same with shared pages divided among those who share them; dear\n"
    "           to read, so only between blocks\n"
    "  fds      open descriptors\n"
    "  sockets  how many of those are sockets; not read ten times a second as fds is\n"
    "  threads  threads\n"
    "  cgroup_anon\n"
    "           anonymous memory of a control group (v1 or v2): the one that `watch:\n"
    "           {cgroup: PATH}` names, else that of a server that seep did not\n"
    "           start, unless seep is in it as well\n"
    "  container_memory\n"
    "           of `watch: {container: NAME}`, as Docker tells it: usage without the\n"
    "           page cache that can be taken back\n"
    "\n"
    "Live, in a server that tells what it holds after a collection: one that seep\n"
    "starts gets the agent that fits its command (`agent: auto`; python, node,\n"
    "malloc), a JVM is asked over its attach socket, Go by net/http/pprof. Each\n"
    "process tells for itself; a worker that is replaced cuts its own series only:\n"
    "  live_objects\n"
    "           blocks or objects that are live\n"
    "  live_bytes\n"
    "           their bytes\n"
    "\n"
    "Of your own, in `signals` of service.yaml: a number in a JSON answer, by its\n"
    "pointer, a series of a Prometheus page, by its name, or what the one group of a\n"
    "pattern finds in any answer; of the target, or at a URL of its own that `allow`\n"
    "names. What is not there, or no number, is a gap with its reason:\n"
    "  - {name: live_objects, url: /debug/memory?gc=1, pointer: /objects,\n"
    "     unit: objects}\n"
    "  - {name: resident, url: /metrics, metric: process_resident_memory_bytes}\n"
    "  - {name: heap, url: http://127.0.0.1:9100/status, pattern: 'heap: ([^,]+)'}\n"
    "\n"
    "A signal counts what is live if its URL asks for a collection (gc=1) or its\n"
    "name starts with live_: it is read until it no longer falls, and is the\n"
    "sharpest there is. Live objects after a forced collection show one object per\n"
    "request within some hundred requests. In Python the handler of such a page is\n"
    "two lines:\n"
    "  gc.collect()\n"
    "  return {\"objects\": sys.getallocatedblocks()}\n"
    "\n"
    "rss has a dead zone: what leaks first fills holes that other requests left, 0.1\n"
    "to 6 MB of them. On a server that several endpoints share, the one that\n"
    "allocates most is blamed for what another leaks. So seep never names an\n"
    "endpoint from the rss of a shared server; without a signal that counts what is\n"
    "live, a hunt gives each endpoint a fresh server of its own, which takes longer.\n"
    "\n"
    "Growth in rss that the heap does not show is not nothing either: it is memory\n"
    "of native code, and is reported as such.\n";

static const char verdict_page[] =
    "A run ends with one of three verdicts. Memory that rises is not yet growth:\n"
    "caches fill, pools warm up, allocators keep what they once got. seep reads\n"
    "levels at equal numbers of requests and asks what rises with every further one.\n"
    "\n"
    "  growth        It rises as fast at the end as before, in many steps, and no\n"
    "                cache, ramp or jump that comes to an end explains it as well.\n"
    "  no_growth     The end is quiet: growth above a named size is excluded.\n"
    "  inconclusive  Neither is shown. The reason says why, and what would help.\n"
    "\n"
    "The interval. `40.3 B/request (39.8 to 40.9)` holds the truth 95 times in 100;\n"
    "what warmed up before is taken off. A limit is crossed when the whole interval\n"
    "is above it, kept when it is below, and shown neither way in between.\n"
    "\n"
    "The smallest growth that would have been seen stands beside every signal:\n"
    "'nothing found' means little without it. It shrinks with more requests, and by\n"
    "orders of magnitude with a signal that counts what is live. RSS shows nothing\n"
    "until the room that a heap has anyway is used up (`seep help signals`).\n"
    "\n"
    "How far. A buffer of 10,000 entries grows like a leak for 10,000 calls, and no\n"
    "fewer can tell them apart: growth says `linear through N requests`, and its\n"
    "confidence is N / (N + 300). Then nothing is sent for a while (--hold): what\n"
    "goes away was a window of time, not a leak.\n"
    "\n"
    "When it ends. As soon as the answer is certain (--no-early-stop): each look in\n"
    "between spends a part of the chance to err, so looking often is no more often\n"
    "wrong. While the answer is open a run goes on, up to its --budget.\n"
    "\n"
    "What is wrong with it is said beside it, and overturns it where it must:\n"
    "answers or rates other than recorded, one window that carries the rise, memory\n"
    "at a limit, workers that come and go, readings that add by themselves.\n"
    "\n"
    "Several signals are judged apart. Flat heap, growing RSS: native memory, or\n"
    "holes that the allocator keeps. Growing heap, flat RSS: it fits into holes yet.\n"
    "What was reached for a moment is told apart from what is kept.\n"
    "\n"
    "Not looked at: what answered otherwise than recorded. It is never cleared.\n"
    "\n"
    "Bytes are what the allocator takes: a 24-byte float lies in 32, its place in a\n"
    "list takes 8 more. What the program asked for stands beside it where known.\n";

void topics_wrapped(struct text *out, const char *text, size_t column)
{
    size_t at = column;
    for (bool first = true; *text != '\0'; first = false) {
        size_t length = strcspn(text, " ");
        if (!first && at + 1 + length > WIDTH) {
            text_addf(out, "\n%*s", (int)column, "");
            at = column;
        } else if (!first) {
            text_add_char(out, ' ');
            at++;
        }
        text_add(out, text, length);
        at += length;
        text += length + (text[length] == ' ');
    }
    text_add_char(out, '\n');
}

/* Keys of a later version are not shown: they would be refused. */
static void add_table(struct text *out, const struct scenario_table *table)
{
    text_addf(out, "\n%s\n", table->title);
    for (const struct yaml_row *row = table->rows; row->key != NULL; row++) {
        if (row->read == NULL)
            continue;
        struct text what = TEXT_EMPTY;
        text_addf(&what, "%s. %s", row->kind, row->help);
        text_addf(out, "  %-*s", KEY_COLUMN - 2, row->key);
        topics_wrapped(out, text_string(&what), KEY_COLUMN);
        text_release(&what);
    }
}

static void write_scenario(struct text *out)
{
    text_add_string(out, "A service directory holds service.yaml and, for each endpoint, a NAME.yaml\n"
                         "beside its recording; `seep import FILE... -o DIR` writes one. Instead of DIR a\n"
                         "command takes another service file in it, DIR/service.ANY.yaml: the same\n"
                         "endpoints against another server. Quantities carry their units. In parentheses:\n"
                         "what holds when the key is absent. ${NAME} comes from the environment, ${PORT}\n"
                         "is a free port of each trial, $${ a literal ${.\n"
                         "\n"
                         "{{name}} in recordings, headers and setup is what a `capture` of the session\n"
                         "filled; without a value the request is not sent (uncorrelated). Import writes\n"
                         "{{captured:name|RECORDED}} into recordings where it proposes a capture: the\n"
                         "value, else RECORDED, also where nothing captures that name (its line was\n"
                         "deleted). {{captured:Bearer name|RECORDED}} has a word in front of the value.\n"
                         "Where RECORDED was redacted and `secrets` does not have it, a request without\n"
                         "the value is not sent.\n");
    for (const struct scenario_table *table = scenario_tables; table->title != NULL; table++)
        add_table(out, table);
}

static const char snapshots_page[] =
    "Snapshots say what a program holds, by allocation site. `snapshots` in\n"
    "service.yaml names where the target offers them, and a hunt compares three\n"
    "around a known number of requests; `seep diff A B` compares two files. Both\n"
    "find out the format, or are told its name. A file may be compressed with gzip.\n"
    "\n"
    "What the format leaves unknown, since it rounds or samples, is called neither\n"
    "growth nor none. Lines that are not understood are counted; so is one that the\n"
    "end of a file cut in two. At most 512 MiB and 1,048,576 sites are read.\n";

static void write_snapshots(struct text *out)
{
    text_add_string(out, snapshots_page);
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++) {
        struct text what = TEXT_EMPTY;
        text_addf(&what, "%s. A site is a %s; %s", format->help, format->site, format->unit);
        text_addf(out, "\n  %s\n%*s", format->name, KEY_COLUMN, "");
        topics_wrapped(out, text_string(&what), KEY_COLUMN);
        text_release(&what);
    }
}

static const char formats_page[] =
    "Formats of recorded traffic, which `seep import` and the one-line form of run\n"
    "and bisect read. Each file's is found out by its first 64 KiB, or --format\n"
    "names it. Every line is imported or counted under a reason (--show-skipped).\n"
    "\n"
    "--log-format FORMAT takes the log_format of nginx or the LogFormat of Apache\n"
    "as it stands in the configuration, the whole directive or what is in its\n"
    "quotes, or one of the names combined, main, ingress-nginx (nginx), common,\n"
    "combinedio and vhost_combined (Apache). Request headers that it logs are\n"
    "imported as such, $server_port and %p join a host without one, and what is no\n"
    "part of a request is read over. A value ends where what stands behind it comes\n"
    "first.\n"
    "\n"
    "    seep import access.log -o DIR --log-format \\\n"
    "        '$remote_addr [$time_iso8601] \"$request\" $status \"$http_x_key\"'\n"
    "\n"
    "--pattern PCRE2 reads any other log with one request in a line. Its named\n"
    "groups say what is what: request (GET /path HTTP/1.1), or method and target,\n"
    "or method, path and query; and time, status, host, referer, agent, address (of\n"
    "the client), session, body, content_type, header_NAME\n"
    "(header_Accept_Language). Without a time the requests stand 10 ms apart.\n"
    "\n"
    "    seep import app.log -o DIR --pattern \\\n"
    "        '^(?<time>\\S+) (?<method>[A-Z]+) (?<target>\\S+) -> (?<status>\\d+)'\n";

static void write_formats(struct text *out)
{
    text_add_string(out, formats_page);
    for (const struct reader *reader = readers; reader->name != NULL; reader++) {
        text_addf(out, "\n  %s\n%*s", reader->name, KEY_COLUMN, "");
        topics_wrapped(out, reader->help, KEY_COLUMN);
    }
}

enum { CODE_COLUMN = 7, TERM_COLUMN = 12 };

static void write_exit(struct text *out)
{
    text_add_string(out, "Exit codes, so that `git bisect run seep run ...` works:\n\n");
    for (const struct term *term = exit_terms; term->says != NULL; term++) {
        text_addf(out, "%*s  ", CODE_COLUMN - 2, term->name);
        topics_wrapped(out, term->says, CODE_COLUMN);
    }
    text_addf(out, "\n%s", exit_rest);
}

static void write_terms(struct text *out, const char *intro, const struct term *terms)
{
    text_add_string(out, intro);
    for (const struct term *term = terms; term->says != NULL; term++) {
        if (term->name == NULL) {
            text_addf(out, "\n%s\n", term->says);
            continue;
        }
        if (strlen(term->name) + 4 <= TERM_COLUMN)
            text_addf(out, "  %-*s", TERM_COLUMN - 2, term->name);
        else
            text_addf(out, "  %s\n%*s", term->name, TERM_COLUMN, "");
        topics_wrapped(out, term->says, TERM_COLUMN);
    }
}

static void write_finding(struct text *out)
{
    write_terms(out, finding_intro, finding_terms);
}

static void write_production(struct text *out)
{
    write_terms(out, suspects_intro, suspects_terms);
}

static void write_sizes(struct text *out)
{
    write_terms(out, sizes_intro, sizes_terms);
}

static void write_signals(struct text *out)
{
    text_add_string(out, signals_page);
}

static void write_verdict(struct text *out)
{
    text_add_string(out, verdict_page);
}

static const char presets_page[] =
    "Queries of `seep suspects --preset NAME`, for what common exporters offer. Of\n"
    "several, as --preset flask,kube-state, a later one gives what earlier ones did\n"
    "not; --memory, --requests-by and their like go before all. --select puts its\n"
    "matchers into each selector. As a rule memory and requests carry the label\n"
    "instance or pod, by which they are put together (--join says another).\n";

static void write_presets(struct text *out)
{
    text_add_string(out, presets_page);
    for (const struct preset *preset = presets; preset->name != NULL; preset++) {
        struct preset_queries queries = {.memory = NULL};
        presets_take(preset->name, NULL, &queries, NULL);
        const struct {
            const char *option, *query;
        } rows[] = {{"memory", queries.memory},
                    {"requests-by", queries.requests},
                    {"starts", queries.starts},
                    {"restarts", queries.restarts},
                    {"limit", queries.limit}};
        text_addf(out, "\n  %s\n%*s", preset->name, KEY_COLUMN, "");
        topics_wrapped(out, preset->what, KEY_COLUMN);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            if (rows[i].query != NULL)
                text_addf(out, "%*s--%s\n%*s%s\n", KEY_COLUMN, "", rows[i].option, KEY_COLUMN + 2, "",
                          rows[i].query);
        preset_queries_release(&queries);
    }
}

static void write_safety(struct text *out)
{
    text_add_string(out, safety_page);
}

static void write_live(struct text *out)
{
    const char *name, *help;
    text_add_string(out, live_about);
    for (size_t i = 0; metrics_family(i, &name, &help); i++) {
        text_addf(out, "\n  %s\n%*s", name, KEY_COLUMN, "");
        topics_wrapped(out, help, KEY_COLUMN);
    }
}

static void write_shards(struct text *out)
{
    text_add_string(out, shards_page);
}

static void write_swarm(struct text *out)
{
    text_add_string(out, swarm_page);
}

const struct topic topics[] = {
    {"formats", "formats of recorded traffic, and how to read any other log", write_formats, false},
    {"scenario", "every key of service.yaml and of the endpoint files", write_scenario, false},
    {"signals", "what is watched, and how to offer a sharper signal", write_signals, false},
    {"snapshots", "formats of what a program holds, by allocation site", write_snapshots, false},
    {"verdict", "growth, no_growth, inconclusive: what they say and how sure they are", write_verdict, false},
    {"finding", "how to read a finding: every line of a report", write_finding, false},
    {"shards", "one run that several drivers send at once, and how it is joined", write_shards, false},
    {"swarm", "a hunt whose trials are stacks on a Docker Swarm", write_swarm, false},
    {"live", "following a run in a browser and in Prometheus; every metric", write_live, false},
    {"production", "how to read what `seep suspects` says of production's memory", write_production, false},
    {"presets", "queries of `seep suspects` for common exporters", write_presets, false},
    {"safety", "where anything is sent, what is run, what is kept secret", write_safety, false},
    {"sizes", "what is read at most, and what becomes of more", write_sizes, false},
    {"exit", "the exit codes", write_exit, false},
    {"man", "the manual page, as `man` reads it", manual_roff, true},
    {"reference", "all commands, options and topics as Markdown", manual_markdown, true},
    {"bash", "completion for bash", complete_bash, true},
    {"zsh", "completion for zsh", complete_zsh, true},
    {"fish", "completion for fish", complete_fish, true},
    {NULL, NULL, NULL, false}};

static void add_topics(struct text *out, bool form)
{
    for (const struct topic *topic = topics; topic->name != NULL; topic++)
        if (topic->form == form) {
            text_addf(out, "  %-*s", KEY_COLUMN - 2, topic->name);
            topics_wrapped(out, topic->summary, KEY_COLUMN);
        }
}

static void print_overview(void)
{
    struct text out = TEXT_EMPTY;
    text_add_string(&out, "seep replays recorded traffic against a server and finds the requests that leak\n"
                          "memory.\n\nusage: seep [OPTIONS] COMMAND ...\n\ncommands:\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        text_addf(&out, "  %-*s", KEY_COLUMN - 2, command->name);
        topics_wrapped(&out, command->summary, KEY_COLUMN);
    }
    text_add_string(&out, "\n`seep help COMMAND` explains a command; `seep help TOPIC`:\n");
    add_topics(&out, false);
    text_add_string(&out, "\nall of it in other forms, `seep help FORM`:\n");
    add_topics(&out, true);
    text_add_string(&out, "\nfor every command:\n");
    options_help(global_rows, &out);
    fputs(text_string(&out), stdout);
    text_release(&out);
}

static int unknown_topic(const char *name)
{
    const char *names[64];
    size_t count = 0;
    for (const struct command *command = commands; command->name != NULL && count < 32; command++)
        names[count++] = command->name;
    for (const struct topic *topic = topics; topic->name != NULL && count < 63; topic++)
        names[count++] = topic->name;
    names[count] = NULL;
    const char *near = options_nearest(name, names);
    struct err err = {0};
    if (near != NULL)
        err_set(&err, ERR_USAGE, "there is no help on '%.60s' (did you mean '%s'?)", name, near);
    else
        err_set(&err, ERR_USAGE, "there is no help on '%.60s' (`seep help` lists the topics)", name);
    return command_fail(&err);
}

int cmd_help(struct globals *globals, int argc, char **argv)
{
    struct operands rest;
    int code;
    if (command_options(command_find("help"), globals, NULL, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count == 0) {
        print_overview();
        return 0;
    }
    const struct command *command = command_find(rest.items[0]);
    if (command != NULL) {
        command_print_help(command);
        return 0;
    }
    for (const struct topic *topic = topics; topic->name != NULL; topic++)
        if (strcmp(topic->name, rest.items[0]) == 0) {
            struct text out = TEXT_EMPTY;
            topic->write(&out);
            fputs(text_string(&out), stdout);
            text_release(&out);
            return 0;
        }
    return unknown_topic(rest.items[0]);
}
