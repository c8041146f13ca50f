/* What `seep diff` says of a site. */
#ifndef SEEP_CMD_DIFF_WORDS_H
#define SEEP_CMD_DIFF_WORDS_H

#include "analysis/sites.h"
#include "base/text.h"
#include "base/units.h"

/* Sizes as tracemalloc writes them, so that both can be laid side by side: "960 B", "3,947 KiB". NaN is "-". */
char *diff_size(char out[UNITS_SIZE], double bytes);
char *diff_count(char out[UNITS_SIZE], double count); /* "168,388" */
/* "+3,947 KiB", "-1,682", "0". */
char *diff_signed(char out[UNITS_SIZE], double value, char *(*words)(char out[UNITS_SIZE], double value));

/* Bytes of each of the new objects, or where there is none, of those that are there: NaN where that says nothing. */
double diff_each(const struct site_rank *rank);

/* How it changed: "more objects, 24 B each; their slots take 5,262 KiB; 32 B a request". */
void diff_words(const struct site_rank *rank, struct text *words);

#endif
