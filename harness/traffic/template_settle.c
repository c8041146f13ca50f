/* The settling of one trie: which positions are parameters, what they are called, and the routes. */
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"
#include "traffic/template.h"
#include "traffic/template_trie.h"

#define ASSETS_LEAST 3
#define PAGES_LEAST 5
#define VALUES_MANY 24
#define VALUES_LEAST 8
#define REPETITIONS_FEW 4
#define TOP_MANY 100
#define TOP_REPETITIONS_FEW 10

static int by_segment(const struct node *one, const struct node *other)
{
    return strcmp(one->segment, other->segment);
}

static void name_parameter(struct node *node, const char *name, const char *suffix)
{
    free(node->name);
    free(node->suffix);
    node->name = xstrdup(name);
    node->suffix = xstrdup(suffix);
}

/* All ids of one position are one parameter: an id of eight digits is as good a hash as any. Its name is that
 * of most of them, "id" when they are mixed. */
static void fold_shapes(struct node *node)
{
    enum shape most = SHAPES;
    uint64_t all = 0;
    for (int i = 0; i < SHAPES; i++) {
        if (node->shapes[i] == NULL)
            continue;
        all += node_requests(node->shapes[i]);
        if (most == SHAPES || node_requests(node->shapes[i]) > node_requests(node->shapes[most]))
            most = (enum shape)i;
    }
    if (most == SHAPES)
        return;
    const char *name = node_requests(node->shapes[most]) * 10 >= all * 9 ? shape_name(most) : "id";
    for (int i = 0; i < SHAPES; i++) {
        if (node->shapes[i] == NULL)
            continue;
        if (node->parameter == NULL)
            node->parameter = node_new(NULL);
        node_merge(node->parameter, node->shapes[i]);
        node->shapes[i] = NULL;
    }
    name_parameter(node->parameter, name, "");
}

/* What a set of siblings looks like. */
struct crowd {
    size_t distinct, data, words;
    uint64_t requests;
};

static void crowd_add(struct crowd *crowd, const struct node *node)
{
    crowd->distinct++;
    crowd->data += segment_is_data(node->segment);
    crowd->words += segment_is_word(node->segment);
    crowd->requests += node_requests(node);
}

static bool crowd_varies(const struct crowd *crowd, bool top)
{
    if (top)
        return crowd->distinct > TOP_MANY && crowd->requests < TOP_REPETITIONS_FEW * crowd->distinct;
    if (crowd->distinct > VALUES_MANY)
        return true;
    return crowd->distinct >= VALUES_LEAST &&
           (crowd->requests < REPETITIONS_FEW * crowd->distinct || crowd->data * 2 >= crowd->distinct);
}

static void move_word(struct node *node, struct node *word, struct node *into)
{
    HASH_DEL(node->words, word);
    node_merge(into, word);
}

/* Values without an extension, or all of them where the path goes on. */
static bool is_plain(const struct node *word, bool last)
{
    return !last || node_group_key(word->segment) == NULL;
}

static void fold_values(struct node *node, bool last, bool top)
{
    struct crowd crowd = {.distinct = 0};
    struct node *word, *next;
    for (word = node->words; word != NULL; word = word->hh.next)
        if (is_plain(word, last))
            crowd_add(&crowd, word);
    if (crowd.distinct == 0 || (!node->overflowed && !crowd_varies(&crowd, top)))
        return;
    if (node->parameter == NULL)
        node->parameter = node_new(NULL);
    name_parameter(node->parameter, crowd.words * 2 > crowd.distinct ? "name" : "slug", "");
    HASH_ITER(hh, node->words, word, next)
    {
        if (is_plain(word, last))
            move_word(node, word, node->parameter);
    }
}

/* The files of one group in last place; `key` as of node_group_key(). */
struct files {
    size_t distinct, ids;
    size_t shapes[SHAPES + 1];
    const char *extension; /* the one of all, or NULL */
    bool mixed;
};

static void files_add(struct files *files, const char *segment)
{
    const char *extension = segment_extension(segment);
    enum shape shape = segment_shape(segment, (size_t)(extension - segment));
    files->distinct++;
    files->shapes[shape]++;
    files->ids += shape != SHAPE_WORD && shape != SHAPE_SLUG;
    files->mixed = files->mixed || (files->extension != NULL && strcmp(files->extension, extension) != 0);
    files->extension = extension;
}

static const char *page_name(const struct files *files)
{
    for (int i = 0; i < SHAPE_SLUG; i++)
        if (files->shapes[i] * 10 >= files->distinct * 9)
            return shape_name((enum shape)i);
    return "slug";
}

