/* A shared library that keeps what it is told. */
#ifndef KEEPER_H
#define KEEPER_H

void keeper_remember(const char *key);

#endif
