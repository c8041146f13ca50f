/* A trial's server in a stack, as its driver sees it: a name in the network of the stack, with another address each time it was
 * made anew. */
#include "target/target_inside.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "target/errand.h"
#include "target/listen.h"

#define AGAIN_NS (50 * CLOCK_NS_PER_MS)
#define ANEW_NS (300 * CLOCK_NS_PER_S) /* it may have to be placed, and its image to be pulled */
#define ACCEPT_MS 200

/* Where the name leads now; false: nowhere. */
static bool look_up(const char *name, char address[INET6_ADDRSTRLEN])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return false;
    bool known = getnameinfo(found->ai_addr, found->ai_addrlen, address, INET6_ADDRSTRLEN, NULL, 0,
                             NI_NUMERICHOST) == 0;
    freeaddrinfo(found);
    return known;
}

static bool accepts(const struct target *target)
{
    const struct origin *origin = &target->origin;
    return listen_accepts((const struct sockaddr *)&origin->address, origin->address_length, ACCEPT_MS);
}

/* The server from before: its name leads elsewhere, or nobody accepts there. */
static bool is_gone(const struct target *target, const char *before)
{
    char now[INET6_ADDRSTRLEN];
    return !look_up(target->service->start.service, now) || strcmp(now, before) != 0 || !accepts(target);
}

static int pause_until(struct target *target, int64_t end_ns, const char *what, struct err *err)
{
    if (clock_now_ns() > end_ns)
        return err_set(err, ERR_TARGET, "%s: start: %s of the stack %s within %d s", target->service->file,
                       target->service->start.service, what, (int)(ANEW_NS / CLOCK_NS_PER_S));
    if (loop_sleep(target->loop, AGAIN_NS) != 0)
        return err_set(err, ERR_INTERNAL, "interrupted by signal %d", interrupt_signal());
    return 0;
}

static int have_made_anew(struct target *target, int64_t end_ns, struct err *err)
{
    char before[INET6_ADDRSTRLEN] = "";
    look_up(target->service->start.service, before);
    if (errand_ask_fresh(target->asked, err) != 0)
        return -1;
    while (!is_gone(target, before))
        if (pause_until(target, end_ns, "was not made anew", err) != 0)
            return -1;
    return 0;
}

/* The name may lead to the one from before for a while, which accepts no more. */
int target_start_in_stack(struct target *target, struct err *err)
{
    char address[INET6_ADDRSTRLEN] = "";
    int64_t end_ns = clock_now_ns() + ANEW_NS;
    if (++target->asked > 1 && have_made_anew(target, end_ns, err) != 0)
        return -1;
    for (;;) {
        bool known = look_up(target->service->start.service, address);
        if (known && target_aim_at(target, address, err) != 0)
            return -1;
        if (known && accepts(target))
            return 0;
        if (pause_until(target, end_ns, known ? "accepts no connection" : "has no address", err) != 0)
            return -1;
    }
}
