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
    for (size_t i = 0; i < TALLIES; i++)
        free(node->route[i]);
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

uint64_t node_requests(const struct node *node)
{
    return node->requests[0] + node->requests[1];
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
    for (size_t i = 0; i < TALLIES; i++)
        into->requests[i] += from->requests[i];
    into->overflowed = into->overflowed || from->overflowed;
    node_free(from);
}

/* A path in pieces: copies, without what follows ';' in each. */
struct path {
    char *segments[TEMPLATE_SEGMENTS];
    size_t count;
    bool slash, cut;
};

static void path_split(struct path *path, const char *url)
{
    const char *end = url + strcspn(url, "?#");
    *path = (struct path){.count = 0};
    if (url < end && *url == '/')
        url++;
    if (end > url && end[-1] == '/') {
        path->slash = true;
        end--;
    }
    for (bool more = url < end; more;) {
        const char *next = memchr(url, '/', (size_t)(end - url));
        size_t length = (size_t)((next != NULL ? next : end) - url);
        const char *semicolon = memchr(url, ';', length);
        if (path->count == TEMPLATE_SEGMENTS) {
            path->cut = true;
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

static const char *family_of(const char *method)
{
    return strcmp(method, "HEAD") == 0 ? "GET" : method;
}

static char *trie_key(const char *method, const struct path *path)
{
    return xasprintf("%s %zu%s%s", family_of(method), path->count, path->slash ? "/" : "",
                     path->cut ? "+" : "");
}

static struct trie *trie_find(const struct templates *templates, const char *key)
{
    struct trie *trie = NULL;
    HASH_FIND_STR(templates->tries, key, trie);
    return trie;
}

static struct trie *trie_of(struct templates *templates, const char *method, const struct path *path)
{
    char *key = trie_key(method, path);
    struct trie *trie = trie_find(templates, key);
    if (trie != NULL) {
        free(key);
        return trie;
    }
    trie = xcalloc(1, sizeof *trie);
    trie->key = key;
    trie->family = xstrdup(family_of(method));
    trie->segments = path->count;
    trie->slash = path->slash;
    trie->cut = path->cut;
    HASH_ADD_KEYPTR(hh, templates->tries, trie->key, strlen(trie->key), trie);
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
        free(trie->key);
        free(trie->family);
        free(trie);
    }
    free(templates);
}

void templates_add(struct templates *templates, const char *method, const char *url)
{
    struct path path;
    path_split(&path, url);
    int tally = strcmp(method, "HEAD") == 0;
    struct node *node = &trie_of(templates, method, &path)->root;
    node->requests[tally]++;
    for (size_t i = 0; i < path.count; i++) {
        node = child_of(node, path.segments[i]);
        node->requests[tally]++;
    }
    templates->requests++;
    path_release(&path);
}

static int by_key(const struct trie *one, const struct trie *other)
{
    return strcmp(one->key, other->key);
}

void templates_settle(struct templates *templates)
{
    HASH_SORT(templates->tries, by_key);
    for (struct trie *trie = templates->tries; trie != NULL; trie = trie->hh.next)
        trie_settle(trie);
    templates_fold_rare(templates);
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
    char *key = trie_key(method, &path);
    struct trie *trie = trie_find(templates, key);
    struct node *node = trie != NULL ? &trie->root : NULL;
    for (size_t i = 0; i < path.count && node != NULL; i++)
        node = settled_child(node, path.segments[i]);
    const char *route = node != NULL ? node->route[strcmp(method, "HEAD") == 0] : NULL;
    free(key);
    path_release(&path);
    return xasprintf("%s %s", method, route != NULL ? route : "/{path...}");
}
