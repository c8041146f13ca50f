/* Which endpoint of a service a name of production means: monitoring writes routes as frameworks do, or names handlers. Pure. */
#ifndef SEEP_FLOW_ENDPOINT_ALIKE_H
#define SEEP_FLOW_ENDPOINT_ALIKE_H

#include <stddef.h>

#include "base/strings.h"

/* Fills `found` with those of `endpoints` ("GET /orders/{id}") that `name` means, in their order:
 *   - the one that is called so;
 *   - the one with its method, whose route differs in the names of parameters alone: "GET /orders/:id", "GET /orders/<int:id>",
 *     "GET /orders/[id]", "GET /orders/{orderId:[0-9]+}";
 *   - of a route without a method all with that route: their requests were counted together;
 *   - of the name of a handler ("get_orders_id", "GetOrdersId", "orders.get") the one that its words fit: those of the route, with or
 *     without its parameters, and the method before, behind or left out.
 * None where several fit and only one can be meant. */
void endpoint_alike(const char *name, const struct strings *endpoints, struct strings *found);

#endif
