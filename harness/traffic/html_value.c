#include "traffic/html_value.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is(struct span text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.bytes, word, text.length) == 0;
}

static bool is_blank(char byte)
{
    return isspace((unsigned char)byte) != 0;
}

/* name, name=value, name="value"; false: the element ends. */
static bool next_attribute(struct span page, size_t *at, struct span *name, struct span *value)
{
    size_t i = *at;
    while (i < page.length && (is_blank(page.bytes[i]) || page.bytes[i] == '/'))
        i++;
    size_t from = i;
    while (i < page.length && !is_blank(page.bytes[i]) && page.bytes[i] != '=' && page.bytes[i] != '>' &&
           page.bytes[i] != '/')
        i++;
    *name = (struct span){page.bytes + from, i - from};
    *value = (struct span){page.bytes + i, 0};
    *at = i;
    if (name->length == 0)
        return false;
    while (i < page.length && is_blank(page.bytes[i]))
        i++;
    if (i == page.length || page.bytes[i] != '=')
        return true;
    i++;
    while (i < page.length && is_blank(page.bytes[i]))
        i++;
    char quote = i < page.length && (page.bytes[i] == '"' || page.bytes[i] == '\'') ? page.bytes[i] : '\0';
    from = i += quote != '\0';
    while (i < page.length &&
           (quote != '\0' ? page.bytes[i] != quote : !is_blank(page.bytes[i]) && page.bytes[i] != '>'))
        i++;
    *value = (struct span){page.bytes + from, i - from};
    *at = i + (quote != '\0' && i < page.length);
    return true;
}

static bool read_element(struct span page, size_t *at, struct html_value *found)
{
    struct span name, value;
    bool hidden = found->meta;
    while (next_attribute(page, at, &name, &value)) {
        if (is(name, "name"))
            found->name = value;
        else if (is(name, found->meta ? "content" : "value"))
            found->value = value;
        else if (is(name, "type"))
            hidden = hidden || is(value, "hidden");
    }
    found->value_first = found->value.bytes < found->name.bytes;
    return hidden && found->name.length > 0 && found->value.length > 0;
}

bool html_value_next(struct span page, size_t *at, struct html_value *found)
{
    while (*at < page.length) {
        const char *open = memchr(page.bytes + *at, '<', page.length - *at);
        if (open == NULL)
            return false;
        size_t name = (size_t)(open - page.bytes) + 1, end = name;
        while (end < page.length && isalpha((unsigned char)page.bytes[end]))
            end++;
        struct span element = {page.bytes + name, end - name};
        *found = (struct html_value){.meta = is(element, "meta")};
        *at = end;
        if ((found->meta || is(element, "input")) && read_element(page, at, found))
            return true;
    }
    return false;
}

void html_value_pattern(bool meta, bool value_first, const char *name, struct text *out)
{
    static const char group[] = "=[\"']?([^\"'\\s>]+)", more[] = "(?:[^>]*\\s)?";
    const char *value = meta ? "content" : "value";
    text_addf(out, "(?i)<%s\\s%s", meta ? "meta" : "input", more);
    if (value_first)
        text_addf(out, "%s%s[\"']?\\s%s", value, group, more);
    text_add_string(out, "name=[\"']?");
    for (; *name != '\0'; name++)
        text_addf(out, strchr("[].", *name) != NULL ? "\\%c" : "%c", *name);
    if (value_first)
        text_add_string(out, "[\"'\\s/>]");
    else
        text_addf(out, "[\"'\\s/]%s%s%s", more, value, group);
}
