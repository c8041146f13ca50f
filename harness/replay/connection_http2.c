/* HTTP/2: libcurl frames, we hand it the parts of a request and take the parts of an answer. One private multi
 * per connection, so that a seat keeps its connection to itself. Where libcurl would open a second one, since
 * the peer has closed the first, the connection is stale, as one of HTTP/1.1 is. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/multi.h"
#include "net/route.h"
#include "replay/dissect.h"

#define POKE_MS 20 /* see multi_poke() */

struct exchange {
    struct connection *connection;
    struct multi *multi;
    CURL *easy;
    struct route route;
    struct dissected request;
    struct event poke;
    bool final;     /* the header of the final answer is whole: what comes after the body is a trailer */
    bool paused;    /* libcurl asked for the body while it had to wait */
    bool abandoned; /* on purpose */
};

/* "HTTP/2 200 " */
static int status_of(const char *line, size_t length)
{
    const char *blank = memchr(line, ' ', length);
    return blank != NULL && line + length - blank >= 4 ? (int)strtol(blank + 1, NULL, 10) : 0;
}

static void take_field(struct connection *connection, const char *line, size_t length)
{
    const struct response_sink *sink = connection->response.sink;
    const char *colon = memchr(line, ':', length), *end = line + length;
    if (sink == NULL || colon == NULL || connection->response.status < 200)
        return;
    const char *value = colon + 1;
    while (value < end && *value == ' ')
        value++;
    sink->field(connection->response.sink_owner, line, (size_t)(colon - line), value, (size_t)(end - value));
}

static void go_on_http2(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    if (!exchange->paused)
        return;
    exchange->paused = false;
    curl_easy_pause(exchange->easy, CURLPAUSE_CONT);
}

static void end_header(struct exchange *exchange)
{
    struct connection *connection = exchange->connection;
    exchange->final = connection->response.status >= 200;
    if (connection->response.status != 100)
        return;
    connection->response.continued = true;
    connection_go_on(connection);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *owner)
{
    struct exchange *exchange = owner;
    struct connection *connection = exchange->connection;
    size_t length = size * count, text = length;
    connection->received += length;
    exchange->abandoned = connection->message->abandon;
    if (exchange->abandoned)
        return 0;
    while (text > 0 && (bytes[text - 1] == '\n' || bytes[text - 1] == '\r'))
        text--;
    if (exchange->final)
        return length;
    if (text == 0)
        end_header(exchange);
    else if (text > 5 && memcmp(bytes, "HTTP/", 5) == 0)
        connection->response.status = status_of(bytes, text);
    else
        take_field(connection, bytes, text);
    return length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *owner)
{
    struct connection *connection = ((struct exchange *)owner)->connection;
    const struct response_sink *sink = connection->response.sink;
    size_t length = size * count;
    connection->received += length;
    connection->response.body_bytes += length;
    if (sink != NULL && sink->body != NULL)
        sink->body(connection->response.sink_owner, bytes, length);
    return length;
}

static size_t give_body(char *into, size_t size, size_t count, void *owner)
{
    struct exchange *exchange = owner;
    struct connection *connection = exchange->connection;
    const struct dissected *request = &exchange->request;
    exchange->paused = connection->until < connection->message->length;
    if (exchange->paused)
        return CURL_READFUNC_PAUSE;
    size_t left = request->body_length - connection->sent, length = size * count;
    length = length < left ? length : left;
    memcpy(into, request->body + connection->sent, length);
    connection->sent += length;
    return length;
}

/* Where libcurl sends the request again. */
static int rewind_body(void *owner, curl_off_t offset, int origin)
{
    struct exchange *exchange = owner;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > exchange->request.body_length)
        return CURL_SEEKFUNC_FAIL;
    exchange->connection->sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static int note_connected(void *owner, char *ours, char *theirs, int our_port, int their_port)
{
    (void)ours, (void)theirs, (void)our_port, (void)their_port;
    ((struct exchange *)owner)->connection->connected = true;
    return CURL_PREREQFUNC_OK;
}

