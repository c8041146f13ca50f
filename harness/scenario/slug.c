#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/yaml.h"
#include "scenario/write.h"

char *scenario_slug(const char *endpoint_name)
{
    struct text slug = TEXT_EMPTY;
    bool gap = false;
    for (const char *at = endpoint_name; *at != '\0' && slug.length < SCENARIO_SLUG_MOST; at++) {
        if (!isalnum((unsigned char)*at) || (unsigned char)*at >= 0x80) {
            gap = slug.length > 0;
            continue;
        }
        if (gap && slug.length + 1 < SCENARIO_SLUG_MOST)
            text_add_char(&slug, '_');
        gap = false;
        text_add_char(&slug, (char)tolower((unsigned char)*at));
    }
    if (slug.length == 0 || strcmp(slug.bytes, "service") == 0)
        text_add_string(&slug, slug.length == 0 ? "endpoint" : "_endpoint");
    return text_take(&slug);
}

/* True when DIR/SLUG.yaml may be (re)written for this endpoint: it is not there, or describes it. */
static bool is_free(const char *directory, const char *slug, const char *endpoint_name)
{
    char *path = xasprintf("%s/%s.yaml", directory, slug);
    struct err err = {0};
    bool absent = access(path, F_OK) != 0;
    struct yaml *tree = absent ? NULL : yaml_read_file(path, &err);
    const struct yaml *name = tree != NULL ? yaml_get(tree, "endpoint") : NULL;
    bool same = name != NULL && name->kind == YAML_SCALAR && strcmp(name->text, endpoint_name) == 0;
    yaml_node_free(tree);
    free(path);
    return absent || same;
}

char *scenario_file_slug(const char *directory, const char *endpoint_name, struct strings *taken)
{
    char *slug = scenario_slug(endpoint_name), *candidate = xstrdup(slug);
    for (unsigned i = 2; strings_has(taken, candidate) || !is_free(directory, candidate, endpoint_name);
         i++) {
        free(candidate);
        candidate = xasprintf("%s_%u", slug, i);
    }
    free(slug);
    strings_add(taken, candidate);
    return candidate;
}
