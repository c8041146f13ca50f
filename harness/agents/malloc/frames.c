#include "frames.h"

#include <string.h>

#include "elf_file.h"

void frames_begin(struct frames *frames)
{
    *frames = (struct frames){.storage = REPLY_EMPTY, .names = REPLY_EMPTY};
    modules_read(&frames->modules);
    /* so that no name starts at 0 */
    reply_addf(&frames->names, " ");
}

void frames_release(struct frames *frames)
{
    modules_release(&frames->modules);
    reply_release(&frames->storage);
    reply_release(&frames->names);
}

void frames_add(struct frames *frames, uintptr_t return_address)
{
    char *room = reply_room(&frames->storage, sizeof(struct frame));
    if (room == NULL)
        return;
    struct frame frame = {.address = return_address - 1};
    memcpy(room, &frame, sizeof frame);
    frames->storage.length += sizeof frame;
}

/* Shell's sort, with Ciura's gaps continued by 2.25: qsort may allocate. */
static void sort(struct frame *list, size_t count)
{
    static const size_t gaps[] = {45709, 20315, 9029, 4013, 1750, 701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        size_t gap = gaps[g];
        for (size_t i = gap; i < count; i++) {
            struct frame moving = list[i];
            size_t at = i;
            for (; at >= gap && list[at - gap].address > moving.address; at -= gap)
                list[at] = list[at - gap];
            list[at] = moving;
        }
    }
}

static size_t once_each(struct frame *list, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || list[kept - 1].address != list[i].address)
            list[kept++] = list[i];
    return kept;
}

/* The first frame of list[0, count) that is not before `offset`. */
static size_t first_from(const struct frame *list, size_t count, uint64_t offset)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Names those of list[0, count) that a symbol holds; their offsets are addresses in the file and stay so until all
   symbols were looked at. `functions` has a place for the start of each frame's function. */
static void name_by_symbols(struct frames *frames, const struct elf_file *file, struct frame *list,
                            size_t count, uint64_t *starts)
{
    for (size_t i = 0; i < file->symbol_count; i++) {
        const ElfW(Sym) *symbol = &file->symbols[i];
        const char *name = elf_file_function(file, symbol);
        if (name == NULL)
            continue;
        uint64_t start = symbol->st_value, end = start + symbol->st_size;
        size_t said = 0;
        for (size_t at = first_from(list, count, start); at < count && list[at].offset < end; at++) {
            if (list[at].function != 0)
                continue;
            if (said == 0) {
                said = frames->names.length;
                reply_addf(&frames->names, "%.500s%c", name, '\0');
            }
            list[at].function = said;
            starts[at] = start;
        }
    }
}

/* The frames of one mapping, list[0, count). */
static void name_module(struct frames *frames, const struct module *module, struct frame *list, size_t count)
{
    struct elf_file file;
    struct reply starts = REPLY_EMPTY;
    bool readable = elf_file_open(&file, module->path) == 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t file_offset = list[i].address - module->start + module->file_offset;
        list[i].module = module;
        list[i].offset = readable ? elf_file_address(&file, file_offset) : file_offset;
    }
    uint64_t *start = (uint64_t *)(void *)reply_room(&starts, count * sizeof *start);
    if (readable && start != NULL) {
        name_by_symbols(frames, &file, list, count, start);
        for (size_t i = 0; i < count; i++)
            list[i].offset -= list[i].function != 0 ? start[i] : 0;
    }
    if (readable)
        elf_file_release(&file);
    reply_release(&starts);
}

void frames_name(struct frames *frames)
{
    frames->list = (struct frame *)(void *)frames->storage.bytes;
    frames->count = frames->storage.length / sizeof *frames->list;
    sort(frames->list, frames->count);
    frames->count = once_each(frames->list, frames->count);
    for (size_t i = 0; i < frames->count;) {
        const struct module *module = modules_find(&frames->modules, frames->list[i].address);
        size_t end = i + 1;
        while (module != NULL && end < frames->count && frames->list[end].address < module->end)
            end++;
        if (module != NULL)
            name_module(frames, module, frames->list + i, end - i);
        i = end;
    }
}

const struct frame *frames_find(const struct frames *frames, uintptr_t return_address)
{
    size_t low = 0, high = frames->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frames->list[middle].address < return_address - 1)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < frames->count && frames->list[low].address == return_address - 1;
    return found ? &frames->list[low] : NULL;
}

void frames_say(const struct frames *frames, const struct frame *frame, struct reply *reply)
{
    unsigned long long offset = frame->offset;
    bool whole = frame->module != NULL && frame->module->library && !frame->module->allocators;
    const char *file = frame->module == NULL ? "" : whole ? frame->module->path : frame->module->name;
    if (frame->module == NULL) {
        reply_addf(reply, "(no file)");
    } else if (frame->function == 0) {
        reply_add_json(reply, file);
        reply_addf(reply, "+0x%llx", offset);
    } else {
        reply_add_json(reply, frames->names.bytes + frame->function);
        reply_addf(reply, "+0x%llx (", offset);
        reply_add_json(reply, file);
        reply_addf(reply, ")");
    }
}
