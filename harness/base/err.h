/* Errors: one code and one line of text, owned by the caller.
 *
 * What can fail returns 0 or -1 and fills the `struct err` that it was given.
 * Lower floors never print and never exit; context is added on the way up
 * with err_prefix() and cmd/ prints the message once.
 */
#ifndef SEEP_BASE_ERR_H
#define SEEP_BASE_ERR_H

/* The codes are the exit codes that they end in (see `seep help exit`). */
enum err_code {
    ERR_NONE = 0,
    ERR_TARGET = 125,   /* what was to be measured does not start: this state of it cannot be judged */
    ERR_USAGE = 200,    /* bad usage, configuration or input */
    ERR_REFUSED = 201,  /* a safety rule said no */
    ERR_INTERNAL = 202, /* our own or the store's failure */
};

struct err {
    enum err_code code;
    char message[1024]; /* one line, no newline, no "seep:" in front */
};

/* Sets code and message. `err` may be NULL (the caller does not care).
 * Returns -1, so that `return err_set(...)` ends a failing function. */
int err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What errno says of a file: "PATH: No such file or directory". ERR_INTERNAL where the disk is full or broken, else
 * ERR_USAGE. Returns -1. */
int err_file(struct err *err, const char *path);

/* Puts "text: " in front of the message that is there. Returns -1. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
