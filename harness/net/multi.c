#include "net/multi.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/text.h"

struct transfer {
    TAILQ_ENTRY(transfer) link;
    CURL *easy;
    multi_done *done;
    void *owner;
};

struct multi {
    struct event_base *base;
    CURLM *handle;
    struct event *timer;
    TAILQ_HEAD(, transfer) transfers;
    bool acting, freed; /* freed while acting: what calls back lives until it returns */
};

static void initialise_once(void)
{
    curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, xrealloc, xstrdup, xcalloc);
}

void multi_initialise(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise_once);
}

static void end_transfer(struct multi *multi, struct transfer *transfer, CURLcode code)
{
    struct transfer ended = *transfer;
    curl_multi_remove_handle(multi->handle, ended.easy);
    TAILQ_REMOVE(&multi->transfers, transfer, link);
    free(transfer);
    if (ended.done != NULL)
        ended.done(ended.owner, ended.easy, code);
}

static void destroy(struct multi *multi)
{
    curl_multi_cleanup(multi->handle);
    event_free(multi->timer);
    free(multi);
}

static struct transfer *transfer_of(CURL *easy)
{
    char *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return (struct transfer *)(void *)transfer;
}

static void act(struct multi *multi, curl_socket_t descriptor, int bits)
{
    int running, left;
    bool outermost = !multi->acting;
    multi->acting = true;
    curl_multi_socket_action(multi->handle, descriptor, bits, &running);
    for (CURLMsg *message; !multi->freed && (message = curl_multi_info_read(multi->handle, &left)) != NULL;)
        if (message->msg == CURLMSG_DONE)
            end_transfer(multi, transfer_of(message->easy_handle), message->data.result);
    if (!outermost)
        return;
    multi->acting = false;
    if (multi->freed)
        destroy(multi);
}

static void on_timer(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    act(owner, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket(evutil_socket_t descriptor, short what, void *owner)
{
    int bits =
        ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) | ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
    act(owner, descriptor, bits);
}

static int set_timer(CURLM *handle, long milliseconds, void *owner)
{
    (void)handle;
    struct multi *multi = owner;
    if (milliseconds < 0)
        return evtimer_del(multi->timer);
    struct timeval delay = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    return evtimer_add(multi->timer, &delay);
}

static int watch_socket(CURL *easy, curl_socket_t descriptor, int what, void *owner, void *of_socket)
{
    (void)easy;
    struct multi *multi = owner;
    struct event *event = of_socket;
    if (event != NULL)
        event_free(event);
    event = NULL;
    if (what != CURL_POLL_REMOVE) {
        int bits = EV_PERSIST | ((what & CURL_POLL_IN) != 0 ? EV_READ : 0) |
                   ((what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0);
        event = event_new(multi->base, descriptor, (short)bits, on_socket, multi);
        event_add(event, NULL);
    }
    curl_multi_assign(multi->handle, descriptor, event);
    return 0;
}

struct multi *multi_new(struct event_base *base)
{
    multi_initialise();
    struct multi *multi = xcalloc(1, sizeof *multi);
    multi->base = base;
    multi->handle = curl_multi_init();
    multi->timer = evtimer_new(base, on_timer, multi);
    if (multi->handle == NULL || multi->timer == NULL)
        abort(); /* both fail only without memory */
    TAILQ_INIT(&multi->transfers);
    curl_multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi->handle, CURLMOPT_TIMERDATA, multi);
    return multi;
}

/* What is under way ends at once, also when the rest has to wait. */
void multi_free(struct multi *multi)
{
    if (multi == NULL)
        return;
    while (!TAILQ_EMPTY(&multi->transfers))
        end_transfer(multi, TAILQ_FIRST(&multi->transfers), MULTI_DROPPED);
    multi->freed = true;
    if (!multi->acting)
        destroy(multi);
}

void multi_add(struct multi *multi, CURL *easy, multi_done *done, void *owner)
{
    struct transfer *transfer = xcalloc(1, sizeof *transfer);
    *transfer = (struct transfer){.easy = easy, .done = done, .owner = owner};
    TAILQ_INSERT_TAIL(&multi->transfers, transfer, link);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_multi_add_handle(multi->handle, easy);
}

void multi_remove(struct multi *multi, CURL *easy)
{
    struct transfer *transfer = transfer_of(easy);
    transfer->done = NULL;
    end_transfer(multi, transfer, CURLE_OK);
}

void multi_poke(struct multi *multi, curl_socket_t descriptor)
{
    act(multi, descriptor, CURL_CSELECT_IN | CURL_CSELECT_OUT);
}
