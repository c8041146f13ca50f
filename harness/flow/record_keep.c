#include "flow/record_keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "traffic/wire.h"

#define CLIENT_LEFT 499 /* nginx's word for it, which a replay reads as a client that hangs up */

struct kept {
    struct request request;
    struct text body;
    struct record_answer answer;
};

static const char *const reason_names[RECORD_REASONS] = {
    [RECORD_WEBSOCKET] = "websocket",  [RECORD_EVENT_STREAM] = "event stream",
    [RECORD_OWN] = "X-Seep-Run",       [RECORD_UNREACHED] = "target not reached",
    [RECORD_UNANSWERED] = "no answer", [RECORD_INCOMPLETE] = "incomplete request",
    [RECORD_TARGET] = "no path",       [RECORD_LATE] = "after the last one",
};

const char *record_reason_name(enum record_reason reason)
{
    return (unsigned)reason < RECORD_REASONS ? reason_names[reason] : "?";
}

static struct keeper *keeper_of(void *owner)
{
    struct keeper *keeper = owner;
    if (keeper->magic != KEEPER_MAGIC)
        abort();
    return keeper;
}

void keeper_release(struct keeper *keeper)
{
    spool_close(&keeper->spool);
    record_answers_release(&keeper->answers);
    record_wipe(&keeper->raw);
    record_wipe(&keeper->session);
    session_rules_release(&keeper->rules);
    redactor_release(&keeper->redactor);
}

static void kept_free(struct kept *kept)
{
    request_release(&kept->request);
    text_release(&kept->body);
    record_answer_release(&kept->answer);
    free(kept);
}

static void add_headers(struct keeper *keeper, const struct head *head, struct request *request)
{
    struct text *raw = &keeper->raw;
    for (size_t i = 0; i < head->count; i++) {
        const struct head_field *field = &head->fields[i];
        text_clear(raw);
        text_add(raw, field->name.bytes, field->name.length);
        text_add_char(raw, '\0');
        text_add(raw, field->value.bytes, field->value.length);
        wire_add_header(&request->headers, raw->bytes, raw->bytes + field->name.length + 1);
    }
}

/* -1: its target is none that could be asked for again. */
static int read_request(struct keeper *keeper, const struct request_head *head, struct request *request)
{
    struct text path = TEXT_EMPTY;
    const char *field;
    int failed = wire_origin_form(head->target.bytes, head->target.length, &path, NULL);
    request->url = text_take(&path);
    request->method = xstrndup(head->method.bytes, head->method.length);
    request->t_us = (clock_now_ns() - keeper->started_ns) / CLOCK_NS_PER_US;
    add_headers(keeper, &head->head, request);
    return failed != 0 || request_fault(request, &field) != NULL ? -1 : 0;
}

/* Its address, its user agent and its connection, a line each: what session_rules_key() takes. */
static char *client_key(struct text *raw, const struct head *head, const struct relay_client *client)
{
    const struct head_field *agent = head_find(head, "User-Agent");
    text_clear(raw);
    text_add_string(raw, client->address);
    text_add_char(raw, '\n');
    if (agent != NULL)
        text_add(raw, agent->value.bytes, agent->value.length);
    text_add_char(raw, '\n');
    text_add_number(raw, (int64_t)client->connection);
    return xstrndup(raw->bytes, raw->length);
}

void *keeper_begin(void *owner, const struct request_head *head, const struct relay_client *client)
{
    struct keeper *keeper = keeper_of(owner);
    if (head_find(&head->head, "X-Seep-Run") != NULL) {
        keeper->counts->passed[RECORD_OWN]++;
        return NULL;
    }
    struct kept *kept = xcalloc(1, sizeof *kept);
    if (read_request(keeper, head, &kept->request) != 0) {
        kept_free(kept);
        keeper->counts->passed[RECORD_TARGET]++;
        return NULL;
    }
    kept->request.session = client_key(&keeper->raw, &head->head, client);
    return kept;
}

void keeper_body(void *owner, void *kept_of, const char *bytes, size_t length)
{
    struct keeper *keeper = keeper_of(owner);
    struct kept *kept = kept_of;
    size_t limit = (size_t)keeper->options->body_limit;
    uint64_t *left_out = &kept->request.body_left_out;
    if (*left_out == 0 && kept->body.length + length <= limit) {
        text_add(&kept->body, bytes, length);
        return;
    }
    *left_out += kept->body.length + length;
    text_release(&kept->body);
}

bool keeper_answer(void *owner, void *kept_of, const struct head *head)
{
    struct keeper *keeper = keeper_of(owner);
    struct kept *kept = kept_of;
    return record_answer_head(&kept->answer, &keeper->answers, head, &kept->request);
}

void keeper_answer_body(void *owner, void *kept_of, const char *bytes, size_t length)
{
    struct kept *kept = kept_of;
    keeper_of(owner);
    record_answer_body(&kept->answer, bytes, length);
}

static void write_it(struct keeper *keeper, struct kept *kept)
{
    struct request *request = &kept->request;
    keeper->counts->without_body += request->body_left_out > 0;
    request->body_length = kept->body.length;
    request->body = kept->body.length > 0 ? (unsigned char *)text_take(&kept->body) : NULL;
    session_rules_hash(&keeper->rules, &keeper->redactor.key, request, keeper->counts->recorded,
                       &keeper->session);
    record_answer_end(&kept->answer, &keeper->answers, request, &keeper->redactor.key);
    redact_request(&keeper->redactor, request);
    keeper->counts->recorded++;
    record_top_add(&keeper->top, request->method, request->url);
    bool failed = spool_add(&keeper->spool, request, &keeper->err) != 0;
    keeper->over = failed || keeper->counts->recorded == keeper->options->requests;
    if (keeper->over)
        keeper->ended(keeper->owner);
}

/* RECORD_REASONS: it is kept. */
static enum record_reason reason_of(const struct keeper *keeper, enum relay_end how, int status)
{
    static const enum record_reason reasons[RELAY_ENDS] = {
        [RELAY_ANSWERED] = RECORD_REASONS,
        [RELAY_LEFT] = RECORD_REASONS,
        [RELAY_CUT] = RECORD_REASONS,
        [RELAY_UPGRADED] = RECORD_WEBSOCKET,
        [RELAY_EVENT_STREAM] = RECORD_EVENT_STREAM,
        [RELAY_UNREACHED] = RECORD_UNREACHED,
        [RELAY_INCOMPLETE] = RECORD_INCOMPLETE,
    };
    enum record_reason reason = how == RELAY_CUT && status == 0 ? RECORD_UNANSWERED : reasons[how];
    return reason == RECORD_REASONS && keeper->over ? RECORD_LATE : reason;
}

void keeper_end(void *owner, void *kept_of, enum relay_end how, int status)
{
    struct keeper *keeper = keeper_of(owner);
    struct kept *kept = kept_of;
    enum record_reason reason = reason_of(keeper, how, status);
    kept->request.status = status != 0 ? status : CLIENT_LEFT;
    if (reason == RECORD_REASONS)
        write_it(keeper, kept);
    else
        keeper->counts->passed[reason]++;
    kept_free(kept);
}
