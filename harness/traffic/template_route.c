/* The routes of the settled tries, and what is left with next to no requests in a large recording. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/template.h"
#include "traffic/template_trie.h"

#define RARE_RECORDING 4000 /* recordings below this size keep every route */
#define RARE_BELOW 3
#define RARE_SHARE 1000 /* for GET and HEAD: also fewer than one request in so many, at most RARE_MOST */
#define RARE_MOST 30
#define FIRST_ROUTES 3 /* as many rare routes, with as many requests, get a catch-all of their own */
#define FIRST_REQUESTS 8

/* A route on the way down. */
struct route {
    const struct node *nodes[TEMPLATE_SEGMENTS];
    size_t count;
};

static size_t same_names_before(const struct route *route, size_t index)
{
    size_t same = 0;
    for (size_t i = 0; i < index; i++)
        same +=
            route->nodes[i]->name != NULL && strcmp(route->nodes[i]->name, route->nodes[index]->name) == 0;
    return same;
}

/* Braces in a path are not ours: they are written as the escapes that they should have been. */
static void add_literal(struct text *out, const char *segment)
{
    for (; *segment != '\0'; segment++) {
        if (*segment == '{' || *segment == '}')
            text_addf(out, "%%%02X", (unsigned)*segment);
        else
            text_add_char(out, *segment);
    }
}

static void add_segment(struct text *out, const struct route *route, size_t index)
{
    const struct node *node = route->nodes[index];
    size_t same = node->name != NULL ? same_names_before(route, index) : 0;
    text_add_char(out, '/');
    if (node->name == NULL)
        add_literal(out, node->segment);
    else if (same == 0)
        text_addf(out, "{%s}%s", node->name, node->suffix);
    else
        text_addf(out, "{%s%zu}%s", node->name, same + 1, node->suffix);
}

static char *route_text(const struct route *route, enum ending ending)
{
    struct text out = TEXT_EMPTY;
    for (size_t i = 0; i < route->count; i++)
        add_segment(&out, route, i);
    if (ending == END_CUT)
        text_add_string(&out, "/{path...}");
    else if (ending == END_SLASH || route->count == 0)
        text_add_char(&out, '/');
    return text_take(&out);
}

static void write_below(struct node *node, void *owner);

static void write_routes(struct node *node, struct route *route)
{
    for (int i = 0; i < ENDINGS; i++)
        for (size_t k = 0; k < TALLIES; k++)
            if (node->ends[i].requests[k] > 0)
                node->ends[i].route[k] = route_text(route, (enum ending)i);
    node_each_child(node, write_below, route);
}

static void write_below(struct node *node, void *owner)
{
    struct route *route = owner;
    route->nodes[route->count++] = node;
    write_routes(node, route);
    route->count--;
}

void trie_write_routes(struct trie *trie)
{
    struct route route = {.count = 0};
    write_routes(&trie->root, &route);
}

/* ---- what is left ---- */

struct leaf {
    char *group; /* "GET /files", or "GET" where the route has no static first segment of its own */
    uint64_t requests;
    char **route; /* NULL: has its catch-all */
};

struct leaves {
    struct leaf *items;
    size_t count;
    uint64_t rare_below;
    const char *method;
};

static char *group_of(const char *method, const char *route)
{
    size_t first = strcspn(route + 1, "/");
    if (route[1 + first] == '\0' || memchr(route, '{', first + 1) != NULL)
        return xstrdup(method);
    return xasprintf("%s %.*s", method, (int)first + 1, route);
}

static void add_leaf(struct leaves *leaves, struct end *end, size_t tally)
{
    if (end->route[tally] == NULL || end->requests[tally] >= leaves->rare_below)
        return;
    leaves->items = xrealloc(leaves->items, (leaves->count + 1) * sizeof *leaves->items);
    leaves->items[leaves->count++] =
        (struct leaf){group_of(tally == 0 ? leaves->method : "HEAD", end->route[tally]), end->requests[tally],
                      &end->route[tally]};
}

static void collect(struct node *node, void *owner)
{
    for (size_t i = 0; i < ENDINGS; i++)
        for (size_t k = 0; k < TALLIES; k++)
            add_leaf(owner, &node->ends[i], k);
    node_each_child(node, collect, owner);
}

static int by_group(const void *one, const void *other)
{
    return strcmp(((const struct leaf *)one)->group, ((const struct leaf *)other)->group);
}

static void rename_leaf(struct leaf *leaf, const char *route)
{
    free(*leaf->route);
    *leaf->route = xstrdup(route);
    leaf->route = NULL;
}

/* Leaves [from, to) share a group. Those that are too few fall back to their method's. */
static void fold_group(struct leaf *leaves, size_t from, size_t to)
{
    const char *first = strchr(leaves[from].group, ' ');
    uint64_t requests = 0;
    if (first == NULL)
        return;
    for (size_t i = from; i < to; i++)
        requests += leaves[i].requests;
    if (to - from >= FIRST_ROUTES && requests >= FIRST_REQUESTS) {
        char *route = xasprintf("%s/{path...}", first + 1);
        for (size_t i = from; i < to; i++)
            rename_leaf(&leaves[i], route);
        free(route);
    }
    for (size_t i = from; i < to; i++)
        leaves[i].group[strcspn(leaves[i].group, " ")] = '\0';
}

static void fold_method(struct leaf *leaves, size_t from, size_t to)
{
    size_t left = 0;
    for (size_t i = from; i < to; i++)
        left += leaves[i].route != NULL;
    for (size_t i = from; i < to && left > 1; i++)
        if (leaves[i].route != NULL)
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
    struct leaves leaves = {.items = NULL};
    uint64_t share =
        templates->requests / RARE_SHARE < RARE_MOST ? templates->requests / RARE_SHARE : RARE_MOST;
    if (templates->requests < RARE_RECORDING)
        return;
    for (struct trie *trie = templates->tries; trie != NULL; trie = trie->hh.next) {
        bool reads = strcmp(trie->method, "GET") == 0;
        leaves.method = trie->method;
        leaves.rare_below = reads && share > RARE_BELOW ? share : RARE_BELOW;
        collect(&trie->root, &leaves);
    }
    each_group(&leaves, fold_group);
    each_group(&leaves, fold_method);
    for (size_t i = 0; i < leaves.count; i++)
        free(leaves.items[i].group);
    free(leaves.items);
}
