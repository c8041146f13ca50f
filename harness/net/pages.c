#include "net/pages.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "net/server.h"
#include "net/visitor.h"

enum { UNTAKEN_MOST = 1 << 20, PATH_MOST = 255, ACCEPT_MOST = 1023 };

enum visit_state {
    VISIT_IDLE,      /* between requests */
    VISIT_READING,   /* within a header */
    VISIT_ANSWERING, /* the answer is on its way; what comes meanwhile waits */
    VISIT_FOLLOWING, /* an event stream */
    VISIT_LEAVING,   /* all was said; the rest of what comes is thrown away, so that the answer is not */
};

/* How long a visit may stay in a state, seconds. A stream: without taking anything. */
static const int64_t patience_s[] = {[VISIT_IDLE] = 75,
                                     [VISIT_READING] = 10,
                                     [VISIT_ANSWERING] = 30,
                                     [VISIT_FOLLOWING] = 60,
                                     [VISIT_LEAVING] = 2};

struct visit {
    struct pages *pages;
    struct bufferevent *stream;
    enum visit_state state;
    int64_t since_ns; /* it is in this state; a stream: it last had taken all */
    size_t seen;      /* bytes of the header that were looked at */
    bool stays;       /* another request may follow */
    char local[INET6_ADDRSTRLEN];
    TAILQ_ENTRY(visit) entry;
};

struct pages {
    struct pages_setting setting;
    struct server *server;
    struct event *sweep;
    struct visitor_rule rule;
    size_t count, followers;
    TAILQ_HEAD(visits, visit) visits; /* the oldest first */
};

struct page_text {
    size_t holders;
    struct text text;
};

struct page_text *page_text_new(struct text *text_take)
{
    struct page_text *text = xcalloc(1, sizeof *text);
    text->holders = 1;
    text->text = *text_take;
    *text_take = TEXT_EMPTY;
    return text;
}

struct page_text *page_text_keep(struct page_text *text)
{
    if (text != NULL)
        text->holders++;
    return text;
}

void page_text_drop(struct page_text *text)
{
    if (text == NULL || --text->holders > 0)
        return;
    text_release(&text->text);
    free(text);
}

static void enter(struct visit *visit, enum visit_state state)
{
    struct pages *pages = visit->pages;
    pages->followers += (state == VISIT_FOLLOWING) - (size_t)(visit->state == VISIT_FOLLOWING);
    visit->state = state;
    visit->since_ns = clock_now_ns();
}

static void visit_free(struct visit *visit)
{
    struct pages *pages = visit->pages;
    enter(visit, VISIT_IDLE);
    TAILQ_REMOVE(&pages->visits, visit, entry);
    pages->count--;
    bufferevent_free(visit->stream);
    free(visit);
}

static size_t untaken(const struct visit *visit)
{
    return evbuffer_get_length(bufferevent_get_output(visit->stream));
}

static const char *phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {{200, "OK"},
                   {400, "Bad Request"},
                   {403, "Forbidden"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {413, "Content Too Large"},
                   {431, "Request Header Fields Too Large"},
                   {503, "Service Unavailable"},
                   {505, "HTTP Version Not Supported"}};
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Error";
}

static void release_text(const void *bytes, size_t length, void *text)
{
    (void)bytes, (void)length;
    page_text_drop(text);
}

static void send_head(struct visit *visit, const struct page *page)
{
    struct evbuffer *out = bufferevent_get_output(visit->stream);
    const char *policy = page->policy != NULL ? page->policy : "default-src 'none'; frame-ancestors 'none'";
    evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n", page->status, phrase(page->status),
                        page->type);
    if (!page->follows)
        evbuffer_add_printf(out, "Content-Length: %zu\r\n", page->text->text.length);
    if (page->status == 405)
        evbuffer_add_printf(out, "Allow: GET, HEAD\r\n");
    if (page->status == 503)
        evbuffer_add_printf(out, "Retry-After: 10\r\n");
    evbuffer_add_printf(out,
                        "Cache-Control: no-store\r\nContent-Security-Policy: %s\r\n"
                        "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
                        "Cross-Origin-Resource-Policy: same-origin\r\nConnection: %s\r\n\r\n",
                        policy, visit->stays ? "keep-alive" : "close");
}

/* Takes page->text over. */
static void send_page(struct visit *visit, struct page *page, bool head_only)
{
    struct evbuffer *out = bufferevent_get_output(visit->stream);
    page->follows = page->follows && !head_only;
    visit->stays = visit->stays && !page->follows;
    enter(visit, page->follows ? VISIT_FOLLOWING : VISIT_ANSWERING);
    if (!page->follows)
        bufferevent_disable(visit->stream, EV_READ);
    send_head(visit, page);
    struct text *text = &page->text->text;
    if (head_only || text->length == 0 ||
        evbuffer_add_reference(out, text->bytes, text->length, release_text, page->text) != 0)
        page_text_drop(page->text);
    bufferevent_enable(visit->stream, EV_WRITE);
}

