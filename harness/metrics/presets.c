#include "metrics/presets.h"

#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "metrics/labels.h"

/* Names of metrics as the exporters' own documentation and sources have them. What a client library of Prometheus offers of its
 * process, on Linux, is the same in all languages. */
#define RESIDENT "process_resident_memory_bytes{}"
#define STARTED "process_start_time_seconds{}"

const struct preset presets[] = {
    {"flask", "prometheus_flask_exporter, grouped by path, url_rule or endpoint", RESIDENT,
     "flask_http_request_duration_seconds_count{}", STARTED, NULL, NULL},
    {"express", "express-prom-bundle with includeMethod and includePath, on prom-client", RESIDENT,
     "http_request_duration_seconds_count{}", STARTED, NULL, NULL},
    {"fastapi", "prometheus-fastapi-instrumentator", RESIDENT, "http_requests_total{}", STARTED, NULL, NULL},
    {"spring", "Micrometer, as Spring Boot's actuator offers it; memory is the heap and what is beside it",
     "sum without (area, id) (jvm_memory_used_bytes{})", "http_server_requests_seconds_count{}", STARTED,
     NULL, NULL},
    {"go",
     "client_golang, with requests counted as its examples do: http_requests_total, a label for the handler",
     RESIDENT, "http_requests_total{}", STARTED, NULL, NULL},
    {"nginx", "nginx-prometheus-exporter: all requests as one; memory comes from cadvisor", NULL,
     "nginx_http_requests_total{}", NULL, NULL, NULL},
    {"envoy", "Envoy's /stats/prometheus: requests by the cluster that they went to",
     "envoy_server_memory_physical_size{}", "envoy_cluster_upstream_rq_total{}", NULL, NULL, NULL},
    {"istio", "Istio's sidecars, as the destination reports; memory comes from cadvisor", NULL,
     "istio_requests_total{reporter=\"destination\"}", NULL, NULL, NULL},
    {"cadvisor", "containers, as cAdvisor in the kubelet or on a host has them",
     "container_memory_working_set_bytes{container!~\"|POD\"}", NULL,
     "container_start_time_seconds{container!~\"|POD\"}", NULL,
     "container_spec_memory_limit_bytes{container!~\"|POD\"}"},
    {"kube-state", "kube-state-metrics: limits and restarts of containers", NULL, NULL, NULL,
     "kube_pod_container_status_restarts_total{}", "kube_pod_container_resource_limits{resource=\"memory\"}"},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL}};

void preset_queries_release(struct preset_queries *queries)
{
    free(queries->memory);
    free(queries->requests);
    free(queries->starts);
    free(queries->restarts);
    free(queries->limit);
    *queries = (struct preset_queries){.memory = NULL};
}

void presets_names(struct text *out)
{
    for (const struct preset *preset = presets; preset->name != NULL; preset++)
        text_addf(out, "%s%s", out->length > 0 ? ", " : "", preset->name);
}

/* Puts the matchers into each selector. */
static char *filled(const char *query, const char *select)
{
    struct text out = TEXT_EMPTY;
    for (const char *at = query; *at != '\0'; at++) {
        text_add_char(&out, *at);
        if (*at == '{' && select != NULL)
            text_addf(&out, "%s%s", select, at[1] == '}' ? "" : ",");
        if (*at == '}' && out.length >= 2 &&
            out.bytes[out.length - 2] == '{') { /* nothing in it: not needed */
            out.length -= 2;
            out.bytes[out.length] = '\0';
        }
    }
    return text_take(&out);
}

static void take(char **into, const char *query, const char *select)
{
    if (*into == NULL && query != NULL)
        *into = filled(query, select);
}

static const struct preset *find(const char *name, struct err *err)
{
    const char *names[sizeof presets / sizeof *presets];
    struct text all = TEXT_EMPTY;
    size_t count = 0;
    for (const struct preset *preset = presets; preset->name != NULL; preset++) {
        if (strcmp(preset->name, name) == 0)
            return preset;
        names[count++] = preset->name;
    }
    names[count] = NULL;
    const char *near = options_nearest(name, names);
    presets_names(&all);
    if (near != NULL)
        err_set(err, ERR_USAGE, "--preset: unknown '%.60s' (did you mean '%s'?)", name, near);
    else
        err_set(err, ERR_USAGE, "--preset: unknown '%.60s' (known: %s)", name, text_string(&all));
    text_release(&all);
    return NULL;
}

/* Matchers as they stand in braces: name, operator, string. */
static int check_select(const char *select, struct err *err)
{
    struct labels labels = {NULL, 0};
    char *plain = xasprintf("{%s}", select);
    struct text equal = TEXT_EMPTY; /* with every operator as '=' */
    for (const char *at = plain; *at != '\0'; at++) {
        bool other = (at[0] == '!' && (at[1] == '=' || at[1] == '~')) || (at[0] == '=' && at[1] == '~');
        text_add_char(&equal, other ? '=' : *at);
        at += other;
    }
    int failed =
        labels_parse(&labels, text_string(&equal)) != 0 || labels.count == 0
            ? err_set(err, ERR_USAGE,
                      "--select: '%.200s': expected matchers, as namespace=\"shop\",app=\"pricing\"", select)
            : 0;
    labels_release(&labels);
    text_release(&equal);
    free(plain);
    return failed;
}

int presets_take(const char *list, const char *select, struct preset_queries *queries, struct err *err)
{
    if (select != NULL && check_select(select, err) != 0)
        return -1;
    for (const char *at = list; *at != '\0';) {
        size_t length = strcspn(at, ",");
        char *name = xstrndup(at, length);
        const struct preset *preset = find(name, err);
        free(name);
        if (preset == NULL)
            return -1;
        take(&queries->memory, preset->memory, select);
        take(&queries->requests, preset->requests, select);
        take(&queries->starts, preset->starts, select);
        take(&queries->restarts, preset->restarts, select);
        take(&queries->limit, preset->limit, select);
        at += length + (at[length] == ',');
    }
    return 0;
}
