/* Faults of the system on purpose, for the program that it is preloaded into (LD_PRELOAD) and for none that this one
   starts: its variables are taken out of the environment first.

   SHIM_COUNT=FILE     counts in FILE, as three uint64_t and a text: calls that fit, calls that were failed, calls that
                       were cut short; what was failed last. Also where the program dies.
   SHIM_CALLS=a,b      which calls fit: write (pwrite, writev, and stdio's), sync (fsync, fdatasync), truncate, rename,
                       open (for writing; mkdir too), send, allocate (malloc, calloc, realloc, of the program and of
                       its libraries). All but send and allocate unless it is given.
   SHIM_ON=PATTERN:... and only on these files: fnmatch(3) patterns of a path; stdout, stderr, socket, pipe, unnamed.
                       Without it on all but standard error, where a fault is told.
   SHIM_ERROR=NAME     what becomes of them: ENOSPC, EIO, EPIPE, EACCES, ENOMEM, or SHORT, half of what was to be written
                       and no error (of the other calls: nothing); or KILL, half of it and then SIGKILL. Without it they
                       are only counted.
   SHIM_AT=N           the Nth of them
   SHIM_FROM=N         each from the Nth on
   SHIM_SHARE=P        of all of them a share P, drawn by SHIM_SEED=S */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATTERNS_MOST 16
#define LAST_BYTES 232

enum call { WRITE, SYNC, TRUNCATE, RENAME, OPEN, SEND, ALLOCATE, CALLS };

static const char *const call_names[CALLS] = {"write", "sync", "truncate", "rename",
                                              "open",  "send", "allocate"};

/* What is no errno. */
enum { CUT = -1, KILLED = -2 };

struct counts {
    _Atomic uint64_t fit, failed, cut;
    char last[LAST_BYTES];
};

static const struct {
    const char *name;
    int number;
} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},   {"EPIPE", EPIPE}, {"EACCES", EACCES},
              {"ENOMEM", ENOMEM}, {"SHORT", CUT}, {"KILL", KILLED}};

static struct counts unshared, *counts = &unshared;
static bool calls[CALLS] = {true, true, true, true, true, false, false};
static char *patterns[PATTERNS_MOST];
static size_t pattern_count;
static int error; /* 0: none */
static uint64_t at, from, seed;
static double share;
static bool awake;

#define REAL(NAME, RESULT, ...) ((RESULT(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #NAME))

typedef long system_call(long number, ...);

/* The C library's own syscall(3): its other names are ours now, and so is that one. */
static system_call *kernel_found(void)
{
    static _Atomic(system_call *) found;
    if (found == NULL)
        found = REAL(syscall, long, long, ...);
    return found;
}

#define kernel(...) kernel_found()(__VA_ARGS__)

static long write_at_once(int descriptor, const void *bytes, size_t length)
{
    return kernel(SYS_write, descriptor, bytes, length);
}

static uint64_t number_of(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

static void choose_calls(char *list)
{
    memset(calls, 0, sizeof calls);
    for (char *word = strtok(list, ","); word != NULL; word = strtok(NULL, ","))
        for (int i = 0; i < CALLS; i++)
            if (strcmp(word, call_names[i]) == 0)
                calls[i] = true;
}

static void share_counts(const char *path)
{
    int file = (int)kernel(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || kernel(SYS_ftruncate, file, sizeof *counts) != 0)
        _exit(99);
    void *shared = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED)
        _exit(99);
    counts = shared;
    close(file);
}

static void through_us(FILE **stream, int descriptor, int buffering);

__attribute__((constructor)) static void wake(void)
{
    static const char *const ours[] = {"LD_PRELOAD", "SHIM_COUNT", "SHIM_CALLS", "SHIM_ON",  "SHIM_ERROR",
                                       "SHIM_AT",    "SHIM_FROM",  "SHIM_SHARE", "SHIM_SEED"};
    static char words[256], paths[2048];
    const char *given = getenv("SHIM_CALLS");
    if (given != NULL)
        choose_calls(strncpy(words, given, sizeof words - 1));
    given = getenv("SHIM_ON");
    if (given != NULL)
        for (char *word = strtok(strncpy(paths, given, sizeof paths - 1), ":");
             word != NULL && pattern_count < PATTERNS_MOST; word = strtok(NULL, ":"))
            patterns[pattern_count++] = word;
    given = getenv("SHIM_ERROR");
    for (size_t i = 0; given != NULL && i < sizeof errors / sizeof *errors; i++)
        if (strcmp(errors[i].name, given) == 0)
            error = errors[i].number;
    given = getenv("SHIM_SHARE");
    share = given != NULL ? strtod(given, NULL) : 0;
    at = number_of("SHIM_AT");
    from = number_of("SHIM_FROM");
    seed = number_of("SHIM_SEED");
    given = getenv("SHIM_COUNT");
    if (given != NULL)
        share_counts(given);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        unsetenv(ours[i]);
    through_us(&stdout, STDOUT_FILENO, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
    through_us(&stderr, STDERR_FILENO, _IONBF);
    awake = true;
}

static void name_of(int descriptor, char *name, size_t room)
{
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, name, room - 1);
    name[length > 0 ? length : 0] = '\0';
}

