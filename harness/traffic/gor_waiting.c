#include "traffic/gor_waiting.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/text.h"

struct gor_waiting {
    char *id;
    struct request request; /* no method: the response came first */
    size_t number, bytes;
    int status; /* 0: not yet */
    UT_hash_handle hh;
};

static size_t size_of(const struct request *request)
{
    size_t size = request->body_length + strlen(request->url);
    for (size_t i = 0; i < request->headers.count; i++)
        size += strlen(request->headers.items[i].name) + strlen(request->headers.items[i].value);
    return size;
}

static struct gor_waiting *find(const struct gor_waitings *waitings, const char *id)
{
    struct gor_waiting *found;
    HASH_FIND_STR(waitings->all, id, found);
    return found;
}

static struct gor_waiting *add(struct gor_waitings *waitings, const char *id)
{
    struct gor_waiting *one = xcalloc(1, sizeof *one);
    one->id = xstrdup(id);
    HASH_ADD_KEYPTR(hh, waitings->all, one->id, strlen(one->id), one);
    return one;
}

static void take_off(struct gor_waitings *waitings, struct gor_waiting *one)
{
    HASH_DEL(waitings->all, one);
    waitings->bytes -= one->bytes;
    request_release(&one->request);
    free(one->id);
    free(one);
}

/* A response whose request never came is forgotten. */
static int let_go(struct gor_waitings *waitings, struct gor_waiting *one, struct err *err)
{
    int result = 0;
    if (one->request.method != NULL) {
        waitings->with_status += one->status != 0;
        waitings->without_status += one->status == 0;
        one->request.status = one->status;
        result = sink_each(waitings->sink, &one->request, one->number, one->request.url,
                           strlen(one->request.url), err);
    }
    take_off(waitings, one);
    return result;
}

static int bound(struct gor_waitings *waitings, struct err *err)
{
    while (HASH_COUNT(waitings->all) > GOR_WAITING_MOST || waitings->bytes > GOR_WAITING_BYTES)
        if (let_go(waitings, waitings->all, err) != 0)
            return -1;
    return 0;
}

int gor_waitings_request(struct gor_waitings *waitings, const char *id, struct request *request_take,
                         size_t number, struct err *err)
{
    struct gor_waiting *one = find(waitings, id);
    if (one != NULL && one->request.method != NULL) { /* the same id once more */
        if (let_go(waitings, one, err) != 0) {
            request_release(request_take);
            return -1;
        }
        one = NULL;
    }
    if (one == NULL)
        one = add(waitings, id);
    one->number = number;
    one->bytes = size_of(request_take);
    one->request = *request_take;
    memset(request_take, 0, sizeof *request_take);
    waitings->bytes += one->bytes;
    return one->status != 0 ? let_go(waitings, one, err) : bound(waitings, err);
}

int gor_waitings_status(struct gor_waitings *waitings, const char *id, int status, struct err *err)
{
    struct gor_waiting *one = find(waitings, id);
    if (one == NULL)
        one = add(waitings, id);
    one->status = status;
    return one->request.method != NULL ? let_go(waitings, one, err) : bound(waitings, err);
}

int gor_waitings_end(struct gor_waitings *waitings, struct err *err)
{
    while (waitings->all != NULL)
        if (let_go(waitings, waitings->all, err) != 0)
            return -1;
    return 0;
}

void gor_waitings_release(struct gor_waitings *waitings)
{
    while (waitings->all != NULL)
        take_off(waitings, waitings->all);
}
