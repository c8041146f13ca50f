/* seep diff A B: ranks the allocation sites between two snapshot files. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sites.h"
#include "base/text.h"
#include "base/units.h"
#include "cmd/command.h"
#include "cmd/diff_pace.h"
#include "cmd/diff_words.h"
#include "cmd/json_file.h"
#include "format/site.h"
#include "format/snapshot.h"
#include "report/waiting.h"

#define ROWS_DEFAULT 20

struct diff_options {
    const char *format, *json, *observed;
    uint64_t requests, limit, workers;
    int64_t over_ns;
};

#define AT(field) offsetof(struct diff_options, field)
const struct option_row diff_rows[] = {
    {"format", 0, OPTION_STRING, AT(format), "NAME",
     "of both files (default: as detected; `seep help snapshots` lists them)"},
    {"requests", 0, OPTION_COUNT, AT(requests), "N", "sent between A and B: also say what one request adds"},
    {"over", 0, OPTION_DURATION, AT(over_ns), "TIME", "between A and B, as in 4d: also say what a day adds"},
    {"observed", 0, OPTION_STRING, AT(observed), "SIZE/TIME",
     "growth of production's chart, as in 100 MB/3d: also say what share of it each site is, for each "
     "worker"},
    {"workers", 0, OPTION_COUNT, AT(workers), "N",
     "of one instance, each growing as the one of the snapshots: their share together"},
    {"limit", 0, OPTION_COUNT, AT(limit), "N", "show so many sites (default 20)"},
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
    uint64_t requests, limit;
    const struct snapshot_format *format;
    struct diff_pace pace;
};

static int read_snapshot(struct comparison *comparison, size_t which, const char *format, struct err *err)
{
    struct snapshot *snapshot = &comparison->snapshots[which];
    if (snapshot_read(comparison->paths[which], format, snapshot, err) != 0)
        return -1;
    comparison->own += snapshot_drop_own(snapshot);
    return 0;
}

static int compare(struct comparison *comparison, const char *format, struct err *err)
{
    if (read_snapshot(comparison, 0, format, err) != 0 || read_snapshot(comparison, 1, format, err) != 0)
        return -1;
    const char *first = comparison->snapshots[0].format, *second = comparison->snapshots[1].format;
    if (strcmp(first, second) != 0)
        return err_set(err, ERR_USAGE, "%s is a snapshot of %s, %s one of %s: they cannot be compared",
                       comparison->paths[0], first, comparison->paths[1], second);
    comparison->format = snapshot_format_find(first);
    comparison->count =
        sites_rank(&comparison->snapshots[0], &comparison->snapshots[1], (double)comparison->requests,
                   comparison->format->allocated, &comparison->ranked);
    return 0;
}

static const char *whose_words(const struct comparison *comparison, const struct site_rank *rank)
{
    return comparison->format->code ? whose_name(site_whose(rank->name)) : "-";
}

static void print_row(const struct comparison *comparison, const struct site_rank *rank)
{
    char before[UNITS_SIZE], after[UNITS_SIZE], gained[UNITS_SIZE], objects[UNITS_SIZE], each[UNITS_SIZE];
    struct text words = TEXT_EMPTY;
    diff_words(rank, &words);
    diff_pace_words(&comparison->pace, rank, &words);
    printf("%11s %11s %12s %11s %9s  %-10s  %s\n", diff_size(before, rank->bytes_before),
           diff_size(after, rank->bytes_after), diff_signed(gained, rank->bytes, diff_size),
           diff_signed(objects, rank->objects, diff_count), diff_size(each, diff_each(rank)),
           whose_words(comparison, rank), command_plain(rank->name));
    printf("%24s%s\n", "", text_string(&words));
    text_release(&words);
}

static bool is_still(enum growth_shape shape)
{
    return shape == SHAPE_FLAT || shape == SHAPE_UNRESOLVED;
}

/* Those that grew; with a limit of the caller's, the others behind them, as far as it goes. */
static void print_rows(const struct comparison *comparison)
{
    size_t grew = 0, most = comparison->limit > 0 ? (size_t)comparison->limit : ROWS_DEFAULT;
    while (grew < comparison->count && growth_shape_grew(comparison->ranked[grew].shape))
        grew++;
    size_t shown = comparison->limit > 0 ? comparison->count : grew;
    if (grew == 0)
        printf("no site grew\n");
    if (shown > 0)
        printf("%11s %11s %12s %11s %9s  %-10s  %s\n", "bytes in A", "in B", "gained", "objects", "each",
               "whose", comparison->format->site);
    for (size_t i = 0; i < shown && i < most; i++)
        print_row(comparison, &comparison->ranked[i]);
    if (grew > most)
        printf("  and %zu more that gained less (--limit N shows more)\n", grew - most);
}

/* What is large and did not grow deserves a word: it is what people suspect first. */
static void print_rest(const struct comparison *comparison)
{
    const struct site_rank *largest = NULL;
    size_t flat = 0, unresolved = 0, shrank = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct site_rank *rank = &comparison->ranked[i];
        flat += rank->shape == SHAPE_FLAT;
        unresolved += rank->shape == SHAPE_UNRESOLVED;
        shrank += !growth_shape_grew(rank->shape) && !is_still(rank->shape);
        if (is_still(rank->shape) && (largest == NULL || rank->bytes_after > largest->bytes_after))
            largest = rank;
    }
    char held[UNITS_SIZE];
    printf("%zu unchanged, %zu within what the format leaves unknown", flat, unresolved);
    if (largest != NULL && largest->bytes_after > 0)
        printf(" (the largest holds %s: %s)", diff_size(held, largest->bytes_after),
               command_plain(largest->name));
    printf(", %zu shrank, %zu of the snapshotter's own left out\n", shrank, comparison->own);
}

