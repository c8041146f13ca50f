#include "traffic/clue_place.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/json_place.h"
#include "base/placeholder.h"

void rewritten_release(struct rewritten *rewritten)
{
    text_release(&rewritten->url);
    text_release(&rewritten->body);
    text_release(&rewritten->part);
    strings_release(&rewritten->headers);
}

void rewritten_clear(struct rewritten *rewritten)
{
    text_clear(&rewritten->url);
    text_clear(&rewritten->body);
    strings_release(&rewritten->headers);
}

/* `text` with `old`, a part of it, in {{captured:...}}; in rewritten->part. */
static bool put(struct rewritten *rewritten, struct span text, struct span old, const char *word,
                const char *name)
{
    struct text *out = &rewritten->part;
    size_t at = (size_t)(old.bytes - text.bytes);
    text_clear(out);
    text_add(out, text.bytes, at);
    if (old.length == 0 || !captured_add(out, word, name, old))
        return false;
    text_add(out, old.bytes + old.length, text.length - at - old.length);
    return true;
}

static void swap(struct text *one, struct text *other)
{
    struct text held = *one;
    *one = *other;
    *other = held;
}

/* "Authorization Bearer" */
static bool in_header(struct request *request, const char *place, const char *name,
                      struct rewritten *rewritten)
{
    size_t length = strcspn(place, " ");
    const char *word = place[length] == ' ' ? place + length + 1 : "";
    struct header *found = NULL;
    for (size_t i = 0; i < request->headers.count; i++) {
        struct header *header = &request->headers.items[i];
        if (strlen(header->name) != length || strncasecmp(header->name, place, length) != 0)
            continue;
        if (found != NULL)
            return false;
        found = header;
    }
    if (found == NULL)
        return false;
    struct span value = {found->value, strlen(found->value)};
    if (!put(rewritten, value, value, word, name))
        return false;
    strings_add(&rewritten->headers, rewritten->part.bytes);
    found->value = rewritten->headers.items[rewritten->headers.count - 1];
    return true;
}

/* Whether percent-coded bytes say `name`. */
static bool says(struct span coded, const char *name)
{
    size_t i = 0;
    for (; i < coded.length && *name != '\0'; i++, name++) {
        int byte = percent_byte(coded.bytes + i, coded.length - i);
        if ((byte >= 0 ? (char)byte : coded.bytes[i]) != *name)
            return false;
        i += byte >= 0 ? PERCENT_LENGTH - 1 : 0;
    }
    return i == coded.length && *name == '\0';
}

/* The value of the one pair with that key. */
static bool find_pair(struct span pairs, const char *key, struct span *value)
{
    size_t count = 0;
    for (size_t at = 0, end; at < pairs.length; at = end + 1) {
        const char *next = memchr(pairs.bytes + at, '&', pairs.length - at);
        end = next != NULL ? (size_t)(next - pairs.bytes) : pairs.length;
        const char *equals = memchr(pairs.bytes + at, '=', end - at);
        if (equals == NULL ||
            !says((struct span){pairs.bytes + at, (size_t)(equals - pairs.bytes) - at}, key))
            continue;
        *value = (struct span){equals + 1, (size_t)(pairs.bytes + end - equals) - 1};
        count++;
    }
    return count == 1;
}

static bool find_segment(struct span path, const char *number, struct span *segment)
{
    size_t left = strtoul(number, NULL, 10) + 1;
    for (size_t i = 0; i < path.length; i++) {
        if (path.bytes[i] != '/' || --left > 0)
            continue;
        const char *from = path.bytes + i + 1, *slash = memchr(from, '/', path.length - i - 1);
        *segment = (struct span){from, (size_t)((slash != NULL ? slash : path.bytes + path.length) - from)};
        return true;
    }
    return false;
}

static bool in_url(struct request *request, const struct span *found, const char *name,
                   struct rewritten *rewritten)
{
    if (!put(rewritten, (struct span){request->url, strlen(request->url)}, *found, "", name))
        return false;
    swap(&rewritten->url, &rewritten->part);
    request->url = rewritten->url.bytes;
    return true;
}

static bool in_path(struct request *request, const char *place, const char *name, struct rewritten *rewritten)
{
    struct span found;
    return find_segment((struct span){request->url, strcspn(request->url, "?#")}, place, &found) &&
           in_url(request, &found, name, rewritten);
}

static bool in_query(struct request *request, const char *place, const char *name,
                     struct rewritten *rewritten)
{
    const char *query = strchr(request->url, '?');
    struct span found;
    return query != NULL && find_pair((struct span){query + 1, strcspn(query + 1, "#")}, place, &found) &&
           in_url(request, &found, name, rewritten);
}

static bool in_body(struct request *request, const struct span *found, const char *name,
                    struct rewritten *rewritten)
{
    const struct span body = {(const char *)request->body, request->body_length};
    if (!put(rewritten, body, *found, "", name))
        return false;
    swap(&rewritten->body, &rewritten->part);
    request->body = (unsigned char *)rewritten->body.bytes;
    request->body_length = rewritten->body.length;
    return true;
}

static bool in_form(struct request *request, const char *place, const char *name, struct rewritten *rewritten)
{
    struct span found;
    return request->body_length > 0 &&
           find_pair((struct span){(const char *)request->body, request->body_length}, place, &found) &&
           in_body(request, &found, name, rewritten);
}

/* A string: what is written in place of a number would make the body none of JSON's. */
static bool in_json(struct request *request, const char *place, const char *name, struct rewritten *rewritten)
{
    struct span found;
    if (request->body_length == 0 ||
        !json_place((struct span){(const char *)request->body, request->body_length}, place, &found) ||
        found.length < 2 || found.bytes[0] != '"')
        return false;
    found = (struct span){found.bytes + 1, found.length - 2};
    return in_body(request, &found, name, rewritten);
}

bool clue_place_capture(struct request *request, const char *place, const char *name,
                        struct rewritten *rewritten)
{
    static const struct {
        const char *kind;
        bool (*put)(struct request *request, const char *place, const char *name,
                    struct rewritten *rewritten);
    } kinds[] = {{"header ", in_header},
                 {"path ", in_path},
                 {"query ", in_query},
                 {"form ", in_form},
                 {"json ", in_json}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (text_starts_with(place, kinds[i].kind))
            return kinds[i].put(request, place + strlen(kinds[i].kind), name, rewritten);
    return false;
}
