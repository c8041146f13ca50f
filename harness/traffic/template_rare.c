/* Routes of a large recording that have next to no requests. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/template_trie.h"

#define RARE_RECORDING 4000 /* recordings below this size keep every route */
#define RARE_BELOW 3
#define RARE_SHARE 1000 /* for GET and HEAD: also fewer than one request in so many, at most RARE_MOST */
#define RARE_MOST 30
#define FIRST_ROUTES 3 /* as many rare routes, with as many requests, get a catch-all of their own */
#define FIRST_REQUESTS 8

struct rare {
    char *group; /* "GET /files", or "GET" where the route has no static first segment of its own */
    struct leaf *leaf;
};

static char *group_of(const struct leaf *leaf)
{
    size_t first = strcspn(leaf->route + 1, "/");
    if (leaf->route[1 + first] == '\0' || memchr(leaf->route, '{', first + 1) != NULL)
        return xstrdup(leaf->method);
    return xasprintf("%s %.*s", leaf->method, (int)first + 1, leaf->route);
}

static bool is_rare(const struct leaf *leaf, uint64_t requests)
{
    bool reads = strcmp(leaf->method, "GET") == 0 || strcmp(leaf->method, "HEAD") == 0;
    uint64_t share = requests / RARE_SHARE < RARE_MOST ? requests / RARE_SHARE : RARE_MOST;
    return !leaf->fixed && leaf->requests < (reads && share > RARE_BELOW ? share : RARE_BELOW);
}

static int by_group(const void *one, const void *other)
{
    return strcmp(((const struct rare *)one)->group, ((const struct rare *)other)->group);
}

/* Those of [from, to) share a group. Those that are too few fall back to their method's. */
static void fold_group(struct rare *rare, size_t from, size_t to)
{
    const char *first = strchr(rare[from].group, ' ');
    uint64_t requests = 0;
    if (first == NULL)
        return;
    for (size_t i = from; i < to; i++)
        requests += rare[i].leaf->requests;
    for (size_t i = from; i < to && to - from >= FIRST_ROUTES && requests >= FIRST_REQUESTS; i++)
        rare[i].leaf->folded = xasprintf("%s/{path...}", first + 1);
    for (size_t i = from; i < to; i++)
        rare[i].group[strcspn(rare[i].group, " ")] = '\0';
}

static void fold_method(struct rare *rare, size_t from, size_t to)
{
    size_t left = 0;
    for (size_t i = from; i < to; i++)
        left += rare[i].leaf->folded == NULL;
    for (size_t i = from; i < to && left > 1; i++)
        if (rare[i].leaf->folded == NULL)
            rare[i].leaf->folded = xstrdup("/{path...}");
}

static void each_group(struct rare *rare, size_t count, void (*fold)(struct rare *, size_t, size_t))
{
    qsort(rare, count, sizeof *rare, by_group);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count; to++)
            if (by_group(&rare[from], &rare[to]) != 0)
                break;
        fold(rare, from, to);
    }
}

void leaves_fold_rare(struct leaves *leaves, uint64_t requests)
{
    size_t count = 0;
    if (requests < RARE_RECORDING)
        return;
    struct rare *rare = xcalloc(leaves->count + 1, sizeof *rare);
    for (size_t i = 0; i < leaves->count; i++)
        if (is_rare(&leaves->items[i], requests))
            rare[count++] = (struct rare){group_of(&leaves->items[i]), &leaves->items[i]};
    each_group(rare, count, fold_group);
    each_group(rare, count, fold_method);
    for (size_t i = 0; i < count; i++)
        free(rare[i].group);
    free(rare);
}
