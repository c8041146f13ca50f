#include "scenario/variables.h"

#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/text.h"
#include "scenario/read.h"

static void collect(struct strings *names, const struct captures *captures)
{
    for (size_t i = 0; i < captures->count; i++)
        if (!strings_has(names, captures->items[i].name))
            strings_add(names, captures->items[i].name);
}

void variables_collect(struct service *service)
{
    for (size_t i = 0; i < service->setup_count; i++)
        collect(&service->variables, &service->setup[i].endpoint.captures);
    for (size_t i = 0; i < service->endpoint_count; i++)
        collect(&service->variables, &service->endpoints[i].captures);
}

static int unknown(const struct strings *names, const char *name, const struct yaml *at, const char *file,
                   struct err *err)
{
    const char **list = xcalloc(names->count + 1, sizeof *list);
    for (size_t i = 0; i < names->count; i++)
        list[i] = names->items[i];
    const char *near = options_nearest(name, list);
    free(list);
    return yaml_complain(err, file, at, "{{%.60s}} is what no `capture` here fills%s%s%s", name,
                         near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
                         near != NULL ? "'?)" : "");
}

static int check_text(const struct strings *names, const struct yaml *at, const char *file, struct err *err)
{
    int failed = 0;
    for (const char *open = at->text; !failed && (open = strstr(open, "{{")) != NULL; open++) {
        const char *close = strstr(open, "}}");
        if (close == NULL || !read_is_variable(open + 2, (size_t)(close - open - 2)))
            continue;
        char *name = xstrndup(open + 2, (size_t)(close - open - 2));
        if (!strings_has(names, name))
            failed = unknown(names, name, at, file, err);
        free(name);
    }
    return failed;
}

/* Patterns have braces of their own. */
static bool holds_patterns(const char *key)
{
    return strcmp(key, "capture") == 0 || strcmp(key, "expect") == 0;
}

int variables_check(const struct service *service, const struct yaml *node, const char *file, struct err *err)
{
    if (node->kind == YAML_SCALAR)
        return check_text(&service->variables, node, file, err);
    for (size_t i = 0; i < node->count; i++)
        if ((node->kind != YAML_MAP || !holds_patterns(node->keys[i]->text)) &&
            variables_check(service, node->items[i], file, err) != 0)
            return -1;
    return 0;
}
