/* The tree of routes: in, and looked up. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/routes_tree.h"

static size_t literal_length(const struct segment_model *model)
{
    size_t length = strlen(model->end);
    for (size_t i = 0; i < model->part_count; i++)
        length += strlen(model->parts[i].before);
    return length;
}

/* More specific ones first; 0: they take the same. */
static int compare_models(const struct segment_model *one, const struct segment_model *other)
{
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    size_t a = literal_length(one), b = literal_length(other);
    if (a != b)
        return a > b ? -1 : 1;
    if (one->part_count != other->part_count)
        return one->part_count < other->part_count ? -1 : 1;
    for (size_t i = 0; i < one->part_count; i++) {
        int before = strcmp(one->parts[i].before, other->parts[i].before);
        if (before != 0 || one->parts[i].check != other->parts[i].check)
            return before != 0 ? before : one->parts[i].check > other->parts[i].check ? -1 : 1;
    }
    return strcmp(one->end, other->end);
}

static struct segment_model copy_model(const struct segment_model *model)
{
    struct segment_model copy = *model;
    for (size_t i = 0; i < model->part_count; i++)
        copy.parts[i].before = xstrdup(model->parts[i].before);
    copy.end = xstrdup(model->end);
    return copy;
}

static struct route_node *child_for(struct route_node *node, const struct segment_model *model)
{
    size_t place = 0;
    int order = -1;
    while (place < node->child_count && (order = compare_models(&node->children[place].model, model)) < 0)
        place++;
    if (place < node->child_count && order == 0)
        return &node->children[place];
    node->children = xrealloc(node->children, (node->child_count + 1) * sizeof *node->children);
    memmove(node->children + place + 1, node->children + place,
            (node->child_count - place) * sizeof *node->children);
    node->child_count++;
    node->children[place] = (struct route_node){.model = copy_model(model)};
    return &node->children[place];
}

void routes_insert(struct routes *routes, const struct segment_model *models, size_t count,
                   const char *methods, bool slash, const char *text)
{
    struct route_node *node = &routes->root;
    for (size_t i = 0; i < count; i++)
        node = child_for(node, &models[i]);
    node->ends = xrealloc(node->ends, (node->end_count + 1) * sizeof *node->ends);
    node->ends[node->end_count++] =
        (struct route_end){methods != NULL ? xstrdup(methods) : NULL, slash, xstrdup(text)};
}

static void release(struct route_node *node)
{
    for (size_t i = 0; i < node->child_count; i++)
        release(&node->children[i]);
    for (size_t i = 0; i < node->end_count; i++) {
        free(node->ends[i].methods);
        free(node->ends[i].text);
    }
    for (size_t i = 0; i < node->model.part_count; i++)
        free(node->model.parts[i].before);
    free(node->model.end);
    free(node->children);
    free(node->ends);
}

void routes_free(struct routes *routes)
{
    if (routes == NULL)
        return;
    release(&routes->root);
    free(routes);
}

/* ---- looking up ---- */

struct lookup {
    const char *method;
    const struct path *path;
    struct route_value *values;
    size_t count;
};

static bool names_method(const char *methods, const char *method)
{
    size_t length = strlen(method);
    for (const char *at = methods; (at = strstr(at, method)) != NULL; at++)
        if (at[-1] == ',' && at[length] == ',')
            return true;
    return false;
}

static const char *end_with(const struct route_node *node, const char *method, bool slash, bool either)
{
    for (size_t i = 0; i < node->end_count; i++) {
        const struct route_end *end = &node->ends[i];
        bool named = method == NULL ? end->methods == NULL
                                    : end->methods != NULL && names_method(end->methods, method);
        if (named && (either || end->slash == slash))
            return end->text;
    }
    return NULL;
}

/* The route that ends here, for the method first, and then for any. `either`: with a slash or without. */
static const char *end_at(const struct lookup *lookup, const struct route_node *node, bool either)
{
    bool slash = lookup->path->ending == END_SLASH;
    const char *text = end_with(node, lookup->method, slash, either);
    if (text == NULL && strcmp(lookup->method, "HEAD") == 0)
        text = end_with(node, "GET", slash, either);
    return text != NULL ? text : end_with(node, NULL, slash, either);
}

