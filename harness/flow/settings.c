#include "flow/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum kind { TEXT, NUMBER, LIST };

static const struct row {
    const char *option, *key; /* option NULL: none of its own */
    enum kind kind;
    size_t offset;
} rows[] = {
    {"--endpoint", "endpoints", LIST, offsetof(struct settings, endpoints)},
    {"--methods", "methods", LIST, offsetof(struct settings, methods)},
    {"--signal", "signal", TEXT, offsetof(struct settings, signal)},
    {"--strategy", "strategy", TEXT, offsetof(struct settings, strategy)},
    {"--confirm", "confirm", NUMBER, offsetof(struct settings, confirm)},
    {"--connections", "connections", NUMBER, offsetof(struct settings, connections)},
    {"--seed", "seed", NUMBER, offsetof(struct settings, seed)},
    {NULL, "whole", TEXT, offsetof(struct settings, whole)},
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static void *field_of(struct settings *settings, const struct row *row)
{
    return (char *)settings + row->offset;
}

static const void *const_field_of(const struct settings *settings, const struct row *row)
{
    return (const char *)settings + row->offset;
}

void settings_release(struct settings *settings)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].kind == TEXT)
            free(*(char **)field_of(settings, &rows[i]));
        else if (rows[i].kind == LIST)
            strings_release(field_of(settings, &rows[i]));
    memset(settings, 0, sizeof *settings);
}

/* In words, the caller's; NULL: not given. Two that are equal read the same. */
static char *words_of(const struct settings *settings, const struct row *row)
{
    const void *field = const_field_of(settings, row);
    if (row->kind == NUMBER) {
        uint64_t number = *(const uint64_t *)field;
        return number == SETTINGS_NOT_GIVEN ? NULL : xasprintf("%" PRIu64, number);
    }
    if (row->kind == LIST)
        return ((const struct strings *)field)->count == 0 ? NULL : strings_join(field, ", ");
    const char *text = *(char *const *)field;
    return text != NULL ? xstrdup(text) : NULL;
}

static json_t *json_of(const struct settings *settings, const struct row *row)
{
    if (row->kind == LIST) {
        const struct strings *list = const_field_of(settings, row);
        json_t *array = json_array();
        for (size_t i = 0; i < list->count; i++)
            json_array_append_new(array, json_string(list->items[i]));
        return array;
    }
    /* A seed may be larger than a JSON integer. */
    char *words = words_of(settings, row);
    json_t *value = words != NULL ? json_string(words) : json_null();
    free(words);
    return value;
}

json_t *settings_write(const struct settings *settings)
{
    json_t *object = json_object();
    for (size_t i = 0; i < ROW_COUNT; i++)
        json_object_set_new(object, rows[i].key, json_of(settings, &rows[i]));
    return object;
}

int settings_keep(struct store *store, int64_t run, const struct settings *settings, struct err *err)
{
    json_t *object = settings_write(settings);
    char question[] = "settings", *answer = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (answer == NULL)
        return err_set(err, ERR_USAGE, "an option is not UTF-8");
    struct probe probe = {.step = STEP_NULL, .question = question, .answer = answer};
    store_put_probe(store, run, &probe);
    free(answer);
    return store_flush(store, err);
}

static void take_json(struct settings *settings, const struct row *row, const json_t *value)
{
    void *field = field_of(settings, row);
    const char *text = json_string_value(value);
    if (row->kind == LIST) {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (json_is_string(json_array_get(value, i)))
                strings_add(field, json_string_value(json_array_get(value, i)));
    } else if (row->kind == NUMBER)
        *(uint64_t *)field = text != NULL ? strtoull(text, NULL, 10) : SETTINGS_NOT_GIVEN;
    else
        *(char **)field = text != NULL ? xstrdup(text) : NULL;
}

void settings_take(struct settings *settings, const json_t *object)
{
    memset(settings, 0, sizeof *settings);
    for (size_t i = 0; i < ROW_COUNT; i++)
        take_json(settings, &rows[i], json_object_get(object, rows[i].key));
}

int settings_read(struct store *store, int64_t run, struct settings *settings, struct err *err)
{
    struct probe probe;
    memset(settings, 0, sizeof *settings);
    int found = store_read_probe(store, run, 0, &probe, err);
    if (found < 0)
        return -1;
    if (found == 0)
        return err_set(err, ERR_USAGE, "run %lld has kept nothing to go on from; ask anew", (long long)run);
    json_t *object = json_read(probe.answer, strlen(probe.answer), "probe 0", err);
    if (object != NULL)
        settings_take(settings, object);
    probe_release(&probe);
    int status = object != NULL ? 0 : -1;
    json_decref(object);
    return status;
}

static void copy_field(struct settings *into, const struct settings *from, const struct row *row)
{
    const void *field = const_field_of(from, row);
    if (row->kind == LIST)
        strings_copy(field_of(into, row), field);
    else if (row->kind == NUMBER)
        *(uint64_t *)field_of(into, row) = *(const uint64_t *)field;
    else if (*(char *const *)field != NULL)
        *(char **)field_of(into, row) = xstrdup(*(char *const *)field);
}

/* `words`: what was given now. */
static int check_same(const struct row *row, const char *words, const struct settings *kept, int64_t run,
                      struct err *err)
{
    char *before = words_of(kept, row);
    int status = 0;
    if (before == NULL)
        status = err_set(err, ERR_USAGE, "%s: run %lld began without, and goes on so", row->option,
                         (long long)run);
    else if (strcmp(before, words) != 0)
        status = err_set(err, ERR_USAGE, "%s: run %lld began with '%.300s', and goes on with it", row->option,
                         (long long)run, before);
    free(before);
    return status;
}

int settings_join(struct settings *given, const struct settings *kept, int64_t run, struct err *err)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < ROW_COUNT; i++) {
        if (rows[i].option == NULL)
            continue;
        char *words = words_of(given, &rows[i]);
        if (words == NULL)
            copy_field(given, kept, &rows[i]);
        else
            status = check_same(&rows[i], words, kept, run, err);
        free(words);
    }
    return status;
}
