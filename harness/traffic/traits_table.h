/* From the distinct requests of a recording to the table of their traits. */
#ifndef SEEP_TRAFFIC_TRAITS_TABLE_H
#define SEEP_TRAFFIC_TRAITS_TABLE_H

#include "model/traits.h"
#include "traffic/traits_rows.h"

#define COLUMNS_MOST 1024 /* looked at; further names are left out */

/* rows: count of them, in the order of the recording. At most `most` attributes stay; requests that then differ in
 * nothing become one. Cost: rows x columns. */
void traits_table(struct row *const *rows, size_t count, size_t most, struct traits *traits);

#endif
