/* Bodies of requests by what they hold. Inside traffic/redact* only. */
#ifndef SEEP_TRAFFIC_REDACT_BODY_H
#define SEEP_TRAFFIC_REDACT_BODY_H

#include "model/request.h"
#include "traffic/redact_find.h"

/* JSON, a form, multipart (each part in its turn), XML, or text. Adds to the spans. */
void find_body(struct finder *finder, const struct request *request);

#endif
