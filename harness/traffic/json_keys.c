#include "traffic/json_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/text.h"

static const char *const field_names[LOG_FIELDS + 1] = {
    [LOG_TIME] = "time",           [LOG_REQUEST] = "request",
    [LOG_METHOD] = "method",       [LOG_TARGET] = "target",
    [LOG_PATH] = "path",           [LOG_QUERY] = "query",
    [LOG_STATUS] = "status",       [LOG_HOST] = "host",
    [LOG_REFERER] = "referer",     [LOG_AGENT] = "agent",
    [LOG_ADDRESS] = "address",     [LOG_SESSION] = "session",
    [LOG_BODY] = "body",           [LOG_CONTENT_TYPE] = "content_type",
    [LOG_FORWARDED] = "forwarded", [LOG_FIELDS] = NULL,
};

static int unknown_field(const char *name, struct err *err)
{
    struct text known = TEXT_EMPTY;
    const char *near = options_nearest(name, field_names);
    for (size_t i = 0; i < LOG_FIELDS; i++)
        text_addf(&known, "%s, ", field_names[i]);
    if (near != NULL)
        err_set(err, ERR_USAGE, "--key %s: unknown field (did you mean '%s'?)", name, near);
    else
        err_set(err, ERR_USAGE, "--key %s: unknown field (known: %sheader:NAME)", name, text_string(&known));
    text_release(&known);
    return -1;
}

static int add_header(struct json_keys *keys, const char *name, int slot, struct err *err)
{
    if (strcmp(name, "*") == 0) {
        keys->all_headers = slot;
        return 0;
    }
    if (name[0] == '\0' || strpbrk(name, " \t\r\n:") != NULL)
        return err_set(err, ERR_USAGE, "--key header:%s: no name of a header", name);
    keys->headers = xrealloc(keys->headers, (keys->header_count + 1) * sizeof *keys->headers);
    keys->headers[keys->header_count++] = (struct json_key_header){xstrdup(name), slot};
    return 0;
}

static int add_key(struct json_keys *keys, const char *name, const char *pointer, struct json_pick *pick,
                   struct err *err)
{
    struct err why = {.code = ERR_NONE};
    bool several = strcmp(name, "header:*") == 0;
    int slot = json_pick_add(pick, pointer, &why);
    if (slot < 0)
        return err_set(err, ERR_USAGE, "--key %s: %s", name, why.message);
    if (several != text_ends_with(pointer, "*"))
        return err_set(err, ERR_USAGE, "--key %s: '*' stands in both or in none, as in header:*=/headers/*",
                       name);
    if (text_starts_with(name, "header:"))
        return add_header(keys, name + strlen("header:"), slot, err);
    for (size_t i = 0; i < LOG_FIELDS; i++)
        if (strcmp(field_names[i], name) == 0) {
            keys->slots[i] = slot;
            return 0;
        }
    return unknown_field(name, err);
}

int json_keys_read(struct json_keys *keys, const struct strings *from, struct json_pick *pick,
                   struct err *err)
{
    *keys = (struct json_keys){.all_headers = -1};
    memset(keys->slots, -1, sizeof keys->slots);
    for (size_t i = 0; from != NULL && i < from->count; i++) {
        const char *equals = strchr(from->items[i], '=');
        if (equals == NULL)
            return err_set(err, ERR_USAGE,
                           "--key %s: what is needed is FIELD=POINTER, as in status=/response/code",
                           from->items[i]);
        char *name = xstrndup(from->items[i], (size_t)(equals - from->items[i]));
        int result = add_key(keys, name, equals + 1, pick, err);
        free(name);
        if (result != 0)
            return -1;
    }
    return 0;
}

void json_keys_release(struct json_keys *keys)
{
    for (size_t i = 0; i < keys->header_count; i++)
        free(keys->headers[i].name);
    free(keys->headers);
}

/* A method or a target that is mapped is not for the shape's request line to overrule, nor a path for its target. */
static void make_way(const struct json_keys *keys, struct log_fields *fields)
{
    bool target = keys->slots[LOG_TARGET] >= 0, path = keys->slots[LOG_PATH] >= 0;
    if (keys->slots[LOG_REQUEST] < 0 && (target || path || keys->slots[LOG_METHOD] >= 0))
        fields->of[LOG_REQUEST] = (struct log_value){NULL, 0};
    if (path && !target)
        fields->of[LOG_TARGET] = (struct log_value){NULL, 0};
}

bool json_keys_fields(const struct json_keys *keys, const struct json_pick *pick, struct log_fields *fields)
{
    bool asked = false;
    make_way(keys, fields);
    for (size_t i = 0; i < LOG_FIELDS; i++) {
        if (keys->slots[i] < 0)
            continue;
        struct span value = json_pick_value(pick, keys->slots[i]);
        if (value.bytes == NULL)
            continue;
        fields->of[i] = (struct log_value){value.bytes, value.length};
        asked = asked || i == LOG_REQUEST || i == LOG_METHOD || i == LOG_TARGET || i == LOG_PATH;
    }
    return asked;
}
