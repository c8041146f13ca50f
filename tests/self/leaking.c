/* Preloaded into seep, it keeps 64 bytes of whatever is sent: a leak of its own, so that the judgement of itself can
 * fail. seep sends by syscall(), see harness/net/stream.c. */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KEPT_BYTES = 64 };

static void *volatile kept;

static void keep(void)
{
    void **block = malloc(KEPT_BYTES);
    if (block == NULL)
        return;
    *block = kept;
    kept = block;
}

long syscall(long number, ...)
{
    static long (*real)(long, long, long, long, long, long, long);
    long of[6];
    va_list list;
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "syscall");
    if (number == SYS_sendto)
        keep();
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        of[i] = va_arg(list, long);
    va_end(list);
    return real(number, of[0], of[1], of[2], of[3], of[4], of[5]);
}
