#include "replay/set_cookie.h"

#include <string.h>
#include <strings.h>

#include "replay/cookie_date.h"

static struct span trimmed(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return (struct span){from, (size_t)(to - from)};
}

struct span cookie_part(const char **at, const char *end)
{
    const char *start = *at, *semicolon = memchr(start, ';', (size_t)(end - start));
    *at = semicolon != NULL ? semicolon + 1 : end;
    return trimmed(start, semicolon != NULL ? semicolon : end);
}

bool cookie_halve(struct span part, struct span *name, struct span *value)
{
    const char *end = part.bytes + part.length, *equals = memchr(part.bytes, '=', part.length);
    *name = trimmed(part.bytes, equals != NULL ? equals : end);
    *value = equals != NULL ? trimmed(equals + 1, end) : (struct span){end, 0};
    return equals != NULL;
}

/* Section 5.2.1. */
static void take_expires(struct set_cookie *setting, struct span value)
{
    setting->has_expires |= cookie_date(value.bytes, value.length, &setting->expires_s) == 0;
}

/* Section 5.2.2; what is longer than any life counts as for ever. */
static void take_max_age(struct set_cookie *setting, struct span value)
{
    bool minus = value.length > 0 && value.bytes[0] == '-';
    int64_t seconds = 0;
    for (size_t i = minus; i < value.length; i++) {
        if (value.bytes[i] < '0' || value.bytes[i] > '9')
            return;
        if (seconds < INT64_C(1) << 40)
            seconds = seconds * 10 + (value.bytes[i] - '0');
    }
    if (value.length == 0)
        return;
    setting->has_max_age = true;
    setting->max_age_s = minus ? 0 : seconds;
}

static void take_path(struct set_cookie *setting, struct span value)
{
    bool right = value.length > 0 && value.bytes[0] == '/';
    setting->path = right ? value : (struct span){NULL, 0};
}

static void take_secure(struct set_cookie *setting, struct span value)
{
    (void)value;
    setting->secure = true;
}

static const struct attribute {
    const char *name;
    void (*take)(struct set_cookie *setting, struct span value);
} attributes[] = {
    {"expires", take_expires},
    {"max-age", take_max_age},
    {"path", take_path},
    {"secure", take_secure},
};

static void take_attribute(struct set_cookie *setting, struct span part)
{
    struct span name, value;
    cookie_halve(part, &name, &value);
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (strlen(attributes[i].name) == name.length &&
            strncasecmp(attributes[i].name, name.bytes, name.length) == 0)
            attributes[i].take(setting, value);
}

/* A control character would end our own header line, or hide what stands in it. */
static bool has_control(struct span span)
{
    for (size_t i = 0; i < span.length; i++)
        if (((unsigned char)span.bytes[i] < ' ' && span.bytes[i] != '\t') || span.bytes[i] == 0x7f)
            return true;
    return false;
}

bool set_cookie_parse(struct set_cookie *setting, struct span field)
{
    const char *at = field.bytes, *end = at + field.length;
    *setting = (struct set_cookie){.secure = false};
    if (has_control(field) || !cookie_halve(cookie_part(&at, end), &setting->name, &setting->value) ||
        setting->name.length == 0)
        return false;
    while (at < end)
        take_attribute(setting, cookie_part(&at, end));
    return true;
}
