/* The endpoints of settled templates, and what became of their parameters. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/template.h"
#include "traffic/template_trie.h"

const char *template_why_name(enum template_why why)
{
    static const char *const names[WHYS] = {
        [WHY_SHAPE] = "shape", [WHY_VALUES] = "cardinality", [WHY_LOCALE] = "language",
        [WHY_FILES] = "files", [WHY_LIMIT] = "limit",        [WHY_ROUTE] = "route file",
    };
    return (unsigned)why < WHYS ? names[why] : "?";
}

/* ---- where requests end ---- */

struct walk {
    struct templates *templates;
    struct leaves leaves;
    struct route route;
    const char *method;
};

static void add_leaf(struct walk *walk, struct node *node, size_t ending, size_t tally)
{
    struct leaves *leaves = &walk->leaves;
    const struct node *first = walk->route.count > 0 ? walk->route.nodes[0] : NULL;
    bool marked = first != NULL && first->kind == NODE_MARKED;
    if (leaves->count == leaves->capacity) {
        leaves->capacity = leaves->capacity > 0 ? leaves->capacity * 2 : 64;
        leaves->items = xrealloc(leaves->items, leaves->capacity * sizeof *leaves->items);
    }
    struct leaf *leaf = &leaves->items[leaves->count++];
    *leaf = (struct leaf){.node = node,
                          .end = ending * TALLIES + tally,
                          .method = tally == 0 ? walk->method : "HEAD",
                          .requests = node->ends[ending][tally],
                          .route = route_text(&walk->route, (enum ending)ending),
                          .given = marked && !node_is_assets(first),
                          .fixed = marked || node_is_operation(node)};
    leaf->parameters = route_parameters(walk->templates, &walk->route, &leaf->parameter_count);
}

static void visit(struct walk *walk, struct node *node)
{
    for (size_t i = 0; i < ENDINGS; i++)
        for (size_t k = 0; k < TALLIES; k++)
            if (node->ends[i][k] > 0)
                add_leaf(walk, node, i, k);
    for (struct node *child = node->first; child != NULL; child = child->next) {
        walk->route.nodes[walk->route.count++] = child;
        visit(walk, child);
        walk->route.count--;
    }
}

/* ---- endpoints ---- */

static void release_parameters(struct template_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(parameters[i].name);
    free(parameters);
}

static struct template *template_named(struct templates *templates, char *name_take)
{
    struct told *told = NULL;
    HASH_FIND_STR(templates->by_name, name_take, told);
    if (told != NULL) {
        free(name_take);
        return &told->template;
    }
    told = xcalloc(1, sizeof *told);
    told->template.name = name_take;
    told->template.index = templates->count;
    HASH_ADD_KEYPTR(hh, templates->by_name, name_take, strlen(name_take), told);
    if ((templates->count & (templates->count - 1)) == 0) /* a power of two, or 0: full */
        templates->items = xrealloc(templates->items, (templates->count * 2 + 1) * sizeof(struct template *));
    templates->items[templates->count++] = &told->template;
    return &told->template;
}

/* The routes with most requests come first. */
static void add_merged(struct template *template, const struct leaf *leaf)
{
    size_t place = template->merged < TEMPLATE_EXAMPLES ? template->merged : TEMPLATE_EXAMPLES;
    template->merged++;
    if (place < TEMPLATE_EXAMPLES)
        template->routes[place] = xstrdup(leaf->route);
}

static void tell_leaf(struct templates *templates, struct leaf *leaf)
{
    const char *route = leaf->folded != NULL ? leaf->folded : leaf->route;
    struct template *template = template_named(templates, xasprintf("%s %s", leaf->method, route));
    template->requests += leaf->requests;
    template->given = template->given || leaf->given;
    if (leaf->folded != NULL) {
        add_merged(template, leaf);
    } else if (template->parameters == NULL) {
        template->parameters = leaf->parameters;
        template->parameter_count = leaf->parameter_count;
        leaf->parameters = NULL;
        leaf->parameter_count = 0;
    }
    if (leaf->node->named == NULL)
        leaf->node->named = xcalloc(ENDINGS * TALLIES, sizeof(struct template *));
    leaf->node->named[leaf->end] = template;
}

static int by_requests(const void *one, const void *other)
{
    const struct leaf *a = one, *b = other;
    if (a->requests != b->requests)
        return a->requests > b->requests ? -1 : 1;
    int routes = strcmp(a->route, b->route);
    return routes != 0 ? routes : strcmp(a->method, b->method);
}

static void release_leaf(struct leaf *leaf)
{
    release_parameters(leaf->parameters, leaf->parameter_count);
    free(leaf->route);
    free(leaf->folded);
}

void templates_tell(struct templates *templates)
{
    struct walk walk = {.templates = templates};
    for (struct trie *trie = templates->tries; trie != NULL; trie = trie->hh.next) {
        walk.method = trie->method;
        visit(&walk, trie->root);
    }
    leaves_fold_rare(&walk.leaves, templates->requests);
    if (walk.leaves.count > 0)
        qsort(walk.leaves.items, walk.leaves.count, sizeof *walk.leaves.items, by_requests);
    for (size_t i = 0; i < walk.leaves.count; i++) {
        tell_leaf(templates, &walk.leaves.items[i]);
        release_leaf(&walk.leaves.items[i]);
    }
    free(walk.leaves.items);
}

void templates_forget(struct templates *templates)
{
    struct told *told, *next;
    HASH_ITER(hh, templates->by_name, told, next)
    {
        HASH_DEL(templates->by_name, told);
        release_parameters(told->template.parameters, told->template.parameter_count);
        for (size_t i = 0; i < TEMPLATE_EXAMPLES; i++)
            free(told->template.routes[i]);
        free(told->template.name);
        free(told);
    }
    free(templates->items);
    templates->items = NULL;
    templates->count = 0;
}

size_t templates_count(const struct templates *templates)
{
    return templates->count;
}

const struct template *templates_at(const struct templates *templates, size_t index)
{
    return templates->items[index];
}

const struct template *templates_named(const struct templates *templates, const char *name)
{
    struct told *told = NULL;
    HASH_FIND_STR(templates->by_name, name, told);
    return told != NULL ? &told->template : NULL;
}

size_t templates_nodes(const struct templates *templates)
{
    return templates->node_count;
}

size_t templates_bytes(const struct templates *templates)
{
    return templates->bytes + templates->table_size * sizeof *templates->table;
}
