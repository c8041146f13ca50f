#include "base/new_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int open_new(const char *path, mode_t mode)
{
    unlink(path);
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

FILE *new_file(const char *path)
{
    int descriptor = open_new(path, 0666);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL && descriptor >= 0)
        close(descriptor);
    return file;
}

int new_file_write(const char *path, const struct text *text, struct err *err)
{
    int descriptor = open_new(path, 0600);
    int failed = descriptor < 0 || text_write(text, descriptor) != 0 ? err_file(err, path) : 0;
    if (descriptor >= 0)
        close(descriptor);
    return failed;
}

const char *new_file_place(void)
{
    const char *named = getenv("TMPDIR");
    return named != NULL && *named != '\0' ? named : "/tmp";
}
