#include "replay/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "replay/content.h"
#include "replay/expect.h"

#define KEEP_BYTES ((size_t)64 << 10) /* of a body's storage, for the next answer on this connection */

void reading_release(struct reading *reading)
{
    for (size_t i = 0; i < reading->heard_size; i++)
        text_release(&reading->heard[i].value);
    free(reading->heard);
    text_release(&reading->body);
    memset(reading, 0, sizeof *reading);
}

bool reading_wanted(const struct endpoint *endpoint)
{
    return endpoint->captures.count > 0 || endpoint->expect.count > 0;
}

static bool asks_for(const struct endpoint *endpoint, enum capture_from from)
{
    for (size_t i = 0; i < endpoint->captures.count; i++)
        if (endpoint->captures.items[i].from == from)
            return true;
    for (size_t i = 0; i < endpoint->expect.count; i++)
        if (endpoint->expect.items[i].from == from)
            return true;
    return false;
}

static bool same(const char *name, size_t length, const char *other)
{
    return strlen(other) == length && strncasecmp(name, other, length) == 0;
}

/* The first field of that name. */
static void hear_captures(struct reading *reading, const char *name, size_t name_length, struct span value)
{
    const struct captures *captures = &reading->endpoint->captures;
    for (size_t i = 0; i < captures->count; i++) {
        struct heard *heard = &reading->heard[i];
        if (captures->items[i].from != CAPTURE_HEADER || heard->there ||
            !same(name, name_length, captures->items[i].where))
            continue;
        heard->there = true;
        text_add(&heard->value, value.bytes, value.length);
    }
}

/* Any field of that name. */
static void hear_expected(struct reading *reading, const char *name, size_t name_length, struct span value)
{
    const struct expectation *expect = &reading->endpoint->expect;
    struct heard *heard = reading->heard + reading->endpoint->captures.count;
    for (size_t i = 0; i < expect->count; i++) {
        const struct expected *expected = &expect->items[i];
        if (expected->from != CAPTURE_HEADER || !same(name, name_length, expected->where))
            continue;
        heard[i].there = true;
        heard[i].met |=
            expected->pattern == NULL || pattern_match(expected->pattern, value.bytes, value.length);
    }
}

static void take_cookie(struct reading *reading, struct span field)
{
    struct asking asking = *reading->asking;
    asking.target = reading->target;
    jar_set(reading->jar, field, &asking);
}

static void take_field(void *owner, const char *name, size_t name_length, const char *value,
                       size_t value_length)
{
    struct reading *reading = owner;
    struct span span = {value, value_length};
    if (reading->jar != NULL && same(name, name_length, "Set-Cookie"))
        take_cookie(reading, span);
    if (same(name, name_length, "Content-Encoding") && value_length > 0)
        reading->coding = reading->coding == CODING_NONE ? coding_named(value, value_length) : CODING_OTHER;
    hear_captures(reading, name, name_length, span);
    hear_expected(reading, name, name_length, span);
}

static void take_body(void *owner, const char *bytes, size_t length)
{
    struct reading *reading = owner;
    size_t room = CONTENT_BYTES - reading->body.length;
    reading->cut |= length > room;
    text_add(&reading->body, bytes, length < room ? length : room);
}

static const struct response_sink cookies_only = {true, take_field, NULL},
                                  fields_only = {false, take_field, NULL},
                                  whole = {false, take_field, take_body};

/* As many as this endpoint needs, none of them heard. */
static void listen_anew(struct reading *reading)
{
    size_t count = reading->endpoint->captures.count + reading->endpoint->expect.count;
    if (count > reading->heard_size) {
        reading->heard = xrealloc(reading->heard, count * sizeof *reading->heard);
        memset(reading->heard + reading->heard_size, 0,
               (count - reading->heard_size) * sizeof *reading->heard);
        reading->heard_size = count;
    }
    for (size_t i = 0; i < count; i++) {
        reading->heard[i].there = reading->heard[i].met = false;
        text_clear(&reading->heard[i].value);
    }
}

const struct response_sink *reading_begin(struct reading *reading, struct reading_room *room,
                                          const struct reading_of *of)
{
    reading->room = room;
    reading->endpoint = of->endpoint;
    reading->jar = of->jar;
    reading->variables = of->variables;
    reading->asking = of->asking;
    reading->target = of->target;
    reading->coding = CODING_NONE;
    reading->cut = false;
    reading->why[0] = '\0';
    if (!reading_wanted(of->endpoint))
        return &cookies_only;
    text_clear(&reading->body);
    listen_anew(reading);
    return asks_for(of->endpoint, CAPTURE_BODY) || asks_for(of->endpoint, CAPTURE_JSON) ? &whole
                                                                                        : &fields_only;
}

static void open_content(struct reading *reading, struct content *content)
{
    struct span came = {text_string(&reading->body), reading->body.length};
    content_open(content, &reading->room->decoder, reading->coding, came);
    if (reading->cut)
        content->fault = "is larger than what is read";
    if (asks_for(reading->endpoint, CAPTURE_JSON))
        content_read_json(content);
}

/* Each finds what one capture asks for; bytes NULL: it is not there. `scratch` may hold them. */
static struct span find_in_body(const struct capture *capture, const struct content *content,
                                const struct heard *heard, struct text *scratch)
{
    (void)heard, (void)scratch;
    if (!pattern_match(capture->pattern, content->body.bytes, content->body.length))
        return (struct span){NULL, 0};
    return pattern_group(capture->pattern, pattern_groups(capture->pattern) > 0 ? 1 : 0);
}

