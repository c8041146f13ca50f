#include "base/vault.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"
#include "base/text.h"

#define BLOCK_BYTES ((size_t)64 << 10) /* a larger value has a block of its own */

/* At the start of pages of its own. */
struct block {
    struct block *next;
    size_t bytes, used;
};

struct kept {
    UT_hash_handle hh;
    size_t length;
    char hash[VAULT_HASH_DIGITS];
    char value[];
};

struct vault {
    struct kept *values;
    struct block *blocks; /* the newest first, which may have room */
    size_t bytes;
    bool overflowed;
};

struct vault *vault_new(void)
{
    return xcalloc(1, sizeof(struct vault));
}

static size_t aligned(size_t bytes)
{
    return (bytes + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
}

static struct block *block_new(struct block *next, size_t bytes)
{
    struct block *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        abort(); /* there is no memory */
    madvise(block, bytes, MADV_DONTDUMP);
    *block = (struct block){next, bytes, aligned(sizeof *block)};
    return block;
}

static void *allocate(struct vault *vault, size_t bytes)
{
    struct block *block = vault->blocks;
    bytes = aligned(bytes);
    if (block == NULL || block->bytes - block->used < bytes) {
        size_t least = aligned(sizeof *block) + bytes;
        block = vault->blocks = block_new(vault->blocks, least > BLOCK_BYTES ? least : BLOCK_BYTES);
    }
    void *room = (char *)block + block->used;
    block->used += bytes;
    return room;
}

void vault_free(struct vault *vault)
{
    if (vault == NULL)
        return;
    HASH_CLEAR(hh, vault->values);
    for (struct block *block = vault->blocks, *next; block != NULL; block = next) {
        next = block->next;
        size_t bytes = block->bytes;
        explicit_bzero(block, bytes);
        munmap(block, bytes);
    }
    free(vault);
}

static struct kept *find(const struct vault *vault, const char *hash, size_t length)
{
    struct kept *kept = NULL;
    HASH_FIND(hh, vault->values, hash, length, kept);
    return kept;
}

bool vault_put(struct vault *vault, const char *hash, size_t length, struct span value)
{
    if (length > VAULT_HASH_DIGITS || find(vault, hash, length) != NULL)
        return length <= VAULT_HASH_DIGITS;
    if (vault_count(vault) >= VAULT_MOST_VALUES || vault->bytes + value.length > VAULT_MOST_BYTES) {
        vault->overflowed = true;
        return false;
    }
    struct kept *kept = allocate(vault, sizeof *kept + value.length + 1);
    *kept = (struct kept){.length = value.length};
    memcpy(kept->hash, hash, length);
    memcpy(kept->value, value.bytes, value.length);
    HASH_ADD(hh, vault->values, hash, length, kept);
    vault->bytes += value.length;
    return true;
}

struct span vault_get(const struct vault *vault, const char *hash, size_t length)
{
    struct kept *kept = vault != NULL ? find(vault, hash, length) : NULL;
    return kept != NULL ? (struct span){kept->value, kept->length} : (struct span){NULL, 0};
}

size_t vault_count(const struct vault *vault)
{
    return HASH_COUNT(vault->values);
}

bool vault_overflowed(const struct vault *vault)
{
    return vault->overflowed;
}

void vault_each(const struct vault *vault, void (*each)(void *owner, struct span hash, struct span value),
                void *owner)
{
    for (const struct kept *kept = vault->values; kept != NULL; kept = kept->hh.next)
        each(owner, (struct span){kept->hash, kept->hh.keylen}, (struct span){kept->value, kept->length});
}
