#include "model/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define ITEMS_LEAST ((size_t)4)

void headers_add(struct headers *headers, const char *name, const char *value)
{
    headers_add_take(headers, name, xstrdup(value));
}

void headers_add_take(struct headers *headers, const char *name, char *value_take)
{
    size_t count = headers->count;
    if (count == 0 || (count >= ITEMS_LEAST && (count & (count - 1)) == 0)) /* places come in powers of two */
        headers->items =
            xrealloc(headers->items, (count > 0 ? count * 2 : ITEMS_LEAST) * sizeof *headers->items);
    headers->items[headers->count++] = (struct header){xstrdup(name), value_take};
}

void headers_release(struct headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        free(headers->items[i].name);
        free(headers->items[i].value);
    }
    free(headers->items);
    *headers = (struct headers){NULL, 0};
}

const char *headers_find(const struct headers *headers, const char *name)
{
    int first = name[0] | 0x20; /* most differ there */
    for (size_t i = 0; i < headers->count; i++)
        if ((headers->items[i].name[0] | 0x20) == first && strcasecmp(headers->items[i].name, name) == 0)
            return headers->items[i].value;
    return NULL;
}

void request_release(struct request *request)
{
    free(request->method);
    free(request->url);
    free(request->body);
    free(request->session);
    free(request->endpoint);
    headers_release(&request->headers);
    if (request->clues != NULL)
        free(request->clues->items);
    free(request->clues);
    memset(request, 0, sizeof *request);
}

void recording_release(struct recording *recording)
{
    for (size_t i = 0; i < recording->count; i++)
        request_release(&recording->requests[i]);
    free(recording->requests);
    *recording = (struct recording){NULL, 0, 0};
}

void recording_add(struct recording *recording, struct request *request_take)
{
    if (recording->count == recording->capacity) {
        recording->capacity = recording->capacity > 0 ? recording->capacity * 2 : 16;
        recording->requests =
            xrealloc(recording->requests, recording->capacity * sizeof *recording->requests);
    }
    recording->requests[recording->count++] = *request_take;
    memset(request_take, 0, sizeof *request_take);
}

void request_copy(struct request *copy, const struct request *request)
{
    *copy = (struct request){.t_us = request->t_us, .status = request->status};
    copy->method = xstrdup(request->method);
    copy->url = xstrdup(request->url);
    copy->session = request->session != NULL ? xstrdup(request->session) : NULL;
    copy->endpoint = request->endpoint != NULL ? xstrdup(request->endpoint) : NULL;
    for (size_t i = 0; i < request->headers.count; i++)
        headers_add(&copy->headers, request->headers.items[i].name, request->headers.items[i].value);
    copy->body_length = request->body_length;
    if (copy->body_length == 0)
        return;
    copy->body = xmalloc(copy->body_length);
    memcpy(copy->body, request->body, copy->body_length);
}
