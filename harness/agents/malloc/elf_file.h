/* The functions of an ELF file, read from the disk: a program's static functions too, where it is not stripped. */
#ifndef SEEP_MALLOC_ELF_FILE_H
#define SEEP_MALLOC_ELF_FILE_H

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

/* `symbols` from .symtab, or .dynsym where there is none; copies, so that a file which is cut short meanwhile does no
   harm. */
struct elf_file {
    int descriptor;
    ElfW(Ehdr) header;
    const ElfW(Sym) * symbols;
    size_t symbol_count;
    const char *names;
    size_t names_bytes;
};

/* -1: no ELF file of this process's class, or it cannot be read. A file without symbols is no error. */
int elf_file_open(struct elf_file *file, const char *path);
void elf_file_release(struct elf_file *file);

/* The address, before relocation, of what stands at an offset of the file: what addr2line takes. The offset itself
   where no segment holds it. */
uint64_t elf_file_address(const struct elf_file *file, uint64_t file_offset);

/* The name of a symbol, NULL for what is no function defined here. */
const char *elf_file_function(const struct elf_file *file, const ElfW(Sym) * symbol);

#endif
