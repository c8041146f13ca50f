/* A service directory in memory: the service and its endpoints.
 * Read by scenario/, used by everyone above. */
#ifndef SEEP_MODEL_SERVICE_H
#define SEEP_MODEL_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pattern.h"
#include "base/strings.h"
#include "model/request.h"
#include "model/suspicion.h"

struct tape; /* tape/tape.h: a recording in the form in which it is replayed */
struct spool;
struct vault; /* base/vault.h */

enum signal_source { SIGNAL_POINTER, SIGNAL_METRIC, SIGNAL_PATTERN };
enum signal_unit { UNIT_BYTES, UNIT_OBJECTS, UNIT_OTHER };

/* One signal that the service offers by HTTP, beside the built-in ones. */
struct signal_spec {
    char *name;
    char *url; /* path on the target: "/debug/memory?gc=1"; or elsewhere: "http://127.0.0.1:9100/metrics" */
    enum signal_source source;
    char *pointer;           /* RFC 6901, for SIGNAL_POINTER */
    char *metric;            /* Prometheus series name, for SIGNAL_METRIC; labels as in name{a="b"} */
    struct pattern *pattern; /* for SIGNAL_PATTERN: its one group is the number */
    enum signal_unit unit;
};

struct snapshot_spec {
    char *name;
    char *url;
    char *format; /* a row of format/snapshot.h, or NULL: detect */
};

#define CONNECTIONS_MOST 1000000 /* ports, descriptors and memory end before */

enum load_kind { LOAD_SPEED, LOAD_RATE, LOAD_CONNECTIONS };
enum arrivals {
    ARRIVALS_DEFAULT,  /* LOAD_SPEED: recorded; LOAD_RATE: poisson */
    ARRIVALS_RECORDED, /* LOAD_SPEED only */
    ARRIVALS_POISSON,  /* each endpoint a process of its own */
    ARRIVALS_CONSTANT, /* each endpoint at equal distances */
};
struct load {
    enum load_kind kind;
    double speed; /* LOAD_SPEED: factor on the recorded times, or on each endpoint's recorded rate */
    double rate_per_second; /* LOAD_RATE: all endpoints together */
    unsigned connections;   /* LOAD_CONNECTIONS: closed loop */
    enum arrivals arrivals; /* open loop */
    int64_t ramp_ns;        /* open loop: the rate rises from zero to the whole in this time; 0: at once */
    int64_t coalesce_ns; /* open loop: what is due within such a window goes out at its end; 0: each alone */
};

enum reuse { REUSE_SESSION, REUSE_ALWAYS, REUSE_NEVER };

enum limit_kind { LIMIT_GROWTH, LIMIT_P99, LIMIT_ERRORS };
struct limit {
    enum limit_kind kind;
    char *text;      /* as written: "growth > 16 B/request" */
    char *signal;    /* NULL: the deciding signal */
    double value;    /* bytes or objects per request or per second; seconds; fraction */
    bool per_second; /* LIMIT_GROWTH only */
    bool objects;    /* LIMIT_GROWTH only */
};
struct limits {
    struct limit *items;
    size_t count;
};
void limits_release(struct limits *limits);

enum start_kind {
    START_NONE, /* it runs already */
    START_COMMAND,
    START_CONTAINER,
    START_STACK,   /* a service of a stack on a swarm; the driver is another one of it (target/swarm.h) */
    START_RESTART, /* somebody else keeps it running; a command renews it */
};
struct start {
    enum start_kind kind;
    struct strings command;     /* without a shell; ${PORT} is filled in per trial */
    struct strings restart;     /* START_RESTART: the command, without a shell */
    char *directory;            /* absolute; NULL: the service directory; of a compose file: its own */
    struct headers environment; /* name, value with ${...} filled in per trial */
    char *compose;              /* absolute: a project of its own; NULL: the one that seep runs in */
    char *service;              /* START_CONTAINER, START_STACK: which of the project's */
};

/* Who tells what is live in the server: an agent that is injected into one that seep starts, or its runtime. */
enum agent_kind {
    AGENT_AUTO,
    AGENT_NONE,
    AGENT_PYTHON,
    AGENT_NODE,
    AGENT_MALLOC,
    AGENT_JVM, /* asked over its attach socket; nothing is injected */
    AGENT_GO,  /* asked for its heap page; nothing is injected */
};

enum watch_kind { WATCH_STARTED, WATCH_PORT, WATCH_PID, WATCH_PID_FILE, WATCH_CGROUP, WATCH_CONTAINER };
struct watch_spec {
    enum watch_kind kind;
    int number; /* port or pid */
    /* pid file, absolute; of a cgroup its directory, absolute or from where it is mounted; a container's name */
    char *path;
};

/* What a session keeps of an answer, for {{name}} in its later requests. */
enum capture_from { CAPTURE_BODY, CAPTURE_HEADER, CAPTURE_JSON };
struct capture {
    char *name;
    enum capture_from from;
    struct pattern *pattern; /* CAPTURE_BODY: group 1, or the whole match where it has none */
    char *where;             /* CAPTURE_HEADER: its name; CAPTURE_JSON: RFC 6901 pointer */
};
struct captures {
    struct capture *items;
    size_t count;
};

