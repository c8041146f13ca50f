/* libgcc's unwinder, as Debian builds it, asks glibc for the unwind table of an address; musl has no such function. */
#include <features.h>

#ifndef __GLIBC__
#include <link.h>
#include <stdbool.h>
#include <stdint.h>

/* Source: glibc manual, "Dynamic Linker Introspection"; <dlfcn.h>. The unwinder reads `eh_frame` alone. */
struct dl_find_object {
    unsigned long long flags;
    void *map_start, *map_end;
    struct link_map *link_map;
    void *eh_frame;
};

struct search {
    uintptr_t address;
    uintptr_t eh_frame; /* the segment with the index of the table */
};

int _dl_find_object(void *address, struct dl_find_object *result);

static int look(struct dl_phdr_info *object, size_t size, void *into)
{
    (void)size;
    struct search *search = into;
    bool holds = false;
    uintptr_t eh_frame = 0;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD)
            holds |= search->address - start < segment->p_memsz;
        if (segment->p_type == PT_GNU_EH_FRAME)
            eh_frame = start;
    }
    search->eh_frame = holds ? eh_frame : 0;
    return holds;
}

int _dl_find_object(void *address, struct dl_find_object *result)
{
    struct search search = {.address = (uintptr_t)address};
    if (dl_iterate_phdr(look, &search) == 0 || search.eh_frame == 0)
        return -1;
    *result = (struct dl_find_object){.eh_frame = (void *)search.eh_frame};
    return 0;
}
#endif
