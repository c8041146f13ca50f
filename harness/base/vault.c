#include "base/vault.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/text.h"

struct kept {
    UT_hash_handle hh;
    size_t length;
    char hash[VAULT_HASH_DIGITS];
    char value[];
};

struct vault {
    struct kept *values;
    size_t bytes;
    bool overflowed;
};

struct vault *vault_new(void)
{
    return xcalloc(1, sizeof(struct vault));
}

void vault_free(struct vault *vault)
{
    struct kept *kept, *next;
    if (vault == NULL)
        return;
    HASH_ITER(hh, vault->values, kept, next)
    {
        HASH_DEL(vault->values, kept);
        explicit_bzero(kept->value, kept->length);
        free(kept);
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
    struct kept *kept = xmalloc(sizeof *kept + value.length + 1);
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
