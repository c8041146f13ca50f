/* Where a run took place, in words, for whoever reads its report elsewhere. */
#ifndef SEEP_FLOW_SURROUNDINGS_H
#define SEEP_FLOW_SURROUNDINGS_H

#include "model/result.h"
#include "model/service.h"

/* Fills result->target ("gunicorn -b '127.0.0.1:${PORT}' app:app; environment: LEAK, DB_PASSWORD; agent python") and
 * result->machine ("Linux 6.1.0 x86_64, 2 processors"). No value of an environment variable is in them: where one
 * of seep's own was filled in, it is a variable again; nor is what is a credential by its shape or by the option
 * or variable that it is given to. */
void surroundings_say(const struct service *service, struct result *result);

#endif
