#include "base/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/options.h"
#include "base/text.h"

#define FILE_MOST (1024 * 1024)
#define NAMES_MOST 64
#define KEYS_MOST 16384 /* of one map; each is compared with those before it */

struct reader {
    yaml_parser_t parser;
    const char *name;
    const char *text;
    size_t length;
    struct err *err;
};

void yaml_node_free(struct yaml *node)
{
    if (node == NULL)
        return;
    for (size_t i = 0; i < node->count; i++) {
        yaml_node_free(node->items[i]);
        if (node->keys != NULL)
            yaml_node_free(node->keys[i]);
    }
    free(node->items);
    free(node->keys);
    free(node->text);
    free(node);
}

static int complain_at(struct reader *reader, yaml_mark_t mark, const char *what)
{
    return err_set(reader->err, ERR_USAGE, "%s:%zu:%zu: %s", reader->name, mark.line + 1, mark.column + 1,
                   what);
}

/* What is not UTF-8 has only an offset in libyaml. */
static yaml_mark_t mark_of_offset(const struct reader *reader, size_t offset)
{
    yaml_mark_t mark = {.index = offset};
    for (size_t i = 0; i < offset && i < reader->length; i++) {
        mark.line += reader->text[i] == '\n';
        mark.column = reader->text[i] == '\n' ? 0 : mark.column + 1;
    }
    return mark;
}

static int complain_parser(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "not YAML";
    if (parser->error == YAML_MEMORY_ERROR)
        return err_set(reader->err, ERR_INTERNAL, "%s: out of memory", reader->name);
    if (parser->error == YAML_READER_ERROR)
        return complain_at(reader, mark_of_offset(reader, parser->problem_offset), problem);
    char what[300];
    snprintf(what, sizeof what, "not YAML: %s%s%s", problem, parser->context != NULL ? " " : "",
             parser->context != NULL ? parser->context : "");
    return complain_at(reader, parser->problem_mark, what);
}

static int next(struct reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->parser, event))
        return 0;
    return complain_parser(reader);
}

static struct yaml *node_new(enum yaml_kind kind, yaml_mark_t mark)
{
    struct yaml *node = xcalloc(1, sizeof *node);
    node->kind = kind;
    node->line = mark.line + 1;
    node->column = mark.column + 1;
    node->begin = node->end = mark.index;
    return node;
}

/* Takes over both. */
static void add_item(struct yaml *node, struct yaml *key, struct yaml *value)
{
    node->items = xrealloc(node->items, (node->count + 1) * sizeof *node->items);
    node->items[node->count] = value;
    if (node->kind == YAML_MAP) {
        node->keys = xrealloc(node->keys, (node->count + 1) * sizeof *node->keys);
        node->keys[node->count] = key;
    }
    node->count++;
    node->end = value->end;
}

/* Libyaml sees the end of a list or a map without brackets only where the next thing begins. */
static struct yaml *ended_at(struct yaml *node, const yaml_event_t *end)
{
    if (node->flow)
        node->end = end->end_mark.index;
    return node;
}

/* What no file of ours needs and every reader of YAML disagrees about. */
static int check_plain(struct reader *reader, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return complain_at(reader, event->start_mark,
                           "aliases (*name) are not supported; write '*' in quotes");
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    default:
        break;
    }
    if (anchor != NULL)
        return complain_at(reader, event->start_mark,
                           "anchors (&name) are not supported; write '&' in quotes");
    if (tag != NULL)
        return complain_at(reader, event->start_mark, "tags (!name) are not supported; write '!' in quotes");
    return 0;
}

static struct yaml *read_node(struct reader *reader, yaml_event_t *event, unsigned depth);

static struct yaml *read_scalar(struct reader *reader, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    if (strlen(value) != event->data.scalar.length) {
        complain_at(reader, event->start_mark, "text with a NUL character");
        return NULL;
    }
    struct yaml *node = node_new(YAML_SCALAR, event->start_mark);
    node->text = xstrdup(value);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->end = event->end_mark.index;
    return node;
}

static struct yaml *read_list(struct reader *reader, const yaml_event_t *start, unsigned depth)
{
    struct yaml *list = node_new(YAML_LIST, start->start_mark);
    list->flow = start->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    for (;;) {
        yaml_event_t event;
        if (next(reader, &event) != 0)
            break;
        bool ended = event.type == YAML_SEQUENCE_END_EVENT;
        struct yaml *item = ended ? ended_at(list, &event) : read_node(reader, &event, depth + 1);
        yaml_event_delete(&event);
        if (ended)
            return list;
        if (item == NULL)
            break;
        add_item(list, NULL, item);
    }
    yaml_node_free(list);
    return NULL;
}

/* The key of one entry; NULL when it is none or was there before. */
static struct yaml *read_key(struct reader *reader, const struct yaml *map, yaml_event_t *event)
{
    if (event->type != YAML_SCALAR_EVENT && event->type != YAML_ALIAS_EVENT) {
        complain_at(reader, event->start_mark, "a key must be plain text, not a list or a map");
        return NULL;
    }
    if (map->count == KEYS_MOST) {
        complain_at(reader, event->start_mark, "more than 16384 keys in one map");
        return NULL;
    }
    struct yaml *key = read_node(reader, event, 0);
    if (key == NULL || yaml_get(map, key->text) == NULL)
        return key;
    yaml_complain(reader->err, reader->name, key, "key '%.100s' is given twice", key->text);
    yaml_node_free(key);
    return NULL;
}

