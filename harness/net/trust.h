/* What an https target must show, and what we show it: the authorities that vouch for it, and a certificate of
 * our own. Read once for all connections, which share it: a store of authorities costs a megabyte. */
#ifndef SEEP_NET_TRUST_H
#define SEEP_NET_TRUST_H

#include <curl/curl.h>

#include "base/err.h"
#include "model/service.h"

struct trust;

/* ERR_USAGE: a file that holds no certificate or key, or a key that does not belong to the certificate
 * ("tls.ca: /srv/ca.pem: no start line"). `spec` is borrowed. */
struct trust *trust_new(const struct tls_spec *spec, struct err *err);
void trust_free(struct trust *trust); /* NULL is fine */

/* Gives a handle all of it. NULL: the system's authorities, and nothing of our own. A connection starts from
 * nothing, as another client would: no session is resumed. Buffers of idle connections are given back. */
void trust_apply(const struct trust *trust, CURL *easy);

#endif
