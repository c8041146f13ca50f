#include "traffic/json_match.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_pick.h"
#include "base/text.h"
#include "traffic/json_keys.h"
#include "traffic/wire.h"

#define CONDITIONS_MOST 4

/* A slot, and how its value must begin; of several the first that is there. */
struct choice {
    int slot;
    const char *beginning; /* NULL: anything */
    size_t length;
};

struct choices {
    struct choice *items;
    size_t count;
};

struct shape {
    struct choices known[CONDITIONS_MOST];
    struct choices at[LOG_FIELDS];
    struct choices hung_up, line;
    int headers; /* slot, or -1 */
};

struct json_match {
    struct json_pick *pick;
    struct shape *shapes; /* as json_shapes[], and one more that fits whatever is left */
    size_t shape_count;
    struct json_keys keys;
};

/* "/a|/b=beginning" up to a space or the end; the table's own text is never wrong. */
static const char *add_choices(struct json_pick *pick, const char *text, struct choices *choices)
{
    size_t most = 1;
    for (const char *at = text; at != NULL && *at != '\0' && *at != ' '; at++)
        most += *at == '|';
    if (text != NULL)
        choices->items = xcalloc(most, sizeof *choices->items);
    while (text != NULL && *text != '\0' && *text != ' ') {
        size_t length = strcspn(text, "|= ");
        char *pointer = xstrndup(text, length);
        struct choice choice = {json_pick_add(pick, pointer, NULL), NULL, 0};
        free(pointer);
        text += length;
        if (*text == '=') {
            choice.beginning = ++text;
            choice.length = strcspn(text, "| ");
            text += choice.length;
        }
        text += *text == '|';
        choices->items[choices->count++] = choice;
    }
    return text;
}

static void compile(struct json_pick *pick, const struct json_shape *from, struct shape *shape)
{
    const char *known = from->known;
    for (size_t i = 0; i < CONDITIONS_MOST && known != NULL && *known != '\0'; i++) {
        known += strspn(known, " ");
        known = add_choices(pick, known, &shape->known[i]);
    }
    for (size_t i = 0; i < LOG_FIELDS; i++)
        add_choices(pick, from->at[i], &shape->at[i]);
    add_choices(pick, from->hung_up, &shape->hung_up);
    add_choices(pick, from->line, &shape->line);
    shape->headers = from->headers != NULL ? json_pick_add(pick, from->headers, NULL) : -1;
}

/* For lines that fit no shape, but on which mapped keys say a request: what is not mapped stands where it usually does. */
static void compile_rest(struct json_pick *pick, struct shape *shape)
{
    const struct json_shape *usual = json_shapes;
    while (strcmp(usual->name, "usual") != 0)
        usual++;
    struct json_shape rest = *usual;
    rest.known = NULL;
    compile(pick, &rest, shape);
}

struct json_match *json_match_new(const struct strings *keys, struct err *err)
{
    struct json_match *match = xcalloc(1, sizeof *match);
    size_t count = 0;
    while (json_shapes[count].name != NULL)
        count++;
    match->pick = json_pick_new();
    match->shapes = xcalloc(count + 1, sizeof *match->shapes);
    match->shape_count = count;
    for (size_t i = 0; i < count; i++)
        compile(match->pick, &json_shapes[i], &match->shapes[i]);
    compile_rest(match->pick, &match->shapes[count]);
    if (json_keys_read(&match->keys, keys, match->pick, err) == 0)
        return match;
    json_match_free(match);
    return NULL;
}

static void release_shape(struct shape *shape)
{
    for (size_t i = 0; i < CONDITIONS_MOST; i++)
        free(shape->known[i].items);
    for (size_t i = 0; i < LOG_FIELDS; i++)
        free(shape->at[i].items);
    free(shape->hung_up.items);
    free(shape->line.items);
}

void json_match_free(struct json_match *match)
{
    if (match == NULL)
        return;
    for (size_t i = 0; i <= match->shape_count; i++)
        release_shape(&match->shapes[i]);
    free(match->shapes);
    json_pick_free(match->pick);
    json_keys_release(&match->keys);
    free(match);
}

static struct log_value choose(const struct json_match *match, const struct choices *choices)
{
    for (size_t i = 0; i < choices->count; i++) {
        const struct choice *choice = &choices->items[i];
        struct span value = json_pick_value(match->pick, choice->slot);
        if (value.bytes != NULL &&
            (choice->beginning == NULL || strncmp(value.bytes, choice->beginning, choice->length) == 0))
            return (struct log_value){value.bytes, value.length};
    }
    return (struct log_value){NULL, 0};
}

