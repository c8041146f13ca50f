/* What ingest_after and ingest_capture share. Inside these two only. */
#ifndef SEEP_FLOW_INGEST_AFTER_INSIDE_H
#define SEEP_FLOW_INGEST_AFTER_INSIDE_H

#include <stdbool.h>

#include "flow/ingest_after.h"

struct after_session {
    uint64_t session, begun; /* the one that it goes on from, or itself */
};

#define AFTER_PLACES ((size_t)2048) /* a power of two */

/* Where answers of an endpoint give values: a slot of after->places. */
struct after_place {
    uint32_t giver_plus_1; /* 0: none */
    uint8_t kind;          /* enum clue_kind */
    bool first;            /* the first answer has it */
    char where[CLUE_NAME_SIZE];
    uint64_t answers;    /* that have it */
    const char *capture; /* the variable that it fills; NULL: none */
    unsigned told;       /* spots that it fills and that its reason names, or counts */
};

struct after_value {
    uint64_t hash;    /* 0: none */
    uint64_t session; /* that was given it; 0: not known */
    uint32_t place;   /* that gave it */
    bool common;      /* to several sessions, or not given */
};

/* Requests of `taker` that use what a place gave: anywhere, or in one spot. */
struct after_use {
    uint32_t place_plus_1, taker, spot; /* spot: 0: any; else 1 + its index in after->spots */
    bool sure, secret;                  /* all of them */
    uint64_t requests, sessions, values;
    uint64_t last_session, last_value; /* what counts is whether there are two */
};

/* NULL: there is no room for another. */
struct after_use *after_use_of(struct ingest_after *after, uint32_t place, uint32_t taker, uint32_t spot);

/* A request of this session uses this value. */
void after_count(struct after_use *use, uint64_t session, const struct clue *clue);

/* The slot of what was given; AFTER_PLACES: there is no room for another, or it is not known and not to be `made`. */
size_t after_place_of(struct ingest_after *after, uint32_t giver, const struct clue *clue, bool made);

/* Both 0: it has none. */
struct after_session after_session(struct ingest_after *after, const struct request *request);
void after_forget_sessions(struct ingest_after *after); /* for a second pass */

/* Most requests first. */
int after_by_requests(const void *one, const void *other);

/* The taker comes after the giver of the place, unless that would be a circle, or one too many. */
void after_propose(const struct ingest_after *after, struct ingest *ingest, const struct after_use *use);

/* It does, at once or by way of others. */
bool after_reaches(const struct ingest_after *after, const struct ingest *ingest,
                   const struct after_use *use);

#endif
