#include "base/crash.h"

#include <signal.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/err.h"

enum { STACK_BYTES = 64 << 10 }; /* MINSIGSTKSZ grows with the processor's registers */

static const struct {
    int number;
    const char *name;
} crashes[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"}};
#define CRASHES (sizeof crashes / sizeof *crashes)

static void say(const char *words)
{
    ssize_t ignored = write(STDERR_FILENO, words, strlen(words));
    (void)ignored;
}

/* Only what is safe in a handler. */
static void on_crash(int number)
{
    const char *name = "a signal";
    for (size_t i = 0; i < CRASHES; i++)
        if (crashes[i].number == number)
            name = crashes[i].name;
    say("seep: internal error (");
    say(name);
    say("): what was stored until then is there, and its memory is written nowhere\n");
    _exit(ERR_INTERNAL);
}

void crash_install(void)
{
    static alignas(16) unsigned char stack[STACK_BYTES]; /* a stack that ran out takes no handler */
    const stack_t apart = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)}, before;
    prctl(PR_SET_DUMPABLE, 0);
    sigaltstack(&apart, NULL);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < CRASHES; i++)
        if (sigaction(crashes[i].number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(crashes[i].number, &action, NULL);
}
