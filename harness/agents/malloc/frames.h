/* Addresses of code, and what they are called. */
#ifndef SEEP_MALLOC_FRAMES_H
#define SEEP_MALLOC_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "modules.h"
#include "reply.h"

/* `module` NULL: in no file. `function` NULL: no symbol holds it; `offset` is then an address in the file, as addr2line
   takes it, else the distance from the function's start. */
struct frame {
    uintptr_t address;
    const struct module *module;
    size_t function; /* where its name starts in `names`; 0: none */
    uint64_t offset;
};

struct frames {
    struct modules modules;
    struct reply storage, names;
    struct frame *list; /* after frames_name: in order of address, each once */
    size_t count;
};

void frames_begin(struct frames *frames);
void frames_release(struct frames *frames);

/* Adds return addresses; what is named is the call before them. */
void frames_add(struct frames *frames, uintptr_t return_address);

/* Finds all names: one pass over the symbols of each file that holds an address. Cost: some milliseconds per MiB of
   symbols. */
void frames_name(struct frames *frames);

/* NULL where it was not added, or there was no memory. Cost: log count. */
const struct frame *frames_find(const struct frames *frames, uintptr_t return_address);

/* `function+0x1f (file)`, `file+0x1234`, or `(no file)`, as the inside of a JSON string; of a library that is none of
   the allocators' its whole path, which tells whose it is. */
void frames_say(const struct frames *frames, const struct frame *frame, struct reply *reply);

#endif
