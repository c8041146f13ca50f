/* The exit codes, and every word of a report, as tables: help, manual and reference read the same rows. */
#include "cmd/topics.h"

const struct term exit_terms[] = {
    {"0", "shown not to grow, or every limit shown to be kept"},
    {"1", "a limit shown to be crossed (growth, p99, or errors where a --fail-if names them); without a "
          "growth limit: "
          "growth"},
    {"125",
     "not shown either way (too few requests, a limit within its interval, the --budget used up), or "
     "the replay "
     "did not land: too many errors, the target gone, requests sent too late too often. The reason "
     "says which. "
     "Also where what `start` names runs, but ends or is not ready in time; and of each shard (--shard), "
     "whose verdict is that of `seep merge`"},
    {"200", "bad usage, configuration or input: one line on standard error says what, with file, line and "
            "column where "
            "there is one. So is a limit on a signal that is not there, or a start command that is not; so "
            "is, of report, --issue of a run in which "
            "nothing is shown to grow"},
    {"201", "refused by a safety rule: a host that `allow` does not name, a method that changes things on a "
            "server that "
            "seep did not start"},
    {"202", "an internal error, or one of the store"},
    {"130", "interrupted by Ctrl-C, 143 by SIGTERM, 129 by a terminal that went away: what was measured "
            "until then was "
            "stored and shown"},
    {NULL, NULL}};

const char exit_rest[] = "Where several hold, the first of 202, 200, 201, 130 or 143, 1, 125, 0.\n"
                         "record ends with 0 after --requests or --duration, 130 or 143 by a signal after\n"
                         "the directory was written, 200 where nothing was recorded, else with 202.\n"
                         "check, import, diff, runs and merge (whatever the merged verdict) end with 0,\n"
                         "200, 201 or 202; compare with 0 (shown below the limit), 1 (shown above), 125\n"
                         "(neither, or not comparable), 200, 202; suspects with 0 (ranked), 125 (nothing\n"
                         "can be said), 200, 201, 202, 130.\n"
                         "\n"
                         "git bisect reads 0 as good, 1 to 127 as bad but 125 as 'skip this one', and\n"
                         "stops at 128 or more: a commit whose memory cannot be judged, or whose server\n"
                         "does not start, is skipped, and a broken configuration does not pass for a bad\n"
                         "commit:\n"
                         "    git bisect start HEAD v1.4\n"
                         "    git bisect run seep run ../scenarios/shop --connections 4 --requests 20000\n"
                         "A run ends as soon as its answer is certain (--no-early-stop: at its end), and\n"
                         "without --requests and --duration goes on for up to --budget while it is open.\n";

const char finding_intro[] = "A finding is one answer and what it rests on. Terminal, page and Markdown say\n"
                             "the same with the same words. The first line, part by part:\n"
                             "\n"
                             "    GROWTH: GET /quote/{slug} keeps 40.7 B per request (40 to 41.7),\n"
                             "      1.00 objects, linear through 10,000 calls\n";

