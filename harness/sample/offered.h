/* The signals that a service offers by HTTP: what is asked for, and the values in an answer. Each URL is
 * asked once in a reading, however many signals read from it; one after the other, since a server with one
 * worker would answer so in any case, and traffic comes in between. */
#ifndef SEEP_SAMPLE_OFFERED_H
#define SEEP_SAMPLE_OFFERED_H

#include <stdbool.h>

#include "model/service.h"

/* "gc=1" as a whole parameter of its query, or a name that starts with live_. */
bool offered_collects(const struct signal_spec *spec);

#endif
