/* Runs a command and writes what the system counted for it (wait4(2)): it and the children that it waited for.
 *
 *   usage -i|-k SECONDS OUT COMMAND [ARGUMENT...]
 *
 * After that long it gets SIGINT (-i) or SIGKILL (-k). OUT gets one line: user and system time and time
 * elapsed in microseconds, the most that was resident in KiB, and the exit code, or 128 and the signal that ended
 * it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;
static int ending = SIGKILL;

static void on_alarm(int number)
{
    (void)number;
    kill(child, ending);
}

static void end_after(double seconds)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval timer = {
        .it_value = {(time_t)seconds, (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6)}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static long long microseconds(struct timeval time)
{
    return (long long)time.tv_sec * 1000000 + time.tv_usec;
}

static long long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int main(int count, char **arguments)
{
    if (count < 5 || (strcmp(arguments[1], "-i") != 0 && strcmp(arguments[1], "-k") != 0)) {
        fputs("usage: usage -i|-k SECONDS OUT COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    ending = arguments[1][1] == 'i' ? SIGINT : SIGKILL;
    long long began_us = now_us();
    if ((child = fork()) == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(arguments[4], arguments + 4);
        _exit(127);
    }
    end_after(strtod(arguments[2], NULL));
    int status = 0;
    struct rusage used = {0};
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR)
            return 1;
    FILE *out = fopen(arguments[3], "we");
    if (out == NULL)
        return 1;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    fprintf(out, "%lld %lld %lld %ld %d\n", microseconds(used.ru_utime), microseconds(used.ru_stime),
            now_us() - began_us, used.ru_maxrss, code);
    return fclose(out) == 0 ? 0 : 1;
}