static bool kind_fits(int descriptor, const char *name, const char *pattern)
{
    return (descriptor == STDOUT_FILENO && strcmp(pattern, "stdout") == 0) ||
           (descriptor == STDERR_FILENO && strcmp(pattern, "stderr") == 0) ||
           (strncmp(name, "socket:", 7) == 0 && strcmp(pattern, "socket") == 0) ||
           (strncmp(name, "pipe:", 5) == 0 && strcmp(pattern, "pipe") == 0) ||
           (strstr(name, " (deleted)") != NULL && strcmp(pattern, "unnamed") == 0);
}

static bool place_fits(int descriptor, const char *path)
{
    char name[1024] = "";
    if (pattern_count == 0)
        return path != NULL || descriptor != STDERR_FILENO;
    if (path == NULL)
        name_of(descriptor, name, sizeof name);
    else
        snprintf(name, sizeof name, "%s", path);
    for (size_t i = 0; i < pattern_count; i++)
        if (kind_fits(descriptor, name, patterns[i]) || fnmatch(patterns[i], name, 0) == 0)
            return true;
    return false;
}

/* Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014: SplitMix64. */
static double drawn(uint64_t index)
{
    uint64_t z = (seed + index) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static void remember(enum call call, int descriptor, const char *path, uint64_t index)
{
    char name[160] = "";
    if (path != NULL)
        snprintf(name, sizeof name, "%s", path);
    else if (descriptor >= 0)
        name_of(descriptor, name, sizeof name);
    snprintf(counts->last, sizeof counts->last, "%s %llu of %s", call_names[call], (unsigned long long)index,
             name);
}

/* 0: as it is asked for; CUT, KILLED; else the errno to fail with. */
static int verdict(enum call call, int descriptor, const char *path)
{
    if (!awake || !calls[call] || !place_fits(descriptor, path))
        return 0;
    uint64_t index = ++counts->fit;
    if (error == 0 || !(index == at || (from > 0 && index >= from) || (share > 0 && drawn(index) < share)))
        return 0;
    if (call == ALLOCATE) /* no room for more than that */
        snprintf(counts->last, sizeof counts->last, "allocation");
    else
        remember(call, descriptor, path, index);
    if (error > 0)
        counts->failed++;
    else
        counts->cut++;
    return error;
}

static _Noreturn void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* The length that may be written, or -1 with errno. offset: where, as of pwrite(2); -1: at the end. */
static ssize_t may_write(enum call call, int descriptor, const void *bytes, size_t length, off64_t offset)
{
    int number = verdict(call, descriptor, NULL);
    if (number == KILLED) {
        if (offset < 0)
            write_at_once(descriptor, bytes, length / 2);
        else
            kernel(SYS_pwrite64, descriptor, bytes, length / 2, offset);
        die();
    }
    if (number > 0) {
        errno = number;
        return -1;
    }
    return (ssize_t)(number < 0 && length > 1 ? length / 2 : length);
}

/* 0, or -1 with errno. */
static int may(enum call call, int descriptor, const char *path)
{
    int number = verdict(call, descriptor, path);
    if (number == KILLED)
        die();
    if (number <= 0)
        return 0;
    errno = number;
    return -1;
}

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    ssize_t allowed = may_write(WRITE, descriptor, bytes, length, -1);
    return allowed < 0 ? -1 : write_at_once(descriptor, bytes, (size_t)allowed);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset)
{
    ssize_t allowed = may_write(WRITE, descriptor, bytes, length, offset);
    return allowed < 0 ? -1 : kernel(SYS_pwrite64, descriptor, bytes, (size_t)allowed, offset);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    return pwrite64(descriptor, bytes, length, offset);
}

/* Cut short, it is the first piece that goes out. */
ssize_t writev(int descriptor, const struct iovec *pieces, int count)
{
    enum call call = WRITE;
    struct stat status;
    if (fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode))
        call = SEND;
    int number = verdict(call, descriptor, NULL);
    if (number == KILLED)
        die();
    if (number > 0) {
        errno = number;
        return -1;
    }
    if (number < 0 && count > 0 && pieces[0].iov_len > 1)
        return write_at_once(descriptor, pieces[0].iov_base, pieces[0].iov_len / 2);
    return kernel(SYS_writev, descriptor, pieces, count);
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags)
{
    ssize_t allowed = may_write(SEND, descriptor, bytes, length, -1);
    return allowed < 0 ? -1 : kernel(SYS_sendto, descriptor, bytes, (size_t)allowed, flags, NULL, 0);
}

