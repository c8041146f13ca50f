/* A small server of pages that are only read, and of event streams (server-sent events: HTML standard, 9.2). It takes
 * GET and HEAD without a body, nothing else, from visitors that visitor_check() knows.
 *
 * A visitor cannot make it grow: PAGES_VISITS_MOST connections (a new one takes the place of the one that has said nothing for
 * longest), 8 KiB of a request, PAGES_FOLLOWERS_MOST streams; 10 s for a header, 75 s between requests, 30 s to take an answer.
 * A page's text is shared by all who get it. A follower that leaves 1 MiB untaken is dropped. */
#ifndef SEEP_NET_PAGES_H
#define SEEP_NET_PAGES_H

#include <event2/event.h>

#include "base/err.h"
#include "base/strings.h"
#include "base/text.h"

enum { PAGES_VISITS_MOST = 32, PAGES_FOLLOWERS_MOST = 12, PAGES_HEAD_MOST = 8 << 10 };

/* Text that several hold; freed with the last. */
struct page_text;
struct page_text *page_text_new(struct text *text_take);
struct page_text *page_text_keep(struct page_text *text); /* one more holder; NULL stays NULL */
void page_text_drop(struct page_text *text);              /* NULL is fine */

struct page_asked {
    const char *path;   /* "/metrics"; without the query */
    const char *accept; /* "" where it was not said */
};

struct page {
    int status;             /* 0: there is no such page */
    const char *type;       /* Content-Type */
    const char *policy;     /* Content-Security-Policy, copied; NULL: nothing is allowed */
    struct page_text *text; /* one holder, given over */
    bool follows;           /* the text is the beginning of a stream; pages_tell() goes on */
};

struct pages_setting {
    struct event_base *base;
    const char *listen;          /* as server_setting.listen */
    const struct strings *names; /* as visitor_rule.names; borrowed */
    void (*answer)(void *owner, const struct page_asked *asked, struct page *page);
    void *owner;
};

struct pages;

/* Errors: as server_new(). */
struct pages *pages_new(const struct pages_setting *setting, struct err *err);
void pages_free(struct pages *pages); /* NULL is fine; all connections are closed */

const char *pages_address(const struct pages *pages); /* with the port that it got */
bool pages_is_loopback(const struct pages *pages);

/* Goes to all followers. */
void pages_tell(struct pages *pages, const char *bytes, size_t length);
size_t pages_followers(const struct pages *pages);
size_t pages_untaken(const struct pages *pages); /* bytes that wait for visitors to take them */

#endif
