#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/text.h"

#define CHUNK_BYTES 65536

/* What OpenSSL refuses here (no memory, no SHA-256) leaves nothing to go on with. */
static void must(int status)
{
    if (status != 1)
        abort();
}

struct digest {
    EVP_MD_CTX *context;
};

static EVP_MD_CTX *begin(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    return context;
}

struct digest *digest_new(void)
{
    struct digest *digest = xmalloc(sizeof *digest);
    digest->context = begin();
    return digest;
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
    uint64_t size = length;
    must(EVP_DigestUpdate(digest->context, &size, sizeof size));
    must(EVP_DigestUpdate(digest->context, bytes, length));
}

void digest_add_text(struct digest *digest, const char *text)
{
    digest_add_number(digest, text != NULL);
    if (text != NULL)
        digest_add(digest, text, strlen(text));
}

void digest_add_number(struct digest *digest, int64_t number)
{
    digest_add(digest, &number, sizeof number);
}

static int64_t read_all(int file, EVP_MD_CTX *context)
{
    char *chunk = xmalloc(CHUNK_BYTES);
    int64_t size = 0;
    ssize_t got;
    while ((got = read(file, chunk, CHUNK_BYTES)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0) {
            must(EVP_DigestUpdate(context, chunk, (size_t)got));
            size += got;
        }
    free(chunk);
    return got < 0 ? -1 : size;
}

/* A digest of its own, so that a file that cannot be read to its end leaves nothing behind. */
int64_t digest_add_file(struct digest *digest, const char *path)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return -1;
    EVP_MD_CTX *context = begin();
    int64_t size = read_all(file, context);
    int number = errno;
    close(file);
    must(EVP_DigestFinal_ex(context, sum, &length));
    EVP_MD_CTX_free(context);
    errno = number;
    if (size >= 0)
        digest_add(digest, sum, length);
    return size;
}

char *digest_end(struct digest *digest_take)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    struct text hex = TEXT_EMPTY;
    must(EVP_DigestFinal_ex(digest_take->context, sum, &length));
    EVP_MD_CTX_free(digest_take->context);
    free(digest_take);
    for (unsigned i = 0; i < length; i++)
        text_addf(&hex, "%02x", sum[i]);
    return text_take(&hex);
}

char *digest_source(const char *text)
{
    unsigned char sum[EVP_MAX_MD_SIZE], base64[EVP_MAX_MD_SIZE * 2];
    unsigned length = 0;
    must(EVP_Digest(text, strlen(text), sum, &length, EVP_sha256(), NULL));
    EVP_EncodeBlock(base64, sum, (int)length);
    return xasprintf("sha256-%s", (const char *)base64);
}
