/* An executable of somebody else's: which kind it is (by what seep reads of it before it starts it), and which functions it has
 * (by what the malloc agent reads of it within the server). */
#include "agents/malloc/elf_file.c"
#include "base/elf.h"

#include "fuzz.h"

static void functions(const char *path)
{
    struct elf_file file;
    if (elf_file_open(&file, path) != 0)
        return;
    for (size_t i = 0; i < file.symbol_count; i++) {
        const char *name = elf_file_function(&file, &file.symbols[i]);
        hold(name == NULL || strlen(name) < file.names_bytes);
    }
    elf_file_address(&file, 4096);
    elf_file_release(&file);
}

FUZZ_TARGET(elf)
{
    char path[FUZZ_PATH];
    int file = fuzz_file(path, (struct span){(const char *)data, size});
    elf_kind(file);
    functions(path);
    close(file);
    return 0;
}
