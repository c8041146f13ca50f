/* Tokens by their shape, each at its first byte: how long it is, or 0. Inside base/secret* only. */
#ifndef SEEP_BASE_SECRET_TOKENS_H
#define SEEP_BASE_SECRET_TOKENS_H

#include <stddef.h>

/* Three parts of base64url or more, the first of which is a JSON object. Source: RFC 7519, RFC 7516. */
size_t secret_jwt_size(const char *bytes, size_t length);

/* What stands behind "Bearer " or "Basic ", *skip bytes further on. Source: RFC 6750, RFC 7617. */
size_t secret_scheme_size(const char *bytes, size_t length, size_t *skip);

/* A private key in PEM, with its first and last line, or to the end where it is cut. Source: RFC 7468. */
size_t secret_pem_size(const char *bytes, size_t length);

/* Of a vendor's that begins in a known way. */
size_t secret_vendor_size(const char *bytes, size_t length);

#endif
