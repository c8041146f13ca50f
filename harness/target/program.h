/* What a command is, before it runs: which runtime will be in its process. */
#ifndef SEEP_TARGET_PROGRAM_H
#define SEEP_TARGET_PROGRAM_H

#include "base/strings.h"

enum runtime {
    RUNTIME_UNKNOWN, /* not found, or a shell or a wrapper: it may start anything */
    RUNTIME_PYTHON,
    RUNTIME_NODE,
    RUNTIME_JVM,
    RUNTIME_GO,        /* brings its own figures, and cannot be preloaded */
    RUNTIME_COLLECTED, /* Ruby, .NET, ...: what malloc holds there says nothing before a collection */
    RUNTIME_NATIVE,    /* linked dynamically against glibc */
    RUNTIME_MUSL,      /* against musl */
    RUNTIME_STATIC,    /* cannot be preloaded */
};

/* The first word is looked for in PATH unless it has a slash, then relative to `directory`; interpreters of
 * scripts ("#!") and `env` are followed. Reads a few hundred bytes of the files. Source: ELF-64 object file format,
 * elf(5); execve(2) on interpreter scripts; Go's debug/buildinfo for the section .go.buildinfo. */
enum runtime program_runtime(const struct strings *command, const char *directory);

/* The file of a program, the caller's: as the first word above. NULL: not found in PATH. */
char *program_find(const char *name, const char *directory);

#endif
