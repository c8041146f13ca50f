/* From what goes through a relay to what is kept of it. Inside flow/record* only. */
#ifndef SEEP_FLOW_RECORD_KEEP_H
#define SEEP_FLOW_RECORD_KEEP_H

#include "flow/record.h"
#include "flow/record_answer.h"
#include "flow/record_spool.h"
#include "net/relay.h"
#include "traffic/session_rules.h"

#define KEEPER_MAGIC UINT32_C(0x6b656570)

struct keeper {
    uint32_t magic;
    const struct record_options *options;
    struct record_counts *counts;
    struct record_top top;
    struct spool spool;
    struct redactor redactor; /* its key also hashes the sessions; it goes at the end */
    struct session_rules rules;
    int64_t started_ns;       /* monotonic: the zero of recorded times */
    struct text raw, session; /* scratch; `session`: room for a session's key */
    struct record_answers answers;
    bool over;                  /* enough was recorded, or the spool failed */
    struct err err;             /* of the spool */
    void (*ended)(void *owner); /* once `over` */
    void *owner;
};

void keeper_release(struct keeper *keeper);

/* For relay_observer; owner: the keeper. */
void *keeper_begin(void *owner, const struct request_head *head, const struct relay_client *client);
void keeper_body(void *owner, void *kept, const char *bytes, size_t length);
bool keeper_answer(void *owner, void *kept, const struct head *head);
void keeper_answer_body(void *owner, void *kept, const char *bytes, size_t length);
void keeper_end(void *owner, void *kept, enum relay_end how, int status);

#endif
