#include "traffic/template_trie.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define TABLE_LEAST 256

static struct node *node_new(unsigned kind, const char *segment, size_t length, uint64_t hash)
{
    struct node *node = xcalloc(1, sizeof *node + length + 1);
    node->kind = (uint8_t)kind;
    node->hash = hash;
    node->length = (uint16_t)length;
    memcpy(node->segment, segment, length);
    return node;
}

struct node *node_root(void)
{
    return node_new(NODE_ROOT, "", 0, 0);
}

static void release(struct node *node)
{
    if (node->values != NULL)
        for (size_t i = 0; i < node_values_count(node); i++)
            values_release(&node->values[i]);
    free(node->values);
    free(node->named);
    free(node->suffix);
    free(node);
}

void node_free(struct node *node)
{
    for (struct node *child = node->first, *next; child != NULL; child = next) {
        next = child->next;
        node_free(child);
    }
    release(node);
}

/* ---- the table ---- */

static size_t slot_of(const struct templates *templates, const struct node *parent, unsigned kind,
                      uint64_t hash)
{
    uint64_t mixed =
        (hash ^ (uint64_t)(uintptr_t)parent ^ (uint64_t)kind << 56) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 20) & (templates->table_size - 1);
}

static size_t slot_of_node(const struct templates *templates, const struct node *node)
{
    return slot_of(templates, node->parent, node->kind, node->hash);
}

struct node *node_find(const struct templates *templates, const struct node *parent, unsigned kind,
                       const char *segment, size_t length, uint64_t hash)
{
    if (templates->table_size == 0)
        return NULL;
    for (size_t i = slot_of(templates, parent, kind, hash);; i = (i + 1) & (templates->table_size - 1)) {
        struct node *node = templates->table[i];
        if (node == NULL || (node->hash == hash && node->parent == parent && node->kind == kind &&
                             node->length == length && memcmp(node->segment, segment, length) == 0))
            return node;
    }
}

static void place(struct templates *templates, struct node *node)
{
    size_t i = slot_of_node(templates, node);
    while (templates->table[i] != NULL)
        i = (i + 1) & (templates->table_size - 1);
    templates->table[i] = node;
}

static void grow(struct templates *templates)
{
    struct node **old = templates->table;
    size_t size = templates->table_size;
    templates->table_size = size > 0 ? size * 2 : TABLE_LEAST;
    templates->table = xcalloc(templates->table_size, sizeof *templates->table);
    for (size_t i = 0; i < size; i++)
        if (old[i] != NULL)
            place(templates, old[i]);
    free(old);
}

/* What follows in the table moves up, so that no gap parts a node from its slot. */
static void displace(struct templates *templates, const struct node *node)
{
    size_t mask = templates->table_size - 1, hole = slot_of_node(templates, node);
    while (templates->table[hole] != node)
        hole = (hole + 1) & mask;
    for (size_t i = (hole + 1) & mask; templates->table[i] != NULL; i = (i + 1) & mask) {
        size_t home = slot_of_node(templates, templates->table[i]);
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        templates->table[hole] = templates->table[i];
        hole = i;
    }
    templates->table[hole] = NULL;
}

/* ---- nodes in their places ---- */

static size_t size_of(const struct node *node)
{
    return sizeof *node + node->length + 1u;
}

static void link_child(struct templates *templates, struct node *parent, struct node *child)
{
    if ((templates->node_count + 1) * 2 > templates->table_size)
        grow(templates);
    child->parent = parent;
    child->next = parent->first;
    child->back = &parent->first;
    if (child->next != NULL)
        child->next->back = &child->next;
    parent->first = child;
    templates->node_count++;
    templates->bytes += size_of(child);
    place(templates, child);
}

static void unlink_child(struct templates *templates, struct node *child)
{
    *child->back = child->next;
    if (child->next != NULL)
        child->next->back = child->back;
    templates->node_count--;
    templates->bytes -= size_of(child);
    displace(templates, child);
}

struct node *node_child(struct templates *templates, struct node *parent, unsigned kind, const char *segment,
                        size_t length, uint64_t hash)
{
    struct node *node = node_find(templates, parent, kind, segment, length, hash);
    if (node == NULL) {
        node = node_new(kind, segment, length, hash);
        link_child(templates, parent, node);
    }
    return node;
}

struct node *node_group(struct templates *templates, struct node *parent, const char *key)
{
    size_t length = strlen(key);
    parent->grouped = true;
    return node_child(templates, parent, NODE_GROUP, key, length, path_hash(key, length));
}

const char *const node_group_keys[] = {".html", ".htm",  ".xhtml", ".xml",       ".json", ".txt",
                                       ".rss",  ".atom", ".md",    GROUP_ASSETS, NULL};

const char *node_group_key(const char *segment, size_t length)
{
    if (length > 0 && segment[0] == MARK_OPERATION)
        return GROUP_OPERATIONS;
    const char *extension = segment_extension_of(segment, length);
    size_t size = extension != NULL ? (size_t)(segment + length - extension) : 0;
    if (extension == NULL)
        return NULL;
    for (size_t i = 0; node_group_keys[i] != NULL; i++)
        if ((extension[1] | 0x20) == node_group_keys[i][1] &&
            strncasecmp(extension, node_group_keys[i], size) == 0 && node_group_keys[i][size] == '\0')
            return node_group_keys[i];
    return GROUP_ASSETS;
}

static struct node *group_find(const struct templates *templates, const struct node *parent, const char *key)
{
    size_t length = strlen(key);
    return node_find(templates, parent, NODE_GROUP, key, length, path_hash(key, length));
}

