#include "flow/ingest_hand.h"

#include <stdlib.h>

#include "flow/ingest_capture.h"
#include "flow/ingest_names.h"
#include "flow/ingest_survey.h"
#include "flow/ingest_write.h"

/* Where requests are handed out from. */
struct handing {
    struct ingest *ingest;
    struct entries *entries;
    struct ingest_names names;
    struct ingest_after after;
    size_t *place;
};

static int hand_out(void *owner,
                    int (*each)(void *taker, size_t endpoint, const struct request *request, struct err *err),
                    void *taker, struct err *err)
{
    struct handing *handing = owner;
    struct ingest *ingest = handing->ingest;
    struct runs_reader reader;
    struct unpacked unpacked = {.capacity = 0};
    const char *bytes;
    int64_t t_us;
    int result;
    entries_read(handing->entries, &reader);
    while ((result = runs_next(&reader, &bytes, &t_us, err)) == 0 && bytes != NULL) {
        char *unused;
        unpacked_read(&unpacked, bytes);
        struct request *request = &unpacked.request;
        if (unpacked.head.left_out)
            continue;
        size_t named = ingest_names_find(&handing->names, request, unpacked.head.url_hash, &unused);
        size_t index = handing->place[named];
        ingest_capture_rewrite(&handing->after, named, request);
        request->endpoint = ingest->endpoints[index].name;
        request->t_us = t_us - ingest->from_us;
        if ((result = each(taker, index, request, err)) != 0)
            break;
    }
    runs_reader_release(&reader);
    unpacked_release(&unpacked);
    return result;
}

static int keep_request(void *taker, size_t endpoint, const struct request *request, struct err *err)
{
    struct ingest *ingest = taker;
    struct request copy;
    (void)err;
    request_copy(&copy, request);
    recording_add(&ingest->endpoints[endpoint].recording, &copy);
    return 0;
}

int ingest_hand_out(struct ingest *ingest, const struct ingest_options *options, struct entries *entries,
                    struct stage *stage, struct err *err)
{
    struct handing handing = {.ingest = ingest, .entries = entries};
    const struct ingest_requests requests = {hand_out, &handing};
    templates_settle(ingest->templates);
    ingest_names_init(&handing.names, ingest->templates, options->operations);
    int result = ingest_survey(ingest, entries, &handing.names, &handing.after, &handing.place, err);
    if (result == 0 && options->directory != NULL)
        result = ingest_write(ingest, options, stage, &requests, err);
    else if (result == 0)
        result = hand_out(&handing, keep_request, ingest, err);
    ingest_names_release(&handing.names);
    ingest_after_release(&handing.after);
    free(handing.place);
    return result;
}

static int hand_out_kept(void *owner,
                         int (*each)(void *taker, size_t endpoint, const struct request *request,
                                     struct err *err),
                         void *taker, struct err *err)
{
    const struct ingest *ingest = owner;
    int result = 0;
    for (size_t i = 0; i < ingest->endpoint_count; i++)
        for (size_t k = 0; k < ingest->endpoints[i].recording.count && result == 0; k++)
            result = each(taker, i, &ingest->endpoints[i].recording.requests[k], err);
    return result;
}

int ingest_keep(struct ingest *ingest, const struct ingest_options *options, struct err *err)
{
    const struct ingest_requests requests = {hand_out_kept, ingest};
    struct stage stage;
    if (!options->force && ingest_check_directory(options->directory, err) != 0)
        return -1;
    int result = stage_open(&stage, options->directory, err);
    if (result == 0)
        result = ingest_write(ingest, options, &stage, &requests, err);
    stage_release(&stage);
    return result;
}
