/* Command lines taken apart as a shell does, and nothing run: quotes ('...', "...", $'...'), backslashes, continued lines,
 * comments, redirections (left out). What only a shell could fill in ($NAME, $(...), `...`) stays as it stands behind a
 * SHELL_ACTIVE. Source: POSIX.1-2017, 2.2 and 2.3; bash(1), QUOTING, for $'...'. */
#ifndef SEEP_TRAFFIC_SHELL_WORDS_H
#define SEEP_TRAFFIC_SHELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"
#include "base/text.h"

#define SHELL_ACTIVE '\x01'

enum shell_quote { SHELL_PLAIN, SHELL_SINGLE, SHELL_DOUBLE, SHELL_ANSI };

struct shell_words {
    struct strings words; /* of the command, once it is whole */
    char end;             /* what ended it: ';', '|', '&' or '\n' */
    size_t bytes;         /* of all words so far */
    /* its own */
    struct text word;
    bool in_word, drop; /* drop: the word is where a redirection goes */
    enum shell_quote quote;
};

/* Reads from *at to the end of a command, or of the line that ends at `end`; moves *at. True: the command is whole.
 * False: it goes on on the next line. */
bool shell_words_read(struct shell_words *shell, const char **at, const char *end);

/* Ready for the next command; a struct of all zeros is, too. */
void shell_words_clear(struct shell_words *shell);

#endif