const struct term finding_terms[] = {
    {NULL, "The answer"},
    {"GROWTH",
     "Memory rises with every further request, as fast at the end as before. `NO GROWTH`: growth above the "
     "size "
     "that is named would have been seen, and was not. `INCONCLUSIVE`: neither is shown; the reason stands "
     "there, and under it what would help (`seep help verdict`)."},
    {"keeps 40.7 B per request",
     "What one call leaves behind that is never given back: the best estimate. Bytes are what "
     "the allocator takes, so a 24-byte object may count as 32."},
    {"(40 to 41.7)",
     "The interval: it holds the truth 95 times in 100. An interval with 0 in it says that there may be no "
     "growth. More requests make it narrower."},
    {"1.00 objects",
     "How many live blocks or objects each call adds. About 1.00: one thing per call is kept. 0.1: one call "
     "in ten keeps something, or ten share one. No objects but bytes: something there gets longer."},
    {"linear through",
     "So many calls were made, and it grew evenly through all of them. A cache or ring that is larger than "
     "that looks the same: seep cannot see further than it called."},

    {NULL, "Under it"},
    {"order", "Of several endpoints: which has to be called first, and the kind in parentheses (below)."},
    {"only", "The rule that its growing requests have in common, such as `currency=JPY`. Those that it names "
             "grow, all others "
             "of the endpoint are flat, or *Mind* says how much of it they may bring. Not there: each "
             "request grows, or no rule fits."},
    {"where",
     "The allocation site: the line that allocated what is kept, which is not always the line that forgets "
     "to free "
     "it. Beside it what it keeps per request, and whose it is: `yours`, or a package with its version, and "
     "which "
     "of your lines called it. `one object getting longer`: no new objects, one list or buffer grows. `these "
     "explain 100 % of it`: their share of the growth; much less says that a site is missing, much more that "
     "sites overlap or are sampled."},
    {"why",
     "The tests that it passed, one line each, with the number, its interval, over how many calls and in "
     "which trial. "
     "A long solo (it goes on), alone on a fresh server (it needs nothing else), the rest of the mix flat "
     "without it "
     "(nothing is left over), nothing went away while idle (no window of time). The more lines, the surer."},
    {"by", "The signal that decided, and the confidence: N / (N + 300), N the calls through which it was "
           "linear. It says how "
           "surely it is a leak and no cache; how exact the size is says the interval."},

    {NULL, "Kinds"},
    {"alone",
     "It grows with the calls of one endpoint, also on a fresh server. The simplest, and the usual."},
    {"latched", "One grows only once another was called: `GET /quote, once POST /open-book was called,`. "
                "Both are needed to "
                "see it again, in that order."},
    {"consumed", "Pairs of calls: what one puts there, a call of the other turns into something that is "
                 "kept. `each pair of`: "
                 "the amount is per pair, and the rarer of the two says how fast it grows."},
    {"joint", "It grows only where several are called side by side; no smaller set does."},
    {"idle", "It grows by itself, without any request: a timer, a poller. The amount is per second, and no "
             "endpoint is "
             "blamed for it."},
    {"mix",
     "It grows on a server that has served the whole mix; which part of it brings it about was not found."},

    {NULL, "Tables"},
    {"Growth per request in the screen",
     "The first look at each endpoint, in short blocks. It raises suspects and clears "
     "nobody by itself where the interval is wide; what counts is the last column: "
     "`grows`, `cleared`, `not settled` (the interval reaches too far to say), `not "
     "looked at`."},
    {"Requests", "Of a soak, the slowest endpoints first: how many were done, at what rate, and the latency "
                 "that half and 99 % "
                 "of the answers stay below. `p99 from due` counts from when the request should have gone "
                 "out, so it also "
                 "holds the time that it waited."},
    {"Cleared", "Endpoints that were shown not to grow, each with why: flat, or it stopped after so many "
                "calls (a cache that "
                "is full)."},
    {"Not looked at",
     "Endpoints that answered otherwise than recorded, or whose requests lacked a value. Nothing is known of "
     "them: they may leak. Mend them (login, data, `capture`) or leave them out, and hunt again."},
    {"Not judged yet", "Of a hunt that ended early: what is left, for `go on`."},
    {"Signals", "What was watched, each with its own verdict. `sees growth from 3.2 B`: the smallest growth "
                "per request that "
                "would have been seen; below that, `nothing found` says nothing. `cannot say what it would "
                "see`: too few "
                "readings for that."},
    {"Limits",
     "Each `--fail-if` and limit of service.yaml, with what was measured: `kept` (the whole interval is "
     "below it), "
     "`crossed` (the whole interval is above it), `not shown` (the limit lies within the interval)."},
    {"Mind",
     "What is known to weaken or to limit the answer: requests without their credentials, readings that are "
     "missing, "
     "how long it stayed after the last call. What overturns an answer does not stand here: it makes it "
     "inconclusive."},

    {NULL, "The end"},
    {"How it went",
     "The steps of the hunt: when each ended, how many questions it took, requests and time. With -v each "
     "question with its answer. Steps: `no traffic`, `warm-up`, `screen`, `long solo`, `hold`, `isolated`, "
     "`partner`, `the rest`, `reduce`, `requests`, `sites`, `soak`."},
    {"Cost", "Requests, fresh servers (trials) and time; what the target reached and what it kept; and the "
             "books of the "
             "replay: planned = done + failed + skipped, so that no request is lost. `lag`: how late "
             "requests went out."},
    {"See it again", "`again`: a command that shows it alone. `by hand`: one of its requests as a curl line. "
                     "`go on`: goes on "
                     "with a hunt that ended early; nothing is asked twice."},
    {"In production",
     "`when`: growth per day at the recorded rate, and in how many days `memory_limit` is reached, with the "
     "interval; `perhaps never`: it holds no growth, too. `share`: how much of what production's chart "
     "showed "
     "(`observed`) this is; below half it does not explain it. `suspect`: of each finding and each suspect "
     "of "
     "production (`suspects`) whether the hunt bears it out; a suspect is looked at first, and it takes no "
     "less to call it a leak, or to clear it, than any other."},

    {NULL, "On the page"},
    {"Where it is allocated", "`where`, with what the program asked for beside what the allocator takes."},
    {"Why to believe it", "`why`; where the answer is open, why it is. `In which order`: `order`."},
    {"Memory over time",
     "Each trial is a fresh server. Shades are the steps; dots are readings between blocks, where nothing is "
     "under way; the line was read meanwhile. What counts is whether the dots rise within one shade "
     "and stay up. `What else was read`: other signals, for comparison."},
    {"over requests",
     "The same dots against the requests that the server had answered by then: a leak is a straight line, a "
     "cache bends and becomes level."},
    {"Growth per endpoint",
     "The table of the screen: a point with its interval for each endpoint. An interval that stays right "
     "of 0 grows; one that reaches over 0 is not shown to."},
    {"What each step measured",
     "Each estimate with its interval and verdict. `Trials and blocks`: which server was driven with "
     "what, when, and how far. `Requests and times`: counts, rates and latencies of each endpoint."},
    {"What it costs", "`Cost`. `Beside production`: `In production`. `Go on with the hunt`: `go on`."},
    {NULL, NULL}};

