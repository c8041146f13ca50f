/* What a way through a settled trie is called. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/template_trie.h"

bool node_is_operation(const struct node *node)
{
    return (node->kind == NODE_WORD || node->kind == NODE_GROUP) && node->segment[0] == MARK_OPERATION;
}

bool node_is_assets(const struct node *node)
{
    return node->kind == NODE_MARKED && strcmp(node->segment, ASSETS_ROUTE) == 0;
}

/* NULL: a literal. What follows a year is a month, and a day. */
static const char *name_at(const struct route *route, size_t index)
{
    const struct node *node = route->nodes[index];
    if (node->name != template_two_digits || index == 0)
        return node->name;
    const char *before = name_at(route, index - 1);
    return before == NULL                 ? node->name
           : strcmp(before, "year") == 0  ? "month"
           : strcmp(before, "month") == 0 ? "day"
                                          : node->name;
}

/* "id", "id2" */
static void add_name(struct text *out, const struct route *route, size_t index)
{
    const char *name = name_at(route, index);
    size_t same = 1;
    for (size_t i = 0; i < index; i++) {
        const char *other = name_at(route, i);
        same += other != NULL && strcmp(other, name) == 0;
    }
    text_add_string(out, name);
    if (same > 1)
        text_addf(out, "%zu", same);
}

static void add_node(struct text *out, const struct route *route, size_t index)
{
    const struct node *node = route->nodes[index];
    if (node->kind == NODE_MARKED) {
        text_add_string(out, node->segment + 1);
        return;
    }
    text_add_string(out, !node_is_operation(node) ? "/" : node->name != NULL ? "#" : "");
    if (node->name == NULL) {
        text_add_string(out, node->segment);
        return;
    }
    text_add_char(out, '{');
    add_name(out, route, index);
    text_add_char(out, '}');
    text_add_string(out, node->suffix != NULL ? node->suffix : "");
}

char *route_text(const struct route *route, enum ending ending)
{
    struct text out = TEXT_EMPTY;
    bool operation = route->count > 0 && node_is_operation(route->nodes[route->count - 1]);
    size_t path = route->count - operation;
    for (size_t i = 0; i < path; i++)
        add_node(&out, route, i);
    if (ending == END_CUT)
        text_add_string(&out, "/{path...}");
    else if (ending == END_SLASH || path == 0)
        text_add_char(&out, '/');
    if (operation)
        add_node(&out, route, path);
    return text_take(&out);
}

static void fill(const struct templates *templates, struct template_parameter *parameter,
                 const struct values *values)
{
    if (values == NULL)
        return;
    parameter->distinct = values_distinct(values, templates->kept, &parameter->exact);
    for (size_t i = 0; i < TEMPLATE_EXAMPLES; i++)
        parameter->examples[i] = values->examples[i];
}

/* The names stand in the text of the route. */
static void fill_marked(const struct templates *templates, struct template_parameter *parameters,
                        const struct node *node, bool given)
{
    size_t count = 0;
    for (const char *at = node->segment; (at = strchr(at, '{')) != NULL; count++, at++) {
        parameters[count].name = xstrndup(at + 1, strcspn(at + 1, "}"));
        parameters[count].why = given ? WHY_ROUTE : WHY_FILES;
        fill(templates, &parameters[count], node->values != NULL ? &node->values[count] : NULL);
    }
}

struct template_parameter *route_parameters(const struct templates *templates, const struct route *route,
                                            size_t *count)
{
    size_t most = route->count;
    for (size_t i = 0; i < route->count; i++)
        if (route->nodes[i]->kind == NODE_MARKED)
            most += node_values_count(route->nodes[i]);
    struct template_parameter *parameters = xcalloc(most + 1, sizeof *parameters);
    *count = 0;
    for (size_t i = 0; i < route->count; i++) {
        const struct node *node = route->nodes[i];
        struct text name = TEXT_EMPTY;
        if (node->kind == NODE_MARKED) {
            fill_marked(templates, parameters + *count, node, !node_is_assets(node));
            *count += node_values_count(node);
        }
        if (node->name == NULL)
            continue;
        add_name(&name, route, i);
        parameters[*count].name = text_take(&name);
        parameters[*count].why = (enum template_why)node->why;
        fill(templates, &parameters[(*count)++], node->values);
    }
    return parameters;
}
