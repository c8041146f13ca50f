/* The hunt as a search: asks for trials, is told what they showed, and says which smallest mixes grow. Pure.
 *
 * The strategy is written straight down, as one would tell it, and is gone through from the start each time
 * something was told: a question that has its answer returns it, the first one that has none is what is asked
 * next. So the search holds nothing but the answers, in whatever order they came: told the answers of an
 * earlier run it goes on where that one ended, and what can be asked at once (`search_ask`, several) can be
 * measured at once.
 *
 *   warm up     the whole mix, pass by pass, until it is flat or grows steadily
 *   screen      each endpoint in solo blocks, against its own noise; what grows gets its long solo at once, what
 *               is unclear longer blocks
 *   long solo   each suspect, until its bound shows or the promised calls have passed
 *   alone       each finding alone on a fresh server; what does not grow there has its partners looked for, and where
 *               nothing bears it out, its long solo once more: growth that does not come again is taken back
 *   idle        what time adds, so slowly that warming up did not show it
 *   rest        the whole mix without the findings: the authority to the end; where nothing grows, what moves so much that
 *               it may hide something gets its long solo
 *   narrow      which of its recorded requests do
 *   hold        is what was kept still there long after? What was a window of time stays out of the rest
 *   set         the rest grows: which smallest set of it does (analysis/seek.h)
 *   together    that set alone on a fresh server; held like any other finding
 *
 * A prior says where to look first, and nothing else. Suspected endpoints are screened before the others, each that grows gets
 * its long solo before the next one is looked at, and where only a set of the rest grows the search over sets begins with
 * them. What is asked before something is called a finding, or flat, is the same for all: a wrong prior costs questions. By
 * simulation (27 kinds of services, 1,000 of each): with the leak among two suspects 18.6 questions until the first finding, with
 * three that do not leak 26.3, with none 25.2; of one endpoint that leaks alone 4.9, 17.6 and 17.5. 26,550, 26,534 and 26,548 end
 * right, in 188, 204 and 192 something is blamed that does not leak; where no sets are asked for all three end alike.
 *
 * What one answer says is doubted where others do not fit it: a finding that seems flat alone though it never was flat
 * while partners were looked for, a partner that does not suffice, a set that does not grow alone, a rest that no set
 * explains. Each is asked once more, under another number.
 *
 * By simulation (tests/unit/test_search.c), where 1 to 5 % of the answers are wrong and as many unclear: of 1,800 services
 * that leak in one of 18 ways, all is found as what it is, and nothing else, in 97.9 %; in 1.3 % something stays hidden, as
 * the rest is wrongly measured flat; in 0.6 % something is blamed that does not leak. Of 900 that do not, two have a
 * finding: both cannot be restarted, so that no fresh server contradicts a wrong answer.
 */
#ifndef SEEP_ANALYSIS_SEARCH_H
#define SEEP_ANALYSIS_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What a question is about; `on` says where it is measured. */
enum ask {
    ASK_WARM_UP, /* warm: the whole mix; who lands, does it grow */
    ASK_SCREEN,  /* warm (fresh where only RSS is there): short solo blocks of the suspect */
    ASK_SCREEN_LONGER,
    ASK_LONG_SOLO, /* warm (fresh): the suspect alone until its bound shows, or the calls promised */
    ASK_REST,      /* warm (fresh): the mix without `members` */
    ASK_SET,       /* warm: does the mix of `members` grow, in a few passes? */
    ASK_TOGETHER,  /* fresh: `members` in even numbers */
    ASK_TURNS,     /* warm: two `members` in turns: who pays for whom */
    ASK_ALONE,     /* fresh: the suspect, at the rate that its long solo had */
    ASK_PARTNERS,  /* fresh: after `members`, which further endpoint brings the suspect's rate back? */
    ASK_AFTER, /* fresh: the suspect is flat, then `members` are called, then it must grow; and the reverse */
    ASK_HOLD,  /* warm: is what the suspect, or `members` together, kept still there? */
    ASK_IDLE,  /* warm: what does time add, while nothing is sent? */
    ASK_NARROW, /* fresh: which requests of the suspect's recording grow? */
    ASK_SITES,  /* fresh: snapshots around a finding's members */
    ASK_TRIAL, /* fresh: the mix of `members` and nothing else; where only RSS is there, and what strategies for
                      comparison ask */
    ASK_COUNT
};
const char *ask_name(enum ask ask); /* "warm_up", "screen", ... */

#define NOBODY ((size_t)-1)

struct question {
    enum ask ask;
    size_t suspect; /* endpoint; NOBODY where the question has none */
    /* Endpoints, rising; of ASK_PARTNERS, ASK_AFTER and ASK_SITES in the order in which they are called. Borrowed until
     * the next search_ask(). */
    const size_t *members;
    size_t count;
    unsigned attempt; /* the same again where an answer is doubted: 0, 1, ... */
};

/* Its identity within a hunt: "screen 3", "set 1,4,9 #1"; equal questions of equal services have equal ones. */
char *question_identity(const struct question *question);
/* The question that has this identity; its members are then the caller's. ERR_INTERNAL: there is none. */
int question_parse(const char *identity, struct question *question, size_t **members, struct err *err);

