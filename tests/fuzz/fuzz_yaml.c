/* YAML: places lie within the text, whatever is refused is refused in a line that says where; the same text as any YAML to
 * JSON, which can be written and read again. */
#include "base/yaml.h"
#include "base/yaml_json.h"

#include "fuzz.h"

static void check(const struct yaml *node, size_t size, int depth)
{
    hold(depth <= YAML_DEEPEST && node->line > 0 && node->column > 0);
    hold(node->begin <= node->end && node->end <= size);
    for (size_t i = 0; node->kind != YAML_SCALAR && i < node->count; i++) {
        check(node->items[i], size, depth + 1);
        if (node->kind != YAML_MAP)
            continue;
        hold(node->keys[i]->kind == YAML_SCALAR && yaml_get(node, node->keys[i]->text) == node->items[i]);
    }
}

static void to_json(const char *text, size_t size)
{
    struct err err = {0};
    json_t *tree = yaml_json_read(text, size, "fuzz", &err);
    if (tree == NULL) {
        hold_one_line(&err);
        return;
    }
    char *written = json_dumps(tree, JSON_ENCODE_ANY);
    json_t *again = written != NULL ? json_loads(written, JSON_DECODE_ANY, NULL) : NULL;
    hold(written == NULL || json_equal(tree, again));
    free(written);
    json_decref(again);
    json_decref(tree);
}

FUZZ_TARGET(yaml)
{
    struct err err = {0};
    struct yaml *root = yaml_read_text((const char *)data, size, "fuzz", &err);
    if (root == NULL) {
        hold_one_line(&err);
        hold(text_starts_with(err.message, "fuzz"));
    } else
        check(root, size, 0);
    yaml_node_free(root);
    to_json((const char *)data, size);
    return 0;
}