struct node *node_group_of(const struct templates *templates, struct node *parent, const char *segment,
                           size_t length)
{
    const char *key = node_group_key(segment, length);
    if (key != NULL)
        return group_find(templates, parent, key);
    return segment_is_locale(segment, length) ? group_find(templates, parent, GROUP_LOCALES) : NULL;
}

struct node *node_home(struct templates *templates, struct node *parent, const char *segment, size_t length)
{
    if (length > 0 && segment[0] == MARK_OPERATION)
        return node_group(templates, parent, GROUP_OPERATIONS);
    return node_child(templates, parent, NODE_PARAMETER, "", 0, 0);
}

/* ---- merging ---- */

size_t node_values_count(const struct node *node)
{
    size_t count = 0;
    if (node->kind != NODE_MARKED)
        return 1;
    for (size_t i = 0; i < node->length; i++)
        count += node->segment[i] == '{';
    return count;
}

struct values *node_values(struct node *node)
{
    if (node->values == NULL)
        node->values = xcalloc(node_values_count(node), sizeof *node->values);
    return node->values;
}

static void merge_values(const struct templates *templates, struct node *into, const struct node *from)
{
    size_t kept = templates->kept;
    bool operation = from->length > 0 && from->segment[0] == MARK_OPERATION;
    if (into->kind == NODE_WORD)
        return;
    if (from->kind == NODE_WORD)
        values_add(node_values(into), from->segment + operation, from->length - (size_t)operation, from->hash,
                   kept);
    else if (from->values != NULL)
        values_merge(node_values(into), from->values, kept);
}

static void collapse(struct templates *templates, struct node *node);

static void take_child(struct templates *templates, struct node *into, struct node *child)
{
    struct node *same =
        into->collapsed && child->kind != NODE_MARKED
            ? node_home(templates, into, child->segment, child->length)
            : node_find(templates, into, child->kind, child->segment, child->length, child->hash);
    if (same != NULL) {
        node_merge(templates, same, child);
        return;
    }
    link_child(templates, into, child);
    into->grouped = into->grouped || child->kind == NODE_GROUP;
}

void node_merge(struct templates *templates, struct node *into, struct node *from)
{
    if (from->collapsed && !into->collapsed)
        collapse(templates, into);
    for (struct node *child; (child = from->first) != NULL;) {
        unlink_child(templates, child);
        take_child(templates, into, child);
    }
    merge_values(templates, into, from);
    into->requests += from->requests;
    for (size_t i = 0; i < ENDINGS; i++)
        for (size_t k = 0; k < TALLIES; k++)
            into->ends[i][k] += from->ends[i][k];
    release(from);
}

void node_move(struct templates *templates, struct node *child, struct node *into)
{
    unlink_child(templates, child);
    node_merge(templates, into, child);
}

static void collapse(struct templates *templates, struct node *node)
{
    struct node *gathered = NULL; /* before any is moved: what moves makes new children */
    if (node->collapsed)
        return;
    node->collapsed = true;
    for (struct node *child = node->first, *next; child != NULL; child = next) {
        next = child->next;
        if (child->kind == NODE_MARKED)
            continue;
        unlink_child(templates, child);
        child->next = gathered;
        gathered = child;
    }
    for (struct node *child = gathered, *next; child != NULL; child = next) {
        next = child->next;
        node_merge(templates, node_home(templates, node, child->segment, child->length), child);
    }
}

static void gather_ends(const struct node *node, uint64_t requests[TALLIES])
{
    for (size_t i = 0; i < ENDINGS; i++)
        for (size_t k = 0; k < TALLIES; k++)
            requests[k] += node->ends[i][k];
    for (const struct node *child = node->first; child != NULL; child = child->next)
        gather_ends(child, requests);
}

static void drop(struct templates *templates, struct node *node)
{
    for (struct node *child; (child = node->first) != NULL;)
        drop(templates, child);
    unlink_child(templates, node);
    release(node);
}

static void cut_here(struct templates *templates, struct node *node)
{
    for (struct node *child; (child = node->first) != NULL;) {
        gather_ends(child, node->ends[END_CUT]);
        drop(templates, child);
    }
}

static void limit(struct templates *templates, struct node *node, size_t depth)
{
    for (size_t i = 0; node->values != NULL && i < node_values_count(node); i++)
        values_trim(&node->values[i], templates->kept);
    if (depth == templates->exact + BELOW_EXACT)
        cut_here(templates, node);
    else if (depth >= templates->exact)
        collapse(templates, node);
    for (struct node *child = node->first; child != NULL; child = child->next)
        limit(templates, child, depth + 1);
}

void trie_limit(struct templates *templates, struct trie *trie)
{
    limit(templates, trie->root, 0);
}

static int by_place(const void *one, const void *other)
{
    const struct node *a = *(struct node *const *)one, *b = *(struct node *const *)other;
    return a->kind != b->kind ? a->kind - b->kind : strcmp(a->segment, b->segment);
}

void node_sort(struct node *node)
{
    size_t count = 0, at = 0;
    for (const struct node *child = node->first; child != NULL; child = child->next)
        count++;
    if (count < 2)
        return;
    struct node **children = xcalloc(count, sizeof *children), **back = &node->first;
    for (struct node *child = node->first; child != NULL; child = child->next)
        children[at++] = child;
    qsort(children, count, sizeof *children, by_place);
    for (size_t i = 0; i < count; i++) {
        *back = children[i];
        children[i]->back = back;
        back = &children[i]->next;
    }
    *back = NULL;
    free(children);
}