static void refuse(struct visit *visit, int status, const char *why, bool head_only)
{
    struct text text = TEXT_EMPTY;
    text_addf(&text, "%d: %s\n", status, why);
    struct page page = {.status = status, .type = "text/plain; charset=utf-8", .text = page_text_new(&text)};
    send_page(visit, &page, head_only);
}

/* 0, or the status that says no. */
static int check_request(const struct visit *visit, const struct request_head *request, const char **why)
{
    int status = visitor_check(&visit->pages->rule, visit->local, request, why);
    if (status != 0)
        return status;
    *why = "only GET and HEAD: nothing here can be changed";
    if (!(request->method.length == 3 && memcmp(request->method.bytes, "GET", 3) == 0) &&
        !(request->method.length == 4 && memcmp(request->method.bytes, "HEAD", 4) == 0))
        return 405;
    *why = "a request with a body";
    if (request->chunked || (request->has_length && request->length > 0))
        return 413;
    *why = "a target that is no path";
    return request->target.length == 0 || request->target.bytes[0] != '/' ? 400 : 0;
}

static size_t path_length(struct span target)
{
    const char *end = memchr(target.bytes, '?', target.length);
    return end != NULL ? (size_t)(end - target.bytes) : target.length;
}

static void answer(struct visit *visit, const struct request_head *request)
{
    struct pages *pages = visit->pages;
    const struct head_field *field = head_find(&request->head, "Accept");
    struct span accept = field != NULL ? field->value : (struct span){"", 0};
    size_t length = path_length(request->target);
    char path[PATH_MOST + 1] = "", accepted[ACCEPT_MOST + 1];
    struct page page = {0};
    if (length <= PATH_MOST)
        snprintf(path, sizeof path, "%.*s", (int)length, request->target.bytes);
    snprintf(accepted, sizeof accepted, "%.*s", (int)accept.length, accept.bytes);
    pages->setting.answer(pages->setting.owner, &(struct page_asked){path, accepted}, &page);
    visit->stays = request->http10 ? request->asked_keep_alive : !request->asked_close;
    if (page.status == 0) {
        refuse(visit, 404, "no such page; there are /, /events, /metrics and /report", request->is_head);
    } else if (page.follows && !request->is_head && pages->followers >= PAGES_FOLLOWERS_MOST) {
        page_text_drop(page.text);
        visit->stays = false;
        refuse(visit, 503, "as many follow as may", request->is_head);
    } else {
        send_page(visit, &page, request->is_head);
    }
}

static void take_request(struct visit *visit, const char *bytes, size_t length)
{
    struct request_head request;
    const char *why = "";
    visit->stays = false;
    int status = request_head_read(&request, bytes, length, &why);
    if (status != 0) {
        refuse(visit, status, why, false);
        return;
    }
    status = check_request(visit, &request, &why);
    if (status != 0)
        refuse(visit, status, why, request.is_head);
    else
        answer(visit, &request);
}

static void on_read(struct bufferevent *stream, void *owner)
{
    struct visit *visit = owner;
    struct evbuffer *in = bufferevent_get_input(stream);
    if (visit->state == VISIT_FOLLOWING || visit->state == VISIT_LEAVING) {
        evbuffer_drain(in, evbuffer_get_length(in));
        return;
    }
    size_t length = evbuffer_get_length(in);
    if (visit->state == VISIT_ANSWERING || length == 0)
        return;
    if (visit->state == VISIT_IDLE)
        enter(visit, VISIT_READING);
    const char *bytes = (const char *)evbuffer_pullup(in, -1);
    size_t end = head_find_end(bytes, length, visit->seen);
    if (end == 0 && length < PAGES_HEAD_MOST) {
        visit->seen = length;
        return;
    }
    visit->seen = 0;
    visit->stays = false;
    if (end == 0)
        refuse(visit, 431, "a header of more than 8 KiB", false);
    else
        take_request(visit, bytes, end);
    evbuffer_drain(in, end != 0 ? end : length);
}

/* All that was to be sent was taken. */
static void on_written(struct bufferevent *stream, void *owner)
{
    struct visit *visit = owner;
    if (visit->state == VISIT_FOLLOWING)
        visit->since_ns = clock_now_ns();
    if (visit->state != VISIT_ANSWERING)
        return;
    enter(visit, visit->stays ? VISIT_IDLE : VISIT_LEAVING);
    bufferevent_enable(stream, EV_READ);
    if (visit->state == VISIT_LEAVING)
        shutdown(bufferevent_getfd(stream), SHUT_WR);
    on_read(stream, visit); /* what came meanwhile */
}

