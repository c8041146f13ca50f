#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scenario/limit.h"
#include "scenario/load.h"
#include "scenario/read.h"
#include "scenario/rows.h"

/* "GET /health", or a path alone. */
static int read_ready(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct service *service = into;
    const char *text = read_scalar(value, file, "a request, as in GET /health,", err);
    if (text == NULL)
        return -1;
    const char *path = strchr(text, '/');
    size_t method = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    bool path_alone = path == text;
    if (path == NULL || strpbrk(path, " \t") != NULL ||
        !(path_alone || (method > 0 && text + method + 1 == path)))
        return yaml_complain(err, file, value, "'%.100s': expected a request, as in GET /health", text);
    service->ready_method = path_alone ? xstrdup("GET") : xstrndup(text, method);
    service->ready_path = read_expanded(value, path, file, err);
    return service->ready_path != NULL ? 0 : -1;
}

static int read_agent(const struct yaml *value, const char *file, void *into, struct err *err)
{
    static const char *const agents[] = {
        [AGENT_AUTO] = "auto",     [AGENT_NONE] = "none", [AGENT_PYTHON] = "python", [AGENT_NODE] = "node",
        [AGENT_MALLOC] = "malloc", [AGENT_JVM] = "jvm",   [AGENT_GO] = "go",         NULL};
    int agent = read_choice(value, file, agents, err);
    if (agent < 0)
        return -1;
    *(enum agent_kind *)into = (enum agent_kind)agent;
    return 0;
}

static int read_reuse(const struct yaml *value, const char *file, void *into, struct err *err)
{
    static const char *const words[] = {
        [REUSE_SESSION] = "session", [REUSE_ALWAYS] = "always", [REUSE_NEVER] = "never", NULL};
    int reuse = read_choice(value, file, words, err);
    if (reuse < 0)
        return -1;
    *(enum reuse *)into = (enum reuse)reuse;
    return 0;
}

const struct yaml_row scenario_service_rows[] = {
    {"target", read_target, offsetof(struct service, target), "URL",
     "where requests go: http://127.0.0.1:${PORT} (a free port of each trial's own) or a fixed port; "
     "https://; "
     "unix:/PATH"},
    {"allow", read_words, offsetof(struct service, allow), "list of hosts",
     "hosts, addresses, CIDRs or unix:/PATH that may get requests, checked after name resolution; nothing "
     "else "
     "ever gets one (127.0.0.1 and ::1, or the target's socket)"},
    {"start", read_start, offsetof(struct service, start), "map",
     "how to start the server; without it seep attaches"},
    {"reset", read_words, offsetof(struct service, reset), "list of words",
     "a command run without a shell before each trial, so that state outside the process starts the same"},
    {"ready", read_ready, 0, "request",
     "what answers 2xx once the server is ready: GET /health (a connection is enough without it)"},
    {"ready_timeout", read_duration, offsetof(struct service, ready_timeout_ns), "duration",
     "how long to wait for that (30s)"},
    {"watch", read_watch, offsetof(struct service, watch), "map",
     "the process whose memory is read: {} is what `start` started, with its children"},
    {"agent", read_agent, offsetof(struct service, agent), "auto, none, python, node, malloc, jvm, go",
     "who counts what is live: what is injected into a server that seep starts (python, node, malloc), or "
     "its "
     "runtime, which is asked (jvm, go); auto is the one that fits, and none where the service offers "
     "live_objects or live_bytes itself"},
    {"agent_dir", read_path, offsetof(struct service, agent_dir), "path",
     "where agents listen in a server that somebody else starts: its SEEP_AGENT_DIR, in a volume that both "
     "share"},
    {"agent_group", read_text, offsetof(struct service, agent_group), "group",
     "a group that the server's processes belong to, where they run as another user than seep: it may enter "
     "the "
     "directory of the agents' sockets (only who runs seep may)"},
    {"signals", read_signals, 0, "list of maps",
     "memory figures that the service offers by HTTP, beside rss"},
    {"snapshots", read_snapshots, 0, "list of maps", "allocation sites that the service offers by HTTP"},
    {"load", read_load, offsetof(struct service, load), "map", "how requests are sent ({speed: 1x})"},
    {"reuse", read_reuse, offsetof(struct service, reuse), "session, always, never",
     "when a connection is used again (session): some leaks are per connection"},
    {"methods", read_methods, offsetof(struct service, methods), "list of methods",
     "methods beyond GET and HEAD that may be sent to a server that seep did not itself start on loopback"},
    {"limits", limits_read, offsetof(struct service, limits), "map", "what a run is held to"},
    {"memory_limit", read_bytes, offsetof(struct service, memory_limit_bytes), "size",
     "what production gives one instance: turns bytes per request into days"},
    {"observed", read_observed, 0, "size/time",
     "growth of one instance in production, as its chart shows it: 100 MB/3d; the findings are set beside "
     "it"},
    {"suspects", read_suspects, offsetof(struct service, suspects), "list of maps",
     "which endpoints production's memory suspects, the likeliest first (`seep suspects --write` says so): a "
     "hunt looks at them first, and needs as much to call one a leak as of any other"},
    {"instances", read_count, offsetof(struct service, instances), "number",
     "how many instances the recorded requests were spread over (1): each gets that part of the recorded "
     "rate"},
    {"ceiling", read_bytes, offsetof(struct service, ceiling_bytes), "size",
     "a trial whose target passes this ends (half of MemAvailable)"},
    {"tls", read_tls, offsetof(struct service, tls), "map", "of an https:// target"},
    {"host", read_host, offsetof(struct service, host), "host", "what the Host header says (the target's)"},
    {"proxy", read_proxy, offsetof(struct service, proxy), "URL",
     "http://HOST:PORT or socks5://HOST:PORT between us and the target; must be in `allow` as well"},
    {"http", read_http, offsetof(struct service, http), "1.1, 2",
     "the version of HTTP (1.1): 2 needs a target that speaks it, by ALPN over TLS, else at once"},
    {"timeout", read_timeout, offsetof(struct service, timeouts), "map", "how long a request may take"},
    {"setup", read_setup, 0, "list of maps",
     "requests that come before all others of each session, like a login, and are not in the mix; or "
     "{per: run, requests: [...]}: once for all sessions"},
    {"secrets", read_path, offsetof(struct service, secrets_file), "path",
     "values that `seep import --secrets` took out of the recordings, put back when a request goes out: one "
     "redacted:HASH=VALUE a line, in a file that its owner alone can read (0600)"},
    {NULL, NULL, 0, NULL, NULL}};

const struct scenario_table scenario_tables[] = {
    {"service.yaml", scenario_service_rows},
    {"start", scenario_start_rows},
    {"watch (at most one of)", scenario_watch_rows},
    {"load (one of the first three)", scenario_load_rows},
    {"tls", scenario_tls_rows},
    {"timeout", scenario_timeout_rows},
    {"limits (of the service or of an endpoint)", scenario_limits_rows},
    {"each of signals", scenario_signal_rows},
    {"each of snapshots", scenario_snapshot_rows},
    {"each of suspects", scenario_suspect_rows},
    {"setup, where it is a map", scenario_setup_rows},
    {"each request of setup", scenario_step_rows},
    {"any other NAME.yaml: one endpoint", scenario_endpoint_rows},
    {"capture, each name: one of", scenario_capture_rows},
    {"expect", scenario_expect_rows},
    {"fresh", scenario_fresh_rows},
    {NULL, NULL}};
