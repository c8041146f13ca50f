#include "base/json_seek.h"

#include <string.h>

#include "base/json_pointer.h"
#include "base/json_walk.h"

struct seeking {
    struct json_walk scan;
    enum json_sought found;
    double number;
};

static void seek(struct seeking *seeking, const char *pointer);

static void seek_member(struct seeking *seeking, const char *token, size_t length)
{
    struct json_walk *scan = &seeking->scan;
    json_walk_object(scan);
    while (json_walk_member(scan)) {
        if (json_pointer_is_key(token, length, text_string(&scan->key))) {
            seeking->found = JSON_SOUGHT_NOTHING; /* what an equal key before it had counts no more */
            seek(seeking, token + length);
        } else {
            json_walk_skip(scan);
        }
    }
}

static void seek_element(struct seeking *seeking, const char *token, size_t length)
{
    struct json_walk *scan = &seeking->scan;
    size_t wanted = 0, at = 0;
    bool is_index = json_pointer_index(token, length, &wanted);
    json_walk_array(scan);
    for (; json_walk_element(scan); at++)
        if (is_index && at == wanted)
            seek(seeking, token + length);
        else
            json_walk_skip(scan);
}

/* Takes one value, whatever it is. */
static void seek(struct seeking *seeking, const char *pointer)
{
    struct json_walk *scan = &seeking->scan;
    size_t length = *pointer == '/' ? strcspn(pointer + 1, "/") : 0;
    bool is_number = json_walk_is(scan, '0') || json_walk_is(scan, '-');
    if (*pointer == '/' && json_walk_is(scan, '{')) {
        seek_member(seeking, pointer + 1, length);
    } else if (*pointer == '/' && json_walk_is(scan, '[')) {
        seek_element(seeking, pointer + 1, length);
    } else if (*pointer == '\0' && is_number) {
        seeking->number = json_walk_number(scan);
        seeking->found = JSON_SOUGHT_NUMBER;
    } else {
        json_walk_skip(scan);
        seeking->found = *pointer == '\0' ? JSON_SOUGHT_OTHER : JSON_SOUGHT_NOTHING;
    }
}

enum json_sought json_seek_number(const char *bytes, size_t length, const char *name, const char *pointer,
                                  double *number, struct err *err)
{
    struct seeking seeking = {.found = JSON_SOUGHT_NOTHING};
    json_walk_init(&seeking.scan, bytes, length, name);
    seek(&seeking, pointer);
    if (json_walk_end(&seeking.scan, err) != 0)
        return JSON_SOUGHT_FAULT;
    *number = seeking.number;
    return seeking.found;
}
