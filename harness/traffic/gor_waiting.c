#include "traffic/gor_waiting.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

struct gor_waiting {
    char *id;
    struct request request; /* none: the response came first */
    size_t number, bytes;
    int status; /* of a response that came first */
    UT_hash_handle hh;
};

static size_t size_of(const struct request *request)
{
    size_t size = request->body_length + strlen(request->url);
    for (size_t i = 0; i < request->headers.count; i++)
        size += strlen(request->headers.items[i].name) + strlen(request->headers.items[i].value);
    return size;
}

static struct gor_waiting *find(struct gor_waiting *table, const char *id)
{
    struct gor_waiting *found;
    HASH_FIND_STR(table, id, found);
    return found;
}

static struct gor_waiting *add(struct gor_waiting **table, const char *id)
{
    struct gor_waiting *one = xcalloc(1, sizeof *one);
    one->id = xstrdup(id);
    HASH_ADD_KEYPTR(hh, *table, one->id, strlen(one->id), one);
    return one;
}

static void take_off(struct gor_waiting **table, struct gor_waiting *one)
{
    HASH_DEL(*table, one);
    request_release(&one->request);
    free(one->id);
    free(one);
}

static int hand_out(struct gor_waitings *waitings, struct request *request_take, size_t number, int status,
                    struct err *err)
{
    waitings->with_status += status != 0;
    waitings->without_status += status == 0;
    request_take->status = status;
    return sink_each(waitings->sink, request_take, number, request_take->url, strlen(request_take->url), err);
}

static int let_go(struct gor_waitings *waitings, struct gor_waiting *one, int status, struct err *err)
{
    int result = hand_out(waitings, &one->request, one->number, status, err);
    waitings->bytes -= one->bytes;
    take_off(&waitings->requests, one);
    return result;
}

static int bound(struct gor_waitings *waitings, struct err *err)
{
    while (HASH_COUNT(waitings->requests) > GOR_WAITING_MOST || waitings->bytes > GOR_WAITING_BYTES)
        if (let_go(waitings, waitings->requests, 0, err) != 0)
            return -1;
    return 0;
}

int gor_waitings_request(struct gor_waitings *waitings, const char *id, struct request *request_take,
                         size_t number, struct err *err)
{
    struct gor_waiting *before = find(waitings->requests, id), *early = find(waitings->statuses, id);
    if (before != NULL && let_go(waitings, before, 0, err) != 0) { /* the same id once more */
        request_release(request_take);
        return -1;
    }
    if (early != NULL) {
        int status = early->status;
        take_off(&waitings->statuses, early);
        return hand_out(waitings, request_take, number, status, err);
    }
    struct gor_waiting *one = add(&waitings->requests, id);
    one->number = number;
    one->bytes = size_of(request_take);
    one->request = *request_take;
    memset(request_take, 0, sizeof *request_take);
    waitings->bytes += one->bytes;
    return bound(waitings, err);
}

/* Of those without a request only the last few are kept: the others' went, and they must not push requests out. */
int gor_waitings_status(struct gor_waitings *waitings, const char *id, int status, struct err *err)
{
    struct gor_waiting *one = find(waitings->requests, id);
    if (one != NULL)
        return let_go(waitings, one, status, err);
    one = find(waitings->statuses, id);
    if (one == NULL)
        one = add(&waitings->statuses, id);
    one->status = status;
    if (HASH_COUNT(waitings->statuses) > GOR_STATUSES_MOST)
        take_off(&waitings->statuses, waitings->statuses);
    return 0;
}

int gor_waitings_end(struct gor_waitings *waitings, struct err *err)
{
    while (waitings->requests != NULL)
        if (let_go(waitings, waitings->requests, 0, err) != 0)
            return -1;
    return 0;
}

void gor_waitings_release(struct gor_waitings *waitings)
{
    while (waitings->requests != NULL)
        take_off(&waitings->requests, waitings->requests);
    while (waitings->statuses != NULL)
        take_off(&waitings->statuses, waitings->statuses);
}
