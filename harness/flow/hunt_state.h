/* What the files of a hunt share; private to flow/hunt*.c. */
#ifndef SEEP_FLOW_HUNT_STATE_H
#define SEEP_FLOW_HUNT_STATE_H

#include <pthread.h>

#include "analysis/growth.h"
#include "analysis/idle.h"
#include "analysis/narrow.h"
#include "analysis/screen.h"
#include "analysis/search.h"
#include "base/strings.h"
#include "flow/deciders.h"
#include "flow/hunt.h"
#include "flow/lanes.h"
#include "flow/levels.h"

/* What an answer rests on, beyond what the search needs to know. Kept in the store with it (hunt_detail.c). */
struct detail {
    struct growth_answer by_decider[DECIDERS_MOST];
    double per_read[DECIDERS_MOST];   /* ASK_WARM_UP, ASK_IDLE: what each of our own readings adds, */
    double per_second[DECIDERS_MOST]; /* and what time does without requests */
    struct idle_answer idle[DECIDERS_MOST];
    double gained[DECIDERS_MOST]; /* units, from the first reading to the last; NaN: not read */
    struct growth_answer rss;     /* ASK_REST: the trip wire beside live signals */
    bool rss_known;
    uint64_t calls;       /* that the answers rest on */
    double pass_requests; /* ASK_REST: of one pass of the mix */
    double held_s;        /* for how long nothing was sent before it was still there; NaN: not tried */
    size_t workers; /* ASK_WARM_UP: several behind one port, a page is answered by any of them; else 0 */
    char *why;      /* in words: why it was cleared, did not land or is unclear; NULL */
    char **out_why; /* ASK_WARM_UP: by endpoint, why it did not land; NULL where it did; or NULL */
    struct strings caveats;
    struct site_growth *sites;
    size_t site_count;
    char *requests;        /* ASK_NARROW: those that grow, in words; NULL: each, or not known */
    double requests_share; /* of the recording */
    size_t examples[NARROW_EXAMPLES_MOST]; /* indices in the recording: each grew by itself */
    size_t example_count;
};
void detail_init(struct detail *detail);
void detail_release(struct detail *detail, size_t endpoints);

/* One question that was answered. */
struct probed {
    char *identity;
    struct question question; /* its members are owned */
    size_t *members;
    struct answer answer;
    struct detail detail;
    bool *out; /* answer.out, owned */
    int64_t trial;
    int64_t reused_from;
    double started_s, ended_s;
    uint64_t requests;
};
void probed_release(struct probed *probed, size_t endpoints);

/* What a long solo kept, to be read again on the same server once its traffic has long been over. */
struct kept {
    size_t decider; /* the one that grew */
    double level, gained;
    double window;     /* of what it gained, a window's share */
    double filled;     /* place.filled of that decider then */
    uint64_t readings; /* place.readings then */
    int64_t trial;     /* the server it is on; 0: nothing to be read again */
    double ended_s;
};

/* Where questions are measured: a lane, the server that is up on it, and what is known of that server. */
struct place {
    struct hunt *hunt; /* only read while the place is busy */
    struct trials *trials;
    size_t lane;
    struct deciders deciders;     /* what our own readings and time add is this server's */
    bool warm;                    /* the server has served the whole mix until it was flat or grew steadily */
    char *proven;                 /* what the present fresh server has been driven with: "alone 3"; NULL */
    double filled[DECIDERS_MOST]; /* what solos and passes on the warm server have added to each, so far */
    uint64_t readings;            /* of ours, so far */
    struct kept *kept;            /* by endpoint */
    struct probed *probed;        /* under way; NULL: free */
};

struct hunt {
    const struct hunt_options *options;
    const struct service *service;
    struct result *result;
    struct lanes *lanes;
    struct search *search;
    struct place *places; /* one for each lane; the first is the warm server's */
    size_t place_count;
    size_t signal_count;       /* in the watch */
    struct deciders deciders;  /* as chosen */
    bool *usable, *not_chosen; /* by endpoint; not chosen: the user asked for others */
    bool restartable;
    bool sites;            /* snapshots can be taken, as a driver elsewhere told */
    struct probed **early; /* answers of the first driver, from before there was a search */
    size_t early_count;
    double gain_per_pass;      /* of the rest, when it was last seen to grow; NaN */
    double rest_pass_requests; /* of such a pass */
    size_t rest_decider;       /* the one that grew then */
    char **endpoint_digests;   /* for the keys of probes; NULL: nothing is reused */
    enum halt halt;            /* what ended the hunt before its end, and why */
    char *halt_why;
    unsigned retried; /* trials whose server died or passed its ceiling, and that were begun again */
    unsigned lost;    /* trials of a swarm that were lost with their driver, and begun again */
    pthread_mutex_t lock;
    struct probed **probes; /* in the order of the answers; under the lock */
    size_t probe_count;
};

/* hunt() in its steps. `options` is changed where it leaves something open; both live as long. hunt_release() also after a
 * failed hunt_open(). */
