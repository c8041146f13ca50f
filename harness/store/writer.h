/* The writing thread and its queue. */
#ifndef SEEP_STORE_WRITER_H
#define SEEP_STORE_WRITER_H

#include <stdint.h>

#include "base/err.h"
#include "store/row.h"

enum { WRITER_CAPACITY = 8192 }; /* rows; a put waits only when that many are not written yet */

struct writer;

/* `path` is borrowed until writer_free(). Starts the thread. */
struct writer *writer_new(const char *path, struct err *err);

/* Writes what is left, then ends the thread. NULL is allowed. */
void writer_free(struct writer *writer);

/* Takes over what `row` owns. `name`: the signal or endpoint of the row, copied; NULL where it has none. */
void writer_put(struct writer *writer, struct row *row_take, const char *name);

/* Waits until all that was put is committed. Returns the first error since the writer was made, again each
 * time: once a row is lost, nothing later makes the run whole. */
int writer_flush(struct writer *writer, struct err *err);

/* The first error, without waiting. */
int writer_error(struct writer *writer, struct err *err);

uint64_t writer_waits(struct writer *writer); /* puts that found the queue full */

#endif
