#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/withheld.h"

/* A message is one line whatever it quotes, and shows no secret. */
static void make_fit(char *message, size_t size)
{
    struct text shown = TEXT_EMPTY;
    withheld_hide(&shown, message);
    snprintf(message, size, "%s", text_string(&shown));
    text_release(&shown);
    for (char *at = message; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20)
            *at = ' ';
}

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
    if (err == NULL)
        return -1;
    char message[sizeof err->message]; /* the arguments may quote err->message itself */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    make_fit(message, sizeof message);
    err->code = code;
    memcpy(err->message, message, sizeof message);
    return -1;
}

int err_prefix(struct err *err, const char *format, ...)
{
    if (err == NULL)
        return -1;
    char before[sizeof err->message], joined[sizeof err->message + sizeof before + 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(before, sizeof before, format, arguments);
    va_end(arguments);
    make_fit(before, sizeof before);
    snprintf(joined, sizeof joined, "%s: %s", before, err->message);
    memcpy(err->message, joined, sizeof err->message);
    err->message[sizeof err->message - 1] = '\0';
    return -1;
}

int err_file(struct err *err, const char *path)
{
    int why = errno;
    bool disk = why == ENOSPC || why == EDQUOT || why == EFBIG || why == EIO;
    return err_set(err, disk ? ERR_INTERNAL : ERR_USAGE, "%s: %s", path, strerror(why));
}
