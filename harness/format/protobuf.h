/* Protocol Buffers' wire format, read from front to back.
 * Source: https://protobuf.dev/programming-guides/encoding/ */
#ifndef SEEP_FORMAT_PROTOBUF_H
#define SEEP_FORMAT_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum protobuf_type { PROTOBUF_VARINT = 0, PROTOBUF_FIXED64 = 1, PROTOBUF_BYTES = 2, PROTOBUF_FIXED32 = 5 };

struct protobuf {
    const unsigned char *at, *end;
    bool bad; /* what stands at `at` is no field, or is cut short */
    /* the field that protobuf_next() came to */
    uint64_t number;
    enum protobuf_type type;
    uint64_t value;             /* of all types but PROTOBUF_BYTES */
    const unsigned char *bytes; /* of PROTOBUF_BYTES, `length` of them */
    size_t length;
};

void protobuf_init(struct protobuf *wire, const void *bytes, size_t length);
void protobuf_within(struct protobuf *wire,
                     const struct protobuf *field); /* the message that a field of PROTOBUF_BYTES is */
bool protobuf_next(struct protobuf *wire);          /* false: the end, or bad */

/* A repeated number, packed or not: the next of the field that `field` stands at; `rest` begins as all zeros for each
 * field. False: no more, or bad (then field->bad). */
bool protobuf_number(struct protobuf *field, struct protobuf *rest, uint64_t *value);

#endif
