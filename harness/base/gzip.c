#include "base/gzip.h"

#include <zlib.h>

#include "base/inflate.h"

#define WINDOW_GZIP (15 + 16) /* zlib.h, deflateInit2(): 16 more for a gzip header */
#define MEMORY_LEVEL 8

int gzip_pack(const char *bytes, size_t length, struct text *out, struct err *err)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return err_set(err, ERR_INTERNAL, "zlib: no memory");
    size_t most = deflateBound(&stream, length);
    text_reserve(out, most);
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = (Bytef *)out->bytes + out->length;
    stream.avail_out = (uInt)most;
    int status = deflate(&stream, Z_FINISH);
    out->length += stream.total_out;
    deflateEnd(&stream);
    return status == Z_STREAM_END ? 0 : err_set(err, ERR_INTERNAL, "zlib: %d", status);
}

int gzip_unpack(const char *bytes, size_t length, const char *name, size_t limit, struct text *out,
                struct err *err)
{
    struct inflate inflate = {0};
    inflate_begin(&inflate, CODING_GZIP, limit);
    inflate_add(&inflate, bytes, length, out);
    const char *fault =
        length == 0 ? "is cut short" : inflate_fault(&inflate); /* of no body at all nothing is wrong */
    bool cut = inflate.cut;
    inflate_release(&inflate);
    if (cut)
        return err_set(err, ERR_USAGE, "%s: larger than %zu bytes once decompressed, the most that is read",
                       name, limit);
    return fault == NULL ? 0 : err_set(err, ERR_USAGE, "%s: its gzip %s", name, fault);
}