static struct span find_in_header(const struct capture *capture, const struct content *content,
                                  const struct heard *heard, struct text *scratch)
{
    (void)capture, (void)content, (void)scratch;
    return heard->there ? (struct span){text_string(&heard->value), heard->value.length}
                        : (struct span){NULL, 0};
}

/* A list or an object is no value that a request could hold, and null is none at all. */
static struct span find_in_json(const struct capture *capture, const struct content *content,
                                const struct heard *heard, struct text *scratch)
{
    (void)heard;
    const json_t *value = json_at_pointer(content->json, capture->where);
    if (value == NULL || json_is_null(value) || json_is_object(value) || json_is_array(value))
        return (struct span){NULL, 0};
    content_say_json(value, scratch);
    return (struct span){text_string(scratch), scratch->length};
}

static struct span (*const find_captured[])(const struct capture *capture, const struct content *content,
                                            const struct heard *heard, struct text *scratch) = {
    [CAPTURE_BODY] = find_in_body,
    [CAPTURE_HEADER] = find_in_header,
    [CAPTURE_JSON] = find_in_json,
};

static size_t number_of(const struct strings *names, const char *name)
{
    size_t i = 0;
    while (i < names->count && strcmp(names->items[i], name) != 0)
        i++;
    return i;
}

static void set(const struct strings *names, const char *name, struct variables *variables, struct span value)
{
    size_t number = number_of(names, name);
    if (variables != NULL && number < names->count)
        variables_set(variables, names, number, value);
}

static void keep_captured(struct reading *reading, const struct content *content)
{
    const struct captures *captures = &reading->endpoint->captures;
    struct text scratch = TEXT_EMPTY;
    for (size_t i = 0; reading->variables != NULL && i < captures->count; i++) {
        const struct capture *capture = &captures->items[i];
        text_clear(&scratch);
        set(reading->room->names, capture->name, reading->variables,
            find_captured[capture->from](capture, content, &reading->heard[i], &scratch));
    }
    text_release(&scratch);
}

/* Notes the failure; the pattern is the user's own, so it may be said. */
static bool fails(struct reading *reading, const struct expected *expected, const char *subject, bool there)
{
    const char *kind = expected->from == CAPTURE_HEADER ? "header " : "";
    if (there)
        snprintf(reading->why, sizeof reading->why, "%s%.80s does not match '%.80s'", kind, subject,
                 pattern_source(expected->pattern));
    else
        snprintf(reading->why, sizeof reading->why, "%s%.80s is missing", kind, subject);
    return false;
}

static bool check_body(struct reading *reading, const struct expected *expected,
                       const struct content *content)
{
    if (pattern_match(expected->pattern, content->body.bytes, content->body.length))
        return true;
    if (content->fault == NULL)
        return fails(reading, expected, "body", true);
    snprintf(reading->why, sizeof reading->why, "body %s", content->fault);
    return false;
}

static bool check_header(struct reading *reading, const struct expected *expected,
                         const struct content *content)
{
    (void)content;
    const struct endpoint *endpoint = reading->endpoint;
    const struct heard *heard =
        &reading->heard[endpoint->captures.count + (size_t)(expected - endpoint->expect.items)];
    return heard->met || fails(reading, expected, expected->where, heard->there);
}

static bool check_json(struct reading *reading, const struct expected *expected,
                       const struct content *content)
{
    const json_t *value = json_at_pointer(content->json, expected->where);
    if (content->json == NULL) {
        snprintf(reading->why, sizeof reading->why, "body %s",
                 content->fault != NULL ? content->fault : "is not JSON");
        return false;
    }
    const char *subject = expected->where[0] != '\0' ? expected->where : "JSON";
    if (value == NULL || expected->pattern == NULL)
        return value != NULL || fails(reading, expected, subject, false);
    struct text said = TEXT_EMPTY;
    content_say_json(value, &said);
    bool met = pattern_match(expected->pattern, text_string(&said), said.length);
    text_release(&said);
    return met || fails(reading, expected, subject, true);
}

static bool (*const check_expected[])(struct reading *reading, const struct expected *expected,
                                      const struct content *content) = {
    [CAPTURE_BODY] = check_body,
    [CAPTURE_HEADER] = check_header,
    [CAPTURE_JSON] = check_json,
};

static bool is_as_expected(struct reading *reading, const struct content *content)
{
    const struct expectation *expect = &reading->endpoint->expect;
    for (size_t i = 0; i < expect->count; i++)
        if (!check_expected[expect->items[i].from](reading, &expect->items[i], content))
            return false;
    return true;
}

bool reading_end(struct reading *reading, int recorded, int status)
{
    struct content content;
    if (!reading_wanted(reading->endpoint))
        return expect_landed(reading->endpoint, recorded, status);
    open_content(reading, &content);
    keep_captured(reading, &content);
    bool landed = expect_landed(reading->endpoint, recorded, status) && is_as_expected(reading, &content);
    content_close(&content);
    if (reading->body.capacity > KEEP_BYTES)
        text_release(&reading->body);
    return landed;
}

void reading_lost(const struct endpoint *endpoint, const struct strings *names, struct variables *variables)
{
    for (size_t i = 0; i < endpoint->captures.count; i++)
        set(names, endpoint->captures.items[i].name, variables, (struct span){NULL, 0});
}
