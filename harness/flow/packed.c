#include "flow/packed.h"

#include <stdlib.h>
#include <string.h>

static void add_part(struct text *out, const char *part, size_t length)
{
    text_add(out, part, length + 1); /* with its NUL */
}

void packed_add(struct text *out, const struct entry *entry)
{
    const struct request *request = &entry->request;
    size_t start = out->length;
    struct packed_head head;
    memset(&head, 0, sizeof head); /* what lies between its members is written too */
    head.source = entry->source;
    head.t_us = request->t_us;
    head.url_hash = entry->url_hash;
    head.headers = entry->bare ? 0 : (uint32_t)request->headers.count;
    head.method_length = (uint32_t)strlen(request->method);
    head.session_length = (uint32_t)strlen(request->session);
    head.url_length = strlen(request->url);
    head.body_length = entry->bare ? 0 : request->body_length;
    head.body_left_out = request->body_left_out;
    head.status = (uint16_t)request->status;
    head.left_out = entry->left_out;
    memcpy(head.redacted, entry->redacted, sizeof head.redacted);
    head.answer_known = request->clues != NULL && !entry->left_out;
    head.clues = head.answer_known ? (uint32_t)request->clues->count : 0;
    text_add(out, &head, sizeof head);
    add_part(out, request->method, head.method_length);
    add_part(out, request->session, head.session_length);
    add_part(out, request->url, head.url_length);
    for (size_t i = 0; i < head.headers; i++) {
        add_part(out, request->headers.items[i].name, strlen(request->headers.items[i].name));
        add_part(out, request->headers.items[i].value, strlen(request->headers.items[i].value));
    }
    if (head.body_length > 0)
        text_add(out, request->body, head.body_length);
    if (head.clues > 0)
        text_add(out, request->clues->items, head.clues * sizeof *request->clues->items);
    while (out->length % sizeof head.t_us != 0)
        text_add_char(out, '\0');
    head.bytes = (uint32_t)(out->length - start);
    memcpy(out->bytes + start, &head, sizeof head);
}

/* Parts are only read through it: `request` has no const members. */
static char *take_part(const char **at, size_t length)
{
    const char *part = *at;
    *at += length + 1;
    return (char *)(uintptr_t)part;
}

/* Copied: they do not lie where a struct may. */
static void read_clues(struct unpacked *unpacked, const char *bytes)
{
    struct clues *clues = &unpacked->clues;
    clues->count = unpacked->head.clues;
    if (clues->count > unpacked->clue_capacity) {
        unpacked->clue_capacity = clues->count;
        clues->items = xrealloc(clues->items, clues->count * sizeof *clues->items);
    }
    if (clues->count > 0)
        memcpy(clues->items, bytes, clues->count * sizeof *clues->items);
    unpacked->request.clues = unpacked->head.answer_known ? clues : NULL;
}

void unpacked_read(struct unpacked *unpacked, const char *bytes)
{
    struct packed_head *head = &unpacked->head;
    struct request *request = &unpacked->request;
    const char *at = bytes + sizeof *head;
    memcpy(head, bytes, sizeof *head);
    request->t_us = head->t_us;
    request->status = head->status;
    request->method = take_part(&at, head->method_length);
    request->session = take_part(&at, head->session_length);
    request->url = take_part(&at, head->url_length);
    if (head->headers > unpacked->capacity) {
        unpacked->capacity = head->headers;
        request->headers.items =
            xrealloc(request->headers.items, unpacked->capacity * sizeof *request->headers.items);
    }
    request->headers.count = head->headers;
    for (size_t i = 0; i < head->headers; i++) {
        request->headers.items[i].name = take_part(&at, strlen(at));
        request->headers.items[i].value = take_part(&at, strlen(at));
    }
    request->body = head->body_length > 0 ? (unsigned char *)take_part(&at, 0) : NULL;
    request->body_length = head->body_length;
    request->body_left_out = head->body_left_out;
    read_clues(unpacked, head->body_length > 0 ? (const char *)request->body + head->body_length : at);
}

void unpacked_release(struct unpacked *unpacked)
{
    free(unpacked->request.headers.items);
    free(unpacked->clues.items);
    *unpacked = (struct unpacked){.capacity = 0};
}
