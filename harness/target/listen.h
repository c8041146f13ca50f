/* Ports and Unix sockets: a free one, whether one is taken, and who listens on it. */
#ifndef SEEP_TARGET_LISTEN_H
#define SEEP_TARGET_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/err.h"

/* A loopback port that nobody had a moment ago: bound to 0, read, closed. Not one of the last that this handed out, as
 * long as there are others: whoever got those may not have bound them yet. Any thread. -1: ERR_INTERNAL. */
int listen_free_port(struct err *err);

/* True when something accepts connections at the address within `timeout_ms`. */
bool listen_accepts(const struct sockaddr *address, socklen_t length, int timeout_ms);

/* The process that listens on a TCP port of this machine; of a prefork family the one that the others descend
 * from. 0: nobody listens; -1: somebody whose descriptors may not be read here.
 * Cost: one walk over /proc. Source: proc(5), /proc/net/tcp and /proc/PID/fd. */
pid_t listen_owner(int port);

/* The same for a Unix socket, by its path. Source: /proc/net/unix. */
pid_t listen_socket_owner(const char *path);

/* The inode of the listening socket bound to `path` in the text of /proc/net/unix; 0: none. */
uint64_t listen_find_socket(const char *text, const char *path);

/* The inode of the first listening socket on `port` in the text of /proc/net/tcp or tcp6; 0: none. */
uint64_t listen_find_inode(FILE *file, int port);

#endif
