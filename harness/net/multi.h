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

struct multi *multi_new(struct event_base *base);

/* NULL is fine; ends what is under way with MULTI_DROPPED. Also from `done`. */
void multi_free(struct multi *multi);

/* Starts; `done` is called once, from the loop or from multi_free(). CURLOPT_PRIVATE is taken. */
void multi_add(struct multi *multi, CURL *easy, multi_done *done, void *owner);

/* Only connects (CURLOPT_CONNECT_ONLY), and `easy` stays in the multi after `done`, for curl_easy_send() and
 * curl_easy_recv(), until multi_remove() or multi_free(), which close the connection. */
void multi_connect(struct multi *multi, CURL *easy, multi_done *done, void *owner);

/* Takes a transfer that is under way, or a connection, out again; `done` is not called. */
void multi_remove(struct multi *multi, CURL *easy);

#endif
