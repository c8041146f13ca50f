/* Values that no message may show: what ${NAME} of a scenario gave, a token. They are known before the first thread starts. */
#ifndef SEEP_BASE_WITHHELD_H
#define SEEP_BASE_WITHHELD_H

#include "base/text.h"

/* How long the value of a variable is at least that does not stand in some text by chance: 6 bytes, 4 where its name is that
 * of a secret. */
size_t withheld_least(const char *name, size_t length);

/* `name`: of the variable that it came from; NULL: of none. Shorter values than withheld_least() are passed over. Copies. */
void withheld_add(const char *name, const char *value);

/* Appends the string with ${NAME} or "..." in place of each such value, also of one that is cut short by a closing quote or
 * the end, and "..." in place of what shows by its shape (secret_hide()). err_set() does it to every message. Cost: a
 * pass, and a comparison per byte and value. */
void withheld_hide(struct text *out, const char *string);

#endif