void hunt_init(struct hunt *hunt, struct hunt_options *options, struct result *result);
int hunt_open(struct hunt *hunt, struct err *err); /* lanes, what decides, which endpoints */
void hunt_look(
    struct hunt *hunt); /* starts the first server: which signals there are is known once it runs */
void hunt_make_search(struct hunt *hunt); /* once it is known what decides */
void hunt_release(struct hunt *hunt);
void hunt_end_early(struct hunt *hunt, enum halt halt, const char *why); /* the first reason stays */

/* The same where drivers on a swarm measure (hunt_away.c). */
void hunt_away_look(struct hunt *hunt);
void hunt_away_ask_and_tell(struct hunt *hunt);

/* Measures place->probed->question; answer and detail are filled as far as it came. -1: the lane halted. */
int hunt_measure(struct place *place);
bool hunt_wants_warm(const struct hunt *hunt, enum ask ask); /* on the server that has served the whole mix */

/* The answer to a question that was told, with all that it rests on; NULL: none. */
const struct probed *hunt_probed(const struct hunt *hunt, const char *identity);
const struct probed *hunt_probed_about(const struct hunt *hunt, enum ask ask, size_t suspect);

/* The newest answer about the question's members together; NULL: none. */
const struct probed *hunt_probed_together(const struct hunt *hunt, const struct question *question);

/* Reads and appends; requests counted from 0 at the first. */
int hunt_level(struct place *place, struct levels *levels, double requests);

/* Judges one decider on levels, our own readings taken off, and stores the measurement. */
struct growth_answer hunt_judge(struct place *place, enum step step, const char *mix,
                                const struct levels *levels, const struct decider *decider);

/* Every decider, into the detail. True when one grows; *first is the first of them. */
bool hunt_judge_all(struct place *place, enum step step, const char *mix, const struct levels *levels,
                    size_t *first);

/* The first decider that grew in an answer; 0: none did. */
size_t hunt_first_that_grows(const struct hunt *hunt, const struct detail *detail);

/* Stores a measurement. */
void hunt_measured(struct place *place, enum step step, const char *mix, const struct decider *decider,
                   uint64_t requests, double per_request, struct interval interval, enum verdict verdict,
                   const char *note);

/* Measures `windows` windows of `calls` requests each of one endpoint on the present server. Ends before when every
 * decider has stopped growing for `calm` windows (0: never), or when it does not land. levels is initialised here;
 * hunt_solo_on() goes on after its last row. */
int hunt_solo(struct place *place, enum step step, size_t endpoint, size_t windows, uint64_t calls,
              size_t calm, struct levels *levels);
int hunt_solo_on(struct place *place, enum step step, size_t endpoint, size_t windows, uint64_t calls,
                 size_t calm, struct levels *levels);

/* One pass of the endpoints in `in`: each is called as often as in a pass of all of them. Adds to *requests. */
int hunt_pass(struct place *place, enum step step, const char *mix, const bool *in, uint64_t *requests);
/* Requests of one endpoint in a pass: its whole recording, so that each pass holds the same rare triggers; thinned where all
 * together are too long. Leaving another out changes nobody's count. */
uint64_t hunt_in_pass(const struct hunt *hunt, size_t endpoint);
double hunt_pass_requests(const struct hunt *hunt, const bool *in);

/* Who takes part: all that can be used and land, without `left_out`. Returns how many. */
size_t hunt_mix(const struct hunt *hunt, const size_t *left_out, size_t count, bool *in);

#define HUNT_READING_CALLS 600 /* over which what a reading of ours adds would look like growth */
#define HUNT_KEPT_MOST_BYTES (256.0 * 1048576)

/* Of `calls` of an endpoint as many as it may keep so many bytes by, as far as its screen or its long solo knows its
 * rate: a heap of gigabytes ends its server, and each reading of it takes seconds. At least 16. Where they only fill what is
 * measured after: a quarter of the bytes. */
uint64_t hunt_affordable_fill(const struct hunt *hunt, size_t endpoint, uint64_t calls);
uint64_t hunt_affordable(const struct hunt *hunt, size_t endpoint, uint64_t calls);

/* Calls of one window of a long solo. A reading is compared only with one that as many came before: what a server holds
 * for as long as it is busy (code that is compiled, buffers) is not kept. */
uint64_t hunt_window_calls(const struct hunt *hunt, size_t endpoint);

/* `calls` requests of one endpoint that nobody measures: fills what others emptied. */
int hunt_prime(struct place *place, enum step step, size_t endpoint, uint64_t calls);

#define HUNT_TOGETHER "the smallest set that grows" /* as its trials and measurements are called */

/* A window of the question's members in even numbers, all together a sixteenth of --confirm, not read; adds its requests to
 * *done (NULL: not counted). */
int hunt_even(struct place *place, enum step step, const struct question *question, uint64_t *done);
/* Such windows, each read; goes on after the last row of `levels`. */
int hunt_even_on(struct place *place, enum step step, const struct question *question, size_t windows,
                 struct levels *levels);

/* After a block: false, with the reason in the detail, when the endpoint's answers were not those recorded. */
bool hunt_landed(struct place *place, size_t endpoint);

/* A fresh server for this question, which it is said to be driven with. */
int hunt_fresh(struct place *place, enum step step, const char *mix);

