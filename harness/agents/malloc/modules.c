#include "modules.h"

#include <stdlib.h>
#include <string.h>

/* By how their names begin. */
static const char *const allocators[] = {
    "libseep-malloc", "libc.so",  "libc-2",      "ld-linux",    "ld-musl",     "libstdc++",
    "libc++",         "libgcc_s", "libjemalloc", "libtcmalloc", "libmimalloc", NULL,
};

static bool is_allocators(const char *name)
{
    for (size_t i = 0; allocators[i] != NULL; i++)
        if (strncmp(name, allocators[i], strlen(allocators[i])) == 0)
            return true;
    return false;
}

/* `start-end perms offset device inode   path`; what has no path is no file. Source: proc(5). */
static bool parse_line(char *line, struct module *module)
{
    char *at = line;
    module->start = strtoull(at, &at, 16);
    if (*at != '-')
        return false;
    module->end = strtoull(at + 1, &at, 16);
    if (strlen(at) < 6 || at[3] != 'x')
        return false;
    module->file_offset = strtoull(at + 6, &at, 16);
    module->path = strchr(at, '/');
    if (module->path == NULL)
        return false;
    module->name = strrchr(module->path, '/') + 1;
    module->allocators = is_allocators(module->name);
    module->library = strstr(module->name, ".so") != NULL;
    return true;
}

static void add(struct modules *modules, const struct module *module)
{
    char *room = reply_room(&modules->storage, sizeof *module);
    if (room == NULL)
        return;
    memcpy(room, module, sizeof *module);
    modules->storage.length += sizeof *module;
    modules->count++;
}

void modules_read(struct modules *modules)
{
    *modules = (struct modules){.maps = REPLY_EMPTY, .storage = REPLY_EMPTY};
    if (reply_read(&modules->maps, "/proc/self/maps") != 0)
        return;
    char *line = modules->maps.bytes;
    while (*line != '\0') {
        char *end = strchr(line, '\n');
        struct module module;
        if (end != NULL)
            *end = '\0';
        if (parse_line(line, &module))
            add(modules, &module);
        line = end != NULL ? end + 1 : line + strlen(line);
    }
    modules->list = (struct module *)(void *)modules->storage.bytes;
}

void modules_release(struct modules *modules)
{
    reply_release(&modules->maps);
    reply_release(&modules->storage);
    modules->count = 0;
}

const struct module *modules_find(const struct modules *modules, uintptr_t address)
{
    size_t low = 0, high = modules->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (modules->list[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < modules->count && modules->list[low].start <= address ? &modules->list[low] : NULL;
}