const char suspects_intro[] =
    "What `seep suspects` says of production's memory, part by part; terminal, page\n"
    "and Markdown with the same words. The first lines:\n"
    "\n"
    "    GROWS WITH REQUESTS: memory grows by 34 MiB per day and instance\n"
    "      1. GET /quote/{slug}\n"
    "         40.3 B per request (38.1 to 42.2), 92 % of the growth, 99 % sure\n";

const struct term suspects_terms[] = {
    {NULL, "The answer"},
    {"GROWS WITH REQUESTS", "Of what memory grew by, three quarters or more came while requests came. `GROWS "
                            "WITH TIME`: it grows as fast "
                            "where next to none come, so no endpoint is suspected. `GROWS WITH REQUESTS AND "
                            "WITH TIME`: some of both. `GROWS`: "
                            "it does, and with what is not known."},
    {"since the deploy of, until the deploy of",
     "Memory grows with requests in the versions that ran since then, or grew in those until then (`GREW "
     "WITH REQUESTS`, `GREW WITH REQUESTS AND WITH TIME`), "
     "and not in "
     "the others: all that is said of growth, bytes and shares is of these. What a deploy ended is found by "
     "a hunt in "
     "a version before it only, and no instance is told when it reaches its limit."},
    {"DOES NOT GROW", "Growth above the size that is named would have been seen, and was not."},
    {"NOTHING CAN BE SAID", "The reason stands there, and under it what would tell more. Exit code 125."},
    {NULL, "Under it"},
    {"Suspects", "Endpoints whose requests explain the growth, the likeliest first: what one further request "
                 "adds, with an "
                 "interval at 95 %; the share of the growth that this explains; how sure it is that one of "
                 "them grows, as far as "
                 "the model holds; how often they are asked for. Several endpoints in one suspect always "
                 "come together: nothing in "
                 "these series tells them apart. A suspect is a hint; only `seep bisect` proves it."},
    {"Instances", "Each as it stands at the end, those nearest to their limit first: memory, growth per day, "
                  "and when it reaches "
                  "`its limit` if it goes on so. `gone`: it was not there any more."},
    {"Restarts", "How often instances were started anew: by memory (near their limit), by deploys (most of "
                 "them at once), by "
                 "nothing that is known. Growth is only looked at between two of them."},
    {"cleared",
     "Endpoints that were not once among what explains the growth best, when windows of the time were drawn "
     "anew, 200 times: no hunt has to look there first. Only a hunt clears them for good."},
    {"not told", "Endpoints with too few requests, or too even ones, to say anything. They are not cleared."},
    {"What was looked at", "How long, in which steps, how many requests, and with which queries."},
    {"Mind", "What of the series was left out, summed or taken to be alike: series without an instance, "
             "instances without "
             "requests, a rate whose window is too short, warnings of the server."},
    {"What would tell more", "More days, a night, an instance that gets more of one endpoint than others, an "
                             "instance that nobody restarts."},
    {"Go on", "The hunt that comes next. `--write DIR` tells it where to look first."},
    {NULL, NULL}};