/* What sends past the C library's names, sends by this. */
long syscall(long number, ...)
{
    va_list list;
    long given[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        given[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_sendto) {
        ssize_t allowed = may_write(SEND, (int)given[0], (const void *)given[1], (size_t)given[2], -1);
        if (allowed < 0)
            return -1;
        given[2] = allowed;
    }
    return kernel(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

int fsync(int descriptor)
{
    return may(SYNC, descriptor, NULL) != 0 ? -1 : (int)kernel(SYS_fsync, descriptor);
}

int fdatasync(int descriptor)
{
    return may(SYNC, descriptor, NULL) != 0 ? -1 : (int)kernel(SYS_fdatasync, descriptor);
}

int ftruncate64(int descriptor, off64_t length)
{
    return may(TRUNCATE, descriptor, NULL) != 0 ? -1 : (int)kernel(SYS_ftruncate, descriptor, length);
}

int ftruncate(int descriptor, off_t length)
{
    return ftruncate64(descriptor, length);
}

int rename(const char *old, const char *new)
{
    return may(RENAME, -1, new) != 0 ? -1 : (int)kernel(SYS_renameat, AT_FDCWD, old, AT_FDCWD, new);
}

int renameat2(int before, const char *old, int after, const char *new, unsigned flags)
{
    return may(RENAME, -1, new) != 0 ? -1 : (int)kernel(SYS_renameat2, before, old, after, new, flags);
}

int mkdir(const char *path, mode_t mode)
{
    return may(OPEN, -1, path) != 0 ? -1 : (int)kernel(SYS_mkdirat, AT_FDCWD, path, mode);
}

static int open_any(int directory, const char *path, int flags, mode_t mode)
{
    bool writes = (flags & O_ACCMODE) != O_RDONLY;
    if (writes && may(OPEN, -1, path) != 0)
        return -1;
    return (int)kernel(SYS_openat, directory, path, flags, mode);
}

#define OPEN_LIKE(NAME, DIRECTORY, ...)                                                                      \
    int NAME(__VA_ARGS__, int flags, ...)                                                                    \
    {                                                                                                        \
        va_list more;                                                                                        \
        va_start(more, flags);                                                                               \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;                       \
        va_end(more);                                                                                        \
        return open_any(DIRECTORY, path, flags, mode);                                                       \
    }

OPEN_LIKE(open, AT_FDCWD, const char *path)
OPEN_LIKE(open64, AT_FDCWD, const char *path)
OPEN_LIKE(openat, directory, int directory, const char *path)
OPEN_LIKE(openat64, directory, int directory, const char *path)

int mkostemp(char *template, int flags)
{
    return may(OPEN, -1, template) != 0 ? -1 : REAL(mkostemp, int, char *, int)(template, flags);
}

char *mkdtemp(char *template)
{
    return may(OPEN, -1, template) != 0 ? NULL : REAL(mkdtemp, char *, char *)(template);
}

/* stdio writes within the C library, where nobody comes between: streams that are written get another bottom. */
static ssize_t cookie_write(void *cookie, const char *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t wrote = write((int)(intptr_t)cookie, bytes + done, length - done);
        if (wrote < 0)
            break;
        done += (size_t)wrote;
    }
    return (ssize_t)done;
}

static int cookie_close(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

static FILE *stream_on(int descriptor, const char *mode)
{
    return fopencookie((void *)(intptr_t)descriptor, mode,
                       (cookie_io_functions_t){.write = cookie_write, .close = cookie_close});
}

static void through_us(FILE **stream, int descriptor, int buffering)
{
    FILE *ours = stream_on(descriptor, "w");
    if (ours == NULL)
        _exit(99);
    setvbuf(ours, NULL, buffering, buffering == _IONBF ? 0 : BUFSIZ);
    *stream = ours;
}

FILE *fopen64(const char *path, const char *mode)
{
    if (mode[0] == 'r')
        return REAL(fopen64, FILE *, const char *, const char *)(path, mode);
    int flags = O_WRONLY | O_CREAT | (mode[0] == 'a' ? O_APPEND : O_TRUNC) |
                (strchr(mode, 'e') != NULL ? O_CLOEXEC : 0);
    int descriptor = open_any(AT_FDCWD, path, flags, 0666);
    FILE *stream = descriptor >= 0 ? stream_on(descriptor, "w") : NULL;
    if (stream == NULL && descriptor >= 0)
        close(descriptor);
    return stream;
}

FILE *fdopen(int descriptor, const char *mode)
{
    if (mode[0] == 'r')
        return REAL(fdopen, FILE *, int, const char *)(descriptor, mode);
    return stream_on(descriptor, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    return fopen64(path, mode);
}

/* Of the C library itself; what dlsym() takes on the way there would come back to us. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    return may(ALLOCATE, -1, "") != 0 ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return may(ALLOCATE, -1, "") != 0 ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return may(ALLOCATE, -1, "") != 0 ? NULL : __libc_realloc(old, size);
}