static bool passes(enum segment_check check, const char *bytes, size_t length)
{
    enum shape shape = check != CHECK_NONE ? segment_shape(bytes, length) : SHAPE_WORD;
    return length > 0 && (check == CHECK_NONE || (check == CHECK_UUID && shape == SHAPE_UUID) ||
                          (check == CHECK_INTEGER && (shape <= SHAPE_TWO_DIGITS)));
}

/* One segment; fills the values of its parameters. */
static bool fits(struct lookup *lookup, const struct segment_model *model, const struct piece *piece)
{
    const char *at = piece->bytes, *end = at + piece->length;
    size_t tail = strlen(model->end);
    if (model->kind == SEGMENT_LITERAL)
        return tail == piece->length && memcmp(at, model->end, tail) == 0;
    if ((size_t)(end - at) < tail || memcmp(end - tail, model->end, tail) != 0)
        return false;
    end -= tail;
    for (size_t i = 0; i < model->part_count; i++) {
        size_t before = strlen(model->parts[i].before);
        if ((size_t)(end - at) < before || memcmp(at, model->parts[i].before, before) != 0)
            return false;
        at += before;
        const char *next = end, *behind = i + 1 < model->part_count ? model->parts[i + 1].before : NULL;
        if (behind != NULL &&
            (at == end || (next = memmem(at + 1, (size_t)(end - at) - 1, behind, strlen(behind))) == NULL))
            return false;
        if (!passes(model->parts[i].check, at, (size_t)(next - at)))
            return false;
        lookup->values[lookup->count++] = (struct route_value){at, (size_t)(next - at)};
        at = next;
    }
    return true;
}

/* What pieces [from, to) are in the URL, up to where one is written otherwise. */
static struct route_value span(const struct path *path, size_t from, size_t to)
{
    if (from == to)
        return (struct route_value){"", 0};
    const char *start = path->pieces[from].bytes, *end = start + path->pieces[from].length;
    for (size_t i = from + 1; i < to && path->pieces[i].bytes == end + 1; i++)
        end = path->pieces[i].bytes + path->pieces[i].length;
    return (struct route_value){start, (size_t)(end - start)};
}

static const char *below(struct lookup *lookup, const struct route_node *node, size_t depth);

/* A parameter that takes the rest, or as much of it as something behind it leaves. */
static const char *rest(struct lookup *lookup, const struct route_node *child, size_t depth)
{
    const struct path *path = lookup->path;
    size_t count = lookup->count++;
    for (size_t to = depth + 1; child->child_count > 0 && to < path->count; to++) {
        lookup->values[count] = span(path, depth, to);
        const char *text = below(lookup, child, to);
        if (text != NULL)
            return text;
        lookup->count = count + 1;
    }
    bool any = depth < path->count || depth == 0 || path->ending == END_SLASH;
    lookup->values[count] = span(path, depth, path->count);
    return any ? end_at(lookup, child, true) : NULL;
}

static const char *below(struct lookup *lookup, const struct route_node *node, size_t depth)
{
    const struct path *path = lookup->path;
    const char *text = NULL;
    if (depth == path->count && path->ending != END_CUT)
        text = end_at(lookup, node, depth == 0);
    for (size_t i = 0; text == NULL && i < node->child_count; i++) {
        const struct route_node *child = &node->children[i];
        size_t count = lookup->count;
        if (child->model.kind == SEGMENT_REST)
            text = rest(lookup, child, depth);
        else if (depth < path->count && fits(lookup, &child->model, &path->pieces[depth]))
            text = below(lookup, child, depth + 1);
        if (text == NULL)
            lookup->count = count;
    }
    return text;
}

const char *routes_match(const struct routes *routes, const char *method, const struct path *path,
                         struct route_value values[ROUTE_PARAMETERS], size_t *count)
{
    struct lookup lookup = {.method = method, .path = path, .values = values};
    const char *text = below(&lookup, &routes->root, 0);
    *count = lookup.count;
    return text;
}
