#include "flow/packages.h"

#include <ctype.h>
#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "format/site.h"

#define FILE_BYTES_MOST ((size_t)16 << 20)
#define DPKG "/var/lib/dpkg/"

/* The text of a file that need not be there; NULL then. The caller frees it. */
static char *read_if_there(const char *path)
{
    struct text text = TEXT_EMPTY;
    struct err ignored = {0};
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
        text_read_file(&text, path, FILE_BYTES_MOST, &ignored) != 0) {
        text_release(&text);
        return NULL;
    }
    text_add_char(&text, '\0');
    return text_take(&text);
}

/* The rest of the first line that begins with `key`, before the first empty line; NULL: none. */
static char *header(const char *text, const char *key)
{
    for (const char *line = text; *line != '\0' && *line != '\n';) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, key, strlen(key)) == 0)
            return xstrndup(line + strlen(key), strcspn(line + strlen(key), "\r\n"));
        line += length + (line[length] == '\n');
    }
    return NULL;
}

static void take_metadata(const char *text, char **name, char **version)
{
    char *own_name = header(text, "Name: "), *own_version = header(text, "Version: ");
    if (own_name != NULL) {
        free(*name);
        *name = own_name;
    }
    if (own_version != NULL) {
        free(*version);
        *version = own_version;
    }
}

static bool has_line(const char *text, const char *wanted)
{
    size_t length = strlen(wanted);
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, wanted, length) == 0 && strchr("\r\n", line[length]) != NULL)
            return true;
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return false;
}

/* "Flask-2.2.2.dist-info" is of flask: '-', '_' and '.' are one (PEP 503). */
static bool is_named(const char *entry, const char *module)
{
    size_t i = 0;
    for (; module[i] != '\0'; i++) {
        bool joins = strchr("-_.", module[i]) != NULL;
        if (joins ? entry[i] == '\0' || strchr("-_.", entry[i]) == NULL
                  : tolower((unsigned char)entry[i]) != tolower((unsigned char)module[i]))
            return false;
    }
    return entry[i] == '-';
}

/* What is installed under another name than its module's says so in top_level.txt. */
static bool is_of(const char *folder, const char *entry, const char *module)
{
    if (is_named(entry, module))
        return true;
    char *path = xasprintf("%s/%s/top_level.txt", folder, entry), *text = read_if_there(path);
    bool is = text != NULL && has_line(text, module);
    free(text);
    free(path);
    return is;
}

static void find_python(const struct site_package *package, char **name, char **version)
{
    static const char *const files[] = {"/METADATA", "/PKG-INFO", ""};
    DIR *folder = opendir(package->path);
    const struct dirent *entry;
    while (folder != NULL && *version == NULL && (entry = readdir(folder)) != NULL) {
        bool info = text_ends_with(entry->d_name, ".dist-info") || text_ends_with(entry->d_name, ".egg-info");
        if (!info || !is_of(package->path, entry->d_name, package->name))
            continue;
        for (size_t i = 0; i < sizeof files / sizeof *files && *version == NULL; i++) {
            char *path = xasprintf("%s/%s%s", package->path, entry->d_name, files[i]);
            char *text = read_if_there(path);
            if (text != NULL)
                take_metadata(text, name, version);
            free(text);
            free(path);
        }
    }
    if (folder != NULL)
        closedir(folder);
}

static void take_json(const json_t *object, const char *key, char **into)
{
    const char *value = json_string_value(json_object_get(object, key));
    if (value != NULL && value[0] != '\0') {
        free(*into);
        *into = xstrdup(value);
    }
}

static void find_node(const struct site_package *package, char **name, char **version)
{
    char *path = xasprintf("%s/package.json", package->path), *text = read_if_there(path);
    json_t *object = text != NULL ? json_loads(text, 0, NULL) : NULL;
    take_json(object, "name", name);
    take_json(object, "version", version);
    json_decref(object);
    free(text);
    free(path);
}

/* The name of the package whose list holds the file: "zlib1g:amd64.list" becomes "zlib1g". NULL: none does. */
static char *dpkg_owner(const char *file)
{
    DIR *folder = opendir(DPKG "info");
    const struct dirent *entry;
    char *owner = NULL;
    const char *merged = strncmp(file, "/usr/lib/", 9) == 0 ? file + strlen("/usr") : file;
    while (folder != NULL && owner == NULL && (entry = readdir(folder)) != NULL) {
        char *path = xasprintf(DPKG "info/%s", entry->d_name);
        char *text = text_ends_with(entry->d_name, ".list") ? read_if_there(path) : NULL;
        if (text != NULL && (has_line(text, file) || has_line(text, merged)))
            owner = xstrndup(entry->d_name, strcspn(entry->d_name, ":"));
        free(text);
        free(path);
    }
    if (folder != NULL)
        closedir(folder);
    if (owner != NULL && text_ends_with(owner, ".list"))
        owner[strlen(owner) - strlen(".list")] = '\0';
    return owner;
}

static char *dpkg_version(const char *owner)
{
    char *text = read_if_there(DPKG "status"), *version = NULL;
    char *mark = xasprintf("Package: %s\n", owner);
    const char *at = text;
    while (at != NULL && strncmp(at, mark, strlen(mark)) != 0) {
        at = strstr(at, "\n\n");
        at = at != NULL ? at + 2 : NULL;
    }
    if (at != NULL)
        version = header(at, "Version: ");
    free(mark);
    free(text);
    return version;
}

static void find_library(const struct site_package *package, char **name, char **version)
{
    char *owner = package->path[0] == '/' ? dpkg_owner(package->path) : NULL;
    char *own = owner != NULL ? dpkg_version(owner) : NULL;
    if (own != NULL) {
        free(*name);
        free(*version);
        *name = owner;
        *version = own;
        return;
    }
    free(owner);
}

void packages_find(const char *site, char **name, char **version)
{
    static void (*const finders[])(const struct site_package *package, char **name, char **version) = {
        [PACKAGE_PYTHON] = find_python, [PACKAGE_NODE] = find_node, [PACKAGE_LIBRARY] = find_library};
    struct site_package package;
    site_package_of(site, &package);
    *name = package.name != NULL ? xstrdup(package.name) : NULL;
    *version = package.version != NULL ? xstrdup(package.version) : NULL;
    if ((size_t)package.kind < sizeof finders / sizeof *finders && finders[package.kind] != NULL)
        finders[package.kind](&package, name, version);
    site_package_release(&package);
}
