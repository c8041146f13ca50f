/* Values that were taken out of recorded traffic, by the hash that stands for each. In memory, and in a file that only
 * its owner can read:
 *
 *     # seep: what was taken out of recorded traffic
 *     redacted:9f3a51c20b7e=VALUE
 *
 * one value a line, in which line feeds, carriage returns, zero bytes and backslashes are \n, \r, \0 and \\. Lines that
 * are empty or begin with # say nothing. Memory of values is of its own pages, which no core dump shows (MADV_DONTDUMP), and
 * is overwritten before it is given back.
 */
#ifndef SEEP_BASE_VAULT_H
#define SEEP_BASE_VAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/pattern.h"

#define VAULT_MOST_VALUES ((size_t)100000)
#define VAULT_MOST_BYTES ((size_t)64 << 20)
#define VAULT_HASH_DIGITS 12

struct vault;

struct vault *vault_new(void);
void vault_free(struct vault *vault); /* NULL is fine */

/* Keeps a copy. False, and nothing is kept, when it would be more than VAULT_MOST_VALUES or VAULT_MOST_BYTES; what is
 * there under this hash stays. hash: length digits, at most VAULT_HASH_DIGITS. */
bool vault_put(struct vault *vault, const char *hash, size_t length, struct span value);

/* bytes NULL: it has none. vault: may be NULL. */
struct span vault_get(const struct vault *vault, const char *hash, size_t length);

size_t vault_count(const struct vault *vault);
bool vault_overflowed(const struct vault *vault); /* something was not kept */

/* Writes a new file of mode 0600, whole or not at all. ERR_REFUSED: there is something at `path`, or its directory may be
 * written by others; ERR_USAGE: it cannot be written; ERR_INTERNAL: the disk is full. */
int vault_save(const struct vault *vault, const char *path, struct err *err);

/* Whether vault_save() would be refused, before any work is done. */
int vault_check_path(const char *path, struct err *err);

/* Adds what such a file holds. ERR_REFUSED: others than its owner may read it, or it is
 * somebody else's; ERR_USAGE: "FILE:LINE: what", without a value. */
int vault_load(struct vault *vault, const char *path, struct err *err);

/* One value after another, in the order in which they came. */
void vault_each(const struct vault *vault, void (*each)(void *owner, struct span hash, struct span value),
                void *owner);

#endif
