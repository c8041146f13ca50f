/* Inside assemble: included by assemble*.c, join.c and places.c only. */
#ifndef SEEP_METRICS_ASSEMBLE_INSIDE_H
#define SEEP_METRICS_ASSEMBLE_INSIDE_H

#include "metrics/assemble.h"

/* Names -> places, in the order in which they come. */
struct places;
struct places *places_new(void);
void places_free(struct places *places);
size_t places_of(struct places *places, const char *name);       /* adds it where it is new */
long places_find(const struct places *places, const char *name); /* -1: it is not there */
size_t places_count(const struct places *places);

/* The instance of each series (-1: none), by the labels of a join. */
long *instances_of(const struct join *join, const struct strings *names, const struct series_set *set,
                   const struct places *instances);

/* Memory of all instances of `instances`, which get the names. */
void assemble_memory(const struct series_set *memory, const long *instance_of, const struct places *instances,
                     struct history *history);

/* What one endpoint of one instance was asked. */
int assemble_requests(const struct assembly *assembly, const struct join *join,
                      const struct places *instances, struct history *history, struct err *err);

/* Starts, limits, restarts. */
void assemble_extras(const struct assembly *assembly, const struct join *join, const struct places *instances,
                     struct history *history);

#endif
