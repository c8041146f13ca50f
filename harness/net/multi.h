/* libcurl's multi interface on libevent: transfers go on while the loop runs. */
#ifndef SEEP_NET_MULTI_H
#define SEEP_NET_MULTI_H

#include <curl/curl.h>
#include <event2/event.h>

struct multi;

/* `easy` is no longer in the multi when it is called; the owner cleans it up. */
typedef void multi_done(void *owner, CURL *easy, CURLcode code);

/* One code that no transfer ends with by itself: multi_free() came first. */
#define MULTI_DROPPED CURLE_ABORTED_BY_CALLBACK

/* libcurl itself, once for all threads; multi_new() does it too. */
void multi_initialise(void);

struct multi *multi_new(struct event_base *base);

/* NULL is fine; ends what is under way with MULTI_DROPPED. Also from `done`. */
void multi_free(struct multi *multi);

/* Starts; `done` is called once, from the loop or from multi_free(). CURLOPT_PRIVATE is taken. */
void multi_add(struct multi *multi, CURL *easy, multi_done *done, void *owner);

/* Has libcurl look at a socket of a transfer although nothing was heard of it: 7.88 sometimes leaves bytes of
 * HTTP/2 in its own buffer, where no event tells of them. May end transfers, as the loop does. */
void multi_poke(struct multi *multi, curl_socket_t descriptor);

/* Takes a transfer that is under way out again; `done` is not called. */
void multi_remove(struct multi *multi, CURL *easy);

#endif
