/* What the manual says and no option table: values, files, environment, examples. */
#include "cmd/manual.h"

const char manual_about[] =
    "seep replays what an access log or a HAR recorded against a staging server,\n"
    "endpoint by endpoint, watches its memory meanwhile, keeps everything in an\n"
    "SQLite store, and bisects which mix of endpoints makes memory grow. It ends with\n"
    "a finding: the smallest mix that grows, bytes per request with an interval, the\n"
    "lines of code that keep them, and a command that shows it again.\n"
    "\n"
    "Nothing is sent to an address that `allow` of the service does not name, and\n"
    "nothing but GET and HEAD to a server that seep did not start, unless --methods\n"
    "allows it.\n";

const struct term value_terms[] = {
    {"TIME", "a number with its unit, us, ms, s, m, h or d: `500ms`, `90s`, `10m`"},
    {"SIZE", "a number with its unit, B, kB, MB, GB, KiB, MiB or GiB: `64 KiB`, `1 GB`"},
    {"RATE", "a number per s, m or h: `50/s`, `30/m`"},
    {"FACTOR", "a number and x: `2x`, `0.5x`"},
    {"SHARE", "per cent: `10%`"},
    {"N", "a bare number: `5000` or `5,000`"},
    {"LIMIT", "`growth > 16 B/request`, `growth > 0.5 objects/request`, `rss growth > 1 MiB/h`, `p99 > 500 "
              "ms`, `errors > "
              "1%`; with `GET /a/{id}:` in front of one endpoint"},
    {"NAME[@WEIGHT]",
     "an endpoint as `seep check` lists it, `GET /cart/{id}`, and how often it is called beside others"},
    {"QUERY", "PromQL, as typed into Prometheus: `process_resident_memory_bytes{job=\"shop\"}`"},
    {"WHEN", "a time as `2024-05-01T10:00:00Z` (RFC 3339), or seconds since 1970"},
    {"I/N", "part I of N, counted from 0: `0/4` to `3/4`; `auto/4`: I is in the environment"},
    {"RUN", "the number of a stored run, its label, or `last`"},
    {"DIR", "a service directory, or another service file in it: `scenarios/shop`, "
            "`scenarios/shop/service.ci.yaml`"},
    {"FILE", "a file; of reports and results `-` is standard output, of recordings standard input"},
    {NULL, NULL}};

const struct term file_terms[] = {
    {"results/seep.db",
     "the store (--db): every run, an SQLite database, mode 0600. It is written while it is measured, and "
     "may be read meanwhile"},
    {"results/services/NAME", "the service directory that the one-line form of run and bisect made"},
    {"results/requests-RUN-ENDPOINT.jsonl",
     "beside the store: requests that grow by themselves, as a recording (mode 0600)"},
    {"DIR/service.yaml", "the target, how it starts, what is watched (`seep help scenario`)"},
    {"DIR/NAME.yaml, DIR/NAME.jsonl", "an endpoint, and what was recorded of it"},
    {"PREFIX/lib/seep", "the agents that are put into servers that seep starts"},
    {NULL, NULL}};

const struct term environment_terms[] = {
    {"NO_COLOR", "set and not empty: no colours (--color always has them nevertheless)"},
    {"TERM", "`dumb`: no colours"},
    {"TMPDIR", "where the recordings of a replay lie while it runs, in a file without a name (/tmp)"},
    {"DOCKER_HOST", "the Docker Engine, as unix:///PATH (unix:///var/run/docker.sock)"},
    {"SEEP_PROMETHEUS_TOKEN", "the bearer token for `seep suspects`, without a --token-file"},
    {"JOB_COMPLETION_INDEX, SEEP_SHARD_SLOT",
     "with --shard auto/N: which shard it is, counted from 0 (`seep help shards`)"},
    {"SEEP_AGENTS", "the directory with the agents, instead of those beside the program"},
    {"SEEP_AGENT_STEADY", "0: Node is not made steady for a hunt"},
    {"NAME", "what `${NAME}` in a service directory asks for, such as a password"},
    {NULL, NULL}};

/* Run one after another by tests/cli/manual.t, in this order. */
const struct term example_terms[] = {
    {"seep import access.log -o scenarios/shop", "make a service directory of an access log"},
    {"seep check scenarios/shop", "see what would be sent, what is watched, how small a leak can be seen"},
    {"seep bisect scenarios/shop --budget 5m --html shop.html", "find what leaks, and keep the page"},
    {"seep bisect access.log --target http://127.0.0.1:5000 --budget 5m -- \\\n    ./server -p 5000",
     "the same in one line, without a service directory before"},
    {"seep run scenarios/shop --connections 4 --requests 5000 \\\n    --fail-if 'growth > 16 B/request' "
     "--junit soak.xml",
     "soak the whole mix in CI"},
    {"seep run scenarios/shop -e 'GET /loans/{slug}' --connections 4 \\\n    --requests 3000 --label before",
     "measure one endpoint before a fix"},
    {"seep run scenarios/shop -e 'GET /loans/{slug}' --connections 4 \\\n    --requests 3000 --label after",
     "measure it again with the fix"},
    {"seep compare before after", "ask whether the fix helped"},
    {"seep report last --html - > last.html", "render a stored run again"},
    {"seep runs", "list the runs"},
    {"seep diff before.txt after.txt --requests 5000",
     "rank what two snapshots of a program's memory differ in"},
    {"seep suspects --memory-file memory.csv --requests-file requests.csv \\\n    --memory-limit '512 MiB' "
     "--html suspects.html",
     "ask what monitoring kept which endpoints production's memory grows with"},
    {"seep record --listen 127.0.0.1:8080 --target http://127.0.0.1:5000 \\\n    -o scenarios/recorded "
     "--requests 100",
     "record what a log does not hold, bodies and exact times"},
    {NULL, NULL}};
