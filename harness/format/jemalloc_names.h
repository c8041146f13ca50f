/* Addresses of a jemalloc heap dump to names: by the symbols that jeprof put before it, by the mappings behind it. */
#ifndef SEEP_FORMAT_JEMALLOC_NAMES_H
#define SEEP_FORMAT_JEMALLOC_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pattern.h"
#include "base/text.h"

#define JEMALLOC_MAPS_MARK "MAPPED_LIBRARIES:"

struct jemalloc_map {
    unsigned long long start, end, offset; /* [start, end); offset in the file */
    struct span file;                      /* without its folders; empty: memory of no file */
};

struct jemalloc_symbol {
    unsigned long long address;
    struct span name;
};

struct jemalloc_names {
    struct jemalloc_map *maps; /* by start */
    size_t map_count;
    struct jemalloc_symbol *symbols; /* by address */
    size_t symbol_count;
};

/* Both may be missing. Borrows the bytes. What is no mapping and no symbol is passed over. */
void jemalloc_names_read(struct jemalloc_names *names, const char *bytes, size_t length);
void jemalloc_names_release(struct jemalloc_names *names);

enum jemalloc_frame {
    JEMALLOC_PROGRAM,
    JEMALLOC_OWN,     /* the allocator's, or what stands between it and a program */
    JEMALLOC_UNKNOWN, /* neither a symbol nor a mapping has it: the dump was cut short */
};

/* Adds the name of a frame of the program: "keep_buffer", "leak+0x11b8" (the offset in the file, for addr2line), or
 * the address where the memory is of no file, as compiled scripts are. All but the innermost frame are return
 * addresses: the call is one byte before. */
enum jemalloc_frame jemalloc_name(const struct jemalloc_names *names, unsigned long long address,
                                  bool innermost, struct text *name);

#endif
