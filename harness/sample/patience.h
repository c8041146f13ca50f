/* How long an answer is waited for. Who said nothing for the whole time will hardly say anything the next time: so that a
 * run with a page that hangs still ends in bounded time, each reading that ran into its limit halves the next one's, down to 2 s; an
 * answer restores it. */
#ifndef SEEP_SAMPLE_PATIENCE_H
#define SEEP_SAMPLE_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct patience { /* all zeros: nothing is known */
    unsigned halvings;
};

/* most_ns: where nothing is known. */
int64_t patience_ns(const struct patience *patience, int64_t most_ns);

/* took_ns: from asking to the answer, or until none came. */
void patience_learn(struct patience *patience, int64_t most_ns, int64_t took_ns, bool answered);

#endif
