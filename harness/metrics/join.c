#include "metrics/join.h"

#include <stdlib.h>
#include <string.h>

#include "metrics/assemble_inside.h"

/* Names of what is one process, one container, one machine: where several pairs fit alike, the first. */
static const char *const usual[] = {"instance",  "pod",          "kubernetes_pod_name",
                                    "pod_name",  "exported_pod", "exported_instance",
                                    "hostname",  "host",         "nodename",
                                    "node",      "container_id", "id",
                                    "container", "name",         "service_instance_id",
                                    "task",      "replica",      NULL};

/* What tells instances of one name apart. */
static const char *const further[] = {"container", "namespace", "cluster", "worker", "pid", NULL};

void join_release(struct join *join)
{
    strings_release(&join->memory);
    strings_release(&join->requests);
    *join = (struct join){.hosts = false};
}

static size_t rank(const char *label)
{
    size_t place = 0;
    while (usual[place] != NULL && strcmp(usual[place], label) != 0)
        place++;
    return place;
}

char *join_key(const struct join *join, const struct strings *names, const struct labels *labels)
{
    struct text key = TEXT_EMPTY;
    for (size_t i = 0; i < names->count; i++) {
        const char *value = labels_get(labels, names->items[i]);
        const char *port = join->hosts ? strrchr(value, ':') : NULL;
        if (value[0] == '\0') {
            text_release(&key);
            return NULL;
        }
        text_addf(&key, "%s%.*s", i > 0 ? "/" : "",
                  (int)(port != NULL ? (size_t)(port - value) : strlen(value)), value);
    }
    text_add_string(&key, "");
    return text_take(&key);
}

char *join_say(const struct join *join)
{
    struct text out = TEXT_EMPTY;
    for (size_t i = 0; i < join->memory.count; i++) {
        const char *left = join->memory.items[i], *right = join->requests.items[i];
        text_addf(&out, "%s%s", i > 0 ? ", " : "", left);
        if (strcmp(left, right) != 0)
            text_addf(&out, " = %s", right);
    }
    text_add_string(&out, "");
    return text_take(&out);
}

/* How well two sets fit under a join. */
struct fit {
    size_t instances; /* keys that both have */
    size_t memory;    /* series of memory that have one of them */
};

static struct fit fit_of(const struct join *join, const struct series_set *memory,
                         const struct series_set *requests)
{
    struct fit fit = {0, 0};
    struct places *asked = places_new(), *both = places_new();
    for (size_t i = 0; i < requests->count; i++) {
        char *key = join_key(join, &join->requests, &requests->items[i].labels);
        if (key != NULL)
            places_of(asked, key);
        free(key);
    }
    for (size_t i = 0; i < memory->count; i++) {
        char *key = join_key(join, &join->memory, &memory->items[i].labels);
        if (key != NULL && places_find(asked, key) >= 0) {
            places_of(both, key);
            fit.memory++;
        }
        free(key);
    }
    fit.instances = places_count(both);
    places_free(asked);
    places_free(both);
    return fit;
}

struct choice {
    struct fit fit;
    bool same;
    size_t rank;
    const char *memory, *requests;
};

static bool is_better(const struct choice *one, const struct choice *other)
{
    if (one->fit.instances != other->fit.instances)
        return one->fit.instances > other->fit.instances;
    if (one->rank != other->rank)
        return one->rank < other->rank;
    if (one->fit.memory != other->fit.memory)
        return one->fit.memory > other->fit.memory;
    return one->same && !other->same;
}

static void consider(struct choice *best, const struct series_set *memory, const struct series_set *requests,
                     bool hosts, const char *left, const char *right)
{
    struct join join = {.hosts = hosts};
    strings_add(&join.memory, left);
    strings_add(&join.requests, right);
    size_t ranks[] = {rank(left), rank(right)};
    struct choice choice = {fit_of(&join, memory, requests), strcmp(left, right) == 0,
                            ranks[0] > ranks[1] ? ranks[0] : ranks[1], left, right};
    if (choice.fit.instances > 0 && (best->memory == NULL || is_better(&choice, best)))
        *best = choice;
    join_release(&join);
}

static bool can_join(const char *label, bool hosts)
{
    return !endpoint_labels_is_known(label) && (!hosts || rank(label) < sizeof usual / sizeof *usual - 1);
}

