/* What a test recorded in endpoint->recording, on tapes, as flow/recordings.c does with files. */
#ifndef SEEP_TEST_TAPED_H
#define SEEP_TEST_TAPED_H

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "replay/render.h"
#include "tape/tape.h"

static inline void untape(struct service *service)
{
    for (size_t i = 0; i < service->endpoint_count; i++) {
        tape_free(service->endpoints[i].tape);
        service->endpoints[i].tape = NULL;
    }
    for (size_t i = 0; i < service->setup_count; i++) {
        tape_free(service->setup[i].endpoint.tape);
        service->setup[i].endpoint.tape = NULL;
    }
    spool_free(service->spool);
    service->spool = NULL;
}

static inline void tape_request_of(const struct service *service, struct endpoint *endpoint,
                                   const struct request *request)
{
    struct err err = {0};
    struct rendering rendering = {0};
    struct tape_request rendered;
    if (render(&rendering, service, endpoint, request, &rendered, &err) != 0 ||
        tape_add(endpoint->tape, &rendered, &err) != 0)
        fail_msg("%s", err.message);
    rendering_release(&rendering);
}

static inline bool is_taped(const struct service *service)
{
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (service->endpoints[i].tape == NULL ||
            tape_count(service->endpoints[i].tape) != service->endpoints[i].recording.count)
            return false;
    return service->spool != NULL;
}

/* Anew where requests were added since. Returns `service`. */
static inline struct service *taped(struct service *service)
{
    if (is_taped(service))
        return service;
    untape(service);
    service->spool = spool_new();
    for (size_t i = 0; i < service->endpoint_count; i++) {
        struct endpoint *endpoint = &service->endpoints[i];
        endpoint->tape = tape_new(service->spool);
        for (size_t k = 0; k < endpoint->recording.count; k++)
            tape_request_of(service, endpoint, &endpoint->recording.requests[k]);
        endpoint->recorded = tape_count(endpoint->tape);
        assert_int_equal(tape_seal(endpoint->tape, NULL), 0);
    }
    for (size_t i = 0; i < service->setup_count; i++) {
        service->setup[i].endpoint.tape = tape_new(service->spool);
        tape_request_of(service, &service->setup[i].endpoint, &service->setup[i].request);
    }
    return service;
}

#endif