enum told {
    TOLD_FLAT,
    TOLD_GROWS,
    TOLD_UNCLEAR,
    TOLD_OUT, /* it was not exercised: its answers were not those recorded */
};

/* How the members of a finding depend on one another. */
enum order {
    ORDER_NONE,
    ORDER_AFTER,  /* the last grows once the others were called */
    ORDER_EITHER, /* each grows after the other */
    ORDER_PAYS,   /* each call of the first lets one of the second keep something */
};

#define SEARCH_LEANS_MUCH                                                                                    \
    3e-3 /* three standard errors: the scores of what is unclear are thousandths of them */

#define SEARCH_HIDES_MOST 64.0 /* bytes per call: what hides more is no "no growth" */

struct answer {
    enum told told;
    /* ASK_SCREEN, ASK_SCREEN_LONGER, TOLD_UNCLEAR: what each call may keep and not be seen by it, bytes. */
    double hides;
    /* How far above the floor: orders the suspects. With TOLD_UNCLEAR, above 0: it seems to grow; of a first short look
     * above SEARCH_LEANS_MUCH: so much that no longer look is needed before its long solo. */
    double score;
    double
        moves; /* ASK_SCREEN: how far the signals may move by themselves while it is called, in floors; 0: unknown */
    double probability; /* ASK_SET: that it grows, as far as this one measurement tells; else NaN */
    size_t partner;     /* ASK_PARTNERS; NOBODY: none */
    enum order order;   /* ASK_AFTER, ASK_TURNS */
    bool
        window; /* ASK_HOLD, ASK_LONG_SOLO, ASK_TOGETHER, TOLD_FLAT: what was kept went away without traffic */
    /* ASK_WARM_UP: a reading takes so long that sets are halved instead of screening each. ASK_SCREEN: it keeps so much that
     * readings will take long: its long solo comes first. */
    bool dear;
    const bool *out; /* ASK_WARM_UP: by endpoint, answers that are not those recorded; or NULL. Copied. */
};

enum standing {
    STANDING_OUT,     /* not usable, or not exercised: never cleared */
    STANDING_UNKNOWN, /* not judged yet, or nothing could say */
    STANDING_CLEAR,   /* screened: flat */
    STANDING_BOUNDED, /* grew, and stopped */
    STANDING_SUSPECT, /* screened: grows */
    STANDING_FOUND,   /* part of a finding */
};

enum found {
    FOUND_ALONE,
    FOUND_LATCHED,
    FOUND_TOGETHER, /* joint or consumed: `order` says which */
    FOUND_IN_MIX,   /* grows on a server that has served the mix; not alone, and no partner was shown */
};

struct search_finding {
    enum found found;
    size_t suspect;  /* whose requests grow; NOBODY: any of them */
    size_t *members; /* in the order told: those that come first are first */
    size_t count;
    enum order order;
    bool isolated;     /* shown on a fresh server without the rest */
    bool held;         /* shown to stay without traffic */
    char *measured;    /* identity of the question whose answer has its rate */
    double confidence; /* of the set, from the search over sets; 1 where there was none */
};

enum search_strategy {
    SEARCH_SEEP,
    SEARCH_LINEAR, /* for comparison, over ASK_TRIAL: each endpoint alone, */
    SEARCH_BINARY, /* halves of the mix, */
    SEARCH_DDMIN,  /* delta debugging (analysis/reduce.h) */
};

/* One endpoint that is suspected before anything is measured. */
struct search_prior {
    size_t endpoint;
    double probability; /* that it grows, above 0 */
};

struct search_options {
    size_t endpoints;
    const bool *usable; /* by endpoint */
    bool live;          /* a signal is read after a collection: one server serves the screen */
    bool restartable;   /* fresh servers can be had; false: attached */
    bool
        apart; /* each question has a server of its own: none is kept from another one, so all that can be asked is asked at once */
    bool sites;    /* snapshots can be taken */
    bool narrow;   /* of a finding's requests it can be asked which grow */
    uint64_t seed; /* order of the screen */
    enum search_strategy strategy;
    /* In the order in which they are looked at, each endpoint once; NULL: none. */
    const struct search_prior *prior;
    size_t prior_count;
};

struct search;
struct search *search_new(const struct search_options *options);
void search_free(struct search *search);

/* The questions that can be measured now, in the order in which one would take them one by one: at most
 * `most`; 0: the search has ended. */
size_t search_ask(struct search *search, struct question *questions, size_t most);

/* An answer, to a question that was asked or that will be (those of an earlier run). */
void search_tell(struct search *search, const struct question *question, const struct answer *answer);

/* The answer that was told; NULL: none. */
const struct answer *search_told(const struct search *search, const struct question *question);

/* What is known now, whether the search has ended or not; lives until the next ask or tell. */
struct search_state {
    const enum standing *standings; /* by endpoint */
    const bool *left_out;           /* by endpoint: the last check of the rest was, or is to be, without it */
    const struct search_finding *findings;
    size_t finding_count;
    enum told rest; /* of the last check: the mix without the findings */
    bool rest_checked;
    bool ended; /* nothing is left to ask */
};
struct search_state search_state(struct search *search);

#endif
