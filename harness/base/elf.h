/* What an executable is, by its headers: elf(5). */
#ifndef SEEP_BASE_ELF_H
#define SEEP_BASE_ELF_H

enum elf_kind {
    ELF_NONE, /* not a 64-bit ELF file of this byte order, or cut short */
    ELF_STATIC,
    ELF_GLIBC, /* loaded by ld-linux */
    ELF_MUSL,  /* loaded by ld-musl */
    ELF_GO,    /* has the section .go.buildinfo (Go's debug/buildinfo), however it is linked */
};

/* file: open for reading. Reads some hundred bytes. */
enum elf_kind elf_kind(int file);

#endif
