/* Places of values in a request, as text: "header Authorization Bearer" (the value is what stands behind the word), "path 3" (a
 * segment, from 0), "query page", "form csrf", "json /order/id". The same place in another request has the same text. */
#ifndef SEEP_TRAFFIC_CLUE_PLACE_H
#define SEEP_TRAFFIC_CLUE_PLACE_H

#include <stdbool.h>

#include "base/strings.h"
#include "base/text.h"
#include "model/request.h"

/* What was rewritten in one request; used again for the next. All zeros: empty. */
struct rewritten {
    struct text url, body, part;
    struct strings headers;
};
void rewritten_release(struct rewritten *rewritten);
void rewritten_clear(struct rewritten *rewritten); /* the request is done with */

/* Puts {{captured:name|recorded}} in the place. The request then points into `rewritten`. False, and nothing changes: there is no such
 * place, or more than one, or what stands there cannot stand in one (base/placeholder.h). Redaction may have gone before. */
bool clue_place_capture(struct request *request, const char *place, const char *name,
                        struct rewritten *rewritten);

#endif
