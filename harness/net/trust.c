#include "net/trust.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/text.h"

struct trust {
    const struct tls_spec *spec;
    X509_STORE *authorities;
};

static int complain(const char *key, const char *path, struct err *err)
{
    const char *why = ERR_reason_error_string(ERR_peek_error());
    err_set(err, ERR_USAGE, "tls.%s: %s: %s", key, path, why != NULL ? why : "cannot be read");
    ERR_clear_error();
    return -1;
}

static int load_authorities(struct trust *trust, struct err *err)
{
    const char *file = trust->spec->ca;
    trust->authorities = X509_STORE_new();
    if (trust->authorities == NULL)
        abort(); /* fails only without memory */
    /* What `ca` names is trusted, be it a root or not. */
    X509_STORE_set_flags(trust->authorities, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    if (file == NULL)
        X509_STORE_set_default_paths(trust->authorities);
    else if (X509_STORE_load_file(trust->authorities, file) != 1)
        return complain("ca", file, err);
    return 0;
}

static const char *key_file(const struct tls_spec *spec)
{
    return spec->key != NULL ? spec->key : spec->cert;
}

/* Before the first connection rather than at each. */
static int check_own(const struct tls_spec *spec, struct err *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int failed = 0;
    if (SSL_CTX_use_certificate_chain_file(context, spec->cert) != 1)
        failed = complain("cert", spec->cert, err);
    else if (SSL_CTX_use_PrivateKey_file(context, key_file(spec), SSL_FILETYPE_PEM) != 1)
        failed = complain("key", key_file(spec), err);
    SSL_CTX_free(context);
    return failed;
}

struct trust *trust_new(const struct tls_spec *spec, struct err *err)
{
    struct trust *trust = xcalloc(1, sizeof *trust);
    trust->spec = spec;
    if (load_authorities(trust, err) == 0 && (spec->cert == NULL || check_own(spec, err) == 0))
        return trust;
    trust_free(trust);
    return NULL;
}

void trust_free(struct trust *trust)
{
    if (trust == NULL)
        return;
    X509_STORE_free(trust->authorities);
    free(trust);
}

/* A body that is larger than the socket takes goes out record by record, and its buffer may have moved. */
static CURLcode set_context(CURL *easy, void *context, void *owner)
{
    (void)easy;
    const struct trust *trust = owner;
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (trust != NULL)
        SSL_CTX_set1_cert_store(context, trust->authorities);
    return CURLE_OK;
}

void trust_apply(const struct trust *trust, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_context);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, trust);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    if (trust == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (trust->spec->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (trust->spec->cert != NULL) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, trust->spec->cert);
        curl_easy_setopt(easy, CURLOPT_SSLKEY, key_file(trust->spec));
    }
}
