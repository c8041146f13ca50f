/* What the malloc agent reads: a request on its socket, from whoever may open it. It gets one whole answer or none; the pages
 * themselves are told here by what stands in for the agent's counters. */
#include <sys/socket.h>

#include "agents/malloc/reply.c"
#include "agents/malloc/serve.c"
#include "net/response.h"

#include "fuzz.h"

_Atomic(struct samples *) samples_current;

struct counts counters_sum(void)
{
    return (struct counts){4, 1024};
}

unsigned long long process_start_time(void)
{
    return 17;
}

void process_add(struct reply *reply)
{
    reply_addf(reply, "null");
}

int samples_start(uint32_t every_bytes)
{
    static struct samples *samples;
    hold(every_bytes > 0 && every_bytes <= SAMPLES_EVERY_LIMIT);
    if (samples == NULL)
        samples = xcalloc(1, sizeof *samples);
    samples->every_bytes = every_bytes;
    atomic_store(&samples_current, samples);
    return 0;
}

void samples_stop(void)
{
    atomic_store(&samples_current, NULL);
}

void snapshot_add(struct samples *samples, struct reply *reply)
{
    reply_addf(reply, "{\"every\":%u}", samples->every_bytes);
}

static void hold_answer(int connection)
{
    struct response response = {.status = 0};
    char bytes[4096];
    size_t taken;
    ssize_t got = recv(connection, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0)
        return;
    response_init(&response, false);
    hold(response_feed(&response, bytes, (size_t)got, &taken) == RESPONSE_DONE && taken == (size_t)got);
    hold(response.status >= 200 && response.status <= 500);
    response_release(&response);
}

FUZZ_TARGET(agent)
{
    int ends[2];
    hold(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    hold(size > 65536 || send(ends[0], data, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size ||
         size == 0);
    shutdown(ends[0], SHUT_WR);
    serve(ends[1]);
    close(ends[1]);
    hold_answer(ends[0]);
    close(ends[0]);
    samples_stop();
    return 0;
}