static enum progress progress_of(struct exchange *exchange, CURLcode code)
{
    long version = 0, connected = 0;
    if (exchange->abandoned)
        return PROGRESS_ABANDONED;
    if (exchange->route.refused)
        return PROGRESS_FORBIDDEN;
    if (exchange->route.again)
        return exchange->connection->received == 0 ? PROGRESS_STALE : PROGRESS_BROKEN;
    curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &connected);
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PROXY ||
        route_is_untrusted(code) || (code != CURLE_OK && connected >= 300))
        return PROGRESS_REFUSED;
    curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_VERSION, &version);
    return code == CURLE_OK && version == CURL_HTTP_VERSION_2_0 ? PROGRESS_ANSWERED : PROGRESS_BROKEN;
}

static void on_done(void *owner, CURL *easy, CURLcode code)
{
    struct exchange *exchange = owner;
    struct connection *connection = exchange->connection;
    enum progress progress = progress_of(exchange, code);
    connection->why = code != CURLE_OK ? curl_easy_strerror(code) : "not an answer in HTTP/2";
    dissected_release(&exchange->request);
    event_del(&exchange->poke);
    if (progress == PROGRESS_ANSWERED)
        connection->used = connection->reusable = connection->response.keep_alive = true;
    if (connection->used) /* else libcurl 7.88 greets a cleartext peer anew at each request, and fails */
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_0);
    connection->wire->progressed(connection->wire->owner, connection, progress);
}

static void set_method(CURL *easy, const struct dissected *request, bool head)
{
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (head)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (request->body_length > 0 || strcmp(request->method, "POST") == 0)
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, request->target);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->fields);
}

static void on_poke(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct exchange *exchange = owner;
    if (exchange->route.socket != CURL_SOCKET_BAD)
        multi_poke(exchange->multi, exchange->route.socket);
}

static void open_exchange(struct connection *connection)
{
    const struct stream_setting *setting = &connection->wire->setting;
    struct exchange *exchange = connection->exchange = xcalloc(1, sizeof *exchange);
    exchange->connection = connection;
    exchange->multi = multi_new(setting->base);
    event_assign(&exchange->poke, setting->base, -1, EV_PERSIST, on_poke, exchange);
    CURL *easy = exchange->easy = curl_easy_init();
    if (easy == NULL)
        abort(); /* fails only without memory */
    route_apply(&exchange->route, easy, setting->origin, "/", setting->allow);
    exchange->route.single = true;
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, note_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L); /* the waiting is ours: message.pause */
}

static enum progress send_http2(struct connection *connection, const struct message *message)
{
    const struct stream_setting *setting = &connection->wire->setting;
    if (!allow_permits(setting->allow, (const struct sockaddr *)&setting->origin->address))
        return PROGRESS_FORBIDDEN;
    if (!connection->open) {
        open_exchange(connection);
        connection->open = true;
        connection->connected = connection->used = false;
    }
    struct exchange *exchange = connection->exchange;
    exchange->final = exchange->paused = exchange->abandoned = false;
    dissect(&exchange->request, message);
    set_method(exchange->easy, &exchange->request, message->head);
    multi_add(exchange->multi, exchange->easy, on_done, exchange);
    event_add(&exchange->poke, &(const struct timeval){.tv_usec = POKE_MS * 1000});
    return PROGRESS_UNDER_WAY;
}

static void close_http2(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    connection->exchange = NULL;
    event_del(&exchange->poke);
    if (exchange->request.method != NULL) /* a request is under way */
        multi_remove(exchange->multi, exchange->easy);
    curl_easy_cleanup(exchange->easy);
    multi_free(exchange->multi);
    dissected_release(&exchange->request);
    route_release(&exchange->route);
    free(exchange);
}

const struct connection_kind connection_http2 = {
    .send = send_http2, .go_on = go_on_http2, .close = close_http2, .opened = NULL};
