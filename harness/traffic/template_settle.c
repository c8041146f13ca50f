/* The settling of one trie: which positions are parameters, and what they are called. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "traffic/template.h"
#include "traffic/template_crowd.h"
#include "traffic/template_trie.h"

#define ASSETS_LEAST 3
#define PAGES_LEAST 5
#define LEADS_DEPTH 3
#define OPERATIONS_MANY 200
#define OPERATIONS_REPETITIONS_FEW 4

const char template_two_digits[] = "id";

static void name_parameter(struct node *node, const char *name, enum template_why why)
{
    node->name = name;
    node->why = (uint8_t)why;
}

static struct node *parameter_of(struct templates *templates, struct node *node)
{
    return node_child(templates, node, NODE_PARAMETER, "", 0, 0);
}

/* ---- ids ---- */

static bool has_shape(const struct node *node, enum shape shape)
{
    for (const struct node *child = node->first; child != NULL; child = child->next)
        if (child->kind == (unsigned)shape)
            return true;
    return false;
}

/* A number is a year where it stands first, or a month follows. */
static const char *name_of(const struct node *most, bool top)
{
    if (most->kind == SHAPE_TWO_DIGITS)
        return template_two_digits;
    if (most->kind == SHAPE_YEAR && !top && !has_shape(most, SHAPE_TWO_DIGITS))
        return shape_name(SHAPE_INTEGER);
    return shape_name((enum shape)most->kind);
}

/* All ids of one position are one parameter: an id of eight digits is as good a hash as any. Its name is that
 * of most of them, "id" when they are mixed. */
static void fold_shapes(struct templates *templates, struct node *node, bool top)
{
    const struct node *most = NULL;
    uint64_t all = 0;
    for (struct node *child = node->first; child != NULL; child = child->next) {
        if (child->kind >= SHAPES)
            continue;
        all += child->requests;
        if (most == NULL || child->requests > most->requests)
            most = child;
    }
    if (most == NULL)
        return;
    const char *name = most->requests * 10 >= all * 9 ? name_of(most, top) : shape_name(SHAPE_INTEGER);
    struct node *parameter = parameter_of(templates, node);
    for (struct node *child = node->first, *next; child != NULL; child = next) {
        next = child->next;
        if (child->kind < SHAPES)
            node_move(templates, child, parameter);
    }
    if (!node->collapsed)
        name_parameter(parameter, name, WHY_SHAPE);
}

/* ---- languages ---- */

static void fold_locales(struct templates *templates, struct node *node, bool top)
{
    size_t count = 0;
    struct node **locales = crowd_locales(node, top, &count);
    if (count > 0) {
        struct node *group = node_group(templates, node, GROUP_LOCALES);
        name_parameter(group, "locale", WHY_LOCALE);
        for (size_t i = 0; i < count; i++)
            node_move(templates, locales[i], group);
    }
    free(locales);
}

/* ---- values ---- */

static bool is_plain(const struct node *node)
{
    return node->kind == NODE_WORD && node_group_key(node->segment, node->length) == NULL;
}

static void fold_values(struct templates *templates, struct node *node, bool top)
{
    struct crowd crowd = {.distinct = 0};
    for (struct node *child = node->first; child != NULL; child = child->next)
        if (is_plain(child))
            crowd_add(&crowd, child, top);
    if (crowd.distinct == 0 || !crowd_varies(&crowd, top))
        return;
    struct node *parameter = parameter_of(templates, node);
    name_parameter(parameter, crowd.words * 2 > crowd.distinct ? "name" : "slug", WHY_VALUES);
    for (struct node *child = node->first, *next; child != NULL; child = next) {
        next = child->next;
        if (is_plain(child) && !crowd_is_hot(child, top))
            node_move(templates, child, parameter);
    }
    if (top)
        crowd_join(templates, node, parameter);
}

/* ---- files ---- */

/* The files of one group of one directory; `key` as of node_group_key(). */
struct files {
    size_t distinct, ids;
    size_t shapes[SHAPES + 1];
    const char *extension; /* the one of all, or NULL */
    bool mixed;
};

static bool is_in_group(const struct node *node, const char *key)
{
    const char *own = node->kind == NODE_WORD ? node_group_key(node->segment, node->length) : NULL;
    return own != NULL && strcmp(own, key) == 0;
}

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

static void move_group(struct templates *templates, struct node *node, const char *key, struct node *group)
{
    for (struct node *child = node->first, *next; child != NULL; child = next) {
        next = child->next;
        if (is_in_group(child, key))
            node_move(templates, child, group);
    }
}

