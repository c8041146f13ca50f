#include "traffic/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/template_trie.h"

struct node *node_new(const char *segment)
{
    struct node *node = xcalloc(1, sizeof *node);
    node->segment = segment != NULL ? xstrdup(segment) : NULL;
    return node;
}

static void release_hash(struct node **hash)
{
    struct node *node, *next;
    HASH_ITER(hh, *hash, node, next)
    {
        HASH_DEL(*hash, node);
        node_free(node);
    }
}

static void release(struct node *node)
{
    release_hash(&node->words);
    release_hash(&node->groups);
    for (size_t i = 0; i < SHAPES; i++)
        node_free(node->shapes[i]);
    node_free(node->parameter);
    for (size_t i = 0; i < ENDINGS; i++)
        for (size_t k = 0; k < TALLIES; k++)
            free(node->ends[i].route[k]);
    free(node->segment);
    free(node->name);
    free(node->suffix);
}

void node_free(struct node *node)
{
    if (node == NULL)
        return;
    release(node);
    free(node);
}

static void merge_slot(struct node **into, struct node **from)
{
    if (*into == NULL)
        *into = *from;
    else if (*from != NULL)
        node_merge(*into, *from);
    *from = NULL;
}

static void add_word(struct node *parent, struct node *child)
{
    struct node *same = NULL;
    HASH_FIND_STR(parent->words, child->segment, same);
    if (same != NULL) {
        node_merge(same, child);
    } else if (HASH_COUNT(parent->words) < TEMPLATE_DISTINCT && !parent->overflowed) {
        HASH_ADD_KEYPTR(hh, parent->words, child->segment, strlen(child->segment), child);
    } else {
        parent->overflowed = true;
        merge_slot(&parent->parameter, &child);
    }
}

void node_merge(struct node *into, struct node *from)
{
    struct node *child, *next;
    HASH_ITER(hh, from->words, child, next)
    {
        HASH_DEL(from->words, child);
        add_word(into, child);
    }
    for (size_t i = 0; i < SHAPES; i++)
        merge_slot(&into->shapes[i], &from->shapes[i]);
    merge_slot(&into->parameter, &from->parameter);
    into->requests += from->requests;
    for (size_t i = 0; i < ENDINGS; i++)
        for (size_t k = 0; k < TALLIES; k++)
            into->ends[i].requests[k] += from->ends[i].requests[k];
    into->overflowed = into->overflowed || from->overflowed;
    node_free(from);
}

/* A path in pieces: copies, without what follows ';' in each. */
struct path {
    char *segments[TEMPLATE_SEGMENTS];
    size_t count;
    enum ending ending;
};

static void path_split(struct path *path, const char *url)
{
    const char *end = url + strcspn(url, "?#");
    *path = (struct path){.count = 0};
    if (url < end && *url == '/')
        url++;
    if (end > url && end[-1] == '/') {
        path->ending = END_SLASH;
        end--;
    }
    for (bool more = url < end; more;) {
        const char *next = memchr(url, '/', (size_t)(end - url));
        size_t length = (size_t)((next != NULL ? next : end) - url);
        const char *semicolon = memchr(url, ';', length);
        if (path->count == TEMPLATE_SEGMENTS) {
            path->ending = END_CUT;
            return;
        }
        path->segments[path->count++] = xstrndup(url, semicolon != NULL ? (size_t)(semicolon - url) : length);
        more = next != NULL;
        url += length + 1;
    }
}

static void path_release(struct path *path)
{
    for (size_t i = 0; i < path->count; i++)
        free(path->segments[i]);
}

static bool is_head(const char *method)
{
    return strcmp(method, "HEAD") == 0;
}

static struct trie *trie_find(const struct templates *templates, const char *method)
{
    struct trie *trie = NULL;
    const char *family = is_head(method) ? "GET" : method;
    HASH_FIND_STR(templates->tries, family, trie);
    return trie;
}