/* The rate that its long solo had, in the first decider that grew: what every later step must reproduce. */
struct wanted {
    const struct decider *decider; /* of the place */
    double rate;                   /* per request; NaN */
};
struct wanted hunt_wanted(const struct place *place, size_t suspect);

/* The fresh server that showed a finding, where the place has it; else another one. */
int hunt_on_its_server(struct place *place, enum step step, const struct question *question);

/* By RSS alone, of a server that has served nothing but `mix`; *score: its growth in floors. */
enum told hunt_judge_fresh(struct place *place, enum step step, const char *mix, const struct levels *levels,
                           double *score);

/* What our own readings add on a server that is warm, and what time does where that shows in pauses as long as a pass, into
 * place->deciders. */
int hunt_null_block(struct place *place, double pass_s, struct idle_answer *answers);

/* The answer that knows best what time adds; NULL: none does. */
const struct probed *hunt_idle_known(const struct hunt *hunt);

/* The warm server is up on this place, or is made so. */
int hunt_make_warm(struct place *place);

/* Adds what a solo or the passes of a mix gained in each decider to place->filled. */
void hunt_filled(struct place *place, const struct levels *levels);

/* Soon after a long solo (`levels`, of decider `index`): did what it kept go away without traffic? */
int hunt_stays(struct place *place, size_t endpoint, size_t index, struct levels *levels, bool *went_away);

/* How long to wait before what a server kept is looked for once more, seconds; less where little time is left. */
double hunt_late_s(const struct place *place);

/* By RSS, which does not fall: after a wait what the question under way is about is driven again, and must rise again; else its
 * memory was free by then, and is used anew. levels: of the growth, in decider `index`; as before when it returns. */
int hunt_rises_again(struct place *place, size_t index, struct levels *levels, bool *went_away);

/* Says of a set that what it kept together went away. */
void hunt_say_set_went_away(const struct hunt *hunt, const struct question *question, struct detail *detail);

const char *hunt_name(const struct hunt *hunt, size_t endpoint);

/* One function for each question; -1: the lane halted. */
typedef int measure_function(struct place *place, const struct question *question, struct answer *answer,
                             struct detail *detail);
measure_function hunt_warm_up, hunt_screen, hunt_long_solo, hunt_rest, hunt_set, hunt_together, hunt_turns,
    hunt_alone, hunt_partners, hunt_after, hunt_hold, hunt_narrow, hunt_sites, hunt_idle, hunt_trial;
measure_function hunt_hold_set; /* ASK_HOLD of several */

/* Tells the search, keeps the answer, and puts it into the store as a probe. Takes `probed`. */
void hunt_told(struct hunt *hunt, struct probed *probed);

struct probed *hunt_probed_new(const struct question *question);

/* Answers and details as JSON, and back. ERR_INTERNAL: not ours. */
char *hunt_detail_write(const struct hunt *hunt, const struct probed *probed);
int hunt_detail_read(const struct hunt *hunt, const char *json, struct probed *probed, struct err *err);

/* Takes an answer for told, without putting it anywhere; the search has to be there. Takes `probed`. */
void hunt_keep(struct hunt *hunt, struct probed *probed);
/* Out of what the store, or a driver, has of it. ERR_INTERNAL: not ours. NULL: `err`. */
struct probed *hunt_probed_read(const struct hunt *hunt, const struct probe *probe, struct err *err);

/* Tells the probes of the run that is resumed. */
int hunt_resume(struct hunt *hunt, struct err *err);
/* An equal measurement of an earlier run, told; false: there is none. */
bool hunt_reuse(struct hunt *hunt, const struct question *question);
char *hunt_key(const struct hunt *hunt, const struct question *question);

/* Bytes that a call may keep and the answer not show: the upper end of its intervals; INFINITY: anything. Where no signal counts
 * bytes, 0 if an object kept by each call would have shown. */
double hunt_hides(const struct hunt *hunt, const struct detail *detail);

/* Whether an endpoint that moves too much to be called flat alone is cleared: the rest of the mix is flat, and alone or in the mix
 * it would have shown SEARCH_HIDES_MOST. */
bool hunt_mix_clears(const struct hunt *hunt, const struct search_state *state, size_t endpoint);
/* What any endpoint that was cleared so may keep per call and not have shown, bytes; 0: there is none. */
double hunt_hidden_most(const struct hunt *hunt, const struct search_state *state);
/* How many endpoints nothing clears and nothing finds. */
size_t hunt_unclear(const struct hunt *hunt, const struct search_state *state);
/* What was cleared and why, and what was not looked at; a caveat of what could not be judged. */
void hunt_say_standings(struct hunt *hunt, const struct search_state *state);

/* From the answers to findings, what was cleared, and the signals' lines. */
void hunt_retell_findings(struct hunt *hunt, const struct search_state *state);

/* One threshold of the result for each limit. */
void hunt_judge_limits(struct hunt *hunt, const struct search_state *state);

/* Verdict, reason, confidence, exit code, projection and the rest of the result. */
void hunt_conclude(struct hunt *hunt);

#endif
