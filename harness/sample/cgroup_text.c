#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample/cgroup.h"

/* The next line, without its end, into `line`; false after the last. One that is too long is cut. */
static bool next_line(const char **text, char *line, size_t size)
{
    size_t length = strcspn(*text, "\n");
    if (**text == '\0')
        return false;
    snprintf(line, size, "%.*s", (int)length, *text);
    *text += length + ((*text)[length] == '\n');
    return true;
}

/* "memory" in "cpu,memory". */
static bool lists(const char *list, size_t length, const char *wanted)
{
    size_t wanted_length = strlen(wanted);
    for (const char *at = list; at < list + length; at += strcspn(at, ",:") + 1) {
        size_t word = strcspn(at, ",:");
        if (word == wanted_length && memcmp(at, wanted, word) == 0)
            return true;
    }
    return false;
}

bool cgroup_parse_place(const char *text, struct cgroup_place *place)
{
    char line[2 * CGROUP_PATH];
    bool found = false;
    while (next_line(&text, line, sizeof line)) {
        const char *controllers = strchr(line, ':');
        const char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (path == NULL || path[1] != '/' || strlen(path + 1) >= sizeof place->path)
            continue;
        bool v1 = lists(controllers + 1, (size_t)(path - controllers - 1), "memory");
        bool v2 = path == controllers + 1 && strncmp(line, "0:", 2) == 0;
        if (!v1 && (!v2 || found))
            continue;
        place->v1 = v1;
        snprintf(place->path, sizeof place->path, "%s", path + 1);
        found = true;
        if (v1)
            break;
    }
    return found;
}

static bool is_below(const char *path, const char *root)
{
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool cgroup_holds(const struct cgroup_place *outer, const struct cgroup_place *inner)
{
    return is_below(inner->path, outer->path);
}

/* mountinfo writes a blank as \040. */
static void unescape(char *path)
{
    char *to = path;
    for (const char *from = path; *from != '\0'; to++) {
        bool octal = from[0] == '\\' && strspn(from + 1, "01234567") >= 3;
        *to = octal ? (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0')) : *from;
        from += octal ? 4 : 1;
    }
    *to = '\0';
}

bool cgroup_parse_mount(const char *text, bool v1, struct cgroup_mount *mount)
{
    char line[4 * CGROUP_PATH], kind[32], options[CGROUP_PATH];
    while (next_line(&text, line, sizeof line)) {
        const char *rest = strstr(line, " - ");
        if (rest == NULL || sscanf(line, "%*s %*s %*s %1023s %1023s", mount->root, mount->point) != 2 ||
            sscanf(rest, " - %31s %*s %1023s", kind, options) != 2)
            continue;
        if (v1 ? strcmp(kind, "cgroup") != 0 || !lists(options, strlen(options), "memory")
               : strcmp(kind, "cgroup2") != 0)
            continue;
        unescape(mount->root);
        unescape(mount->point);
        return true;
    }
    return false;
}

bool cgroup_directory(const struct cgroup_mount *mount, const char *path, char directory[CGROUP_PATH])
{
    if (!is_below(path, mount->root) || strstr(path, "/..") != NULL) /* "/../x": of another namespace */
        return false;
    const char *rest = strcmp(mount->root, "/") == 0 ? path : path + strlen(mount->root);
    int length = snprintf(directory, CGROUP_PATH, "%s%s", mount->point, rest);
    return length > 0 && length < CGROUP_PATH;
}

/* The number on the line "key 4096"; NaN when there is no such line, or it does not end. */
static double field(const char *text, const char *key)
{
    size_t length = strlen(key);
    const char *line = text, *stop;
    while (strncmp(line, key, length) != 0 || line[length] != ' ') {
        if ((stop = strchr(line, '\n')) == NULL)
            return (double)NAN;
        line = stop + 1;
    }
    char *end;
    double value = (double)strtoull(line + length + 1, &end, 10);
    return end > line + length + 1 && *end == '\n' ? value : (double)NAN;
}

static double or_none(double value)
{
    return isnan(value) ? 0 : value;
}

double cgroup_parse_anon(const char *text)
{
    double anon = field(text, "anon"), all = field(text, "total_rss");
    if (!isnan(anon))
        return anon;
    if (!isnan(all))
        return all + or_none(field(text, "total_swap"));
    return field(text, "rss") + or_none(field(text, "swap"));
}
