#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "flow/live_inside.h"
#include "flow/retell.h"
#include "net/pages.h"
#include "report/live_page.h"
#include "report/openmetrics.h"
#include "sample/proc.h"
#include "store/store.h"

enum { BUCKETS = 64, NICENESS = 10, DRAIN_MS = 20 };

/* The store is not read more often, and takes no more of the time than one part in so many. */
#define READ_NOT_WITHIN_NS (CLOCK_NS_PER_S / 4)
#define READ_SHARE 20
#define REPORT_NOT_WITHIN_NS (10 * CLOCK_NS_PER_S)

struct following {
    const struct live_setting *setting;
    struct live_shared *shared;
    int line;
    pid_t driver;
    struct event_base *base;
    struct pages *pages;
    struct event *heard, *tick, *drain;
    struct store *store;
    struct retelling *retelling;
    struct report report;
    struct live_now now;
    int64_t run;
    int64_t read_ns, cost_ns; /* when the store was last read, and what that took */
    struct page_text *whole;  /* the page of the report; NULL: not asked for */
    int64_t whole_ns;         /* when it was made */
    int64_t over_ns;          /* when to end; 0: the run is under way */
    bool gone;                /* whoever drove the run is */
};

/* False: it was being written for as long as we looked. */
static bool read_now(struct following *following)
{
    struct live_shared *shared = following->shared;
    for (int tries = 0; tries < 1000; tries++) {
        unsigned before = atomic_load_explicit(&shared->sequence, memory_order_acquire);
        struct live_now now = shared->now;
        atomic_thread_fence(memory_order_acquire);
        if (before % 2 == 0 && before == atomic_load_explicit(&shared->sequence, memory_order_relaxed)) {
            following->now = now;
            following->now.step[LIVE_STEP_MOST - 1] = '\0';
            following->now.progress.step = following->now.step;
            return before > 0;
        }
    }
    return false;
}

static void read_store(struct following *following)
{
    struct err err = {0};
    struct report report = {0};
    if (following->store == NULL)
        following->store = store_open_read_only(following->setting->db, &err);
    if (following->store == NULL)
        return;
    if (retelling_read(following->retelling, following->store, following->run, &report, &err) != 0) {
        report_release(&report); /* what was read before stays */
        return;
    }
    report_release(&following->report);
    following->report = report;
}

static void look_at_driver(struct following *following)
{
    struct proc_status status;
    if (following->report.result.ended_us == 0 && proc_read_status(following->driver, &status) == 0)
        following->report.result.own_max_rss_bytes = status.peak_bytes;
}

/* Brings the report up to date, unless that was done just now. */
static void refresh(struct following *following, bool at_once)
{
    int64_t began_ns = clock_now_ns();
    int64_t pause_ns = following->cost_ns * READ_SHARE;
    if (pause_ns < READ_NOT_WITHIN_NS)
        pause_ns = READ_NOT_WITHIN_NS;
    following->run = atomic_load(&following->shared->run);
    if (following->run > 0 && (at_once || began_ns - following->read_ns >= pause_ns)) {
        read_store(following);
        following->read_ns = clock_now_ns();
        following->cost_ns = following->read_ns - began_ns;
    }
    if (read_now(following))
        following->report.now = &following->now.progress;
    look_at_driver(following);
}

static void tell_state(struct following *following)
{
    struct text event = TEXT_EMPTY;
    live_state(&event, &following->report);
    pages_tell(following->pages, event.bytes, event.length);
    text_release(&event);
}

static void answer_page(struct page *page, struct text *text, struct text *policy)
{
    char nonce[SECRET_TOKEN_SIZE];
    secret_token(nonce);
    live_page(text, nonce);
    live_page_policy(policy, nonce);
    page->type = "text/html; charset=utf-8";
    page->policy = text_string(policy);
}

static void answer_events(const struct following *following, struct page *page, struct text *text)
{
    text_add_string(text, "retry: 2000\n\n");
    live_history(text, &following->report);
    live_state(text, &following->report);
    page->type = "text/event-stream; charset=utf-8";
    page->follows = true;
}

/* What a renderer writes, as text. */
static void render_into(struct text *text, const struct report *report, const char *renderer)
{
    char *bytes = NULL;
    size_t length = 0;
    struct err err = {0};
    FILE *stream = open_memstream(&bytes, &length);
    if (stream == NULL)
        abort(); /* only without memory */
    renderer_find(renderer)->render(report, stream, &err);
    fclose(stream);
    text_add(text, bytes, length);
    free(bytes);
}

static void answer_metrics(const struct following *following, const char *accept, struct page *page,
                           struct text *text)
{
    enum metrics_form form = metrics_form_of(accept);
    render_into(text, &following->report, form == METRICS_OPEN ? "openmetrics" : "prometheus");
    page->type = metrics_type(form);
}

/* Made anew every few seconds at most: it is dear. */
static void answer_report(struct following *following, struct page *page)
{
    int64_t now_ns = clock_now_ns();
    if (following->whole == NULL || now_ns - following->whole_ns >= REPORT_NOT_WITHIN_NS) {
        struct text text = TEXT_EMPTY;
        render_into(&text, &following->report, "html");
        page_text_drop(following->whole);
        following->whole = page_text_new(&text);
        following->whole_ns = now_ns;
    }
    page->text = page_text_keep(following->whole);
    page->type = "text/html; charset=utf-8";
    page->policy = "frame-ancestors 'none'"; /* the page has one of its own, narrower */
}

