/* What the trials share: books of their own, questions to the agent of this process, and TAP. */
#ifndef SEEP_TORTURE_H
#define SEEP_TORTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the agent of a process said. */
struct reading {
    long long objects, bytes, pid, fds, threads;
};

/* -1 where nothing answered. Neither allocates. */
int ask(pid_t pid, const char *path, char *answer, size_t size);
int ask_reading(pid_t pid, struct reading *reading);
bool has_socket(pid_t pid);

/* The books: each changes what is live and remembers it. `exchange` is an array of blocks that all threads take from and
   put into. */
struct books {
    _Atomic long long objects, bytes;
};
extern struct books books;
void *booked(void *block);                /* writes down a block that some function returned; NULL is none */
void unbooked_free(void *block);          /* writes off and frees */
void *rebooked(void *block, size_t size); /* realloc */
uint64_t draw(uint64_t *state);
/* `steps` random calls on `slots` blocks of 24 bytes or more, which may be shared between threads. */
void walk(_Atomic(void *) *slots, size_t count, size_t steps, uint64_t seed);
void free_all(_Atomic(void *) *slots, size_t count);

/* Begins a comparison at a quiet point, and ends it: ok where the agent's counts changed as the books did. */
struct mark {
    struct reading agent;
    long long objects, bytes;
};
struct mark mark_here(void);
void compare(struct mark mark, const char *what);

void ok(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

void trial_sizes(void);
void trial_failures(void);
void trial_walk(void);
void trial_threads(void);
void trial_short_threads(void);
void trial_fork(void);
void trial_fork_with_threads(void);
void trial_spawn(void);
void trial_dlopen(void);
void trial_signals(void);
void trial_descriptors(void);
void trial_samples(void);
void trial_samples_threads(void);

#endif
