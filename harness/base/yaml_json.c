#include "base/yaml_json.h"

#include <string.h>
#include <yaml.h>

#define DEEPEST 64
#define NODES_MOST 100000

struct reading {
    yaml_document_t document;
    const char *name;
    size_t nodes;
    struct err *err;
};

static json_t *complain(struct reading *reading, const yaml_node_t *node, const char *what)
{
    err_set(reading->err, ERR_USAGE, "%s:%zu:%zu: %s", reading->name, node->start_mark.line + 1,
            node->start_mark.column + 1, what);
    return NULL;
}

static json_t *scalar(struct reading *reading, const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    size_t length = node->data.scalar.length;
    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        if (length == 0 || strcmp(text, "~") == 0)
            return json_null();
        json_t *value = json_loadb(text, length, JSON_DECODE_ANY, NULL);
        if (value != NULL)
            return value;
    }
    json_t *string = json_stringn(text, length);
    return string != NULL ? string : complain(reading, node, "not UTF-8");
}

static json_t *value_of(struct reading *reading, int index, unsigned depth);

static json_t *sequence(struct reading *reading, const yaml_node_t *node, unsigned depth)
{
    json_t *list = json_array();
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
         item++) {
        json_t *value = value_of(reading, *item, depth);
        if (value == NULL) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, value);
    }
    return list;
}

static json_t *mapping(struct reading *reading, const yaml_node_t *node, unsigned depth)
{
    json_t *map = json_object();
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = yaml_document_get_node(&reading->document, pair->key);
        json_t *value = NULL;
        if (key->type != YAML_SCALAR_NODE)
            complain(reading, key, "a key that is no scalar");
        else
            value = value_of(reading, pair->value, depth);
        if (value == NULL || json_object_set_new(map, (const char *)key->data.scalar.value, value) != 0) {
            json_decref(map);
            return value == NULL ? NULL : complain(reading, key, "not UTF-8");
        }
    }
    return map;
}

static json_t *value_of(struct reading *reading, int index, unsigned depth)
{
    const yaml_node_t *node = yaml_document_get_node(&reading->document, index);
    if (depth > DEEPEST || ++reading->nodes > NODES_MOST)
        return complain(reading, node, depth > DEEPEST ? "too deep" : "too large");
    switch (node->type) {
    case YAML_SEQUENCE_NODE:
        return sequence(reading, node, depth + 1);
    case YAML_MAPPING_NODE:
        return mapping(reading, node, depth + 1);
    default:
        return scalar(reading, node);
    }
}

json_t *yaml_json_read(const char *text, size_t length, const char *name, struct err *err)
{
    struct reading reading = {.name = name, .err = err};
    yaml_parser_t parser;
    json_t *value = NULL;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    if (!yaml_parser_load(&parser, &reading.document)) {
        err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", name, parser.problem_mark.line + 1,
                parser.problem_mark.column + 1, parser.problem != NULL ? parser.problem : "not YAML");
        yaml_parser_delete(&parser);
        return NULL;
    }
    if (yaml_document_get_root_node(&reading.document) == NULL)
        err_set(err, ERR_USAGE, "%s:1:1: an empty document", name);
    else
        value = value_of(&reading, 1, 0);
    yaml_document_delete(&reading.document);
    yaml_parser_delete(&parser);
    return value;
}
