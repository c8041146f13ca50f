/* The settling of one trie: which positions are parameters, and what they are called. */
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
#define REPETITIONS_MANY 50
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
        all += node->shapes[i]->requests;
        if (most == SHAPES || node->shapes[i]->requests > node->shapes[most]->requests)
            most = (enum shape)i;
    }
    if (most == SHAPES)
        return;
    const char *name = node->shapes[most]->requests * 10 >= all * 9 ? shape_name(most) : "id";
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
    crowd->requests += node->requests;
}

static bool crowd_varies(const struct crowd *crowd, bool top)
{
    if (top)
        return crowd->distinct > TOP_MANY && crowd->requests < TOP_REPETITIONS_FEW * crowd->distinct;
    if (crowd->distinct > VALUES_MANY && crowd->requests < REPETITIONS_MANY * crowd->distinct)
        return true;
    return crowd->distinct >= VALUES_LEAST &&
           (crowd->requests < REPETITIONS_FEW * crowd->distinct || crowd->data * 2 >= crowd->distinct);
}

static void move_word(struct node *node, struct node *word, struct node *into)
{
    HASH_DEL(node->words, word);
    node_merge(into, word);
}

static void fold_values(struct node *node, bool top)
{
    struct crowd crowd = {.distinct = 0};
    struct node *word, *next;
    for (word = node->words; word != NULL; word = word->hh.next)
        if (node_group_key(word->segment) == NULL)
            crowd_add(&crowd, word);
    if (crowd.distinct == 0 || (!node->overflowed && !crowd_varies(&crowd, top)))
        return;
    if (node->parameter == NULL)
        node->parameter = node_new(NULL);
    name_parameter(node->parameter, crowd.words * 2 > crowd.distinct ? "name" : "slug", "");
    HASH_ITER(hh, node->words, word, next)
    {
        if (node_group_key(word->segment) == NULL)
            move_word(node, word, node->parameter);
    }
}

/* The files of one group of one directory; `key` as of node_group_key(). */
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

static void settle(struct node *node, bool top);

static void settle_child(struct node *child, void *owner)
{
    (void)owner;
    settle(child, false);
}

static void settle(struct node *node, bool top)
{
    HASH_SORT(node->words, by_segment);
    fold_shapes(node);
    fold_values(node, top);
    fold_files(node, top);
    if (!top)
        fold_alike(node);
    if (node->parameter != NULL && node->parameter->name == NULL) /* only values beyond the cap */
        name_parameter(node->parameter, "slug", "");
    node_each_child(node, settle_child, NULL);
}

void trie_settle(struct trie *trie)
{
    settle(&trie->root, true);
}
