/* A service directory in memory: the service and its endpoints.
 * Read by scenario/, used by everyone above. */
#ifndef SEEP_MODEL_SERVICE_H
#define SEEP_MODEL_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "model/request.h"

enum signal_source { SIGNAL_POINTER, SIGNAL_METRIC };
enum signal_unit { UNIT_BYTES, UNIT_OBJECTS, UNIT_OTHER };

/* One signal that the service offers by HTTP, beside the built-in ones. */
struct signal_spec {
    char *name;
    char *url; /* path on the target: "/debug/memory?gc=1" */
    enum signal_source source;
    char *pointer; /* RFC 6901, for SIGNAL_POINTER */
    char *metric;  /* Prometheus series name, for SIGNAL_METRIC; labels as in name{a="b"} */
    enum signal_unit unit;
};

struct snapshot_spec {
    char *name;
    char *url;
    char *format; /* a row of sample/snapshot.h, or NULL: detect */
};

enum load_kind { LOAD_SPEED, LOAD_RATE, LOAD_CONNECTIONS };
struct load {
    enum load_kind kind;
    double speed;           /* LOAD_SPEED: factor on the recorded times */
    double rate_per_second; /* LOAD_RATE: all endpoints together */
    unsigned connections;   /* LOAD_CONNECTIONS: closed loop */
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

enum start_kind { START_NONE, START_COMMAND };
struct start {
    enum start_kind kind;
    struct strings command;     /* without a shell; ${PORT} is filled in per trial */
    char *directory;            /* absolute; NULL: the service directory */
    struct headers environment; /* name, value with ${...} filled in per trial */
};

enum watch_kind { WATCH_STARTED, WATCH_PORT, WATCH_PID, WATCH_PID_FILE };
struct watch_spec {
    enum watch_kind kind;
    int number; /* port or pid */
    char *path; /* pid file, absolute */
};

struct endpoint {
    char *name; /* "GET /quote/{sku}" */
    char *method;
    char *template;             /* "/quote/{sku}" */
    char *file;                 /* the scenario file it came from */
    char *recording_path;       /* absolute */
    struct recording recording; /* filled by flow/, empty after scenario_load() */
    double rate_per_second;     /* as recorded */
    double weight;              /* a factor on the rate; default 1 */
    struct strings after;       /* endpoints sent first, not counted in the mix */
    struct headers headers;     /* added to each request; ${ENV} already filled in */
    int expect_class;           /* 1..5: that class; 0: the recorded status class */
    int expect_status;          /* exact, or 0 */
    struct limits limits;
};

struct service {
    char *name;           /* the directory's last component */
    char *directory;      /* absolute */
    char *file;           /* DIR/service.yaml */
    char *target;         /* as written: "http://127.0.0.1:${PORT}" */
    struct strings allow; /* hosts or CIDRs */
    struct start start;
    struct strings reset; /* command run before each trial; empty: none */
    char *ready_method;   /* NULL: a TCP connect is enough */
    char *ready_path;
    int64_t ready_timeout_ns; /* default 30 s */
    struct watch_spec watch;
    struct signal_spec *signals;
    size_t signal_count;
    struct snapshot_spec *snapshots;
    size_t snapshot_count;
    struct load load;
    enum reuse reuse;
    struct strings methods; /* allowed beyond GET and HEAD; see service_allows_method() */
    struct limits limits;
    double memory_limit_bytes; /* 0: not given */
    double ceiling_bytes;      /* 0: default, half of MemAvailable */
    struct endpoint *endpoints;
    size_t endpoint_count;
};

void endpoint_release(struct endpoint *endpoint);
void service_release(struct service *service);
struct endpoint *service_find(const struct service *service, const char *name); /* NULL if absent */

/* GET, HEAD and OPTIONS always; other methods when `methods` names them, or when seep itself starts the
 * target on loopback (`loopback`: the resolved target address is). */
bool service_allows_method(const struct service *service, const char *method, bool loopback);

#endif
