/* A certificate authority of a test's own, and what it signs, as PEM files in a directory of its own. */
#ifndef SEEP_TEST_CERTIFICATE_H
#define SEEP_TEST_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct authority {
    char directory[32];
    char ca[64], cert[64], key[64]; /* files: the authority; what it signed for 127.0.0.1 and shop.example */
};

static inline void authority_extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL || X509_add_ext(certificate, extension, -1) != 1)
        abort();
    X509_EXTENSION_free(extension);
}

/* issuer NULL: signs itself, as an authority. */
static inline X509 *authority_make(EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer, const char *name)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer == NULL ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer != NULL ? issuer : certificate));
    if (issuer == NULL)
        authority_extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    else
        authority_extend(certificate, issuer, NID_subject_alt_name, "IP:127.0.0.1,DNS:shop.example");
    if (X509_sign(certificate, signer, EVP_sha256()) == 0)
        abort();
    return certificate;
}

static inline void authority_write(char path[64], const char *directory, const char *name, X509 *certificate,
                                   EVP_PKEY *key)
{
    snprintf(path, 64, "%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    if (file == NULL || (certificate != NULL && PEM_write_X509(file, certificate) != 1) ||
        (key != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) != 1) || fclose(file) != 0)
        abort();
}

static inline void authority_init(struct authority *authority)
{
    EVP_PKEY *root = EVP_EC_gen("P-256"), *leaf = EVP_EC_gen("P-256");
    X509 *issuer = authority_make(root, NULL, root, "seep test authority");
    X509 *certificate = authority_make(leaf, issuer, root, "seep test server");
    snprintf(authority->directory, sizeof authority->directory, "/tmp/seep-test-XXXXXX");
    if (mkdtemp(authority->directory) == NULL)
        abort();
    authority_write(authority->ca, authority->directory, "ca.pem", issuer, NULL);
    authority_write(authority->cert, authority->directory, "cert.pem", certificate, NULL);
    authority_write(authority->key, authority->directory, "key.pem", NULL, leaf);
    X509_free(issuer);
    X509_free(certificate);
    EVP_PKEY_free(root);
    EVP_PKEY_free(leaf);
}

static inline void authority_release(struct authority *authority)
{
    unlink(authority->ca);
    unlink(authority->cert);
    unlink(authority->key);
    rmdir(authority->directory);
}

/* A server that shows what the authority signed. */
static inline SSL_CTX *authority_server(const struct authority *authority)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, authority->cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, authority->key, SSL_FILETYPE_PEM) != 1)
        abort();
    return context;
}

#endif
