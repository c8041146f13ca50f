/* A JSON document read three ways: what jansson reads is read by json_walk as the same, and what json_place() finds under
 * the pointer of the first line is what a tree has there; put another value in its place, and only that has changed. */
#include <math.h>

#include "base/json.h"
#include "base/json_place.h"
#include "base/json_walk.h"

#include "fuzz.h"

static void compare(struct json_walk *scan, const json_t *value);

static void compare_object(struct json_walk *scan, const json_t *object)
{
    size_t members = 0;
    hold(json_walk_object(scan));
    while (json_walk_member(scan)) {
        const json_t *member = json_object_get(object, text_string(&scan->key));
        hold(member != NULL);
        members++;
        compare(scan, member);
    }
    hold(members == json_object_size(object));
}

static void compare_array(struct json_walk *scan, const json_t *array)
{
    size_t elements = 0;
    hold(json_walk_array(scan));
    while (json_walk_element(scan))
        compare(scan, json_array_get(array, elements++));
    hold(elements == json_array_size(array));
}

static void compare(struct json_walk *scan, const json_t *value)
{
    hold(value != NULL);
    if (json_is_object(value))
        compare_object(scan, value);
    else if (json_is_array(value))
        compare_array(scan, value);
    else if (json_is_string(value))
        hold(strcmp(json_walk_string(scan), json_string_value(value)) == 0);
    else if (json_is_number(value))
        hold(json_walk_number(scan) == json_number_value(value));
    else
        json_walk_skip(scan);
}

static void walk(struct span document, const json_t *tree)
{
    struct json_walk scan;
    struct err err = {0};
    json_walk_init(&scan, document.bytes, document.length, "fuzz");
    if (tree != NULL)
        compare(&scan, tree);
    else
        json_walk_skip(&scan);
    int failed = json_walk_end(&scan, &err);
    hold(failed ? tree == NULL : true);
    if (failed)
        hold_one_line(&err);
}

static void replace(struct span document, struct span place, const char *pointer)
{
    struct text text = TEXT_EMPTY;
    text_add(&text, document.bytes, (size_t)(place.bytes - document.bytes));
    text_add_string(&text, "\"here\"");
    const char *behind = place.bytes + place.length;
    text_add(&text, behind, (size_t)(document.bytes + document.length - behind));
    json_t *tree = json_loadb(text.bytes, text.length, JSON_DECODE_ANY, NULL);
    const char *found = json_string_value(json_at_pointer(tree, pointer));
    hold(found != NULL && strcmp(found, "here") == 0);
    json_decref(tree);
    text_release(&text);
}

static void place(struct span document, json_t *tree, const char *pointer)
{
    struct span found;
    bool there = json_place(document, pointer, &found);
    if (there)
        hold(found.bytes >= document.bytes && found.bytes + found.length <= document.bytes + document.length);
    json_t *at = tree != NULL ? json_at_pointer(tree, pointer) : NULL;
    if (tree != NULL)
        hold(there == (at != NULL));
    if (at != NULL && there)
        replace(document, found, pointer);
}

FUZZ_TARGET(json)
{
    struct span document = {(const char *)data, size};
    char *pointer = fuzz_string(fuzz_line(&document));
    struct err err = {0};
    json_t *tree =
        memchr(data, '\0', size) != NULL
            ? NULL
            : json_loadb(document.bytes, document.length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    walk(document, tree);
    if (json_check_pointer(pointer, &err) == 0)
        place(document, tree, pointer);
    else
        hold_one_line(&err);
    json_decref(tree);
    json_t *read = json_read(document.bytes, document.length, "fuzz", &err);
    if (read == NULL)
        hold_one_line(&err);
    json_decref(read);
    free(pointer);
    return 0;
}
