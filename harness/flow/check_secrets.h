/* What still looks like a secret in a service directory. */
#ifndef SEEP_FLOW_CHECK_SECRETS_H
#define SEEP_FLOW_CHECK_SECRETS_H

#include "base/err.h"
#include "base/strings.h"
#include "model/service.h"

#define CHECK_SECRETS_MOST 10 /* lines of one recording that are named; of the rest how many */

/* Reads every recording and every scenario file once and adds a complaint "FILE:LINE: what" for each line that holds what
 * an import would take out (of scenario files: a credential that does not come from the environment or from a capture),
 * and for each recording that was written with --keep-secrets. Never a value. ERR_USAGE: a file cannot be read. */
int check_secrets(const struct service *service, struct strings *complaints, struct err *err);

#endif
