/* The engine: takes due requests from a schedule, sends them, hands outcomes back.
 *
 * HTTP/1.1 on raw libevent events (one EV_READ|EV_PERSIST per socket, EV_WRITE
 * only after a short write), plain or through TLS and proxies; HTTP/2 by
 * libcurl; connects when a request is due. Paced by
 * one absolute edge-triggered timerfd on CLOCK_MONOTONIC. An open loop never
 * waits for an answer: requests of other sessions go out on connections of
 * their own; requests of one session wait for their turn and keep their due time.
 * Each request ends exactly once: planned = done + failed + skipped.
 */
#ifndef SEEP_REPLAY_REPLAY_H
#define SEEP_REPLAY_REPLAY_H

#include <stdint.h>

#include "base/err.h"
#include "model/outcome.h"
#include "model/service.h"
#include "net/allow.h"
#include "net/loop.h"
#include "plan/schedule.h"

/* Sent later than so much after it was due, a request counts as late. */
#define REPLAY_LATE_NS INT64_C(10000000)

struct replay_options {
    const struct service *service;
    const struct origin *origin;
    const struct allow *allow; /* checked at each connect */
    const char *run_header;    /* value of X-Seep-Run on each request */
    bool ours;                 /* nobody else uses the server: see service_allows_method() */
    unsigned connections; /* closed loop and blocks: how many at once, 0: 4; open loop: the most, 0: 256 */
    enum reuse reuse;
    struct timeouts timeouts; /* from sending to connected, first byte, whole answer; 0: 5 s, 30 s, 30 s */
    int64_t late_limit_ns;    /* open loop: later than that (and a window) is skipped and counted; 0: never */
    int64_t coalesce_ns;      /* open loop: what is due within such a window goes out together, at its end */
    uint64_t seed;            /* of what is left to chance: who hangs up, fresh keys */
    void (*on_outcome)(void *owner, const struct outcome *outcome);
    void *owner;
};

struct replay;

/* Replays the tapes of the service's endpoints. ERR_USAGE: a header of an endpoint's own that is none. */
struct replay *replay_new(struct loop *loop, const struct replay_options *options, struct err *err);
void replay_free(struct replay *replay);

/* A restarted target has another port. Not during replay_run(). An origin outside `allow` is
 * not refused here: every request to it is skipped, none connects. */
void replay_retarget(struct replay *replay, const struct origin *origin);

enum replay_end {
    REPLAY_WHOLE,       /* the schedule ended and each request with it */
    REPLAY_INTERRUPTED, /* a signal came; what was under way is counted as skipped or failed */
    REPLAY_STOPPED,     /* replay_stop() */
    /* Connects were refused 100 times in a row with nothing answered between: the rest is skipped. */
    REPLAY_TARGET_GONE,
};

/* Runs `schedule` to its end (borrowed). Totals are added to *tally (also on early ends) and *latencies (each may
 * be NULL; counted requests only). Landed: see replay/expect.h. What had been due when the run ended early,
 * or, where the target is gone and the schedule is bounded, all the rest, is skipped and counted. All
 * connections are closed at the end, and the server is given a moment to close its own (stream_hang_up()), so that a probe after a
 * block meets a server without ours.
 *
 * Before a session's first request, or before the first one of all, goes the setup of the service; again where a
 * request is answered 401. Its requests are outcomes that are not counted, of service_endpoint() numbers behind the
 * mix. A setup that fails is tried again with the next
 * request that needs it, three times in a row at most. What a session remembers stays until replay_retarget().
 *
 * Never sent, so skipped: requests with a {{name}} that no answer gave, or whose setup failed; methods that service_allows_method() does not allow, requests outside
 * `allow`, late ones. A request that a reused connection lost before a byte of its answer came is
 * sent once again on a fresh one (RFC 9112, 9.3.1: the peer may have closed it while idle) and
 * counts once. A timed-out request has failed. */
enum replay_end replay_run(struct replay *replay, struct schedule *schedule, struct tally *tally,
                           struct latencies *latencies);

/* Why requests of this endpoint (service_endpoint()) were not sent, or did not land beside their status: the first
 * reason since the engine was made, as words to go on with ("{{csrf}} was not captured"). NULL: none. */
const char *replay_why(const struct replay *replay, size_t endpoint);

/* The same of requests that got no answer: what came instead of one ("a header block or chunk line over its limit",
 * "nothing came within its time"). NULL: none. */
const char *replay_lost(const struct replay *replay, size_t endpoint);

/* Sessions that were forgotten with all they had to remember, since there were too many. */
uint64_t replay_forgotten(const struct replay *replay);

/* From on_outcome or a timer: let nothing more go out, finish what is under way within a second. */
void replay_stop(struct replay *replay);

/* No more is taken from the schedule, but what was, and is due, is sent and ends in its own time; the run ends as a
 * whole one. Takes back a replay_hold(). */
void replay_no_more(struct replay *replay);

/* A closed loop waits, so that what is read of the target is read between requests: once `due` counted requests
 * went out or wait in their sessions (0: now), nothing more goes out, and held() is called once, from the loop, when what is under way has ended. Until
 * replay_go_on(). A run that ends before is not held. Before replay_run(), or from a callback or a timer of it. */
void replay_hold(struct replay *replay, uint64_t due, void (*held)(void *owner), void *owner);
void replay_go_on(struct replay *replay);

/* An open loop never waits, but it has moments when nothing is under way: idle() is called once, from the loop, at the
 * next of them, or where none comes within `most_ns` (give or take a tenth of a second) then, and told how many requests
 * were under way. What falls due is not held up by it. A call that still waits is not replaced; one that a run's end
 * overtakes is dropped. During replay_run(). */
void replay_when_idle(struct replay *replay, int64_t most_ns, void (*idle)(void *owner, size_t under_way),
                      void *owner);

/* Counted requests ended and due so far in the present replay_run() (in an overloaded open loop, those due
 * that wait for a free connection are not in it yet); for progress. */
uint64_t replay_ended(const struct replay *replay);
uint64_t replay_due(const struct replay *replay);

#endif
