#include "replay/jar.h"

#include <stdlib.h>
#include <string.h>

#include "replay/set_cookie.h"

#define REDACTED "{{redacted"

void jar_clear(struct jar *jar)
{
    for (size_t i = 0; i < jar->count; i++)
        free(jar->items[i].bytes);
    jar->count = 0;
}

void jar_release(struct jar *jar)
{
    jar_clear(jar);
    free(jar->items);
    *jar = (struct jar){NULL, 0, 0};
}

static bool same(struct span one, struct span other)
{
    return one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0;
}

static struct span path_of(struct span target)
{
    const char *mark = memchr(target.bytes, '?', target.length);
    return (struct span){target.bytes, mark != NULL ? (size_t)(mark - target.bytes) : target.length};
}

/* Section 5.1.4: the directory of what was asked for. */
static struct span default_path(struct span target)
{
    struct span path = path_of(target);
    if (path.length == 0 || path.bytes[0] != '/')
        return (struct span){"/", 1};
    while (path.length > 1 && path.bytes[path.length - 1] != '/')
        path.length--;
    return path.length > 1 ? (struct span){path.bytes, path.length - 1} : path;
}

static int64_t expiry(const struct set_cookie *setting, const struct asking *asking)
{
    if (setting->has_max_age)
        return setting->max_age_s > 0 ? asking->now_s + setting->max_age_s : INT64_MIN;
    return setting->has_expires ? setting->expires_s - asking->set_s : INT64_MAX;
}

static struct span name_of(const struct cookie *cookie)
{
    return (struct span){cookie->bytes, cookie->name};
}

static struct span place_of(const struct cookie *cookie)
{
    return (struct span){cookie->bytes + cookie->pair, cookie->path};
}

static void drop(struct jar *jar, size_t index)
{
    free(jar->items[index].bytes);
    jar->count--;
    memmove(&jar->items[index], &jar->items[index + 1], (jar->count - index) * sizeof *jar->items);
}

static size_t find(const struct jar *jar, struct span name, struct span path)
{
    size_t i = 0;
    while (i < jar->count && !(same(name_of(&jar->items[i]), name) && same(place_of(&jar->items[i]), path)))
        i++;
    return i;
}

static void make_room(struct jar *jar, int64_t now_s)
{
    for (size_t i = jar->count; jar->count >= JAR_COOKIES && i-- > 0;)
        if (jar->items[i].expires_s <= now_s)
            drop(jar, i);
    if (jar->count >= JAR_COOKIES)
        drop(jar, 0);
    if (jar->count < jar->capacity)
        return;
    jar->capacity = jar->capacity > 0 ? jar->capacity * 2 : 4;
    jar->items = xrealloc(jar->items, jar->capacity * sizeof *jar->items);
}

static char *joined(const struct set_cookie *setting)
{
    size_t name = setting->name.length, value = setting->value.length;
    char *bytes = xmalloc(name + 1 + value + setting->path.length);
    memcpy(bytes, setting->name.bytes, name);
    bytes[name] = '=';
    memcpy(bytes + name + 1, setting->value.bytes, value);
    memcpy(bytes + name + 1 + value, setting->path.bytes, setting->path.length);
    return bytes;
}

void jar_set(struct jar *jar, struct span field, const struct asking *asking)
{
    struct set_cookie setting;
    if (!set_cookie_parse(&setting, field))
        return;
    if (setting.path.bytes == NULL)
        setting.path = default_path(asking->target);
    size_t pair = setting.name.length + 1 + setting.value.length;
    size_t index = find(jar, setting.name, setting.path);
    int64_t expires_s = expiry(&setting, asking);
    if (expires_s <= asking->now_s) {
        if (index < jar->count)
            drop(jar, index);
        return;
    }
    if (pair + setting.path.length > JAR_BYTES)
        return;
    char *bytes = joined(&setting); /* before anything moves that `field` could point into */
    if (index < jar->count) {
        free(jar->items[index].bytes); /* its age stays (section 5.3, 11.3) */
    } else {
        make_room(jar, asking->now_s);
        index = jar->count++;
    }
    jar->items[index] = (struct cookie){.bytes = bytes,
                                        .name = setting.name.length,
                                        .pair = pair,
                                        .path = setting.path.length,
                                        .expires_s = expires_s,
                                        .secure = setting.secure};
}

/* Section 5.1.4. */
static bool path_matches(struct span wanted, struct span path)
{
    if (wanted.length > path.length || memcmp(wanted.bytes, path.bytes, wanted.length) != 0)
        return false;
    return wanted.length == path.length || wanted.bytes[wanted.length - 1] == '/' ||
           path.bytes[wanted.length] == '/';
}

static bool applies(const struct cookie *cookie, const struct asking *asking)
{
    return cookie->expires_s > asking->now_s && (!cookie->secure || asking->secure) &&
           path_matches(place_of(cookie), path_of(asking->target));
}

static void add_pair(struct text *out, size_t start, const char *bytes, size_t length)
{
    text_add_string(out, out->length == start ? "Cookie: " : "; ");
    text_add(out, bytes, length);
}

/* Longest paths first, and the oldest of equal ones (section 5.4): selection, since there are few. */
static void add_own(const struct jar *jar, const struct asking *asking, struct text *out)
{
    size_t start = out->length, longest = SIZE_MAX;
    for (;;) {
        size_t next = 0;
        for (size_t i = 0; i < jar->count; i++)
            if (jar->items[i].path < longest && jar->items[i].path > next && applies(&jar->items[i], asking))
                next = jar->items[i].path;
        if (next == 0)
            return;
        for (size_t i = 0; i < jar->count; i++)
            if (jar->items[i].path == next && applies(&jar->items[i], asking))
                add_pair(out, start, jar->items[i].bytes, jar->items[i].pair);
        longest = next;
    }
}

static bool has_own(const struct jar *jar, struct span name, const struct asking *asking)
{
    for (size_t i = 0; i < jar->count; i++)
        if (same(name_of(&jar->items[i]), name) && applies(&jar->items[i], asking))
            return true;
    return false;
}

bool jar_add_line(const struct jar *jar, const struct asking *asking, struct span recorded, struct text *out)
{
    size_t start = out->length;
    add_own(jar, asking, out);
    const char *at = recorded.bytes, *end = at != NULL ? at + recorded.length : NULL;
    while (at != end) {
        struct span part = cookie_part(&at, end), name, value;
        cookie_halve(part, &name, &value);
        bool redacted = memmem(part.bytes, part.length, REDACTED, sizeof REDACTED - 1) != NULL;
        if (part.length > 0 && !redacted && !has_own(jar, name, asking))
            add_pair(out, start, part.bytes, part.length);
    }
    if (out->length == start)
        return false;
    text_add(out, "\r\n", 2);
    return true;
}
