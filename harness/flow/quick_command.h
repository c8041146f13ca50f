/* What was typed to what service.yaml says: where a server is, and how it starts. Pure but for the resolver and the
 * current directory. Inside flow/quick only. */
#ifndef SEEP_FLOW_QUICK_COMMAND_H
#define SEEP_FLOW_QUICK_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/service.h"

/* Sets target and allow of `service` from a URL, HOST:PORT or a port. "localhost" and the addresses that a server
 * binds to for "all" (0.0.0.0, [::]) become 127.0.0.1 and [::1]. Errors: ERR_USAGE, not of that form; ERR_REFUSED: not
 * this machine's. */
int quick_target(struct service *service, const char *given, struct err *err);

/* Sets `start` from the words of a command that runs in the current directory. `env` and NAME=VALUE in front become
 * its environment. Where a word names the port of the target, both become ${PORT}. ERR_USAGE: it is one word with
 * spaces in it that is no file. */
int quick_command(struct service *service, char *const *words, size_t count, struct err *err);

/* The word with ${PORT} where it names the port, the caller's; NULL: it names none. `before`: the word before it, ""
 * for the first. A port stands behind HOST: or an option that is about one (--port, --bind, -p), behind PORT=, or by
 * itself where no option is before it; so too within the words of `sh -c`. */
char *quick_port_word(const char *word, const char *before, int port);

/* Makes the target's port the fixed one again, in target and command: it listens there whatever the command says. */
void quick_fix_port(struct service *service, int port);

#endif