static void fold_group(struct templates *templates, struct node *node, const char *key, bool top)
{
    struct files files = {.distinct = 0};
    bool pages = key[0] == '.';
    for (struct node *child = node->first; child != NULL; child = child->next)
        if (is_in_group(child, key))
            files_add(&files, child->segment);
    size_t least = top ? CROWD_MANY + 1 : pages ? PAGES_LEAST : ASSETS_LEAST;
    if (files.distinct == 0 || (files.distinct < least && files.ids == 0))
        return;
    struct node *group = node_group(templates, node, key);
    name_parameter(group, pages ? page_name(&files) : "file", WHY_FILES);
    group->suffix = files.mixed ? NULL : xstrdup(files.extension);
    move_group(templates, node, key, group);
}

static void fold_files(struct templates *templates, struct node *node, bool top)
{
    for (size_t i = 0; node_group_keys[i] != NULL; i++)
        fold_group(templates, node, node_group_keys[i], top);
}

static void fold_operations(struct templates *templates, struct node *node)
{
    uint64_t distinct = 0, requests = 0;
    for (struct node *child = node->first; child != NULL; child = child->next)
        if (is_in_group(child, GROUP_OPERATIONS)) {
            distinct++;
            requests += child->requests;
        }
    if (distinct <= OPERATIONS_MANY || requests >= OPERATIONS_REPETITIONS_FEW * distinct)
        return;
    struct node *group = node_group(templates, node, GROUP_OPERATIONS);
    name_parameter(group, "operation", WHY_VALUES);
    move_group(templates, node, GROUP_OPERATIONS, group);
}

/* ---- what is like a parameter beside it ---- */

static bool share_a_word(const struct templates *templates, const struct node *one, const struct node *other)
{
    for (const struct node *word = one->first; word != NULL; word = word->next)
        if (word->kind == NODE_WORD &&
            node_find(templates, other, NODE_WORD, word->segment, word->length, word->hash) != NULL)
            return true;
    return false;
}

/* What an interface calls the one who asks, and what is not there yet, is no value. */
static bool is_reserved(const struct node *node)
{
    static const char *const words[] = {"me", "self", "current", "new", "search", "latest"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(node->segment, words[i]) == 0)
            return true;
    return node->segment[0] == MARK_OPERATION;
}

/* Until nothing changes: each that joins may bring the word that the next one shares. */
static void fold_alike(struct templates *templates, struct node *node)
{
    struct node *parameter = node_find(templates, node, NODE_PARAMETER, "", 0, 0);
    for (bool changed = parameter != NULL; changed;) {
        changed = false;
        for (struct node *child = node->first, *next; child != NULL; child = next) {
            next = child->next;
            if (child->kind != NODE_WORD || is_reserved(child) || !share_a_word(templates, child, parameter))
                continue;
            node_move(templates, child, parameter);
            changed = true;
        }
    }
}

/* ---- all of it ---- */

/* Positions of which not everything was kept. */
static void name_the_rest(struct node *node)
{
    for (struct node *child = node->first; child != NULL; child = child->next)
        if (child->name == NULL && child->kind == NODE_PARAMETER)
            name_parameter(child, "slug", WHY_LIMIT);
        else if (child->name == NULL && child->kind == NODE_GROUP)
            name_parameter(child, "operation", WHY_LIMIT);
}

/* Below these stand the names of an interface, as they do in first place; further down a version is a branch, or a
 * release. */
static bool leads(const struct node *node, size_t depth)
{
    static const char *const words[] = {"api", "rest", "rpc", "ajax", "admin", "wp-json"};
    if (node->kind == NODE_GROUP)
        return strcmp(node->segment, GROUP_LOCALES) == 0;
    if (node->kind != NODE_WORD || depth > LEADS_DEPTH)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(node->segment, words[i]) == 0)
            return true;
    size_t digits = strspn(node->segment + 1, "0123456789.");
    return (node->segment[0] | 0x20) == 'v' && digits > 0 && node->segment[1 + digits] == '\0';
}

static void settle(struct templates *templates, struct node *node, size_t depth, bool top)
{
    fold_shapes(templates, node, top);
    fold_locales(templates, node, top);
    fold_values(templates, node, top);
    fold_files(templates, node, top);
    fold_operations(templates, node);
    if (!top)
        fold_alike(templates, node);
    name_the_rest(node);
    node_sort(node);
    for (struct node *child = node->first; child != NULL; child = child->next)
        settle(templates, child, depth + 1, leads(child, depth + 1));
}

void trie_settle(struct templates *templates, struct trie *trie)
{
    settle(templates, trie->root, 0, true);
}
