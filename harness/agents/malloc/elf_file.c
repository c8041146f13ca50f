#include "elf_file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SEGMENTS = 64, SECTIONS = 256 };

#define ELF_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define BYTES_LIMIT (1u << 30) /* no table of symbols is larger */

static bool read_at(int descriptor, void *into, size_t size, uint64_t offset)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(descriptor, (char *)into + done, size - done, (off_t)(offset + done));
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static void *copy_section(const struct elf_file *file, const ElfW(Shdr) * section)
{
    if (section->sh_size == 0 || section->sh_size > BYTES_LIMIT)
        return NULL;
    void *copy = mmap(NULL, section->sh_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED)
        return NULL;
    if (read_at(file->descriptor, copy, section->sh_size, section->sh_offset))
        return copy;
    munmap(copy, section->sh_size);
    return NULL;
}

static const ElfW(Shdr) * find_section(const ElfW(Shdr) * sections, size_t count, ElfW(Word) type)
{
    for (size_t i = 0; i < count; i++)
        if (sections[i].sh_type == type && sections[i].sh_link < count)
            return &sections[i];
    return NULL;
}

static void read_symbols(struct elf_file *file)
{
    ElfW(Shdr) sections[SECTIONS];
    size_t count = file->header.e_shnum < SECTIONS ? file->header.e_shnum : SECTIONS;
    if (file->header.e_shentsize != sizeof *sections ||
        !read_at(file->descriptor, sections, count * sizeof *sections, file->header.e_shoff))
        return;
    const ElfW(Shdr) *symbols = find_section(sections, count, SHT_SYMTAB);
    if (symbols == NULL)
        symbols = find_section(sections, count, SHT_DYNSYM);
    if (symbols == NULL)
        return;
    const ElfW(Shdr) *names = &sections[symbols->sh_link];
    file->symbols = copy_section(file, symbols);
    file->symbol_count = file->symbols != NULL ? symbols->sh_size / sizeof *file->symbols : 0;
    file->names = copy_section(file, names);
    file->names_bytes = file->names != NULL ? names->sh_size : 0;
}

int elf_file_open(struct elf_file *file, const char *path)
{
    *file = (struct elf_file){.descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file->descriptor < 0)
        return -1;
    const unsigned char *identity = file->header.e_ident;
    if (!read_at(file->descriptor, &file->header, sizeof file->header, 0) ||
        memcmp(identity, ELFMAG, SELFMAG) != 0 || identity[EI_CLASS] != ELF_CLASS) {
        close(file->descriptor);
        return -1;
    }
    read_symbols(file);
    return 0;
}

void elf_file_release(struct elf_file *file)
{
    if (file->symbols != NULL)
        munmap((void *)(uintptr_t)file->symbols, file->symbol_count * sizeof *file->symbols);
    if (file->names != NULL)
        munmap((void *)(uintptr_t)file->names, file->names_bytes);
    close(file->descriptor);
}

uint64_t elf_file_address(const struct elf_file *file, uint64_t file_offset)
{
    ElfW(Phdr) segments[SEGMENTS];
    size_t count = file->header.e_phnum < SEGMENTS ? file->header.e_phnum : SEGMENTS;
    if (file->header.e_phentsize != sizeof *segments ||
        !read_at(file->descriptor, segments, count * sizeof *segments, file->header.e_phoff))
        return file_offset;
    for (size_t i = 0; i < count; i++) {
        const ElfW(Phdr) *segment = &segments[i];
        if (segment->p_type == PT_LOAD && file_offset >= segment->p_offset &&
            file_offset - segment->p_offset < segment->p_filesz)
            return file_offset - segment->p_offset + segment->p_vaddr;
    }
    return file_offset;
}

const char *elf_file_function(const struct elf_file *file, const ElfW(Sym) * symbol)
{
    unsigned type = symbol->st_info & 0xf;
    if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol->st_shndx == SHN_UNDEF || symbol->st_size == 0)
        return NULL;
    if (symbol->st_name >= file->names_bytes)
        return NULL;
    const char *name = file->names + symbol->st_name;
    return memchr(name, '\0', file->names_bytes - symbol->st_name) != NULL ? name : NULL;
}
