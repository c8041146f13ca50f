#include "net/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/multi.h"
#include "net/route.h"

#define DEFAULT_LIMIT ((size_t)64 << 20)

struct fetch {
    struct fetch_answer answer;
    struct route route;
    enum http_version http;
    size_t limit;
    bool too_long, connects;
    char *what; /* "GET http://127.0.0.1:5000/health", for messages */
    char error[CURL_ERROR_SIZE];
    void (*done)(void *owner, struct fetch_answer *answer);
    void *owner;
};

static size_t take_body(char *bytes, size_t size, size_t count, void *owner)
{
    struct fetch *fetch = owner;
    size_t length = size * count;
    fetch->too_long = length > fetch->limit - fetch->answer.body.length;
    if (fetch->too_long)
        return 0;
    text_add(&fetch->answer.body, bytes, length);
    return length;
}

static void release(struct fetch *fetch)
{
    route_release(&fetch->route);
    free(fetch->what);
    free(fetch);
}

static void explain(struct fetch *fetch, CURL *easy, CURLcode code)
{
    struct err *err = &fetch->answer.err;
    fetch->answer.untrusted = route_is_untrusted(code);
    if (fetch->too_long)
        err_set(err, ERR_USAGE, "the answer is longer than %zu bytes", fetch->limit);
    else
        route_explain(&fetch->route, easy, code, fetch->error, err);
    err_prefix(err, "%s", fetch->what);
}

/* A target that was to be asked in HTTP/2 and knows only its predecessor would be measured as another one. */
static void check_version(struct fetch *fetch, CURL *easy)
{
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    if (fetch->http == HTTP_2 && version != CURL_HTTP_VERSION_2_0)
        err_set(&fetch->answer.err, ERR_USAGE, "%s: the target does not speak HTTP/2 (http: 2)", fetch->what);
}

/* User information and what stands behind a '?' may be somebody's secrets. */
static void note_location(struct fetch *fetch, CURL *easy)
{
    const char *url = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &url) != CURLE_OK || url == NULL)
        return;
    size_t length = strcspn(url, "?#");
    if (memchr(url, '@', length) == NULL)
        snprintf(fetch->answer.location, sizeof fetch->answer.location, "%.*s", (int)length, url);
}

static void on_done(void *owner, CURL *easy, CURLcode code)
{
    struct fetch *fetch = owner;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK)
        explain(fetch, easy, code);
    else if (!fetch->connects)
        check_version(fetch, easy);
    if (fetch->answer.err.code == ERR_NONE)
        fetch->answer.status = (int)status;
    note_location(fetch, easy);
    curl_easy_cleanup(easy);
    if (code != MULTI_DROPPED)
        fetch->done(fetch->owner, &fetch->answer);
    text_release(&fetch->answer.body);
    release(fetch);
}

static void add_header(CURL *easy, struct fetch *fetch, const char *line)
{
    fetch->route.host = curl_slist_append(fetch->route.host, line);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->route.host);
}

static void set_request(CURL *easy, struct fetch *fetch, const struct fetch_request *request)
{
    if (fetch->connects)
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    else if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (strcmp(request->method, "GET") != 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->json != NULL) {
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->json);
        add_header(easy, fetch, "Content-Type: application/json");
    }
    if (request->form != NULL)
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->form);
    for (size_t i = 0; request->headers != NULL && i < request->headers->count; i++)
        add_header(easy, fetch, request->headers->items[i]);
    if (request->packed)
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    if (request->run_header != NULL) {
        char *line = xasprintf("X-Seep-Run: %s", request->run_header);
        add_header(easy, fetch, line);
        free(line);
    }
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "seep/" SEEP_VERSION);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(request->timeout_ns / CLOCK_NS_PER_MS + 1));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
}

static CURL *start(struct loop *loop, const struct fetch_request *request,
                   void (*done)(void *owner, struct fetch_answer *answer), void *owner, struct fetch **made)
{
    struct multi *multi = loop_multi(loop); /* before the first easy handle: it initialises libcurl */
    struct fetch *fetch = xcalloc(1, sizeof *fetch);
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        abort(); /* fails only without memory */
    fetch->connects = request->method == NULL;
    fetch->http = request->origin->http;
    fetch->limit = request->limit != 0 ? request->limit : DEFAULT_LIMIT;
    char *url = origin_url(request->origin, fetch->connects ? "" : request->path);
    fetch->what = fetch->connects ? xstrdup(url) : xasprintf("%s %s", request->method, url);
    free(url);
    fetch->done = done;
    fetch->owner = owner;
    route_apply(&fetch->route, easy, request->origin, fetch->connects ? "/" : request->path, request->allow);
    set_request(easy, fetch, request);
    multi_add(multi, easy, on_done, fetch);
    *made = fetch;
    return easy;
}

void fetch_start(struct loop *loop, const struct fetch_request *request,
                 void (*done)(void *owner, struct fetch_answer *answer), void *owner)
{
    struct fetch *made;
    start(loop, request, done, owner, &made);
}

struct waiting {
    struct loop *loop;
    struct fetch_answer *answer;
    bool over;
};

static void hand_over(void *owner, struct fetch_answer *answer)
{
    struct waiting *waiting = owner;
    *waiting->answer = *answer;
    answer->body = TEXT_EMPTY;
    waiting->over = true;
    loop_stop(waiting->loop);
}

static void give_up(struct loop *loop, CURL *easy, struct fetch *fetch, int number, struct err *err)
{
    err_set(err, ERR_USAGE, "%s: interrupted (%s)", fetch->what, strsignal(number));
    multi_remove(loop_multi(loop), easy);
    curl_easy_cleanup(easy);
    text_release(&fetch->answer.body);
    release(fetch);
}

int fetch(struct loop *loop, const struct fetch_request *request, struct fetch_answer *answer)
{
    struct waiting waiting = {loop, answer, false};
    struct fetch *made;
    memset(answer, 0, sizeof *answer);
    CURL *easy = start(loop, request, hand_over, &waiting, &made);
    int number = 0;
    while (!waiting.over && number == 0)
        if (request->deaf)
            loop_run_ignoring(loop);
        else
            number = loop_run(loop);
    if (!waiting.over)
        give_up(loop, easy, made, number, &answer->err);
    return answer->err.code == ERR_NONE ? 0 : -1;
}
