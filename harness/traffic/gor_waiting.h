/* Requests that wait for the status of their responses, which a GoReplay file has further on, or before them. Only for
 * gor.c. */
#ifndef SEEP_TRAFFIC_GOR_WAITING_H
#define SEEP_TRAFFIC_GOR_WAITING_H

#include "traffic/reader.h"

/* So many wait, and so many bytes at most; then the oldest goes without. */
#define GOR_WAITING_MOST 8192
#define GOR_WAITING_BYTES ((size_t)8 * 1024 * 1024)
#define GOR_STATUSES_MOST 1024 /* of responses that came before their requests */

struct gor_waiting; /* one of them */
struct gor_waitings {
    const struct sink *sink;
    struct gor_waiting *requests, *statuses; /* oldest first */
    size_t bytes;
    uint64_t with_status, without_status; /* of the requests that were handed out */
};

/* Each hands out what need not wait any longer. Errors: the sink's. */
int gor_waitings_request(struct gor_waitings *waitings, const char *id, struct request *request_take,
                         size_t number, struct err *err);
int gor_waitings_status(struct gor_waitings *waitings, const char *id, int status, struct err *err);
int gor_waitings_end(struct gor_waitings *waitings, struct err *err);

void gor_waitings_release(struct gor_waitings *waitings);

#endif
