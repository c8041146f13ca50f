/* The processor time that processes have had so far, their ended threads included, in nanoseconds, summed.
 * Usage: cputime PID... Source: clock_getcpuclockid(3). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int count, char **arguments)
{
    int64_t sum_ns = 0;
    for (int i = 1; i < count; i++) {
        clockid_t clock;
        struct timespec used;
        if (clock_getcpuclockid(atoi(arguments[i]), &clock) != 0 || clock_gettime(clock, &used) != 0) {
            fprintf(stderr, "cputime: no process %s\n", arguments[i]);
            return 1;
        }
        sum_ns += (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
    }
    printf("%" PRId64 "\n", sum_ns);
    return 0;
}