static void on_event(struct bufferevent *stream, short what, void *owner)
{
    struct visit *visit = owner;
    (void)stream;
    bool answering = visit->state == VISIT_ANSWERING;
    if ((what & BEV_EVENT_ERROR) != 0 || ((what & BEV_EVENT_EOF) != 0 && !answering))
        visit_free(visit);
}

/* A place for a new one: of whoever has been silent for longest. */
static bool make_room(struct pages *pages)
{
    struct visit *visit;
    TAILQ_FOREACH(visit, &pages->visits, entry)
    {
        if (visit->state == VISIT_IDLE || visit->state == VISIT_READING || visit->state == VISIT_LEAVING) {
            visit_free(visit);
            return true;
        }
    }
    return false;
}

static void say_local(int descriptor, char local[INET6_ADDRSTRLEN])
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    getsockname(descriptor, (struct sockaddr *)&address, &length);
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
    if (address.ss_family == AF_INET)
        inet_ntop(AF_INET, &four->sin_addr, local, INET6_ADDRSTRLEN);
    else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], local, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, &six->sin6_addr, local, INET6_ADDRSTRLEN);
}

static void on_accepted(void *owner, struct stream *stream, const char *client)
{
    struct pages *pages = owner;
    (void)client;
    if (pages->count >= PAGES_VISITS_MOST && !make_room(pages)) {
        stream_close(stream);
        return;
    }
    struct visit *visit = xcalloc(1, sizeof *visit);
    visit->pages = pages;
    say_local(stream->descriptor, visit->local);
    visit->stream = bufferevent_socket_new(pages->setting.base, stream->descriptor, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(visit->stream, on_read, on_written, on_event, visit);
    bufferevent_setwatermark(visit->stream, EV_READ, 0, PAGES_HEAD_MOST);
    bufferevent_enable(visit->stream, EV_READ);
    TAILQ_INSERT_TAIL(&pages->visits, visit, entry);
    pages->count++;
    enter(visit, VISIT_READING); /* whoever comes has something to ask */
}

static void on_sweep(evutil_socket_t descriptor, short what, void *owner)
{
    struct pages *pages = owner;
    int64_t now_ns = clock_now_ns();
    (void)descriptor, (void)what;
    for (struct visit *visit = TAILQ_FIRST(&pages->visits), *next; visit != NULL; visit = next) {
        next = TAILQ_NEXT(visit, entry);
        bool waits = visit->state != VISIT_FOLLOWING || untaken(visit) > 0;
        if (waits && now_ns - visit->since_ns > patience_s[visit->state] * CLOCK_NS_PER_S)
            visit_free(visit);
    }
}

struct pages *pages_new(const struct pages_setting *setting, struct err *err)
{
    const struct timeval second = {.tv_sec = 1};
    struct pages *pages = xcalloc(1, sizeof *pages);
    pages->setting = *setting;
    TAILQ_INIT(&pages->visits);
    const struct server_setting listening = {
        .base = setting->base, .listen = setting->listen, .accepted = on_accepted, .owner = pages};
    pages->server = server_new(&listening, err);
    if (pages->server == NULL) {
        free(pages);
        return NULL;
    }
    pages->rule = (struct visitor_rule){
        .port = atoi(strrchr(server_address(pages->server), ':') + 1),
        .names = setting->names,
    };
    pages->sweep = event_new(setting->base, -1, EV_PERSIST, on_sweep, pages);
    event_add(pages->sweep, &second);
    return pages;
}

void pages_free(struct pages *pages)
{
    if (pages == NULL)
        return;
    while (!TAILQ_EMPTY(&pages->visits))
        visit_free(TAILQ_FIRST(&pages->visits));
    event_free(pages->sweep);
    server_free(pages->server);
    free(pages);
}

const char *pages_address(const struct pages *pages)
{
    return server_address(pages->server);
}

bool pages_is_loopback(const struct pages *pages)
{
    return server_is_loopback(pages->server);
}

void pages_tell(struct pages *pages, const char *bytes, size_t length)
{
    for (struct visit *visit = TAILQ_FIRST(&pages->visits), *next; visit != NULL; visit = next) {
        next = TAILQ_NEXT(visit, entry);
        if (visit->state != VISIT_FOLLOWING)
            continue;
        if (untaken(visit) + length > UNTAKEN_MOST)
            visit_free(visit);
        else
            bufferevent_write(visit->stream, bytes, length);
    }
}

size_t pages_followers(const struct pages *pages)
{
    return pages->followers;
}

size_t pages_untaken(const struct pages *pages)
{
    size_t bytes = 0;
    const struct visit *visit;
    TAILQ_FOREACH(visit, &pages->visits, entry)
    {
        bytes += untaken(visit);
    }
    return bytes;
}
