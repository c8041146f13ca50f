#include "base/new_file.h"

#include <fcntl.h>
#include <unistd.h>

FILE *new_file(const char *path)
{
    unlink(path);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL && descriptor >= 0)
        close(descriptor);
    return file;
}