/* What an answer must have to have landed, beside its status. */
struct expected {
    enum capture_from from;
    char *where; /* header name or pointer; NULL for the body */
    struct pattern
        *pattern; /* must match the body, the header's value or the JSON text; NULL: must be there */
};
struct expectation {
    int class;        /* 1..5: that class; 0: the recorded status class */
    int status;       /* exact, or 0 */
    bool same_status; /* exactly the recorded one, where one is known */
    struct expected *items;
    size_t count;
};

/* A part of the request that gets a new value in each pass through the recording. */
enum fresh_in { FRESH_PATH, FRESH_QUERY, FRESH_JSON };
struct fresh {
    enum fresh_in in;
    char *name;     /* path parameter, query key, or RFC 6901 pointer */
    size_t segment; /* FRESH_PATH: of the URL's path, from 0 */
};

#define ENDPOINT_WEIGHT_LEAST 1e-6
#define ENDPOINT_WEIGHT_MOST 1e6

struct endpoint {
    char *name; /* "GET /quote/{sku}" */
    char *method;
    char *template;             /* "/quote/{sku}" */
    char *file;                 /* the scenario file it came from */
    char *recording_path;       /* absolute */
    struct recording recording; /* of an import; a replay has `tape` */
    struct tape *tape;          /* flow/recordings.h makes and frees it; NULL after scenario_load() */
    size_t recorded;            /* requests on it */
    size_t lacking;             /* of these: go out without a value that was taken out of them */
    double rate_per_second;     /* as recorded */
    double weight;              /* a factor on the rate; default 1; 0: left out */
    struct strings after;       /* endpoints sent first, not counted in the mix */
    struct headers headers;     /* added to each request; ${ENV} already filled in */
    struct captures captures;
    struct expectation expect;
    struct fresh *fresh;
    size_t fresh_count;
    double abandon; /* share of its requests whose client hangs up after the first byte, 0..1 */
    struct limits limits;
};

/* A request that comes before all others of a session, or of a run: a login. Not in the mix. */
struct setup_step {
    struct endpoint
        endpoint; /* name "setup POST /login", headers, captures, expect; its tape holds the request */
    struct request request;
};

/* How the target is reached, beside its URL. */
struct tls_spec {
    char *ca, *cert, *key; /* absolute paths; NULL: not given */
    char *name;            /* in SNI, and in the certificate; NULL: the target's host */
    bool insecure;
};
enum http_version { HTTP_1_1, HTTP_2 };

/* 0: the engine's own. */
struct timeouts {
    int64_t connect_ns, first_byte_ns, total_ns;
};

struct service {
    char *name;           /* the directory's last component */
    char *directory;      /* absolute */
    char *file;           /* DIR/service.yaml */
    char *target;         /* as written: "http://127.0.0.1:${PORT}" */
    char *made_from;      /* of one to be written: a line on what it is made from; NULL: a person's own */
    struct strings allow; /* hosts or CIDRs */
    struct tls_spec tls;
    char *host;  /* what the Host header says; NULL: the target's */
    char *proxy; /* URL; NULL: none */
    enum http_version http;
    struct timeouts timeouts;
    struct start start;
    struct strings reset; /* command run before each trial; empty: none */
    char *ready_method;   /* NULL: a TCP connect is enough */
    char *ready_path;
    int64_t ready_timeout_ns; /* default 30 s */
    struct watch_spec watch;
    enum agent_kind agent;
    char *agent_dir; /* absolute: where agents listen in a server that somebody else started; NULL: none do */
    char *agent_group; /* may enter the directory of their sockets; NULL: only who runs seep */
    struct signal_spec *signals;
    size_t signal_count;
    struct snapshot_spec *snapshots;
    size_t snapshot_count;
    struct load load;
    enum reuse reuse;
    struct strings methods; /* allowed beyond GET and HEAD; see service_allows_method() */
    struct limits limits;
    double memory_limit_bytes;  /* 0: not given */
    double observed_bytes;      /* growth that production showed, of one instance; 0: not given */
    double observed_seconds;    /* within this time */
    struct suspicions suspects; /* of production's memory: what a hunt looks at first */
    uint64_t instances;         /* that the recorded requests were spread over; default 1 */
    double ceiling_bytes;       /* 0: default, half of MemAvailable */
    struct endpoint *endpoints;
    size_t endpoint_count;
    struct setup_step *setup;
    size_t setup_count;
    bool setup_per_run;       /* once for all sessions, not once for each */
    struct strings variables; /* every name that some capture fills */
    struct spool *spool;      /* of the tapes */
    char *secrets_file;       /* absolute; NULL: none */
    struct vault
        *secrets; /* what was taken out of recordings; flow/recordings.h makes and frees it; NULL: nothing */
};

/* Endpoints by one number: those of the mix, then those of the setup. */
struct endpoint *service_endpoint(const struct service *service, size_t index);

void captures_release(struct captures *captures);
void expectation_release(struct expectation *expectation);
void endpoint_release(struct endpoint *endpoint);
void service_release(struct service *service);
struct endpoint *service_find(const struct service *service, const char *name); /* NULL if absent */

/* It has signals of its own called live_objects or live_bytes: nobody else need count. */
bool service_offers_live(const struct service *service);

/* GET, HEAD and OPTIONS always; other methods when `methods` names them, or when seep itself starts the
 * target where nobody else uses it (`ours`: on loopback, or in a compose project of its own). */
bool service_allows_method(const struct service *service, const char *method, bool ours);

#endif
