#include "base/elf.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define LOADER_BYTES 256
#define SECTIONS_MOST 4096

static bool read_at(int file, void *into, size_t length, uint64_t offset)
{
    return offset < INT64_MAX && pread(file, into, length, (off_t)offset) == (ssize_t)length;
}

/* The interpreter's own name says which libc: /lib64/ld-linux-x86-64.so.2, /lib/ld-musl-x86_64.so.1. */
static enum elf_kind linked_against(int file, const Elf64_Ehdr *header)
{
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        char loader[LOADER_BYTES] = "";
        if (!read_at(file, &segment, sizeof segment, header->e_phoff + i * sizeof segment))
            break;
        if (segment.p_type != PT_INTERP || segment.p_filesz >= sizeof loader ||
            !read_at(file, loader, segment.p_filesz, segment.p_offset))
            continue;
        return strstr(loader, "musl") != NULL ? ELF_MUSL : ELF_GLIBC;
    }
    return ELF_STATIC;
}

static bool has_section(int file, const Elf64_Ehdr *header, const char *wanted)
{
    Elf64_Shdr names_section, section;
    char name[32];
    if (header->e_shnum > SECTIONS_MOST ||
        !read_at(file, &names_section, sizeof names_section,
                 header->e_shoff + header->e_shstrndx * sizeof names_section))
        return false;
    for (unsigned i = 0; i < header->e_shnum; i++)
        if (read_at(file, &section, sizeof section, header->e_shoff + i * sizeof section) &&
            read_at(file, name, strlen(wanted) + 1, names_section.sh_offset + section.sh_name) &&
            memcmp(name, wanted, strlen(wanted) + 1) == 0)
            return true;
    return false;
}

enum elf_kind elf_kind(int file)
{
    Elf64_Ehdr header;
    if (!read_at(file, &header, sizeof header, 0) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr))
        return ELF_NONE;
    return has_section(file, &header, ".go.buildinfo") ? ELF_GO : linked_against(file, &header);
}
