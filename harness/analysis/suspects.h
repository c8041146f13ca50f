/* Which endpoints' requests production's memory grows with. Pure.
 *
 * By simulation (tests/bench/suspects, `worlds score -n 12 -f 70001`, and with `-m other` fleets of another build, on which nothing
 * was chosen): services of 3 to 21 days with 5 to 50 endpoints. A leak is the plainer the more standard deviations someone who
 * knows the memory without it would have to tell its endpoint from others and from time alone; below 4 it is faint, and
 * told apart.
 *
 *                                     leaker among the first three   nothing said   another named
 *   fleets as it was made on            60 % of 93                     34 %           5 %
 *     plain by 4 to 8, to 16, above     35, 67, 80 %
 *   fleets of another build             65 % of 65                     31 %           5 %
 *     plain by 4 to 8, to 16, above     52, 69, 92 %
 *   others always come with it          65, 80 % of 20 and 50          30, 18 %       5, 2 %
 *   nothing leaks: an endpoint is named in 1.3 % of 156 each
 *
 * 95 % intervals of bytes per request hold the truth in about three quarters: they do not know that another model may be right.
 * What is missed most are leaks beside large caches (62 %), what few days show of one instance, and leaks that a deploy ended:
 * of 27 (`-k 6 -n 40 -f 5000`) 44 % are found, 19 % where nothing looks at the versions on one side of a deploy. */
#ifndef SEEP_ANALYSIS_SUSPECTS_H
#define SEEP_ANALYSIS_SUSPECTS_H

#include "model/history.h"
#include "model/suspects.h"

struct suspects_options {
    double limit_bytes; /* of one instance's memory where the history has none; NaN: not known */
    uint64_t seed;      /* of the bootstrap */
};

/* Fills `suspects` but for its source, its queries and `written`; to be released by the caller. That nothing can be said is
 * a result: reason and help say why and what would. */
void suspects_analyse(const struct history *history, const struct suspects_options *options,
                      struct suspects *suspects);

#endif
