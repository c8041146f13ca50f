#include "format/protobuf.h"

#define VARINT_BYTES 10

void protobuf_init(struct protobuf *wire, const void *bytes, size_t length)
{
    *wire = (struct protobuf){.at = bytes, .end = (const unsigned char *)bytes + length};
}

void protobuf_within(struct protobuf *wire, const struct protobuf *field)
{
    protobuf_init(wire, field->bytes, field->length);
}

static bool take_varint(struct protobuf *wire, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < VARINT_BYTES && wire->at + i < wire->end; i++) {
        *value |= (uint64_t)(wire->at[i] & 0x7f) << 7 * i;
        if (wire->at[i] < 0x80) {
            wire->at += i + 1;
            return true;
        }
    }
    return false;
}

static bool take_fixed(struct protobuf *wire, unsigned count)
{
    if ((size_t)(wire->end - wire->at) < count)
        return false;
    wire->value = 0;
    for (unsigned i = 0; i < count; i++)
        wire->value |= (uint64_t)wire->at[i] << 8 * i;
    wire->at += count;
    return true;
}

static bool take_bytes(struct protobuf *wire)
{
    uint64_t length;
    if (!take_varint(wire, &length) || length > (uint64_t)(wire->end - wire->at))
        return false;
    wire->bytes = wire->at;
    wire->length = (size_t)length;
    wire->at += length;
    return true;
}

static bool take_field(struct protobuf *wire)
{
    uint64_t tag;
    if (!take_varint(wire, &tag) || tag >> 3 == 0)
        return false;
    wire->number = tag >> 3;
    wire->type = (enum protobuf_type)(tag & 7);
    switch (wire->type) {
    case PROTOBUF_VARINT:
        return take_varint(wire, &wire->value);
    case PROTOBUF_FIXED64:
        return take_fixed(wire, 8);
    case PROTOBUF_BYTES:
        return take_bytes(wire);
    case PROTOBUF_FIXED32:
        return take_fixed(wire, 4);
    default:
        return false;
    }
}

bool protobuf_next(struct protobuf *wire)
{
    if (wire->bad || wire->at == wire->end)
        return false;
    const unsigned char *start = wire->at;
    wire->bad = !take_field(wire);
    if (wire->bad)
        wire->at = start;
    return !wire->bad;
}

bool protobuf_number(struct protobuf *field, struct protobuf *rest, uint64_t *value)
{
    if (field->type == PROTOBUF_VARINT) {
        bool first = rest->at == NULL;
        rest->at = field->at;
        *value = field->value;
        return first;
    }
    if (field->type != PROTOBUF_BYTES) {
        field->bad = true;
        return false;
    }
    if (rest->at == NULL)
        protobuf_within(rest, field);
    if (rest->at == rest->end)
        return false;
    field->bad = !take_varint(rest, value);
    return !field->bad;
}
