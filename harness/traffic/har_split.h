/* An HTTP archive cut into its entries as it is read, so that no more of it is held than one entry. Only for har.c.
 *
 * What an entry holds beside its request is kept in short: strings outside of `request` that are long, or not plain
 * ASCII, become "" (messages of WebSockets). Of an answer a string may be as long as a body that is looked at for ids
 * and tokens; what none of these has is a '?' in it. Whether an entry is JSON is for its reader to find; here
 * only brackets, strings and what stands at log.entries are known.
 */
#ifndef SEEP_TRAFFIC_HAR_SPLIT_H
#define SEEP_TRAFFIC_HAR_SPLIT_H

#include "traffic/input.h"

#define HAR_ENTRY_BYTES ((size_t)32 * 1024 * 1024) /* longest that is handed out whole */
#define HAR_STRING_BYTES ((size_t)256)             /* longest that is kept of what is no request */
#define HAR_ANSWER_BYTES ((size_t)512 * 1024)      /* of an answer */

struct har_split {
    struct input *input;
    const char *at, *end; /* the piece that is looked at */
    size_t line, column;  /* of `at`, from 1 and from 0 */
    size_t depth;         /* of open brackets */
    bool in_string, escaped;
    bool in_log, in_entries, in_request, in_answer;
    bool shortening;     /* this string of the entry is kept as "" */
    size_t string_start; /* in `entry` */
    char word[12];       /* the string that was read last, or its beginning */
    size_t word_length;
    struct text entry;
    bool too_long;   /* the entry */
    bool found;      /* there was a list at log.entries */
    size_t number;   /* of entries so far */
    size_t trailing; /* bytes behind the archive, blanks not counted */
};

enum har_piece {
    HAR_ENTRY,    /* whole, in `entry` */
    HAR_TOO_LONG, /* an entry that was dropped */
    HAR_CUT,      /* the input ended within one: its beginning */
    HAR_END,
};

void har_split_init(struct har_split *split, struct input *input);
void har_split_release(struct har_split *split);

/* The next entry; `number` is its own, from 1. Several archives one behind the other are read as one. */
enum har_piece har_split_next(struct har_split *split);

#endif
