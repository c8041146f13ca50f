/* seep diff A B: ranks the allocation sites between two snapshot files. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/sites.h"
#include "base/text.h"
#include "base/units.h"
#include "cmd/command.h"
#include "sample/snapshot.h"

#define FILE_MOST ((size_t)512 << 20)
#define ROWS_MOST 20
#define FEW_OBJECTS 16 /* of so few, one has grown; of more, nobody knows how many */

struct diff_options {
    const char *format, *json;
    uint64_t requests;
};

#define AT(field) offsetof(struct diff_options, field)
const struct option_row diff_rows[] = {
    {"format", 0, OPTION_STRING, AT(format), "NAME", "tracemalloc or go_heap (default: as detected)"},
    {"requests", 0, OPTION_COUNT, AT(requests), "N", "sent between A and B: also say what one request adds"},
    {"json", 0, OPTION_STRING, AT(json), "FILE", "write the ranking as JSON, - for standard output"},
    OPTIONS_END,
};

/* The two snapshots and what came of them. */
struct comparison {
    const char *paths[2];
    struct snapshot snapshots[2];
    size_t own; /* sites of the snapshotter's own, left out of both */
    struct site_rank *ranked;
    size_t count;
    uint64_t requests;
};

static int read_snapshot(struct comparison *comparison, size_t which, const char *format, struct err *err)
{
    struct text text = TEXT_EMPTY;
    const char *path = comparison->paths[which];
    struct snapshot *snapshot = &comparison->snapshots[which];
    int failed = text_read_file(&text, path, FILE_MOST, err);
    if (!failed)
        failed = snapshot_parse(text_string(&text), text.length, path, format, snapshot, err);
    if (!failed)
        comparison->own += snapshot_drop_own(snapshot);
    text_release(&text);
    return failed;
}

static int compare(struct comparison *comparison, const char *format, struct err *err)
{
    if (read_snapshot(comparison, 0, format, err) != 0 || read_snapshot(comparison, 1, format, err) != 0)
        return -1;
    const char *first = comparison->snapshots[0].format, *second = comparison->snapshots[1].format;
    if (strcmp(first, second) != 0)
        return err_set(err, ERR_USAGE, "%s is a snapshot of %s, %s one of %s: they cannot be compared",
                       comparison->paths[0], first, comparison->paths[1], second);
    comparison->count =
        sites_rank(&comparison->snapshots[0], &comparison->snapshots[1], (double)comparison->requests,
                   snapshot_format_find(first)->allocated, &comparison->ranked);
    return 0;
}

/* Sizes as tracemalloc writes them, so that both can be laid side by side: "960 B", "3,947 KiB". */
static char *size_words(char out[UNITS_SIZE], double bytes)
{
    bool small = fabs(bytes) < 10 * 1024;
    char digits[UNITS_SIZE];
    units_count(digits, (uint64_t)(fabs(bytes) / (small ? 1 : 1024) + 0.5));
    snprintf(out, UNITS_SIZE, "%.20s %s", digits, small ? "B" : "KiB");
    return out;
}

static void add_blocks(struct text *words, double objects)
{
    char digits[UNITS_SIZE];
    units_count(digits, (uint64_t)(fabs(objects) + 0.5));
    if (fabs(objects) < 0.5)
        text_add_string(words, "no new block");
    else
        text_addf(words, "%s %s block%s", digits, objects > 0 ? "new" : "fewer",
                  fabs(objects) < 1.5 ? "" : "s");
}

/* "168,388 more objects of 24 B", "one object getting longer (+1,449 KiB, no new block)". */
static void growth_words(const struct site_rank *rank, struct text *words)
{
    char gained[UNITS_SIZE], number[UNITS_SIZE], each[UNITS_SIZE];
    if (rank->shape == SHAPE_LONGER_OBJECT) {
        bool one = rank->objects_after <= FEW_OBJECTS;
        text_addf(words, "%s getting longer (+%s, ", one ? "one object" : "objects",
                  size_words(gained, rank->bytes));
        add_blocks(words, rank->objects);
        text_add_string(words, ")");
    } else if (isnan(rank->objects)) {
        text_add_string(words, "more bytes, objects not counted");
    } else {
        text_addf(words, "%s more object%s of %s", units_count(number, (uint64_t)(rank->objects + 0.5)),
                  rank->objects < 1.5 ? "" : "s", size_words(each, rank->bytes / rank->objects));
    }
    if (rank->only_after)
        text_add_string(words, ", not listed before");
}

static bool grew(const struct site_rank *rank)
{
    return rank->shape == SHAPE_MORE_OBJECTS || rank->shape == SHAPE_LONGER_OBJECT;
}

static void print_row(const struct comparison *comparison, const struct site_rank *rank)
{
    char gained[UNITS_SIZE], taken[UNITS_SIZE], per[UNITS_SIZE];
    struct text words = TEXT_EMPTY;
    growth_words(rank, &words);
    printf("%14s  %13s", size_words(gained, rank->bytes), size_words(taken, rank->allocated));
    if (comparison->requests > 0)
        printf("  %11s", units_bytes(per, rank->bytes_per_request));
    printf("  %-10s  %s\n", whose_name(site_whose(rank->name)), rank->name);
    printf("%31s  %s\n", "", text_string(&words));
    text_release(&words);
}

