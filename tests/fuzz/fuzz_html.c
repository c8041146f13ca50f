/* Hidden fields and meta tags of any page: each lies within it, and the pattern that an import writes for it is one, with one
 * group. */
#include <ctype.h>

#include "traffic/html_value.h"

#include "fuzz.h"

static bool within(struct span part, struct span page)
{
    return part.length > 0 && part.bytes >= page.bytes &&
           part.bytes + part.length <= page.bytes + page.length;
}

/* As clues.c takes them. */
static bool is_name(struct span name)
{
    for (size_t i = 0; i < name.length; i++)
        if (!isalnum((unsigned char)name.bytes[i]) &&
            (name.bytes[i] == '\0' || strchr("_-.[]", name.bytes[i]) == NULL))
            return false;
    return true;
}

static void check_pattern(const struct html_value *value, struct span page)
{
    char *name = fuzz_string(value->name);
    struct text source = TEXT_EMPTY;
    struct err err = {0};
    html_value_pattern(value->meta, value->value_first, name, &source);
    struct pattern *pattern = pattern_new(text_string(&source), &err);
    hold(pattern != NULL && pattern_groups(pattern) == 1);
    if (pattern_match(pattern, page.bytes, page.length))
        hold(within(pattern_group(pattern, 1), page));
    pattern_free(pattern);
    text_release(&source);
    free(name);
}

FUZZ_TARGET(html)
{
    struct span page = {(const char *)data, size};
    struct html_value value;
    size_t at = 0, before = 0, found = 0;
    for (; html_value_next(page, &at, &value) && found < 8; found++) {
        hold(at > before && at <= size && within(value.name, page) && within(value.value, page));
        before = at;
        if (is_name(value.name))
            check_pattern(&value, page);
    }
    return 0;
}
