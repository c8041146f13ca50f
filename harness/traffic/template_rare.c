/* What is left with next to no requests in a large recording goes together: /first/{path...}, /{path...}. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/template_trie.h"

#define RARE_RECORDING 4000 /* recordings below this size keep every route */
#define RARE_BELOW 3
#define FIRST_ROUTES 3 /* as many rare routes, with as many requests, get a catch-all of their own */
#define FIRST_REQUESTS 8

struct leaf {
    char *group; /* "GET /files", or "GET" where the route has no static first segment of its own */
    struct node *node;
    int tally;
};

struct leaves {
    struct leaf *items;
    size_t count;
};

static char *group_of(const char *method, const char *route)
{
    size_t first = strcspn(route + 1, "/");
    if (route[1 + first] == '\0' || memchr(route, '{', first + 1) != NULL)
        return xstrdup(method);
    return xasprintf("%s %.*s", method, (int)first + 1, route);
}

static void add_leaf(struct leaves *leaves, const struct trie *trie, struct node *node)
{
    for (int tally = 0; tally < TALLIES; tally++) {
        if (node->route[tally] == NULL || node->requests[tally] >= RARE_BELOW)
            continue;
        leaves->items = xrealloc(leaves->items, (leaves->count + 1) * sizeof *leaves->items);
        leaves->items[leaves->count++] =
            (struct leaf){group_of(tally == 0 ? trie->family : "HEAD", node->route[tally]), node, tally};
    }
}

static void collect(struct leaves *leaves, const struct trie *trie, struct node *node)
{
    if (node == NULL)
        return;
    add_leaf(leaves, trie, node);
    for (struct node *word = node->words; word != NULL; word = word->hh.next)
        collect(leaves, trie, word);
    for (struct node *group = node->groups; group != NULL; group = group->hh.next)
        collect(leaves, trie, group);
    collect(leaves, trie, node->parameter);
}

static int by_group(const void *one, const void *other)
{
    return strcmp(((const struct leaf *)one)->group, ((const struct leaf *)other)->group);
}

static void rename_leaf(struct leaf *leaf, const char *route)
{
    free(leaf->node->route[leaf->tally]);
    leaf->node->route[leaf->tally] = xstrdup(route);
}

/* Leaves [from, to) share a group. Those that are too few fall back to their method's. */
static void fold_group(struct leaf *leaves, size_t from, size_t to)
{
    const char *first = strchr(leaves[from].group, ' ');
    uint64_t requests = 0;
    for (size_t i = from; i < to; i++)
        requests += leaves[i].node->requests[leaves[i].tally];
    if (first == NULL)
        return;
    if (to - from >= FIRST_ROUTES && requests >= FIRST_REQUESTS) {
        char *route = xasprintf("%s/{path...}", first + 1);
        for (size_t i = from; i < to; i++) {
            rename_leaf(&leaves[i], route);
            leaves[i].node = NULL;
        }
        free(route);
    }
    for (size_t i = from; i < to; i++)
        leaves[i].group[strcspn(leaves[i].group, " ")] = '\0';
}

static void fold_method(struct leaf *leaves, size_t from, size_t to)
{
    size_t left = 0;
    for (size_t i = from; i < to; i++)
        left += leaves[i].node != NULL;
    for (size_t i = from; i < to && left > 1; i++)
        if (leaves[i].node != NULL)
            rename_leaf(&leaves[i], "/{path...}");
}

static void each_group(struct leaves *leaves, void (*fold)(struct leaf *, size_t, size_t))
{
    if (leaves->count > 0)
        qsort(leaves->items, leaves->count, sizeof *leaves->items, by_group);
    for (size_t from = 0, to; from < leaves->count; from = to) {
        for (to = from + 1; to < leaves->count; to++)
            if (by_group(&leaves->items[from], &leaves->items[to]) != 0)
                break;
        fold(leaves->items, from, to);
    }
}

void templates_fold_rare(struct templates *templates)
{
    struct leaves leaves = {NULL, 0};
    if (templates->requests < RARE_RECORDING)
        return;
    for (struct trie *trie = templates->tries; trie != NULL; trie = trie->hh.next)
        collect(&leaves, trie, &trie->root);
    each_group(&leaves, fold_group);
    each_group(&leaves, fold_method);
    for (size_t i = 0; i < leaves.count; i++)
        free(leaves.items[i].group);
    free(leaves.items);
}
