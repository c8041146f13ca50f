/* The tables of a pprof profile: strings, functions, locations, sample types. They stand behind the samples that refer
 * to them, so they are read first.
 * Source: github.com/google/pprof proto/profile.proto. */
#ifndef SEEP_FORMAT_PPROF_TABLES_H
#define SEEP_FORMAT_PPROF_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pattern.h"
#include "format/protobuf.h"

#define PPROF_ENTRIES_MOST ((size_t)1 << 22) /* of each table */

/* Numbers of message Profile's fields. */
enum {
    PPROF_SAMPLE_TYPE = 1,
    PPROF_SAMPLE = 2,
    PPROF_LOCATION = 4,
    PPROF_FUNCTION = 5,
    PPROF_STRING = 6,
    PPROF_PERIOD_TYPE = 11,
    PPROF_PERIOD = 12,
    PPROF_FIELD_LAST = 15,
};

struct pprof_frame {
    struct span function, file; /* borrowed; at most 1,024 bytes of each, so that no name can be made long */
    uint64_t line, address;
};

struct pprof_location {
    uint64_t id;
    struct span message;      /* read when all tables are there */
    struct pprof_frame frame; /* the innermost outside Go's runtime; of the runtime where there is no other */
    size_t site;              /* its place in the snapshot; SIZE_MAX until it has one */
};

struct pprof_function {
    uint64_t id, name, file; /* places in the strings */
};

struct pprof_tables {
    struct span *strings;
    size_t string_count;
    struct pprof_function *functions;
    size_t function_count;
    struct pprof_location *locations;
    size_t location_count;
    uint64_t types[32]; /* names of the sample types: places in the strings */
    size_t type_count;
    uint64_t period, period_type;
};

enum pprof_outcome { PPROF_READ, PPROF_FAULT, PPROF_TOO_MANY };

/* PPROF_FAULT: *fault is the byte that is no field. Release in any case. */
enum pprof_outcome pprof_tables_read(struct pprof_tables *tables, const void *bytes, size_t length,
                                     const unsigned char **fault);
void pprof_tables_release(struct pprof_tables *tables);

bool pprof_is_runtime(const struct pprof_frame *frame);                                /* of Go's runtime */
struct pprof_location *pprof_location(const struct pprof_tables *tables, uint64_t id); /* NULL: none */
size_t pprof_type_place(const struct pprof_tables *tables, const char *name);          /* SIZE_MAX: none */
double
pprof_rate(const struct pprof_tables *tables); /* bytes between samples; 0: not said, or not in bytes */

#endif
