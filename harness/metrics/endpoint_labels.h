/* Which labels of requests name the endpoint. */
#ifndef SEEP_METRICS_ENDPOINT_LABELS_H
#define SEEP_METRICS_ENDPOINT_LABELS_H

#include "base/err.h"
#include "metrics/series.h"

/* Spells a route as endpoints have it: "/cart/<int:id>" -> "/cart/{id}"; the caller's. */
typedef char *route_speller(void *owner, const char *method, const char *route);

/* Labels of the method and of the route, in this order; as known names, else as `given` ("verb,handler") has them. Empty where no
 * label names one. ERR_USAGE: no series has a label that was given. */
int endpoint_labels_choose(const struct series_set *requests, const char *given, struct strings *chosen,
                           struct err *err);

/* "GET /cart/{id}"; of gRPC "POST /shop.Cart/Add"; "all requests" where there is no label. The caller's. */
char *endpoint_labels_name(const struct labels *labels, const struct strings *chosen, route_speller *spell,
                           void *owner);

/* The route alone, as it stands in the labels; the caller's. *method is borrowed; "" where there is none. */
char *endpoint_labels_route(const struct labels *labels, const struct strings *chosen, const char **method);

/* Also what tells no endpoint, and what is summed: status codes and their kind. Never joined. */
bool endpoint_labels_is_known(const char *label);

#endif
