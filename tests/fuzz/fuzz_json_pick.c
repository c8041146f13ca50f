/* What is picked out of any bytes in one walk, against a tree: what jansson reads is read, and the same
 * strings stand at the same places. */
#include <jansson.h>

#include "base/json.h"
#include "base/json_pick.h"

#include "fuzz.h"

static const char *const places[] = {"/a", "/b", "/a/b", "/a/0", "/a/1/b", "/b/a/a", "/", "/x~1y"};
#define PLACES (sizeof places / sizeof *places)

static void check(const json_t *value, struct span picked)
{
    bool there = picked.bytes != NULL;
    if (json_is_array(value))
        return; /* its first string or number, if it has one */
    hold(there == (json_is_string(value) || json_is_number(value)));
    if (json_is_string(value) && memchr(json_string_value(value), '\0', json_string_length(value)) == NULL)
        hold(fuzz_same(picked, (struct span){json_string_value(value), json_string_length(value)}));
}

FUZZ_TARGET(json_pick)
{
    static struct json_pick *pick;
    struct err err;
    if (pick == NULL) {
        pick = json_pick_new();
        for (size_t i = 0; i < PLACES; i++)
            json_pick_add(pick, places[i], &err);
        json_pick_add(pick, "/h/*", &err);
    }
    bool read = json_pick_read(pick, (const char *)data, size, "fuzz", &err) == 0;
    for (size_t i = 0; i < json_pick_named_count(pick); i++)
        hold(json_pick_named(pick, i).value.bytes[json_pick_named(pick, i).value.length] == '\0');
    json_t *tree =
        json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    hold(tree == NULL || read || memchr(data, '\0', size) != NULL); /* jansson takes a NUL for the end */
    for (size_t i = 0; tree != NULL && read && i < PLACES; i++)
        check(json_at_pointer(tree, places[i]), json_pick_value(pick, (int)i));
    json_decref(tree);
    return 0;
}