static void fold_group(struct node *node, const char *key, bool top)
{
    struct files files = {.distinct = 0};
    struct node *word, *next;
    bool pages = key[0] == '.';
    for (word = node->words; word != NULL; word = word->hh.next) {
        const char *own = node_group_key(word->segment);
        if (own != NULL && strcmp(own, key) == 0)
            files_add(&files, word->segment);
    }
    size_t least = top ? VALUES_MANY + 1 : pages ? PAGES_LEAST : ASSETS_LEAST;
    if (files.distinct == 0 || (files.distinct < least && files.ids == 0 && !node->overflowed))
        return;
    struct node *group = node_new(key);
    name_parameter(group, pages ? page_name(&files) : "file", files.mixed ? "" : files.extension);
    HASH_ADD_KEYPTR(hh, node->groups, group->segment, strlen(group->segment), group);
    HASH_ITER(hh, node->words, word, next)
    {
        const char *own = node_group_key(word->segment);
        if (own != NULL && strcmp(own, group->segment) == 0)
            move_word(node, word, group);
    }
}

static void fold_files(struct node *node, bool top)
{
    struct strings keys = {NULL, 0};
    for (struct node *word = node->words; word != NULL; word = word->hh.next) {
        const char *key = node_group_key(word->segment);
        if (key != NULL && !strings_has(&keys, key))
            strings_add(&keys, key);
    }
    for (size_t i = 0; i < keys.count; i++)
        fold_group(node, keys.items[i], top);
    strings_release(&keys);
}

static bool share_a_word(const struct node *one, const struct node *other)
{
    for (const struct node *word = one->words; word != NULL; word = word->hh.next) {
        struct node *same = NULL;
        HASH_FIND_STR(other->words, word->segment, same);
        if (same != NULL)
            return true;
    }
    return false;
}

/* Until nothing changes: each that joins may bring the word that the next one shares. */
static void fold_alike(struct node *node)
{
    bool changed = node->parameter != NULL;
    while (changed) {
        struct node *word, *next;
        changed = false;
        HASH_ITER(hh, node->words, word, next)
        {
            if (!share_a_word(word, node->parameter))
                continue;
            move_word(node, word, node->parameter);
            changed = true;
        }
    }
}

static void name_overflow(struct node *node)
{
    if (node->parameter != NULL && node->parameter->name == NULL)
        name_parameter(node->parameter, "slug", "");
}

static void settle(struct node *node, size_t left, bool top)
{
    bool last = left == 1;
    if (left == 0)
        return;
    HASH_SORT(node->words, by_segment);
    fold_shapes(node);
    fold_values(node, last, top);
    if (last)
        fold_files(node, top);
    else if (!top)
        fold_alike(node);
    name_overflow(node);
    for (struct node *word = node->words; word != NULL; word = word->hh.next)
        settle(word, left - 1, false);
    for (struct node *group = node->groups; group != NULL; group = group->hh.next)
        settle(group, left - 1, false);
    if (node->parameter != NULL)
        settle(node->parameter, left - 1, false);
}

/* A route on the way down. */
struct route {
    const struct trie *trie;
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

static void write_route(const struct route *route, struct node *end)
{
    struct text out = TEXT_EMPTY;
    for (size_t i = 0; i < route->count; i++) {
        const struct node *node = route->nodes[i];
        text_add_char(&out, '/');
        if (node->name == NULL) {
            add_literal(&out, node->segment);
            continue;
        }
        size_t same = same_names_before(route, i);
        text_addf(&out, same > 0 ? "{%s%zu}%s" : "{%s}%s", node->name, same + 1, node->suffix);
    }
    if (route->trie->cut)
        text_add_string(&out, "/{path...}");
    if (route->trie->slash || route->count == 0)
        text_add_char(&out, '/');
    for (size_t i = 0; i < TALLIES; i++)
        if (end->requests[i] > 0)
            end->route[i] = xstrdup(text_string(&out));
    text_release(&out);
}

static void write_routes(struct route *route, struct node *node);

static void write_below(struct route *route, struct node *node)
{
    if (node == NULL)
        return;
    route->nodes[route->count++] = node;
    write_routes(route, node);
    route->count--;
}

static void write_routes(struct route *route, struct node *node)
{
    if (route->count == route->trie->segments) {
        write_route(route, node);
        return;
    }
    for (struct node *word = node->words; word != NULL; word = word->hh.next)
        write_below(route, word);
    for (struct node *group = node->groups; group != NULL; group = group->hh.next)
        write_below(route, group);
    write_below(route, node->parameter);
}

void trie_settle(struct trie *trie)
{
    struct route route = {.trie = trie};
    settle(&trie->root, trie->segments, true);
    write_routes(&route, &trie->root);
}
