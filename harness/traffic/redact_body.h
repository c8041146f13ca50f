/* Bodies of requests by what they hold. Inside traffic/redact* only. */
#ifndef SEEP_TRAFFIC_REDACT_BODY_H
#define SEEP_TRAFFIC_REDACT_BODY_H

#include "base/pattern.h"
#include "model/request.h"
#include "traffic/redact.h"
#include "traffic/redact_find.h"

/* JSON, a form, multipart (each part in its turn), XML, or text. Adds to the spans. */
void find_body(struct finder *finder, const struct request *request);

/* Its pieces, with the place that a secret found in each would have. */
void body_places(struct finder *finder, const struct request *request,
                 void (*each)(void *owner, enum redact_place place, struct span bytes), void *owner);

#endif
