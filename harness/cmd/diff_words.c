#include "cmd/diff_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

char *diff_size(char out[UNITS_SIZE], double bytes)
{
    bool small = fabs(bytes) < 10 * 1024;
    char digits[UNITS_SIZE];
    if (isnan(bytes))
        return strcpy(out, "-");
    units_count(digits, (uint64_t)(fabs(bytes) / (small ? 1 : 1024) + 0.5));
    snprintf(out, UNITS_SIZE, "%.20s %s", digits, small ? "B" : "KiB");
    return out;
}

char *diff_count(char out[UNITS_SIZE], double count)
{
    return isnan(count) ? strcpy(out, "-") : units_count(out, (uint64_t)(fabs(count) + 0.5));
}

char *diff_signed(char out[UNITS_SIZE], double value, char *(*words)(char out[UNITS_SIZE], double value))
{
    char plain[UNITS_SIZE];
    words(plain, value);
    snprintf(out, UNITS_SIZE, "%s%.30s", value > 0 ? "+" : value < 0 ? "-" : "", plain);
    return out;
}

double diff_each(const struct site_rank *rank)
{
    if (rank->shape == SHAPE_MORE_OBJECTS || rank->shape == SHAPE_NEW || rank->shape == SHAPE_FEWER_OBJECTS)
        return rank->objects > 0 || rank->objects < 0 ? rank->bytes / rank->objects : (double)NAN;
    return rank->objects_after > 0 ? rank->bytes_after / rank->objects_after : (double)NAN;
}

static void more_words(const struct site_rank *rank, struct text *words)
{
    char size[UNITS_SIZE];
    double each = diff_each(rank);
    text_add_string(words, "more objects");
    if (isfinite(each))
        text_addf(words, ", %s each", diff_size(size, each));
}

static void longer_words(const struct site_rank *rank, struct text *words)
{
    char count[UNITS_SIZE];
    bool none = fabs(rank->objects) < 0.5;
    if (none)
        text_addf(words, "no new object: %s is getting longer", rank->objects_after < 1.5 ? "it" : "one");
    else
        text_addf(words, "%s %s object%s: one is getting longer", diff_count(count, rank->objects),
                  rank->objects > 0 ? "new" : "fewer", fabs(rank->objects) < 1.5 ? "" : "s");
}

static void bigger_words(const struct site_rank *rank, struct text *words)
{
    char before[UNITS_SIZE], after[UNITS_SIZE];
    text_addf(words, "objects getting bigger, from %s each to %s",
              diff_size(before, rank->bytes_before / rank->objects_before),
              diff_size(after, rank->bytes_after / rank->objects_after));
}

static void new_words(const struct site_rank *rank, struct text *words)
{
    char size[UNITS_SIZE], count[UNITS_SIZE];
    text_add_string(words, "new");
    if (rank->objects > 0)
        text_addf(words, ": %s object%s", diff_count(count, rank->objects), rank->objects < 1.5 ? "" : "s");
    if (isfinite(diff_each(rank)))
        text_addf(words, ", %s%s", diff_size(size, diff_each(rank)), rank->objects < 1.5 ? "" : " each");
}

static void unresolved_words(const struct site_rank *rank, struct text *words)
{
    char quantum[UNITS_SIZE];
    text_addf(words, "within what the format leaves unknown (%s)", diff_size(quantum, rank->quantum));
}

/* What each shape is called; `add` says more where there is more to say. */
static const struct {
    const char *words;
    void (*add)(const struct site_rank *rank, struct text *words);
} shapes[] = {
    [SHAPE_MORE_OBJECTS] = {NULL, more_words},
    [SHAPE_LONGER_OBJECT] = {NULL, longer_words},
    [SHAPE_BIGGER_OBJECTS] = {NULL, bigger_words},
    [SHAPE_NEW] = {NULL, new_words},
    [SHAPE_MORE_BYTES] = {"more bytes; the format does not count objects", NULL},
    [SHAPE_FLAT] = {"unchanged", NULL},
    [SHAPE_UNRESOLVED] = {NULL, unresolved_words},
    [SHAPE_FEWER_OBJECTS] = {"fewer objects", NULL},
    [SHAPE_SHRANK] = {"fewer bytes", NULL},
    [SHAPE_GONE] = {"gone", NULL},
    [SHAPE_EMPTIED] = {"fell to near nothing", NULL},
};

void diff_words(const struct site_rank *rank, struct text *words)
{
    char taken[UNITS_SIZE], per[UNITS_SIZE];
    if (shapes[rank->shape].add != NULL)
        shapes[rank->shape].add(rank, words);
    else
        text_add_string(words, shapes[rank->shape].words);
    if (rank->allocated > rank->bytes)
        text_addf(words, "; their slots take %s", diff_size(taken, rank->allocated));
    if (isfinite(rank->bytes_per_request))
        text_addf(words, "; %s a request", units_bytes(per, rank->bytes_per_request));
}
