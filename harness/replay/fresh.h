/* New keys in each pass through a recording: a cache that is asked for the same keys again stops growing, one
 * that is asked for new ones need not.
 *
 * A new value is a pure function of the recorded one, the pass and the seed, so that equal values stay equal
 * within a pass, in whatever endpoint and place they occur. It keeps the shape: digits stay digits (of fewer
 * than 9 come 9, else the last 8 change), UUIDs stay UUIDs of their version, hex of 8 digits or more stays hex of
 * that length, everything else gets a suffix ("KB-61265-0c2f1", before an '@'). Different values stay different
 * (digits and suffixes: certainly; UUIDs and hex: as far as chance goes), and so do passes, of which there may be
 * tens of millions. Pass 0 is the recording itself.
 */
#ifndef SEEP_REPLAY_FRESH_H
#define SEEP_REPLAY_FRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pattern.h"
#include "base/text.h"
#include "model/service.h"

/* Which pass through the recording, from 0, and of which run. */
struct pass {
    uint64_t number, seed;
};

/* Appends the value that stands for `original` (as it is meant, nothing of it encoded) in this pass. */
void fresh_value(struct span original, struct pass pass, struct text *out);

/* Appends a request line ("GET /quote/7 HTTP/1.1\r\n") with the new values of its path and query, percent-encoded
 * as they stood or more. Returns whether everything that the endpoint wants fresh there was found; what was not
 * stays as it is. */
bool fresh_line(const struct endpoint *endpoint, struct span line, struct pass pass, struct text *out);

/* The same for a JSON body, in which strings and whole numbers can be fresh; all but these stays byte by byte. */
bool fresh_body(const struct endpoint *endpoint, struct span body, struct pass pass, struct text *out);

#endif
