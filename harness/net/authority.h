/* HOST:PORT and Unix socket paths as they are written, and the allowed address that they stand for. Only for
 * allow.c, origin.c and proxy.c. */
#ifndef SEEP_NET_AUTHORITY_H
#define SEEP_NET_AUTHORITY_H

#include "net/allow.h"

#define UNIX_SCHEME "unix:"

/* The path of "unix:/path" or "unix:///path"; NULL: not absolute, or too long for a socket. */
const char *unix_path(const char *url);

/* "[::1]:80", "shop.example" -> host (256 bytes, without brackets) and port. `port` stays where none is
 * named. -1: not of that form; nothing passes that could end a header line, name a user or hide a path. */
int authority_split(const char *text, char *host, int *port);

/* The first address of host and port that is allowed ("localhost" is ::1 and 127.0.0.1), and its text
 * (ORIGIN_TEXT). ERR_USAGE, ERR_REFUSED. */
int authority_resolve(const char *host, int port, const struct allow *allow, struct sockaddr_storage *address,
                      socklen_t *length, char *text, struct err *err);

#endif
