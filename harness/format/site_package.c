/* Packages by path.
 * Source: Python Packaging User Guide, "Recording installed projects"; Node.js, "Modules: loading from node_modules folders"
 * and pnpm's and Yarn's stores of them; Go Modules Reference, "Module cache"; ld.so(8) on sonames. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/site.h"

/* The last `part` in a path; where it ends. */
static const char *behind_last(const char *path, const char *part)
{
    const char *end = NULL;
    for (const char *at = path; (at = strstr(at, part)) != NULL; at++)
        end = at + strlen(part);
    return end;
}

/* "flask/app.py:1" is of flask, "six.py:9" of six. */
static bool python_package(const char *path, struct site_package *package)
{
    const char *name = behind_last(path, "/site-packages/");
    name = name != NULL ? name : behind_last(path, "/dist-packages/");
    if (name == NULL)
        return false;
    size_t length = strcspn(name, "/.:");
    package->kind = PACKAGE_PYTHON;
    package->name = xstrndup(name, length);
    package->path = xstrndup(path, (size_t)(name - 1 - path));
    return length > 0;
}

/* "winston", "@scope/name". */
static size_t node_name_length(const char *name)
{
    size_t length = strcspn(name, "/");
    if (name[0] == '@' && name[length] == '/')
        length += 1 + strcspn(name + length + 1, "/");
    return length;
}

/* ".pnpm/winston@3.11.0/node_modules/", ".yarn/cache/winston-npm-3.11.0-0c8f.zip/node_modules/". A scope stands there as
 * "@scope+name", "@scope-name". */
static char *node_version(const char *path, size_t before)
{
    static const struct {
        const char *store, *mark, *end;
    } stores[] = {{"/.pnpm/", "@", "(_/"}, {"/.yarn/", "-npm-", "-/"}};
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        const char *at = memmem(path, before, stores[i].store, strlen(stores[i].store));
        at = at != NULL ? strstr(at + strlen(stores[i].store) + 1, stores[i].mark) : NULL;
        if (at != NULL && at < path + before) {
            at += strlen(stores[i].mark);
            return xstrndup(at, strcspn(at, stores[i].end));
        }
    }
    return NULL;
}

static bool node_package(const char *path, struct site_package *package)
{
    const char *name = behind_last(path, "/node_modules/");
    name = name != NULL ? name : behind_last(path, "/usr/share/nodejs/");
    if (name == NULL)
        return false;
    size_t length = node_name_length(name);
    package->kind = PACKAGE_NODE;
    package->name = xstrndup(name, length);
    package->version = node_version(path, (size_t)(name - path));
    package->path = xstrndup(path, (size_t)(name - path) + length);
    return length > 0;
}

/* Upper case is written "!a" in paths. */
static char *go_unescaped(const char *name, size_t length)
{
    struct text plain = TEXT_EMPTY;
    for (size_t i = 0; i < length; i++) {
        bool upper = name[i] == '!' && i + 1 < length && name[i + 1] >= 'a' && name[i + 1] <= 'z';
        text_add_char(&plain, upper ? (char)(name[++i] - 'a' + 'A') : name[i]);
    }
    return text_take(&plain);
}

static bool go_package(const char *path, struct site_package *package)
{
    const char *name = behind_last(path, "/pkg/mod/");
    size_t length = name != NULL ? strcspn(name, "@") : 0;
    if (length == 0 || name[length] != '@')
        return false;
    const char *version = name + length + 1;
    package->kind = PACKAGE_GO;
    package->name = go_unescaped(name, length);
    package->version = xstrndup(version, strcspn(version, "/"));
    return true;
}

/* "compress+0x41 (/usr/lib/x86_64-linux-gnu/libz.so.1.2.13)", "libz.so.1.2.13+0x41". */
static bool library(const char *path, struct site_package *package)
{
    const char *number = strstr(path, ".so.");
    if (number == NULL)
        return false;
    size_t end = strcspn(number, "+) ");
    if (memchr(number, '/', end) != NULL) /* a folder is called so */
        return false;
    const char *start = number;
    while (start > path && strchr(" (", start[-1]) == NULL)
        start--;
    package->kind = PACKAGE_LIBRARY;
    package->path = xstrndup(start, (size_t)(number - start) + end);
    const char *slash = strrchr(package->path, '/');
    const char *name = slash != NULL ? slash + 1 : package->path;
    package->name = xstrndup(name, (size_t)(strstr(name, ".so.") - name));
    package->version = xstrndup(number + strlen(".so."), end - strlen(".so."));
    return package->name[0] != '\0';
}

void site_package_release(struct site_package *package)
{
    free(package->name);
    free(package->version);
    free(package->path);
    *package = (struct site_package){0};
}

/* Behind a function's name: from the first slash, if a blank or "file://" stands before it. */
static const char *path_in(const char *place)
{
    const char *url = strstr(place, "file:///");
    if (url != NULL)
        return url + strlen("file://");
    const char *found = strstr(place, " /");
    return found != NULL ? found + 1 : place;
}

void site_package_of(const char *site, struct site_package *package)
{
    static bool (*const kinds[])(const char *path, struct site_package *package) = {
        node_package, python_package, go_package, library};
    char *place = xstrndup(site, site_place_length(site));
    const char *path = path_in(place);
    bool found = false;
    *package = (struct site_package){0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !found; i++) {
        site_package_release(package);
        found = kinds[i](path, package);
    }
    if (!found || site_whose(site) != WHOSE_DEPENDENCY)
        site_package_release(package);
    free(place);
}
