#include "net/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/multi.h"

#define DEFAULT_LIMIT ((size_t)64 << 20)

struct fetch {
    struct fetch_answer answer;
    struct curl_slist *headers, *connect_to;
    const struct allow *allow;
    size_t limit;
    bool too_long, refused;
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

/* The last gate: whatever a name resolved to, no socket is opened to an address outside the list. */
static curl_socket_t open_socket(void *owner, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct fetch *fetch = owner;
    fetch->refused = !allow_permits(fetch->allow, &address->addr);
    if (fetch->refused)
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
}

static void release(struct fetch *fetch)
{
    curl_slist_free_all(fetch->headers);
    curl_slist_free_all(fetch->connect_to);
    free(fetch->what);
    free(fetch);
}

static void explain(struct fetch *fetch, CURL *easy, CURLcode code)
{
    struct err *err = &fetch->answer.err;
    long number = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    if (fetch->refused)
        err_set(err, ERR_REFUSED, "%s: the address is not one that `allow` names; nothing was sent",
                fetch->what);
    else if (fetch->too_long)
        err_set(err, ERR_USAGE, "%s: the answer is longer than %zu bytes", fetch->what, fetch->limit);
    else if (code == CURLE_COULDNT_CONNECT && number != 0)
        err_set(err, ERR_USAGE, "%s: %s", fetch->what, strerror((int)number));
    else
        err_set(err, ERR_USAGE, "%s: %s", fetch->what,
                fetch->error[0] != '\0' ? fetch->error : curl_easy_strerror(code));
}

static void on_done(void *owner, CURL *easy, CURLcode code)
{
    struct fetch *fetch = owner;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK)
        fetch->answer.status = (int)status;
    else
        explain(fetch, easy, code);
    curl_easy_cleanup(easy);
    if (code != MULTI_DROPPED)
        fetch->done(fetch->owner, &fetch->answer);
    text_release(&fetch->answer.body);
    release(fetch);
}

static void set_route(CURL *easy, struct fetch *fetch, const struct fetch_request *request)
{
    char *pin = xasprintf("::%s", request->origin->text);
    char *url =
        xasprintf("%s://%s%s", request->origin->tls ? "https" : "http", request->origin->host, request->path);
    fetch->connect_to = curl_slist_append(NULL, pin);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    /* The address that was checked, not asked for again. */
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, fetch->connect_to);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
    free(pin);
    free(url);
}

static void set_request(CURL *easy, struct fetch *fetch, const struct fetch_request *request)
{
    if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (strcmp(request->method, "GET") != 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->run_header != NULL) {
        char *line = xasprintf("X-Seep-Run: %s", request->run_header);
        fetch->headers = curl_slist_append(NULL, line);
        free(line);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "seep/" SEEP_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
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
    fetch->allow = request->allow;
    fetch->limit = request->limit != 0 ? request->limit : DEFAULT_LIMIT;
    fetch->what = xasprintf("%s %s://%s%s", request->method, request->origin->tls ? "https" : "http",
                            request->origin->host, request->path);
    fetch->done = done;
    fetch->owner = owner;
    set_route(easy, fetch, request);
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
        number = loop_run(loop);
    if (!waiting.over)
        give_up(loop, easy, made, number, &answer->err);
    return answer->err.code == ERR_NONE ? 0 : -1;
}
