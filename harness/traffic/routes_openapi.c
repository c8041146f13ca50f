/* The paths of an OpenAPI 3 or Swagger 2 document. Source: OpenAPI Specification 3.1.1, sections "Paths Object", "Server
 * Object"; Swagger 2.0, "basePath". */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/strings.h"
#include "base/text.h"
#include "traffic/routes_inside.h"

static struct route_place place_of(const char *file, const struct yaml *at)
{
    return (struct route_place){file, at->line, at->column};
}

/* ---- JSON as the same tree ---- */

/* Keys come in the order of the document: the next one is looked for behind the last. */
struct finder {
    const char *at, *line;
    size_t number;
};

static void find_key(struct finder *finder, const char *key, struct yaml *node)
{
    char *quoted = xasprintf("\"%s\"", key);
    const char *found = strstr(finder->at, quoted);
    if (found != NULL) {
        for (const char *newline;
             (newline = memchr(finder->line, '\n', (size_t)(found - finder->line))) != NULL;
             finder->line = newline + 1)
            finder->number++;
        finder->at = found + strlen(quoted);
    }
    node->line = finder->number;
    node->column = found != NULL ? (size_t)(found - finder->line) + 1 : 1;
    free(quoted);
}

static struct yaml *node_new(enum yaml_kind kind, const struct finder *finder, const char *text)
{
    struct yaml *node = xcalloc(1, sizeof *node);
    node->kind = kind;
    node->line = finder->number;
    node->column = 1;
    node->text = text != NULL ? xstrdup(text) : NULL;
    return node;
}

static struct yaml *from_json(const json_t *value, struct finder *finder)
{
    if (!json_is_object(value) && !json_is_array(value))
        return node_new(YAML_SCALAR, finder, json_is_string(value) ? json_string_value(value) : "");
    size_t count = json_is_object(value) ? json_object_size(value) : json_array_size(value), i = 0;
    struct yaml *node = node_new(json_is_object(value) ? YAML_MAP : YAML_LIST, finder, NULL);
    node->items = xcalloc(count + 1, sizeof(struct yaml *));
    node->keys = json_is_object(value) ? xcalloc(count + 1, sizeof(struct yaml *)) : NULL;
    for (; i < count && json_is_array(value); i++)
        node->items[node->count++] = from_json(json_array_get(value, i), finder);
    for (void *at = json_object_iter((json_t *)(uintptr_t)value); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)value, at)) {
        struct yaml *key = node_new(YAML_SCALAR, finder, json_object_iter_key(at));
        find_key(finder, key->text, key);
        node->keys[node->count] = key;
        node->items[node->count++] = from_json(json_object_iter_value(at), finder);
    }
    return node;
}

static struct yaml *read_json(const char *text, const char *name, struct err *err)
{
    json_t *document = json_read(text, strlen(text), name, err);
    struct finder finder = {text, text, 1};
    struct yaml *root = document != NULL ? from_json(document, &finder) : NULL;
    json_decref(document);
    return root;
}

/* ---- servers ---- */

static const char *scalar(const struct yaml *map, const char *key)
{
    const struct yaml *value = map != NULL ? yaml_get(map, key) : NULL;
    return value != NULL && value->kind == YAML_SCALAR ? value->text : NULL;
}

/* "https://{region}.example/{version}" with its variables' defaults in their places. */
static char *without_variables(const char *url, const struct yaml *variables)
{
    struct text out = TEXT_EMPTY;
    while (*url != '\0') {
        size_t length = strcspn(url, "{");
        text_add(&out, url, length);
        url += length;
        const char *close = *url == '{' ? strchr(url, '}') : NULL;
        if (close == NULL) {
            text_add_string(&out, url);
            break;
        }
        char *name = xstrndup(url + 1, (size_t)(close - url) - 1);
        const char *value = scalar(variables != NULL ? yaml_get(variables, name) : NULL, "default");
        text_add_string(&out, value != NULL ? value : "");
        free(name);
        url = close + 1;
    }
    text_add_string(&out, "");
    return text_take(&out);
}

/* "https://example/v1/" -> "/v1" */
static char *base_path(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host != NULL ? strchr(host + 3, '/') : url;
    size_t length = path != NULL ? strcspn(path, "?#") : 0;
    while (length > 0 && path[length - 1] == '/')
        length--;
    return xasprintf("%s%.*s", length > 0 && *path != '/' ? "/" : "", (int)length, path != NULL ? path : "");
}

