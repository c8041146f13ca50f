/* What became of one planned request. planned = done + failed + skipped. */
#ifndef SEEP_MODEL_OUTCOME_H
#define SEEP_MODEL_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"

enum outcome_result {
    OUTCOME_DONE,    /* a whole answer came, whatever its status */
    OUTCOME_FAILED,  /* connect, reset, truncated or malformed answer, time-out */
    OUTCOME_SKIPPED, /* never sent: too late, or the run was ended */
};

enum skip {
    SKIP_ENDED,        /* the run ended before its turn, or its method or address is not allowed */
    SKIP_LATE,         /* later than the late limit */
    SKIP_UNCORRELATED, /* a {{name}} in it was never captured */
};

struct outcome {
    size_t endpoint; /* service_endpoint() */
    enum outcome_result result;
    enum skip skip;                   /* of a skipped one */
    bool late;                        /* sent more than a moment (REPLAY_LATE_NS) after it was due */
    bool abandoned;                   /* done, by hanging up after the first byte as planned */
    int status;                       /* 0 unless done */
    int expected_status;              /* as recorded, or as the endpoint's `expect` says; 0: unknown */
    bool landed;                      /* done, and the status was the one expected */
    bool counted;                     /* false for prerequisites (`after`): sent, not part of the mix */
    int64_t due_ns, sent_ns, done_ns; /* CLOCK_MONOTONIC; sent and done 0 when that never happened */
    size_t received_bytes;
};

/* Sums over outcomes; one per endpoint and block, and one for a whole run. */
struct tally {
    uint64_t planned, done, failed, skipped;
    uint64_t landed;       /* of done */
    uint64_t abandoned;    /* of done: hung up on purpose */
    uint64_t late;         /* of done and failed: sent late */
    uint64_t too_late;     /* of skipped: later than the late limit */
    uint64_t uncorrelated; /* of skipped: a {{name}} was never captured */
    uint64_t uncounted;    /* prerequisites sent beside the plan */
    int wrong_status;      /* the first unexpected status, 0 if none */
    int expected_status;   /* what had been recorded there */
    uint64_t received_bytes;
};
void tally_add(struct tally *tally, const struct outcome *outcome);
void tally_merge(struct tally *into, const struct tally *from);

/* Times of outcomes, microseconds; zeroed: empty. In a closed loop a request is due when it is sent: lag is 0. */
struct latencies {
    struct histogram lag;     /* sent - due, of all that was sent */
    struct histogram service; /* done - sent, of whole answers */
    struct histogram total;   /* done - due, of whole answers: what a client waits who comes when it is due */
    double service_sum_us;    /* of all that is in `service` */
};

/* What was never sent counts in none, what brought no whole answer (failed, or hung up on) only in lag. */
void latencies_add(struct latencies *latencies, const struct outcome *outcome);
void latencies_merge(struct latencies *into, const struct latencies *from);
void latencies_release(struct latencies *latencies);

/* What is said of one of them. */
struct times {
    double p50_us, p99_us, max_us; /* 0: nothing was counted */
};
struct times times_of(const struct histogram *histogram);

#endif
