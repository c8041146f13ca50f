#include "traffic/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/operation.h"
#include "traffic/routes_inside.h"
#include "traffic/template_trie.h"
#include "traffic/wire.h"

struct templates *templates_new(void)
{
    struct templates *templates = xcalloc(1, sizeof *templates);
    bound_init(&templates->bound);
    templates->exact = TEMPLATE_SEGMENTS;
    templates->kept = VALUES_KEPT;
    return templates;
}

void templates_free(struct templates *templates)
{
    struct trie *trie, *next;
    if (templates == NULL)
        return;
    HASH_ITER(hh, templates->tries, trie, next)
    {
        HASH_DEL(templates->tries, trie);
        node_free(trie->root);
        free(trie->method);
        free(trie);
    }
    templates_forget(templates);
    free(templates->table);
    free(templates);
}

void templates_use_routes(struct templates *templates, const struct routes *routes)
{
    templates->routes = routes;
}

void templates_use_operations(struct templates *templates)
{
    templates->operations = true;
}

void templates_use_assets_group(struct templates *templates)
{
    templates->groups_assets = true;
}

static bool is_head(const char *method)
{
    return strcmp(method, "HEAD") == 0;
}

static struct trie *trie_find(const struct templates *templates, const char *method)
{
    const char *family = is_head(method) ? "GET" : method;
    struct trie *trie = templates->tries;
    while (trie != NULL && strcmp(trie->method, family) != 0) /* they are few */
        trie = trie->hh.next;
    return trie;
}

static struct trie *trie_of(struct templates *templates, const char *method)
{
    struct trie *trie = trie_find(templates, method);
    if (trie != NULL || !wire_known_method(method))
        return trie;
    trie = xcalloc(1, sizeof *trie);
    trie->method = xstrdup(is_head(method) ? "GET" : method);
    trie->root = node_root();
    HASH_ADD_KEYPTR(hh, templates->tries, trie->method, strlen(trie->method), trie);
    return trie;
}

/* ---- what a request asks for, in pieces ---- */

static bool ends_as_asset(const struct path *path)
{
    if (path->count == 0 || path->ending != END_PLAIN)
        return false;
    const struct piece *last = &path->pieces[path->count - 1];
    const char *extension = segment_extension_of(last->bytes, last->length);
    return extension != NULL &&
           extension_is_asset(extension, (size_t)(last->bytes + last->length - extension));
}

static bool reads(const char *method)
{
    return strcmp(method, "GET") == 0 || is_head(method);
}

bool template_is_asset(const char *method, const char *url)
{
    struct path path;
    if (!reads(method))
        return false;
    path_split(&path, url);
    return ends_as_asset(&path);
}

/* A request on its way through the trie. */
struct asked {
    struct path path;
    struct route_value values[ROUTE_PARAMETERS]; /* of the marked piece */
    size_t value_count;
    char operation[OPERATION_SIZE + 1];
};

static void mark(struct asked *asked, const char *text)
{
    asked->path.pieces[0] = (struct piece){text, strlen(text), NODE_MARKED};
    asked->path.count = 1;
    asked->path.ending = END_PLAIN;
}

/* All of the path is the one value of "{asset...}". */
static void mark_asset(struct asked *asked, const char *url)
{
    url += *url == '/';
    asked->values[0] = (struct route_value){url, strcspn(url, "?#")};
    asked->value_count = 1;
    mark(asked, ASSETS_ROUTE);
}

static void add_operation(struct asked *asked, const struct request *request)
{
    asked->operation[0] = MARK_OPERATION;
    if (!operation_name(request, asked->operation + 1))
        return;
    asked->path.pieces[asked->path.count++] =
        (struct piece){asked->operation, strlen(asked->operation), NODE_WORD};
}

static void ask(struct asked *asked, const struct templates *templates, const struct request *request)
{
    const char *route = NULL;
    path_split(&asked->path, request->url);
    asked->value_count = 0;
    if (templates->routes != NULL)
        route = routes_match(templates->routes, request->method, &asked->path, asked->values,
                             &asked->value_count);
    if (route != NULL)
        mark(asked, route);
    else if (templates->groups_assets && reads(request->method) && ends_as_asset(&asked->path))
        mark_asset(asked, request->url);
    if (templates->operations && asked->path.ending != END_CUT)
        add_operation(asked, request);
}

static void cut(struct path *path, const struct templates *templates)
{
    size_t most = templates->exact + BELOW_EXACT;
    if (path->count <= most || path->pieces[0].kind == NODE_MARKED)
        return;
    path->count = most;
    path->ending = END_CUT;
}

/* ---- learning ---- */

static void learn_values(const struct templates *templates, struct node *node, const struct asked *asked)
{
    size_t most = node_values_count(node), count = asked->value_count < most ? asked->value_count : most;
    struct values *values = count > 0 ? node_values(node) : NULL;
    for (size_t i = 0; i < count; i++)
        values_add(&values[i], asked->values[i].bytes, asked->values[i].length,
                   path_hash(asked->values[i].bytes, asked->values[i].length), templates->kept);
}

