/* Where the secrets are in what was recorded, however they are coded there. Inside traffic/redact* only.
 *
 * One pass over the bytes finds what shows by its shape, and tells whether there is anything to decode or to
 * name. Then pairs, JSON, percent-encoding and base64 are gone through, up to FIND_DEEPEST levels within one another.
 */
#ifndef SEEP_TRAFFIC_REDACT_FIND_H
#define SEEP_TRAFFIC_REDACT_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "traffic/redact_view.h"

#define FIND_DEEPEST 6

struct finding_span {
    size_t at, length; /* of the recorded bytes */
    uint8_t place;     /* enum redact_place */
    bool bare;         /* a number of JSON: what stands in for it needs quotes */
};

/* What was said of a name is remembered: names repeat. */
#define FIND_NAMES 256
#define FIND_NAME_BYTES 29
struct found_name {
    uint8_t length; /* of the name; 0: empty */
    uint8_t kind;
    bool header;
    char name[FIND_NAME_BYTES];
};

/* Values of headers in which nothing was found: browsers say the same of themselves each time. */
#define FIND_CLEAN 64
#define FIND_CLEAN_BYTES 254
struct found_clean {
    uint16_t length; /* 0: empty */
    char value[FIND_CLEAN_BYTES];
};

/* Kept from one request to the next, so that a request takes no allocation. All zeros: empty. */
struct finder {
    struct finding_span *spans;
    size_t count, capacity;
    uint8_t place; /* of what is found next */
    struct view_room scratch[FIND_DEEPEST + 1];
    struct found_name names[FIND_NAMES];
    struct found_clean clean[FIND_CLEAN];
};
void finder_release(struct finder *finder);

/* Each adds to the spans, in any order, also the same bytes again. */
void find_url(struct finder *finder, const char *url, size_t length, uint8_t path_place, uint8_t query_place);
void find_header(struct finder *finder, const char *name, const char *value, size_t length);
void find_pairs(struct finder *finder, const struct view *view); /* of a form */
void find_text(struct finder *finder, const struct view *view);  /* anything, JSON too */
void find_line(struct finder *finder,
               const struct view *view); /* of a log, or of a header: also "Name: value" */
void find_whole(struct finder *finder,
                const struct view *view); /* all of it, unless it stands in for a secret already */

/* Of {{captured:name|recorded}}, which is no secret, what was recorded; else the same. */
struct view find_told(const struct view *view);
static inline struct view find_recorded(const struct view *view)
{
    return view->length > 0 && view->bytes[0] == '{' ? find_told(view) : *view;
}

/* What these are made of; depth: levels of coding so far, 0 of the recorded bytes. */
/* Where pairs end: sets of bytes below 64. In a text a value may stand in quotes, and words follow it. */
#define BYTE(character) (UINT64_C(1) << (character))
#define IN_FORM (BYTE('&') | BYTE(';'))
#define IN_QUERY (IN_FORM | BYTE('#') | BYTE('?'))
#define IN_WORDS (BYTE(' ') | BYTE('\t') | BYTE('\r') | BYTE('\n') | BYTE(','))
#define IN_TEXT (IN_QUERY | IN_WORDS | BYTE('"') | BYTE('\'') | BYTE('<') | BYTE('>') | BYTE('(') | BYTE(')'))

enum secret_name find_name(struct finder *finder, const char *name, size_t length, bool header);

unsigned find_by_shape(struct finder *finder, const struct view *view); /* returns enum secret_seen */
void find_in_pairs(struct finder *finder, const struct view *view, uint64_t ends, int depth);
void find_json(struct finder *finder, const struct view *view, int depth);

/* plus: a '+' is a space. Of a value that was looked at by shape already; of anything. */
void find_in_value(struct finder *finder, const struct view *view, bool plus, int depth);
void find_anything(struct finder *finder, const struct view *view, int depth);

bool find_looks_random(struct finder *finder, const struct view *view, bool plus, int depth);

/* Sorts the spans, and makes one of those that touch the same bytes. */
void finder_settle(struct finder *finder);

#endif