static struct choice best_pair(const struct series_set *memory, const struct series_set *requests, bool hosts,
                               const struct strings *left, const struct strings *right)
{
    struct choice best = {.memory = NULL};
    for (size_t i = 0; i < left->count; i++)
        for (size_t k = 0; can_join(left->items[i], hosts) && k < right->count; k++)
            if (can_join(right->items[k], hosts))
                consider(&best, memory, requests, hosts, left->items[i], right->items[k]);
    return best;
}

/* A further label of both, where more instances are told apart by it and none is lost. */
static void add_further(const struct series_set *memory, const struct series_set *requests, struct join *join)
{
    for (size_t i = 0; further[i] != NULL; i++) {
        struct fit before = fit_of(join, memory, requests);
        if (strings_has(&join->memory, further[i]))
            continue;
        strings_add(&join->memory, further[i]);
        strings_add(&join->requests, further[i]);
        struct fit after = fit_of(join, memory, requests);
        if (after.instances > before.instances && after.memory >= before.memory)
            continue;
        free(join->memory.items[--join->memory.count]);
        free(join->requests.items[--join->requests.count]);
    }
}

static int complain(const struct strings *left, const struct strings *right, struct err *err)
{
    char *names[] = {strings_join(left, ", "), strings_join(right, ", ")};
    err_set(
        err, ERR_USAGE,
        "memory and requests have no label with a value in common (memory has %.300s; requests have %.300s): "
        "say --join "
        "MEMORY_LABEL=REQUESTS_LABEL, or --join none where requests were counted for all instances together",
        left->count > 0 ? names[0] : "no labels", right->count > 0 ? names[1] : "no labels");
    free(names[0]);
    free(names[1]);
    return -1;
}

static int find_join(const struct series_set *memory, const struct series_set *requests, struct join *join,
                     struct err *err)
{
    struct strings left = {NULL, 0}, right = {NULL, 0};
    series_label_names(memory, &left);
    series_label_names(requests, &right);
    struct choice best = best_pair(memory, requests, false, &left, &right);
    if (best.memory == NULL) {
        join->hosts = true;
        best = best_pair(memory, requests, true, &left, &right);
    }
    int failed = best.memory == NULL ? complain(&left, &right, err) : 0;
    if (!failed) {
        strings_add(&join->memory, best.memory);
        strings_add(&join->requests, best.requests);
        add_further(memory, requests, join);
    }
    strings_release(&left);
    strings_release(&right);
    return failed;
}

static int check_label(const struct series_set *set, const char *what, const char *label, struct err *err)
{
    struct strings names = {NULL, 0};
    series_label_names(set, &names);
    bool there = strings_has(&names, label);
    char *all = strings_join(&names, ", ");
    if (!there)
        err_set(err, ERR_USAGE, "--join: no series of %s has the label '%s' (they have %.400s)", what, label,
                names.count > 0 ? all : "none");
    free(all);
    strings_release(&names);
    return there ? 0 : -1;
}

static int take_given(const struct series_set *memory, const struct series_set *requests, const char *given,
                      struct join *join, struct err *err)
{
    for (const char *at = given; *at != '\0';) {
        size_t length = strcspn(at, ","), left = strcspn(at, ",=");
        const char *right = left < length ? at + left + 1 : at;
        strings_addf(&join->memory, "%.*s", (int)left, at);
        strings_addf(&join->requests, "%.*s", (int)(at + length - right), right);
        if (check_label(memory, "memory", join->memory.items[join->memory.count - 1], err) != 0 ||
            check_label(requests, "requests", join->requests.items[join->requests.count - 1], err) != 0)
            return -1;
        at += length + (at[length] == ',');
    }
    if (fit_of(join, memory, requests).instances > 0)
        return 0;
    char *said = join_say(join);
    err_set(err, ERR_USAGE, "--join %s: no value of it is the same in memory and in requests", said);
    free(said);
    return -1;
}

int join_choose(const struct series_set *memory, const struct series_set *requests, const char *given,
                struct join *join, struct err *err)
{
    *join = (struct join){.spread = given != NULL && strcmp(given, "none") == 0};
    if (join->spread)
        return 0;
    return given != NULL ? take_given(memory, requests, given, join, err)
                         : find_join(memory, requests, join, err);
}