static struct node *learn_piece(struct templates *templates, struct node *node, const struct piece *piece,
                                uint64_t hash)
{
    bool marked = piece->kind == NODE_MARKED,
         operation = piece->length > 0 && piece->bytes[0] == MARK_OPERATION,
         whole = marked || piece->kind == NODE_WORD; /* not only its shape is kept */
    struct node *child = node->collapsed && !marked ? node_home(templates, node, piece->bytes, piece->length)
                         : whole ? node_child(templates, node, piece->kind, piece->bytes, piece->length, hash)
                                 : node_child(templates, node, piece->kind, "", 0, 0);
    child->requests++;
    if (child->kind != NODE_WORD && !marked)
        values_add(node_values(child), piece->bytes + operation, piece->length - (size_t)operation, hash,
                   templates->kept);
    return child;
}

/* A few times in a log: it has become large. */
static void limit(struct templates *templates)
{
    size_t depth = bound_depth(&templates->bound, TEMPLATE_BEGINNINGS);
    if (depth >= templates->exact)
        return;
    templates->exact = depth;
    templates->kept = VALUES_LEAST_KEPT;
    for (struct trie *trie = templates->tries; trie != NULL; trie = trie->hh.next)
        trie_limit(templates, trie);
}

/* The beginnings of a path count as they were before anything was cut or collapsed. */
static void count_beginnings(struct templates *templates, const char *method, const struct path *path,
                             uint64_t hashes[])
{
    uint64_t beginning = path_hash(method, strlen(method));
    bool grew = false;
    for (size_t i = 0; i < path->count; i++) {
        const struct piece *piece = &path->pieces[i];
        hashes[i] = path_hash(piece->bytes, piece->length);
        beginning =
            (beginning ^ (piece->kind < NODE_WORD ? piece->kind : hashes[i])) * UINT64_C(0x9e3779b97f4a7c15);
        beginning ^= beginning >> 29;
        if (i < TEMPLATE_SEGMENTS)
            grew = bound_add(&templates->bound, i + 1, beginning) || grew;
    }
    if (grew)
        limit(templates);
}

void templates_add_request(struct templates *templates, const struct request *request)
{
    struct asked asked;
    uint64_t hashes[TEMPLATE_SEGMENTS + PATH_MARKED];
    struct trie *trie = trie_of(templates, request->method);
    templates->requests++;
    if (trie == NULL)
        return;
    ask(&asked, templates, request);
    count_beginnings(templates, trie->method, &asked.path, hashes);
    cut(&asked.path, templates);
    struct node *node = trie->root;
    node->requests++;
    for (size_t i = 0; i < asked.path.count; i++) {
        node->collapsed = i >= templates->exact;
        node = learn_piece(templates, node, &asked.path.pieces[i], hashes[i]);
        if (node->kind == NODE_MARKED)
            learn_values(templates, node, &asked);
    }
    node->ends[asked.path.ending][is_head(request->method)]++;
}

static int by_method(const struct trie *one, const struct trie *other)
{
    return strcmp(one->method, other->method);
}

void templates_settle(struct templates *templates)
{
    HASH_SORT(templates->tries, by_method);
    for (struct trie *trie = templates->tries; trie != NULL; trie = trie->hh.next)
        trie_settle(templates, trie);
    templates_tell(templates);
}

/* ---- naming ---- */

/* The child that a piece belongs to after settling; NULL when none fits. */
static struct node *settled_child(const struct templates *templates, struct node *node,
                                  const struct piece *piece)
{
    struct node *child = NULL;
    uint64_t hash = piece->kind >= NODE_WORD ? path_hash(piece->bytes, piece->length) : 0;
    if (piece->kind == NODE_MARKED)
        return node_find(templates, node, NODE_MARKED, piece->bytes, piece->length, hash);
    if (piece->kind == NODE_WORD)
        child = node_find(templates, node, NODE_WORD, piece->bytes, piece->length, hash);
    if (child == NULL && piece->kind == NODE_WORD && node->grouped)
        child = node_group_of(templates, node, piece->bytes, piece->length);
    return child != NULL ? child : node_find(templates, node, NODE_PARAMETER, "", 0, 0);
}

const struct template *templates_find(const struct templates *templates, const struct request *request)
{
    struct asked asked;
    struct trie *trie = trie_find(templates, request->method);
    if (trie == NULL)
        return NULL;
    ask(&asked, templates, request);
    cut(&asked.path, templates);
    struct node *node = trie->root;
    for (size_t i = 0; i < asked.path.count && node != NULL; i++)
        node = settled_child(templates, node, &asked.path.pieces[i]);
    if (node == NULL || node->named == NULL)
        return NULL;
    return node->named[(size_t)asked.path.ending * TALLIES + is_head(request->method)];
}

char *templates_name_request(const struct templates *templates, const struct request *request)
{
    const struct template *found = templates_find(templates, request);
    return found != NULL ? xstrdup(found->name) : xasprintf("%s /{path...}", request->method);
}

static struct request bare(const char *method, const char *url)
{
    return (struct request){.method = (char *)(uintptr_t)method, .url = (char *)(uintptr_t)url};
}

void templates_add(struct templates *templates, const char *method, const char *url)
{
    const struct request request = bare(method, url);
    templates_add_request(templates, &request);
}

char *templates_name(const struct templates *templates, const char *method, const char *url)
{
    const struct request request = bare(method, url);
    return templates_name_request(templates, &request);
}
