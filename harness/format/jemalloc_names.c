#include "format/jemalloc_names.h"

#include <stdlib.h>
#include <string.h>

#include "format/lines.h"
#include "format/room.h"

#define NAME_BYTES_MOST 1024 /* no name can be made long */

/* How names of the allocator begin, and of what stands between it and a program. */
static const char *const allocators[] = {
    "malloc",
    "calloc",
    "realloc",
    "reallocarray",
    "memalign",
    "aligned_alloc",
    "posix_memalign",
    "valloc",
    "je_",
    "_rjem_",
    "prof_",
    "imalloc",
    "ialloc",
    "mallocx",
    "rallocx",
    "_Znw",
    "_Zna",
    "operator new",
    "std::allocator",
    "__gnu_cxx::new_",
    "std::__new_allocator",
    "__rust_",
    "__rdl_",
    "alloc::alloc::",
    "alloc::raw_vec::",
    NULL,
};

/* "563b42a7e000-563b42a7f000 r-xp 00001000 fe:00 11010182   /app/leak" */
static void add_map(struct jemalloc_names *names, struct span line)
{
    struct jemalloc_map map;
    if (!span_take_hex(&line, &map.start) || !span_take(&line, "-") || !span_take_hex(&line, &map.end) ||
        !span_take(&line, " ") || line.length < 5)
        return;
    struct span rest = {line.bytes + 5, line.length - 5};
    if (!span_take_hex(&rest, &map.offset))
        return;
    const char *slash = memrchr(rest.bytes, '/', rest.length);
    const char *file = slash != NULL && rest.bytes + rest.length - slash > 1 ? slash + 1 : NULL;
    map.file = file != NULL ? (struct span){file, (size_t)(rest.bytes + rest.length - file)}
                            : (struct span){NULL, 0};
    if (map.file.length > NAME_BYTES_MOST)
        map.file.length = NAME_BYTES_MOST;
    names->maps = room_for_one(names->maps, names->map_count, sizeof *names->maps);
    names->maps[names->map_count++] = map;
}

/* "0x0000563b42a7e166 keep_node<0000000000001159>", of inlined calls "inner--outer". */
static void add_symbol(struct jemalloc_names *names, struct span line)
{
    struct jemalloc_symbol symbol;
    if (!span_starts_with(line, "0x") || !span_take_hex(&line, &symbol.address) || !span_take(&line, " "))
        return;
    const char *outer = memmem(line.bytes, line.length, "--", 2);
    if (outer != NULL)
        line.length = (size_t)(outer - line.bytes);
    const char *bracket = memrchr(line.bytes, '<', line.length);
    if (bracket != NULL && bracket > line.bytes && (size_t)(line.bytes + line.length - bracket) == 18 &&
        line.bytes[line.length - 1] == '>')
        line.length = (size_t)(bracket - line.bytes);
    symbol.name = line;
    if (symbol.name.length > NAME_BYTES_MOST)
        symbol.name.length = NAME_BYTES_MOST;
    names->symbols = room_for_one(names->symbols, names->symbol_count, sizeof *names->symbols);
    names->symbols[names->symbol_count++] = symbol;
}

static int by_start(const void *left, const void *right)
{
    const struct jemalloc_map *a = left, *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

static int by_address(const void *left, const void *right)
{
    const struct jemalloc_symbol *a = left, *b = right;
    return (a->address > b->address) - (a->address < b->address);
}

void jemalloc_names_read(struct jemalloc_names *names, const char *bytes, size_t length)
{
    struct lines lines;
    bool maps = false, dump = false;
    *names = (struct jemalloc_names){0};
    lines_init(&lines, bytes, length);
    while (lines_next(&lines)) {
        if (!lines.whole)
            break;
        dump = dump || span_starts_with(lines.line, "heap_v2/");
        if (maps)
            add_map(names, lines.line);
        else if (!dump)
            add_symbol(names, lines.line);
        maps = maps || span_starts_with(lines.line, JEMALLOC_MAPS_MARK);
    }
    if (names->map_count > 0)
        qsort(names->maps, names->map_count, sizeof *names->maps, by_start);
    if (names->symbol_count > 0)
        qsort(names->symbols, names->symbol_count, sizeof *names->symbols, by_address);
}

void jemalloc_names_release(struct jemalloc_names *names)
{
    free(names->maps);
    free(names->symbols);
}

/* The last mapping that begins at or before the address, if it reaches as far. */
static const struct jemalloc_map *map_of(const struct jemalloc_names *names, unsigned long long address)
{
    size_t low = 0, high = names->map_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names->maps[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && address < names->maps[low - 1].end ? &names->maps[low - 1] : NULL;
}

static const struct jemalloc_symbol *symbol_at(const struct jemalloc_names *names, unsigned long long address)
{
    struct jemalloc_symbol key = {.address = address};
    return names->symbol_count == 0
               ? NULL
               : bsearch(&key, names->symbols, names->symbol_count, sizeof key, by_address);
}

static bool is_allocator(struct span symbol)
{
    for (size_t i = 0; allocators[i] != NULL; i++)
        if (span_starts_with(symbol, allocators[i]))
            return true;
    return false;
}

enum jemalloc_frame jemalloc_name(const struct jemalloc_names *names, unsigned long long address,
                                  bool innermost, struct text *name)
{
    unsigned long long call = innermost || address == 0 ? address : address - 1;
    const struct jemalloc_symbol *symbol = symbol_at(names, call);
    const struct jemalloc_map *map = map_of(names, call);
    if (symbol == NULL && map == NULL)
        return JEMALLOC_UNKNOWN;
    if ((map != NULL && span_starts_with(map->file, "libjemalloc")) ||
        (symbol != NULL && is_allocator(symbol->name)))
        return JEMALLOC_OWN;
    if (symbol != NULL)
        text_add(name, symbol->name.bytes, symbol->name.length);
    else if (map->file.length > 0) {
        text_add(name, map->file.bytes, map->file.length);
        text_addf(name, "+0x%llx", call - map->start + map->offset);
    } else
        text_addf(name, "0x%llx", call);
    return JEMALLOC_PROGRAM;
}