static void answer(void *owner, const struct page_asked *asked, struct page *page)
{
    static struct text policy; /* until the next answer */
    struct following *following = owner;
    struct text text = TEXT_EMPTY;
    page->status = 200;
    text_clear(&policy);
    if (strcmp(asked->path, "/") == 0) {
        answer_page(page, &text, &policy);
    } else if (strcmp(asked->path, "/events") == 0) {
        refresh(following, false);
        answer_events(following, page, &text);
    } else if (strcmp(asked->path, "/metrics") == 0) {
        refresh(following, false);
        answer_metrics(following, asked->accept, page, &text);
    } else if (strcmp(asked->path, "/report") == 0 && following->report.result.run > 0) {
        refresh(following, false);
        answer_report(following, page);
    } else if (strcmp(asked->path, "/report") == 0) {
        text_add_string(&text, "The run has not begun yet.\n");
        page->status = 503;
        page->type = "text/plain; charset=utf-8";
    } else {
        page->status = 0;
    }
    if (page->status != 0 && page->text == NULL)
        page->text = page_text_new(&text);
}

static void on_tick(evutil_socket_t descriptor, short what, void *owner)
{
    struct following *following = owner;
    (void)descriptor, (void)what;
    if (following->over_ns != 0 || pages_followers(following->pages) == 0)
        return;
    refresh(following, false);
    tell_state(following);
}

/* Until the time is over; once the run is gone, until all took the end. */
static void on_drain(evutil_socket_t descriptor, short what, void *owner)
{
    struct following *following = owner;
    (void)descriptor, (void)what;
    bool taken = following->gone && pages_untaken(following->pages) == 0;
    if (taken || clock_now_ns() >= following->over_ns)
        event_base_loopbreak(following->base);
}

static void end(struct following *following, int64_t within_ns)
{
    static const char gone[] = "event: gone\ndata: {}\n\n";
    const struct timeval often = {.tv_usec = DRAIN_MS * 1000};
    following->over_ns = clock_now_ns() + within_ns;
    page_text_drop(following->whole); /* it is of before the end */
    following->whole = NULL;
    refresh(following, true);
    tell_state(following);
    if (following->report.result.ended_us == 0)
        pages_tell(following->pages, gone, sizeof gone - 1);
    event_add(following->drain, &often);
}

/* The run begins, has ended, or is gone with its driver. */
static void on_heard(evutil_socket_t line, short what, void *owner)
{
    struct following *following = owner;
    char words[64];
    (void)what;
    ssize_t got = recv(line, words, sizeof words, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    bool over = following->over_ns != 0;
    if (got <= 0) {
        following->gone = true;
        event_del(following->heard);
    }
    if (over && following->gone)
        following->over_ns = clock_now_ns() + CLOCK_NS_PER_S;
    else if (!over && atomic_load(&following->shared->ended))
        end(following, following->setting->linger_ns + CLOCK_NS_PER_S);
    else if (!over && following->gone)
        end(following, CLOCK_NS_PER_S);
}

/* The terminal's signals are for the driver. Nothing is said but through the line: who reads what seep says must not
 * wait for us. */
static void settle_down(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    setpgid(0, 0);
    prctl(PR_SET_NAME, "seep-live");
    setpriority(PRIO_PROCESS, 0, NICENESS);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    for (int i = 0; null >= 0 && i < 3; i++)
        dup2(null, i);
}

static bool open_pages(struct following *following)
{
    struct live_hello hello = {0};
    const struct pages_setting setting = {
        .base = following->base,
        .listen = following->setting->listen,
        .names = following->setting->names,
        .answer = answer,
        .owner = following,
    };
    following->pages = pages_new(&setting, &hello.err);
    if (following->pages != NULL) {
        snprintf(hello.address, sizeof hello.address, "%s", pages_address(following->pages));
        hello.loopback = pages_is_loopback(following->pages);
    }
    return send(following->line, &hello, sizeof hello, MSG_NOSIGNAL) == (ssize_t)sizeof hello &&
           following->pages != NULL;
}

void live_process(const struct live_setting *setting, struct live_shared *shared, int line)
{
    const struct timeval second = {.tv_sec = 1};
    struct following following = {.setting = setting, .shared = shared, .line = line, .driver = getppid()};
    settle_down();
    following.base = event_base_new();
    if (following.base == NULL || !open_pages(&following))
        _exit(ERR_INTERNAL);
    following.retelling = retelling_new(BUCKETS);
    following.heard = event_new(following.base, line, EV_READ | EV_PERSIST, on_heard, &following);
    following.tick = event_new(following.base, -1, EV_PERSIST, on_tick, &following);
    following.drain = event_new(following.base, -1, EV_PERSIST, on_drain, &following);
    event_add(following.heard, NULL);
    event_add(following.tick, &second);
    event_base_dispatch(following.base);
    pages_free(following.pages);
    store_close(following.store);
    _exit(0);
}
