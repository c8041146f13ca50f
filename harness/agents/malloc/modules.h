/* The files whose code is mapped. */
#ifndef SEEP_MALLOC_MODULES_H
#define SEEP_MALLOC_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reply.h"

/* An executable mapping. `name` is the last part of `path`. */
struct module {
    uintptr_t start, end;
    uint64_t file_offset;
    const char *path, *name;
    bool allocators; /* the C and C++ libraries, allocators, the agent: never the site of an allocation */
    bool library;    /* a shared one, by its name */
};

/* In order of address. */
struct modules {
    struct reply maps, storage;
    struct module *list;
    size_t count;
};

/* Reads /proc/self/maps; an empty list where that fails. */
void modules_read(struct modules *modules);
void modules_release(struct modules *modules);

/* NULL for what is in no file: code made at run time, libraries that were unloaded. Cost: log count. */
const struct module *modules_find(const struct modules *modules, uintptr_t address);

#endif
