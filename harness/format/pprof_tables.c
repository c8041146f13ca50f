#include "format/pprof_tables.h"

#include <stdlib.h>
#include <string.h>

#include "format/room.h"

#define NAME_BYTES_MOST 1024

static struct span string_at(const struct pprof_tables *tables, uint64_t place)
{
    struct span string = place < tables->string_count ? tables->strings[place] : (struct span){"", 0};
    if (string.length > NAME_BYTES_MOST)
        string.length = NAME_BYTES_MOST;
    return string;
}

/* The numbers of a message's fields 1 to 4, 0 where they are not. */
static bool read_numbers(const struct protobuf *field, uint64_t numbers[5])
{
    struct protobuf message;
    memset(numbers, 0, 5 * sizeof *numbers);
    protobuf_within(&message, field);
    while (protobuf_next(&message))
        if (message.number < 5 && message.type == PROTOBUF_VARINT)
            numbers[message.number] = message.value;
    return !message.bad;
}

/* Source: ValueType: type = 1, unit = 2. */
static bool add_type(struct pprof_tables *tables, const struct protobuf *field)
{
    uint64_t numbers[5];
    bool good = read_numbers(field, numbers);
    if (good && tables->type_count < sizeof tables->types / sizeof *tables->types)
        tables->types[tables->type_count++] = numbers[1];
    return good;
}

static bool set_period_type(struct pprof_tables *tables, const struct protobuf *field)
{
    uint64_t numbers[5];
    bool good = read_numbers(field, numbers);
    tables->period_type = numbers[1];
    return good;
}

/* Source: Function: id = 1, name = 2, system_name = 3, filename = 4. */
static bool add_function(struct pprof_tables *tables, const struct protobuf *field)
{
    uint64_t numbers[5];
    bool good = read_numbers(field, numbers);
    tables->functions = room_for_one(tables->functions, tables->function_count, sizeof *tables->functions);
    tables->functions[tables->function_count++] = (struct pprof_function){numbers[1], numbers[2], numbers[4]};
    return good;
}

/* Source: Location: id = 1, mapping_id = 2, address = 3, line = 4. */
static bool add_location(struct pprof_tables *tables, const struct protobuf *field)
{
    uint64_t numbers[5];
    bool good = read_numbers(field, numbers);
    tables->locations = room_for_one(tables->locations, tables->location_count, sizeof *tables->locations);
    tables->locations[tables->location_count++] = (struct pprof_location){
        .id = numbers[1],
        .message = {(const char *)field->bytes, field->length},
        .frame.address = numbers[3],
        .site = SIZE_MAX,
    };
    return good;
}

static bool add_string(struct pprof_tables *tables, const struct protobuf *field)
{
    tables->strings = room_for_one(tables->strings, tables->string_count, sizeof *tables->strings);
    tables->strings[tables->string_count++] = (struct span){(const char *)field->bytes, field->length};
    return true;
}

static const struct {
    uint64_t number;
    bool (*take)(struct pprof_tables *tables, const struct protobuf *field);
} rows[] = {
    {PPROF_SAMPLE_TYPE, add_type}, {PPROF_LOCATION, add_location},       {PPROF_FUNCTION, add_function},
    {PPROF_STRING, add_string},    {PPROF_PERIOD_TYPE, set_period_type},
};

static bool take_field(struct pprof_tables *tables, const struct protobuf *field)
{
    if (field->number == PPROF_PERIOD && field->type == PROTOBUF_VARINT)
        tables->period = field->value;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].number == field->number && field->type == PROTOBUF_BYTES)
            return rows[i].take(tables, field);
    return true;
}

