#include "replay/descriptors.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/resource.h>

#define BESIDE_LEAST 32 /* the loop, the store, a reading */
#define BESIDE 128      /* with some slack for what was inherited */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t reserved; /* by all engines */

/* The limit once it was raised as far as it may be and need be. */
static rlim_t raise_to(rlim_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return RLIM_INFINITY;
    if (limit.rlim_cur >= wanted)
        return limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

/* A connection that finds none left would look like a target that does not answer. */
int descriptors_reserve(size_t connections, size_t each, struct err *err)
{
    pthread_mutex_lock(&lock);
    size_t needed = reserved + connections * each;
    rlim_t allowed = raise_to(needed + BESIDE);
    bool enough = allowed >= needed + BESIDE_LEAST;
    if (enough)
        reserved = needed;
    pthread_mutex_unlock(&lock);
    if (enough)
        return 0;
    return err_set(err, ERR_USAGE, "%zu connections need %zu descriptors: `ulimit -n` allows %llu",
                   connections, needed + BESIDE_LEAST, (unsigned long long)allowed);
}

void descriptors_give_back(size_t connections, size_t each)
{
    pthread_mutex_lock(&lock);
    reserved -= connections * each;
    pthread_mutex_unlock(&lock);
}