static void print_total(const struct comparison *comparison)
{
    struct text words = TEXT_EMPTY;
    struct diff_total total = diff_total_of(comparison->ranked, comparison->count);
    diff_total_words(&comparison->pace, &total, &words);
    if (words.length > 0)
        printf("%s\n", words.bytes);
    text_release(&words);
}

static void print_table(const struct comparison *comparison)
{
    const struct snapshot *a = &comparison->snapshots[0], *b = &comparison->snapshots[1];
    printf("%s -> %s (%s: %s)\n", command_plain(comparison->paths[0]), command_plain(comparison->paths[1]),
           b->format, comparison->format->unit);
    print_rows(comparison);
    print_rest(comparison);
    print_total(comparison);
    size_t skipped = a->skipped + b->skipped;
    if (skipped > 0)
        printf("%zu line%s not understood\n", skipped, skipped == 1 ? " was" : "s were");
}

/* JSON has no NaN. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Numbers of a site, by name. */
static const struct {
    const char *key;
    size_t offset;
} site_numbers[] = {
    {"bytes", offsetof(struct site_rank, allocated)},
    {"requested_bytes", offsetof(struct site_rank, bytes)},
    {"objects", offsetof(struct site_rank, objects)},
    {"uncertain_bytes", offsetof(struct site_rank, quantum)},
    {"bytes_before", offsetof(struct site_rank, bytes_before)},
    {"bytes_after", offsetof(struct site_rank, bytes_after)},
    {"objects_before", offsetof(struct site_rank, objects_before)},
    {"objects_after", offsetof(struct site_rank, objects_after)},
    {"bytes_per_request", offsetof(struct site_rank, bytes_per_request)},
    {"requested_bytes_per_request", offsetof(struct site_rank, requested_bytes_per_request)},
    {"objects_per_request", offsetof(struct site_rank, objects_per_request)},
};

static json_t *site_object(const struct comparison *comparison, const struct site_rank *rank)
{
    const char *listed = rank->only_after ? "after" : rank->only_before ? "before" : "both";
    const char *whose = comparison->format->code ? whose_name(site_whose(rank->name)) : NULL;
    struct text words = TEXT_EMPTY;
    diff_words(rank, &words);
    json_t *site = json_pack("{s:s, s:s?, s:s, s:s, s:s, s:o}", "site", rank->name, "whose", whose, "growth",
                             growth_shape_name(rank->shape), "listed", listed, "words", text_string(&words),
                             "bytes_each", number(diff_each(rank)));
    for (size_t i = 0; site != NULL && i < sizeof site_numbers / sizeof *site_numbers; i++)
        json_object_set_new(site, site_numbers[i].key,
                            number(*(const double *)((const char *)rank + site_numbers[i].offset)));
    if (comparison->pace.over_ns > 0)
        json_object_set_new(site, "requested_bytes_per_day",
                            number(diff_per_day(&comparison->pace, rank->bytes)));
    text_release(&words);
    return site;
}

static json_t *result_object(const struct comparison *comparison)
{
    json_t *sites = json_array();
    for (size_t i = 0; i < comparison->count; i++) {
        json_array_append_new(sites, site_object(comparison, &comparison->ranked[i]));
    }
    json_t *result = json_pack(
        "{s:i, s:s, s:i, s:s, s:s*, s:s*, s:I, s:I, s:I, s:o}", "schema", 1, "command", "diff", "exit", 0,
        "format", comparison->snapshots[1].format, "before", comparison->paths[0], "after",
        comparison->paths[1], "requests", (json_int_t)comparison->requests, "skipped_lines",
        (json_int_t)(comparison->snapshots[0].skipped + comparison->snapshots[1].skipped), "own_sites",
        (json_int_t)comparison->own, "sites", sites);
    struct diff_total total = diff_total_of(comparison->ranked, comparison->count);
    if (result != NULL)
        diff_pace_json(&comparison->pace, &total, result);
    return result;
}

static int write_json(const struct comparison *comparison, const char *path, struct err *err)
{
    json_t *result = result_object(comparison);
    int failed = json_file_write(result, JSON_INDENT(1) | JSON_REAL_PRECISION(12), path, err);
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
    comparison.limit = options.limit;
    int failed =
        diff_pace_set(&comparison.pace, options.over_ns, options.observed, options.workers, &err) != 0;
    if (!failed && strcmp(comparison.paths[0], "-") == 0 && strcmp(comparison.paths[1], "-") == 0)
        failed = err_set(&err, ERR_USAGE, "only one of the two snapshots can come from standard input");
    struct waiting *waiting = waiting_begin("reading the snapshots", globals->quiet);
    failed = failed || compare(&comparison, options.format, &err) != 0;
    waiting_end(waiting);
    if (!failed && options.json != NULL)
        failed = write_json(&comparison, options.json, &err);
    bool own_output = options.json != NULL && strcmp(options.json, "-") == 0;
    if (!failed && !own_output && !globals->quiet)
        print_table(&comparison);
    release(&comparison);
    return failed ? command_fail(&err) : 0;
}