static struct yaml *read_value(struct reader *reader, unsigned depth)
{
    yaml_event_t event;
    if (next(reader, &event) != 0)
        return NULL;
    struct yaml *value = read_node(reader, &event, depth);
    yaml_event_delete(&event);
    return value;
}

static struct yaml *read_map(struct reader *reader, const yaml_event_t *start, unsigned depth)
{
    struct yaml *map = node_new(YAML_MAP, start->start_mark);
    map->flow = start->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    for (;;) {
        yaml_event_t event;
        if (next(reader, &event) != 0)
            break;
        bool ended = event.type == YAML_MAPPING_END_EVENT;
        struct yaml *key = ended ? ended_at(map, &event) : read_key(reader, map, &event);
        yaml_event_delete(&event);
        if (ended)
            return map;
        struct yaml *value = key != NULL ? read_value(reader, depth + 1) : NULL;
        if (value == NULL) {
            yaml_node_free(key);
            break;
        }
        add_item(map, key, value);
    }
    yaml_node_free(map);
    return NULL;
}

static struct yaml *read_node(struct reader *reader, yaml_event_t *event, unsigned depth)
{
    if (check_plain(reader, event) != 0)
        return NULL;
    if (event->type == YAML_SCALAR_EVENT)
        return read_scalar(reader, event);
    if (depth >= YAML_DEEPEST) {
        complain_at(reader, event->start_mark, "nested more than 32 levels deep");
        return NULL;
    }
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return read_list(reader, event, depth);
    return read_map(reader, event, depth);
}

/* A file of nothing but comments, or of an empty document, is an empty map. */
static struct yaml *empty_as_map(struct yaml *root)
{
    if (root->kind == YAML_SCALAR && root->text[0] == '\0')
        root->kind = YAML_MAP;
    return root;
}

static struct yaml *read_stream(struct reader *reader)
{
    struct yaml *root = NULL;
    for (;;) {
        yaml_event_t event;
        if (next(reader, &event) != 0)
            break;
        yaml_event_type_t type = event.type;
        bool second = type == YAML_DOCUMENT_START_EVENT && root != NULL;
        if (second) {
            complain_at(reader, event.start_mark, "a second document; a file holds one");
        } else if (type == YAML_DOCUMENT_START_EVENT) {
            root = read_value(reader, 0);
            second = root == NULL;
        }
        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT)
            return root != NULL ? empty_as_map(root) : node_new(YAML_MAP, (yaml_mark_t){0, 0, 0});
        if (second)
            break;
    }
    yaml_node_free(root);
    return NULL;
}

struct yaml *yaml_read_text(const char *text, size_t length, const char *name, struct err *err)
{
    struct reader reader = {.name = name, .text = text, .length = length, .err = err};
    if (!yaml_parser_initialize(&reader.parser)) {
        err_set(err, ERR_INTERNAL, "%s: out of memory", name);
        return NULL;
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
    struct yaml *root = read_stream(&reader);
    yaml_parser_delete(&reader.parser);
    return root;
}

struct yaml *yaml_read_file(const char *path, struct err *err)
{
    struct text text = TEXT_EMPTY;
    struct yaml *root = NULL;
    if (text_read_file(&text, path, FILE_MOST, err) == 0)
        root = yaml_read_text(text_string(&text), text.length, path, err);
    text_release(&text);
    return root;
}

bool yaml_same(const struct yaml *a, const struct yaml *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == YAML_SCALAR)
        return a->plain == b->plain && strcmp(a->text, b->text) == 0;
    for (size_t i = 0; i < a->count; i++)
        if (!yaml_same(a->items[i], b->items[i]) ||
            (a->kind == YAML_MAP && strcmp(a->keys[i]->text, b->keys[i]->text) != 0))
            return false;
    return true;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
        if (strcmp(map->keys[i]->text, key) == 0)
            return map->items[i];
    return NULL;
}

int yaml_complain(struct err *err, const char *file, const struct yaml *at, const char *format, ...)
{
    struct text what = TEXT_EMPTY;
    va_list arguments;
    va_start(arguments, format);
    text_addv(&what, format, arguments);
    va_end(arguments);
    err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", file, at->line, at->column, text_string(&what));
    text_release(&what);
    return -1;
}

static int unknown_key(const struct yaml *key, const char *file, const struct yaml_row *rows, struct err *err)
{
    const char *names[NAMES_MOST + 1];
    size_t count = 0;
    for (; rows->key != NULL && count < NAMES_MOST; rows++)
        names[count++] = rows->key;
    names[count] = NULL;
    const char *near = options_nearest(key->text, names);
    if (near != NULL)
        return yaml_complain(err, file, key, "unknown key '%.100s' (did you mean '%s'?)", key->text, near);
    return yaml_complain(err, file, key, "unknown key '%.100s'", key->text);
}

int yaml_bind(const struct yaml *map, const char *file, const struct yaml_row *rows, void *into,
              struct err *err)
{
    if (map->kind != YAML_MAP)
        return yaml_complain(err, file, map, "expected `key: value` here");
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml *key = map->keys[i];
        const struct yaml_row *row = rows;
        while (row->key != NULL && strcmp(row->key, key->text) != 0)
            row++;
        if (row->key == NULL)
            return unknown_key(key, file, rows, err);
        if (row->read == NULL)
            return yaml_complain(err, file, key, "'%s' is not supported yet", row->key);
        if (row->read(map->items[i], file, (char *)into + row->offset, err) != 0)
            return -1;
    }
    return 0;
}
