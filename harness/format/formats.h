/* The formats, one file each; snapshot.c has the table. */
#ifndef SEEP_FORMAT_FORMATS_H
#define SEEP_FORMAT_FORMATS_H

#include "format/gather.h"
#include "format/snapshot.h"

#define FORMAT(name)                                                                                         \
    bool name##_detect(const struct snapshot_text *text);                                                    \
    int name##_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)

FORMAT(tracemalloc);
FORMAT(tracemalloc_json);
FORMAT(malloc_json);
FORMAT(go_heap);
FORMAT(pprof);
FORMAT(jemalloc_heap);
FORMAT(jemalloc_stats);
FORMAT(v8_heap);
FORMAT(jvm_histogram);
FORMAT(dotnet_gcdump);
FORMAT(ruby_objects);
FORMAT(massif);
FORMAT(prometheus);

double tracemalloc_allocated(double bytes, double objects);

#endif
