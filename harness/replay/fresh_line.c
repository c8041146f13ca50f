/* New values in a request line: percent-encoding undone, and done again. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "replay/fresh.h"

/* What may stand in a path segment and in a query value as it is (RFC 3986, 3.3 and 3.4). */
static const char in_path[] = "-._~!$&'()*+,;=:@", in_query[] = "-._~!$'()*,;:@/?";

static void add_decoded(struct text *out, struct span span, bool query)
{
    for (size_t i = 0; i < span.length; i++) {
        const char *at = span.bytes + i;
        int byte = percent_byte(at, span.length - i);
        text_add_char(out, byte >= 0 ? (char)byte : query && *at == '+' ? ' ' : *at);
        i += byte >= 0 ? PERCENT_LENGTH - 1 : 0;
    }
}

static void add_encoded(struct text *out, const struct text *plain, bool query)
{
    for (size_t i = 0; i < plain->length; i++) {
        unsigned char byte = (unsigned char)plain->bytes[i];
        if (byte == ' ' && query)
            text_add_char(out, '+');
        else if (byte < 0x80 && byte > ' ' &&
                 (isalnum(byte) || strchr(query ? in_query : in_path, byte) != NULL))
            text_add_char(out, (char)byte);
        else
            text_addf(out, "%%%02X", (unsigned)byte);
    }
}

/* The new value of an encoded one. */
static void add_fresh(struct text *out, struct span old, struct pass pass, bool query)
{
    struct text plain = TEXT_EMPTY, made = TEXT_EMPTY;
    add_decoded(&plain, old, query);
    fresh_value((struct span){text_string(&plain), plain.length}, pass, &made);
    add_encoded(out, &made, query);
    text_release(&plain);
    text_release(&made);
}

/* Segment `number` of a path, from 0. */
static bool segment_at(struct span path, size_t number, struct span *segment)
{
    const char *at = path.bytes, *end = at + path.length;
    for (; at < end && *at == '/'; number--) {
        const char *slash = memchr(at + 1, '/', (size_t)(end - at - 1));
        const char *last = slash != NULL ? slash : end;
        *segment = (struct span){at + 1, (size_t)(last - at - 1)};
        if (number == 0)
            return segment->length > 0;
        at = last;
    }
    return false;
}

/* Takes off what the template has around the parameter: "{slug}.html". */
static void without_fixed(const char *template, size_t number, struct span *segment)
{
    struct span model;
    if (!segment_at((struct span){template, strlen(template)}, number, &model))
        return;
    const char *open = memchr(model.bytes, '{', model.length),
               *close = memchr(model.bytes, '}', model.length);
    if (open == NULL || close == NULL)
        return;
    size_t before = (size_t)(open - model.bytes), after = (size_t)(model.bytes + model.length - close - 1);
    if (before + after >= segment->length)
        return;
    segment->bytes += before;
    segment->length -= before + after;
}

/* The next value of a query key from *at on, which goes behind it. */
static bool value_of(const char **at, const char *end, const char *key, struct span *value)
{
    bool found = false;
    while (*at < end && !found) {
        struct text name = TEXT_EMPTY;
        const char *ampersand = memchr(*at, '&', (size_t)(end - *at));
        const char *last = ampersand != NULL ? ampersand : end;
        const char *equals = memchr(*at, '=', (size_t)(last - *at));
        if (equals != NULL) {
            add_decoded(&name, (struct span){*at, (size_t)(equals - *at)}, true);
            *value = (struct span){equals + 1, (size_t)(last - equals - 1)};
        }
        found = equals != NULL && value->length > 0 && strcmp(text_string(&name), key) == 0;
        text_release(&name);
        *at = ampersand != NULL ? ampersand + 1 : end;
    }
    return found;
}

/* Both append `target` with the values of one `fresh` new; false: there was none. */
static bool refresh_path(const struct endpoint *endpoint, const struct fresh *fresh, struct span target,
                         struct pass pass, struct text *out)
{
    const char *mark = memchr(target.bytes, '?', target.length), *end = target.bytes + target.length;
    struct span path = {target.bytes, (size_t)((mark != NULL ? mark : end) - target.bytes)}, segment;
    if (!segment_at(path, fresh->segment, &segment)) {
        text_add(out, target.bytes, target.length);
        return false;
    }
    without_fixed(endpoint->template, fresh->segment, &segment);
    text_add(out, target.bytes, (size_t)(segment.bytes - target.bytes));
    add_fresh(out, segment, pass, false);
    text_add(out, segment.bytes + segment.length, (size_t)(end - (segment.bytes + segment.length)));
    return true;
}

static bool refresh_query(const struct endpoint *endpoint, const struct fresh *fresh, struct span target,
                          struct pass pass, struct text *out)
{
    (void)endpoint;
    const char *mark = memchr(target.bytes, '?', target.length), *end = target.bytes + target.length;
    const char *at = mark != NULL ? mark + 1 : end, *from = target.bytes;
    struct span value;
    bool found = false;
    while (value_of(&at, end, fresh->name, &value)) {
        text_add(out, from, (size_t)(value.bytes - from));
        add_fresh(out, value, pass, true);
        from = value.bytes + value.length;
        found = true;
    }
    text_add(out, from, (size_t)(end - from));
    return found;
}

static bool (*const refresh[])(const struct endpoint *endpoint, const struct fresh *fresh, struct span target,
                               struct pass pass, struct text *out) = {
    [FRESH_PATH] = refresh_path,
    [FRESH_QUERY] = refresh_query,
};

/* The target of a request line: between its two blanks. */
static struct span target_of(struct span line)
{
    const char *first = memchr(line.bytes, ' ', line.length), *last = memrchr(line.bytes, ' ', line.length);
    if (first == NULL || last == first)
        return (struct span){line.bytes, 0};
    return (struct span){first + 1, (size_t)(last - first - 1)};
}

bool fresh_line(const struct endpoint *endpoint, struct span line, struct pass pass, struct text *out)
{
    struct span target = target_of(line);
    struct text now = TEXT_EMPTY, next = TEXT_EMPTY;
    bool all = true;
    text_add(&now, target.bytes, target.length);
    for (size_t i = 0; pass.number > 0 && i < endpoint->fresh_count; i++) {
        const struct fresh *fresh = &endpoint->fresh[i];
        if (fresh->in == FRESH_JSON)
            continue;
        text_clear(&next);
        all &= refresh[fresh->in](endpoint, fresh, (struct span){now.bytes, now.length}, pass, &next);
        struct text swapped = now;
        now = next;
        next = swapped;
    }
    const char *behind = target.bytes + target.length;
    text_add(out, line.bytes, (size_t)(target.bytes - line.bytes));
    text_add(out, now.bytes, now.length);
    text_add(out, behind, (size_t)(line.bytes + line.length - behind));
    text_release(&now);
    text_release(&next);
    return all;
}