static bool fits(const struct json_match *match, const struct shape *shape)
{
    for (size_t i = 0; i < CONDITIONS_MOST && shape->known[i].count > 0; i++)
        if (choose(match, &shape->known[i]).bytes == NULL)
            return false;
    return true;
}

/* Brackets are gunicorn's around a time; a status of 0 is that no answer was sent: 499, as nginx says it, where the
 * client had gone. */
static void tidy(struct log_fields *fields, bool hung_up)
{
    struct log_value *time = &fields->of[LOG_TIME], *status = &fields->of[LOG_STATUS];
    if (time->length > 2 && time->bytes[0] == '[' && time->bytes[time->length - 1] == ']')
        *time = (struct log_value){time->bytes + 1, time->length - 2};
    if (status->length == 1 && status->bytes[0] == '0')
        *status = hung_up ? (struct log_value){"499", 3} : (struct log_value){"", 0};
}

/* Of the shape, then what the user maps; true when that is of the request. */
static bool fill(const struct json_match *match, const struct shape *shape, struct json_found *found)
{
    found->fields = (struct log_fields){.headers = NULL};
    for (size_t i = 0; i < LOG_FIELDS; i++)
        found->fields.of[i] = choose(match, &shape->at[i]);
    found->line = choose(match, &shape->line);
    bool mapped = json_keys_fields(&match->keys, match->pick, &found->fields);
    tidy(&found->fields, choose(match, &shape->hung_up).bytes != NULL);
    return mapped;
}

static bool says_request(const struct log_fields *fields)
{
    return fields->of[LOG_REQUEST].bytes != NULL ||
           (fields->of[LOG_METHOD].bytes != NULL &&
            (fields->of[LOG_TARGET].bytes != NULL || fields->of[LOG_PATH].bytes != NULL));
}

enum skip_reason json_match_line(struct json_match *match, const char *line, size_t length,
                                 struct json_found *found)
{
    struct err err;
    size_t shape = 0;
    if (json_pick_read(match->pick, line, length, "", &err) != 0)
        return SKIP_JSON;
    while (shape < match->shape_count && !fits(match, &match->shapes[shape]))
        shape++;
    found->shape = (int)shape;
    if (!fill(match, &match->shapes[shape], found) && shape == match->shape_count)
        return SKIP_NO_REQUEST;
    if (says_request(&found->fields))
        found->line = (struct log_value){NULL, 0};
    else if (found->line.bytes == NULL)
        return SKIP_NO_REQUEST;
    return SKIP_REASONS;
}

static bool taken_out(struct span value)
{
    return value.length == 0 || strcmp(value.bytes, "REDACTED") == 0 ||
           strcmp(value.bytes, "[Redacted]") == 0 || strspn(value.bytes, "*") == value.length;
}

static void add_header(struct request *request, const char *name, struct span value)
{
    if (taken_out(value) || strcasecmp(name, "Host") == 0)
        return;
    for (size_t i = 0; i < value.length; i++)
        if ((unsigned char)value.bytes[i] < 0x20 || value.bytes[i] == 0x7f)
            return;
    wire_add_header(&request->headers, name, value.bytes);
}

void json_match_headers(const struct json_match *match, const struct json_found *found,
                        struct request *request)
{
    int slot = match->shapes[found->shape].headers;
    struct headers had = request->headers; /* what a header says twice on the line, it says twice here */
    for (size_t i = 0; i < json_pick_named_count(match->pick); i++) {
        struct json_named named = json_pick_named(match->pick, i);
        if (named.slot != slot && named.slot != match->keys.all_headers)
            continue;
        had.items = request->headers.items;
        char *name = xstrndup(named.name.bytes, named.name.length);
        if (headers_find(&had, name) == NULL)
            add_header(request, name, named.value);
        free(name);
    }
    for (size_t i = 0; i < match->keys.header_count; i++) {
        const struct json_key_header *header = &match->keys.headers[i];
        struct span value = json_pick_value(match->pick, header->slot);
        had.items = request->headers.items;
        if (value.bytes != NULL && headers_find(&had, header->name) == NULL)
            add_header(request, header->name, value);
    }
}
