/* A file of secrets: refused in a line that holds no value, or read, and what is written of it is read as the same. */
#include "base/vault.h"

#include "fuzz.h"

static void check(void *owner, struct span hash, struct span value)
{
    struct span found = vault_get(owner, hash.bytes, hash.length);
    hold(hash.length > 0 && hash.length <= VAULT_HASH_DIGITS && found.bytes != NULL &&
         fuzz_same(found, value));
}

static void save(const struct vault *vault)
{
    char path[96];
    struct err err = {0};
    struct vault *again = vault_new();
    snprintf(path, sizeof path, "%s/vault", fuzz_directory());
    unlink(path);
    hold(vault_save(vault, path, &err) == 0 && vault_load(again, path, &err) == 0);
    hold(vault_count(again) == vault_count(vault));
    vault_each(vault, check, again);
    unlink(path);
    vault_free(again);
}

FUZZ_TARGET(vault)
{
    char path[96];
    struct err err = {0};
    struct vault *vault = vault_new();
    snprintf(path, sizeof path, "%s/secrets", fuzz_directory());
    fuzz_write(path, (struct span){(const char *)data, size}, 0600);
    if (vault_load(vault, path, &err) != 0) {
        hold_one_line(&err);
        hold(strstr(err.message, "S3CRET") == NULL);
    } else if (!vault_overflowed(vault))
        save(vault);
    unlink(path);
    vault_free(vault);
    return 0;
}
