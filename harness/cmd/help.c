#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/command.h"
#include "cmd/live.h"
#include "format/snapshot.h"
#include "report/openmetrics.h"
#include "traffic/reader.h"
#include "scenario/load.h"

#define WIDTH 79
#define KEY_COLUMN 17

/* Every page is held to 79 columns by tests/cli. */
static const char exit_page[] =
    "Exit codes, so that `git bisect run seep run ...` works:\n"
    "\n"
    "    0  shown not to grow, or every limit shown to be kept\n"
    "    1  a limit shown to be crossed (growth, p99, or errors where a --fail-if\n"
    "       names them); without a growth limit: growth\n"
    "  125  not shown either way (too few requests, a limit within its interval, the\n"
    "       --budget used up), or the replay did not land: too many errors, the\n"
    "       target gone, requests sent too late too often. The reason says which.\n"
    "       Also where what `start` names runs, but ends or is not ready in time\n"
    "  200  bad usage, configuration or input: one line on standard error says\n"
    "       what, with file, line and column where there is one. So is a limit on a\n"
    "       signal that is not there, or a start command that is not\n"
    "  201  refused by a safety rule: a host that `allow` does not name, a method\n"
    "       that changes things on a server that seep did not start\n"
    "  202  an internal error, or one of the store\n"
    "  130  interrupted by Ctrl-C, 143 by SIGTERM, 129 by a terminal that went away:\n"
    "       what was measured until then was stored and shown\n"
    "\n"
    "Where several hold, the first of 202, 200, 201, 130 or 143, 1, 125, 0.\n"
    "record ends with 0 after --requests or --duration, 130 or 143 by a signal after\n"
    "the directory was written, 200 where nothing was recorded, else with 202.\n"
    "check, import, diff and runs end with 0, 200, 201 or 202; compare with 0 (shown\n"
    "below the limit), 1 (shown above), 125 (neither, or not comparable), 200, 202.\n"
    "\n"
    "git bisect reads 0 as good, 1 to 127 as bad but 125 as 'skip this one', and\n"
    "stops at 128 or more: a commit whose memory cannot be judged, or whose server\n"
    "does not start, is skipped, and a broken configuration does not pass for a bad\n"
    "commit:\n"
    "    git bisect start HEAD v1.4\n"
    "    git bisect run seep run ../scenarios/shop --connections 4 --requests 20000\n"
    "A run ends as soon as its answer is certain (--no-early-stop: at its end), and\n"
    "without --requests and --duration goes on for up to --budget while it is open.\n";

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

/* Adds `text` from `column` on, which is where the output stands, broken at spaces. */
static void add_wrapped(struct text *out, const char *text, size_t column)
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
        add_wrapped(out, text_string(&what), KEY_COLUMN);
        text_release(&what);
    }
}

static void print_scenario(void)
{
    struct text out = TEXT_EMPTY;
    text_add_string(&out, "A service directory holds service.yaml and, for each endpoint, a NAME.yaml\n"
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
        add_table(&out, table);
    fputs(text_string(&out), stdout);
    text_release(&out);
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

static void print_snapshots(void)
{
    struct text out = TEXT_EMPTY;
    text_add_string(&out, snapshots_page);
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++) {
        struct text what = TEXT_EMPTY;
        text_addf(&what, "%s. A site is a %s; %s", format->help, format->site, format->unit);
        text_addf(&out, "\n  %s\n%*s", format->name, KEY_COLUMN, "");
        add_wrapped(&out, text_string(&what), KEY_COLUMN);
        text_release(&what);
    }
    fputs(text_string(&out), stdout);
    text_release(&out);
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

static void print_formats(void)
{
    struct text out = TEXT_EMPTY;
    text_add_string(&out, formats_page);
    for (const struct reader *reader = readers; reader->name != NULL; reader++) {
        text_addf(&out, "\n  %s\n%*s", reader->name, KEY_COLUMN, "");
        add_wrapped(&out, reader->help, KEY_COLUMN);
    }
    fputs(text_string(&out), stdout);
    text_release(&out);
}

static void print_exit(void)
{
    fputs(exit_page, stdout);
}

static void print_signals(void)
{
    fputs(signals_page, stdout);
}

static void print_verdict(void)
{
    fputs(verdict_page, stdout);
}

static void print_live(void)
{
    struct text out = TEXT_EMPTY;
    const char *name, *help;
    text_add_string(&out, live_about);
    for (size_t i = 0; metrics_family(i, &name, &help); i++) {
        text_addf(&out, "\n  %s\n%*s", name, KEY_COLUMN, "");
        add_wrapped(&out, help, KEY_COLUMN);
    }
    fputs(text_string(&out), stdout);
    text_release(&out);
}

static const struct topic {
    const char *name; /* NULL ends the table */
    const char *summary;
    void (*print)(void);
} topics[] = {
    {"formats", "formats of recorded traffic, and how to read any other log", print_formats},
    {"scenario", "every key of service.yaml and of the endpoint files", print_scenario},
    {"signals", "what is watched, and how to offer a sharper signal", print_signals},
    {"snapshots", "formats of what a program holds, by allocation site", print_snapshots},
    {"verdict", "growth, no_growth, inconclusive: what they say and how sure they are", print_verdict},
    {"live", "following a run in a browser and in Prometheus; every metric", print_live},
    {"exit", "the exit codes", print_exit},
    {NULL, NULL, NULL}};

static void print_overview(void)
{
    struct text out = TEXT_EMPTY;
    text_add_string(&out, "seep replays recorded traffic against a server and finds the requests that leak\n"
                          "memory.\n\nusage: seep [OPTIONS] COMMAND ...\n\ncommands:\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        text_addf(&out, "  %-*s", KEY_COLUMN - 2, command->name);
        add_wrapped(&out, command->summary, KEY_COLUMN);
    }
    text_add_string(&out, "\n`seep help COMMAND` explains a command; `seep help TOPIC`:\n");
    for (const struct topic *topic = topics; topic->name != NULL; topic++) {
        text_addf(&out, "  %-*s", KEY_COLUMN - 2, topic->name);
        add_wrapped(&out, topic->summary, KEY_COLUMN);
    }
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
            topic->print();
            return 0;
        }
    return unknown_topic(rest.items[0]);
}
