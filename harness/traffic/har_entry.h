/* One entry of an HTTP archive as a request. Only for har.c. */
#ifndef SEEP_TRAFFIC_HAR_ENTRY_H
#define SEEP_TRAFFIC_HAR_ENTRY_H

#include <jansson.h>

#include "model/request.h"
#include "traffic/reader.h"

/* Fills `request` (all zeros before; request_release() by the caller, also of what is skipped). An entry whose
 * client hung up has status 499. Returns SKIP_REASONS, or why it is not imported. */
enum skip_reason har_entry_read(const json_t *entry, struct request *request);

#endif