static size_t print_rows(const struct comparison *comparison)
{
    size_t shown = 0;
    for (size_t i = 0; i < comparison->count && grew(&comparison->ranked[i]); i++)
        shown++;
    if (shown == 0)
        return 0;
    printf("%14s  %13s%s  %-10s  %s\n", "bytes gained", "heap taken",
           comparison->requests > 0 ? "    a request" : "", "whose", "site");
    for (size_t i = 0; i < shown && i < ROWS_MOST; i++)
        print_row(comparison, &comparison->ranked[i]);
    if (shown > ROWS_MOST)
        printf("  and %zu more that gained less (all of them with --json)\n", shown - ROWS_MOST);
    return shown;
}

/* What is large and did not grow deserves a word: it is what people suspect first. */
static void print_flat(const struct comparison *comparison)
{
    const struct site_rank *largest = NULL;
    size_t flat = 0, shrank = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct site_rank *rank = &comparison->ranked[i];
        shrank += rank->shape == SHAPE_SHRANK;
        if (rank->shape != SHAPE_FLAT)
            continue;
        flat++;
        if (largest == NULL || rank->bytes_after > largest->bytes_after)
            largest = rank;
    }
    char held[UNITS_SIZE];
    printf("%zu flat", flat);
    if (largest != NULL && largest->bytes_after > 0)
        printf(" (the largest holds %s: %s)", size_words(held, largest->bytes_after), largest->name);
    printf(", %zu shrank, %zu of the snapshotter's own left out\n", shrank, comparison->own);
}

static void print_table(const struct comparison *comparison)
{
    const struct snapshot *a = &comparison->snapshots[0], *b = &comparison->snapshots[1];
    printf("%s -> %s (%s)\n", comparison->paths[0], comparison->paths[1], b->format);
    if (print_rows(comparison) == 0)
        printf("no site grew\n");
    print_flat(comparison);
    size_t skipped = a->skipped + b->skipped;
    if (skipped > 0)
        printf("%zu line%s not understood\n", skipped, skipped == 1 ? " was" : "s were");
}

/* JSON has no NaN. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *site_object(const struct site_rank *rank)
{
    const char *listed = rank->only_after ? "after" : rank->only_before ? "before" : "both";
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "site", rank->name,
                     "whose", whose_name(site_whose(rank->name)), "growth", growth_shape_name(rank->shape),
                     "listed", listed, "bytes", number(rank->allocated), "requested_bytes",
                     number(rank->bytes), "objects", number(rank->objects), "uncertain_bytes",
                     number(rank->quantum), "bytes_after", number(rank->bytes_after), "bytes_per_request",
                     number(rank->bytes_per_request), "requested_bytes_per_request",
                     number(rank->requested_bytes_per_request), "objects_per_request",
                     number(rank->objects_per_request));
}

static json_t *result_object(const struct comparison *comparison)
{
    json_t *sites = json_array();
    for (size_t i = 0; i < comparison->count; i++) {
        json_t *site = site_object(&comparison->ranked[i]);
        if (site != NULL) /* a name that is not UTF-8 */
            json_array_append_new(sites, site);
    }
    return json_pack("{s:i, s:s, s:i, s:s, s:s*, s:s*, s:I, s:I, s:I, s:o}", "schema", 1, "command", "diff",
                     "exit", 0, "format", comparison->snapshots[1].format, "before", comparison->paths[0],
                     "after", comparison->paths[1], "requests", (json_int_t)comparison->requests,
                     "skipped_lines",
                     (json_int_t)(comparison->snapshots[0].skipped + comparison->snapshots[1].skipped),
                     "own_sites", (json_int_t)comparison->own, "sites", sites);
}

/* Beside it and renamed: a half-written file is never left behind. */
static int write_file(const char *path, const char *content, struct err *err)
{
    char *beside = xasprintf("%s.%d", path, (int)getpid());
    FILE *file = fopen(beside, "we");
    int failed = file == NULL;
    if (file != NULL) {
        failed = fputs(content, file) < 0;
        failed = fclose(file) != 0 || failed;
    }
    failed = failed || rename(beside, path) != 0;
    if (failed) {
        err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
        unlink(beside);
    }
    free(beside);
    return failed ? -1 : 0;
}

static int write_json(const struct comparison *comparison, const char *path, struct err *err)
{
    json_t *result = result_object(comparison);
    char *content = result != NULL ? json_dumps(result, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : NULL;
    int failed = 0;
    if (content == NULL)
        failed = err_set(err, ERR_INTERNAL, "the ranking cannot be written as JSON");
    else if (strcmp(path, "-") == 0)
        puts(content);
    else
        failed = write_file(path, content, err);
    free(content);
    json_decref(result);
    return failed;
}

static void release(struct comparison *comparison)
{
    free(comparison->ranked);
    snapshot_release(&comparison->snapshots[0]);
    snapshot_release(&comparison->snapshots[1]);
}

int cmd_diff(struct globals *globals, int argc, char **argv)
{
    struct diff_options options = {0};
    struct operands rest = {0};
    struct comparison comparison = {0};
    struct err err = {0};
    int code = 0;
    if (command_options(command_find("diff"), globals, &options, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count != 2 || rest.after != NULL) {
        err_set(&err, ERR_USAGE,
                "diff takes two snapshot files, the earlier one first (see `seep help diff`)");
        return command_fail(&err);
    }
    comparison.paths[0] = rest.items[0];
    comparison.paths[1] = rest.items[1];
    comparison.requests = options.requests;
    int failed = compare(&comparison, options.format, &err);
    if (!failed && options.json != NULL)
        failed = write_json(&comparison, options.json, &err);
    bool own_output = options.json != NULL && strcmp(options.json, "-") == 0;
    if (!failed && !own_output && !globals->quiet)
        print_table(&comparison);
    release(&comparison);
    return failed ? command_fail(&err) : 0;
}