static struct trie *trie_of(struct templates *templates, const char *method)
{
    struct trie *trie = trie_find(templates, method);
    if (trie != NULL)
        return trie;
    trie = xcalloc(1, sizeof *trie);
    trie->method = xstrdup(is_head(method) ? "GET" : method);
    HASH_ADD_KEYPTR(hh, templates->tries, trie->method, strlen(trie->method), trie);
    return trie;
}

/* The child that a segment belongs to while learning; made when it is new. */
static struct node *child_of(struct node *node, const char *segment)
{
    enum shape shape = segment_shape(segment, strlen(segment));
    struct node **slot = shape != SHAPE_WORD ? &node->shapes[shape] : &node->parameter;
    struct node *child = NULL;
    if (shape == SHAPE_WORD) {
        HASH_FIND_STR(node->words, segment, child);
        if (child != NULL)
            return child;
        if (HASH_COUNT(node->words) < TEMPLATE_DISTINCT && !node->overflowed) {
            child = node_new(segment);
            HASH_ADD_KEYPTR(hh, node->words, child->segment, strlen(child->segment), child);
            return child;
        }
        node->overflowed = true;
    }
    if (*slot == NULL)
        *slot = node_new(NULL);
    return *slot;
}

struct templates *templates_new(void)
{
    return xcalloc(1, sizeof(struct templates));
}

void templates_free(struct templates *templates)
{
    struct trie *trie, *next;
    if (templates == NULL)
        return;
    HASH_ITER(hh, templates->tries, trie, next)
    {
        HASH_DEL(templates->tries, trie);
        release(&trie->root);
        free(trie->method);
        free(trie);
    }
    free(templates);
}

void templates_add(struct templates *templates, const char *method, const char *url)
{
    struct path path;
    path_split(&path, url);
    struct node *node = &trie_of(templates, method)->root;
    node->requests++;
    for (size_t i = 0; i < path.count; i++) {
        node = child_of(node, path.segments[i]);
        node->requests++;
    }
    node->ends[path.ending].requests[is_head(method)]++;
    templates->requests++;
    path_release(&path);
}

static int by_method(const struct trie *one, const struct trie *other)
{
    return strcmp(one->method, other->method);
}

void templates_settle(struct templates *templates)
{
    HASH_SORT(templates->tries, by_method);
    for (struct trie *trie = templates->tries; trie != NULL; trie = trie->hh.next) {
        trie_settle(trie);
        trie_write_routes(trie);
    }
    templates_fold_rare(templates);
}

void node_each_child(struct node *node, void (*visit)(struct node *child, void *owner), void *owner)
{
    for (struct node *word = node->words; word != NULL; word = word->hh.next)
        visit(word, owner);
    for (struct node *group = node->groups; group != NULL; group = group->hh.next)
        visit(group, owner);
    if (node->parameter != NULL)
        visit(node->parameter, owner);
}

const char *node_group_key(const char *segment)
{
    const char *extension = segment_extension(segment);
    if (extension == NULL)
        return NULL;
    return extension_is_page(extension) ? extension : "*";
}

/* The child that a segment belongs to after settling; NULL when none fits. */
static struct node *settled_child(struct node *node, const char *segment)
{
    struct node *child = NULL;
    if (segment_shape(segment, strlen(segment)) == SHAPE_WORD) {
        const char *group = node_group_key(segment);
        HASH_FIND_STR(node->words, segment, child);
        if (child == NULL && group != NULL)
            HASH_FIND_STR(node->groups, group, child);
    }
    return child != NULL ? child : node->parameter;
}

char *templates_name(const struct templates *templates, const char *method, const char *url)
{
    struct path path;
    path_split(&path, url);
    struct trie *trie = trie_find(templates, method);
    struct node *node = trie != NULL ? &trie->root : NULL;
    for (size_t i = 0; i < path.count && node != NULL; i++)
        node = settled_child(node, path.segments[i]);
    const char *route = node != NULL ? node->ends[path.ending].route[is_head(method)] : NULL;
    path_release(&path);
    return xasprintf("%s %s", method, route != NULL ? route : "/{path...}");
}
