/* Holds that many bytes in blocks of 1 KiB, every page of them written, and says "held". Usage: hold BYTES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1024 };

struct block {
    struct block *next;
    char rest[BLOCK_BYTES - sizeof(struct block *)];
};

int main(int count, char **arguments)
{
    unsigned long long bytes = count > 1 ? strtoull(arguments[1], NULL, 10) : 0;
    struct block *volatile held = NULL;
    for (unsigned long long i = 0; i < bytes / BLOCK_BYTES; i++) {
        struct block *block = malloc(sizeof *block);
        if (block == NULL)
            return 1;
        memset(block->rest, 1, sizeof block->rest);
        block->next = held;
        held = block;
    }
    puts("held");
    fflush(stdout);
    for (;;)
        pause();
}