/* The distinct base paths of `servers`, or `otherwise`. */
static void bases_of(struct strings *bases, const struct yaml *owner, const struct strings *otherwise)
{
    const struct yaml *servers = owner->kind == YAML_MAP ? yaml_get(owner, "servers") : NULL;
    for (size_t i = 0; servers != NULL && servers->kind == YAML_LIST && i < servers->count; i++) {
        const char *url = scalar(servers->items[i], "url");
        char *plain = without_variables(url != NULL ? url : "", yaml_get(servers->items[i], "variables"));
        char *base = base_path(plain);
        if (!strings_has(bases, base))
            strings_add(bases, base);
        free(plain);
        free(base);
    }
    for (size_t i = 0; bases->count == 0 && i < otherwise->count; i++)
        strings_add(bases, otherwise->items[i]);
}

/* ---- paths ---- */

static const char *method_of(const char *key)
{
    static const char *const methods[][2] = {{"get", "GET"},         {"put", "PUT"},     {"post", "POST"},
                                             {"delete", "DELETE"},   {"patch", "PATCH"}, {"head", "HEAD"},
                                             {"options", "OPTIONS"}, {"trace", "TRACE"}};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(key, methods[i][0]) == 0)
            return methods[i][1];
    return NULL;
}

struct document {
    struct routes *routes;
    const char *name;
};

static int add_operation(const struct document *document, const struct yaml *path, const char *method,
                         const struct yaml *operation, const struct strings *inherited, struct err *err)
{
    struct strings bases = {NULL, 0};
    struct route_place place = place_of(document->name, path);
    int failed = 0;
    bases_of(&bases, operation, inherited);
    for (size_t i = 0; !failed && i < bases.count; i++) {
        char *template = xasprintf("%s%s", bases.items[i], path->text);
        failed =
            routes_add(document->routes, &place, method, strlen(method), template, strlen(template), err);
        free(template);
    }
    strings_release(&bases);
    return failed;
}

static int add_path(const struct document *document, const struct yaml *path, const struct yaml *item,
                    const struct strings *inherited, struct err *err)
{
    struct strings bases = {NULL, 0};
    int failed = 0;
    if (strncmp(path->text, "x-", 2) == 0)
        return 0;
    if (path->text[0] != '/')
        return yaml_complain(err, document->name, path, "'%.100s': a path begins with '/'", path->text);
    if (item->kind != YAML_MAP)
        return yaml_complain(err, document->name, item, "expected the operations of '%.100s', as get: is",
                             path->text);
    bases_of(&bases, item, inherited);
    for (size_t i = 0; !failed && i < item->count; i++) {
        const char *method = method_of(item->keys[i]->text);
        if (method != NULL)
            failed = add_operation(document, path, method, item->items[i], &bases, err);
    }
    strings_release(&bases);
    return failed;
}

static int add_paths(const struct document *document, const struct yaml *root, struct err *err)
{
    const struct yaml *paths = yaml_get(root, "paths");
    const char *swagger = scalar(root, "basePath");
    struct strings base = {NULL, 0}, bases = {NULL, 0};
    int failed = 0;
    if (paths == NULL || paths->kind != YAML_MAP)
        return yaml_complain(err, document->name, paths != NULL ? paths : root,
                             "an OpenAPI document without `paths:`, which hold its routes");
    char *plain = base_path(swagger != NULL ? swagger : "");
    strings_add(&base, plain);
    bases_of(&bases, root, &base);
    for (size_t i = 0; !failed && i < paths->count; i++)
        failed = add_path(document, paths->keys[i], paths->items[i], &bases, err);
    strings_release(&base);
    strings_release(&bases);
    free(plain);
    return failed;
}

int routes_read_openapi(struct routes *routes, const char *text, const char *name, struct err *err)
{
    const struct document document = {routes, name};
    bool json = text[strspn(text, " \t\r\n")] == '{';
    struct yaml *root = json ? read_json(text, name, err) : yaml_read_text(text, strlen(text), name, err);
    int failed = root != NULL ? add_paths(&document, root, err) : -1;
    yaml_node_free(root);
    return failed;
}