static int function_by_id(const void *left, const void *right)
{
    const struct pprof_function *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

static int location_by_id(const void *left, const void *right)
{
    const struct pprof_location *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

struct pprof_location *pprof_location(const struct pprof_tables *tables, uint64_t id)
{
    struct pprof_location key = {.id = id};
    return tables->location_count == 0
               ? NULL
               : bsearch(&key, tables->locations, tables->location_count, sizeof key, location_by_id);
}

/* Source: Line: function_id = 1, line = 2. */
static bool read_line(const struct pprof_tables *tables, const struct protobuf *field,
                      struct pprof_frame *frame)
{
    uint64_t numbers[5];
    if (!read_numbers(field, numbers))
        return false;
    struct pprof_function key = {.id = numbers[1]};
    const struct pprof_function *function =
        tables->function_count == 0
            ? NULL
            : bsearch(&key, tables->functions, tables->function_count, sizeof key, function_by_id);
    frame->function = function != NULL ? string_at(tables, function->name) : (struct span){"", 0};
    frame->file = function != NULL ? string_at(tables, function->file) : (struct span){"", 0};
    frame->line = numbers[2];
    return true;
}

bool pprof_is_runtime(const struct pprof_frame *frame)
{
    static const char mark[] = "runtime.";
    return frame->function.length >= sizeof mark - 1 &&
           memcmp(frame->function.bytes, mark, sizeof mark - 1) == 0;
}

/* Several lines are calls that were inlined, the innermost first. */
static bool read_frame(const struct pprof_tables *tables, struct pprof_location *location)
{
    struct protobuf message;
    bool found = false;
    protobuf_init(&message, location->message.bytes, location->message.length);
    while (protobuf_next(&message)) {
        struct pprof_frame frame = {.address = location->frame.address};
        if (message.number != 4 || message.type != PROTOBUF_BYTES)
            continue;
        if (!read_line(tables, &message, &frame))
            return false;
        if (found && pprof_is_runtime(&frame))
            continue;
        location->frame = frame;
        found = true;
        if (!pprof_is_runtime(&frame))
            break;
    }
    return true;
}

static enum pprof_outcome resolve(struct pprof_tables *tables, const unsigned char **fault)
{
    if (tables->function_count > 0)
        qsort(tables->functions, tables->function_count, sizeof *tables->functions, function_by_id);
    if (tables->location_count > 0)
        qsort(tables->locations, tables->location_count, sizeof *tables->locations, location_by_id);
    for (size_t i = 0; i < tables->location_count; i++)
        if (!read_frame(tables, &tables->locations[i])) {
            *fault = (const unsigned char *)tables->locations[i].message.bytes;
            return PPROF_FAULT;
        }
    return PPROF_READ;
}

static bool too_many(const struct pprof_tables *tables)
{
    return tables->string_count > PPROF_ENTRIES_MOST || tables->function_count > PPROF_ENTRIES_MOST ||
           tables->location_count > PPROF_ENTRIES_MOST;
}

enum pprof_outcome pprof_tables_read(struct pprof_tables *tables, const void *bytes, size_t length,
                                     const unsigned char **fault)
{
    struct protobuf wire;
    *tables = (struct pprof_tables){0};
    protobuf_init(&wire, bytes, length);
    while (protobuf_next(&wire)) {
        if (!take_field(tables, &wire)) {
            *fault = wire.bytes;
            return PPROF_FAULT;
        }
        if (too_many(tables))
            return PPROF_TOO_MANY;
    }
    *fault = wire.at;
    return wire.bad ? PPROF_FAULT : resolve(tables, fault);
}

void pprof_tables_release(struct pprof_tables *tables)
{
    free(tables->strings);
    free(tables->functions);
    free(tables->locations);
    *tables = (struct pprof_tables){0};
}

static bool is_string(const struct pprof_tables *tables, uint64_t place, const char *wanted)
{
    struct span string = string_at(tables, place);
    return string.length == strlen(wanted) && memcmp(string.bytes, wanted, string.length) == 0;
}

size_t pprof_type_place(const struct pprof_tables *tables, const char *name)
{
    for (size_t i = 0; i < tables->type_count; i++)
        if (is_string(tables, tables->types[i], name))
            return i;
    return SIZE_MAX;
}

double pprof_rate(const struct pprof_tables *tables)
{
    return is_string(tables, tables->period_type, "space") ? (double)tables->period : 0;
}
