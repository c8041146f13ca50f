/* Which runs belong together, and whether they can be joined. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/units.h"
#include "flow/merge_inside.h"

/* What one store has. */
struct found {
    struct shard_run *runs;
    size_t count;
};

static void found_release(struct found *found)
{
    for (size_t i = 0; i < found->count; i++)
        shard_run_release(&found->runs[i]);
    free(found->runs);
}

/* The run is the part's from now on. */
static void add_part(struct merging *merging, const char *path, struct store *store,
                     struct shard_run *run_take)
{
    merging->parts = xrealloc(merging->parts, (merging->count + 1) * sizeof *merging->parts);
    merging->parts[merging->count++] =
        (struct part){.path = path, .store = store, .run = *run_take, .from_s = NAN, .to_s = NAN};
    memset(run_take, 0, sizeof *run_take);
}

static int none_fits(const char *path, const struct found *found, const char *first_path,
                     const struct shard_run *first, struct err *err)
{
    if (found->count == 0)
        return err_set(err, ERR_USAGE, "%s: no run in it is a shard (`seep run --shard`)", path);
    const struct shard_run *run = &found->runs[0];
    if (run->shards != first->shards)
        return err_set(err, ERR_USAGE, "%s: run %lld is shard %zu of %zu, but that of %s is one of %zu", path,
                       (long long)run->run, run->shard, run->shards, first_path, first->shards);
    return err_set(err, ERR_USAGE,
                   "%s: run %lld is a shard of another run than run %lld of %s: recordings, endpoints, load, "
                   "seed, --label or --start-at differ",
                   path, (long long)run->run, (long long)first->run, first_path);
}

static int take_store(struct merging *merging, const struct merge_options *options, size_t index,
                      struct shard_run *first, struct err *err)
{
    const char *path = options->paths[index];
    struct found found = {0};
    struct store *store = store_open_read_only(path, err);
    if (store == NULL)
        return -1;
    merging->sources[merging->source_count++] = store;
    int failed = store_read_shards(store, &found.runs, &found.count, err);
    if (!failed && first->key == NULL && found.count > 0)
        *first = (struct shard_run){
            .run = found.runs[0].run, .shards = found.runs[0].shards, .key = xstrdup(found.runs[0].key)};
    size_t before = merging->count;
    for (size_t i = 0; !failed && i < found.count; i++)
        if (strcmp(found.runs[i].key, first->key) == 0 && found.runs[i].shards == first->shards)
            add_part(merging, path, store, &found.runs[i]);
    if (!failed && merging->count == before)
        failed = none_fits(path, &found, options->paths[0], first, err);
    found_release(&found);
    return failed;
}

static int by_number(const void *a, const void *b)
{
    const struct part *one = a, *other = b;
    return (one->run.shard > other->run.shard) - (one->run.shard < other->run.shard);
}

static int refuse_doubles(const struct merging *merging, struct err *err)
{
    for (size_t i = 1; i < merging->count; i++) {
        const struct part *one = &merging->parts[i - 1], *other = &merging->parts[i];
        if (one->run.shard == other->run.shard)
            return err_set(
                err, ERR_USAGE,
                "shard %zu of %zu is there twice: %s run %lld, and %s run %lld (what both sent went "
                "to the server; runs that are not one differ in --label or --start-at)",
                one->run.shard, one->run.shards, one->path, (long long)one->run.run, other->path,
                (long long)other->run.run);
    }
    return 0;
}

static void say_missing(struct merging *merging, char *what_take)
{
    char *before = merging->missing;
    merging->missing = before != NULL ? xasprintf("%s; %s", before, what_take) : xstrdup(what_take);
    free(before);
    free(what_take);
}

static char *how_it_ended(const struct part *part)
{
    if (!part->run.ended)
        return xasprintf(
            "shard %zu of %zu has not ended: it is still under way, or its seep died (%s run %lld)",
            part->run.shard, part->run.shards, part->path, (long long)part->run.run);
    return xasprintf("shard %zu of %zu ended in an error (%s run %lld): %s", part->run.shard,
                     part->run.shards, part->path, (long long)part->run.run, part->run.reason);
}

static void note_missing(struct merging *merging)
{
    size_t next = 0;
    for (size_t shard = 0; shard < merging->shards; shard++) {
        const struct part *part =
            next < merging->count && merging->parts[next].run.shard == shard ? &merging->parts[next] : NULL;
        next += part != NULL;
        if (part == NULL)
            say_missing(merging, xasprintf("shard %zu of %zu is missing", shard, merging->shards));
        else if (part->run.kept == NULL || !part->run.ended)
            say_missing(merging, how_it_ended(part));
    }
}

/* Of a shard that kept nothing: as its outcomes stand. */
static int count_outcome(void *owner, const struct outcome_row *row)
{
    struct part *part = owner;
    double until_s = (double)(row->second + (row->seconds > 0 ? row->seconds : 1));
    if (isnan(part->from_s)) {
        part->from_s = (double)row->second;
        marks_end(&part->marks, part->from_s, 0);
    }
    double so_far = part->marks.items[part->marks.count - 1].requests + (double)row->tally.done;
    if (until_s > part->marks.items[part->marks.count - 1].at_s)
        marks_end(&part->marks, until_s, so_far);
    part->marks.items[part->marks.count - 1].requests = so_far;
    part->to_s = fmax(isnan(part->to_s) ? 0 : part->to_s, until_s);
    return 0;
}

static void take_marks(struct part *part)
{
    const json_t *marks = json_object_get(part->kept, "marks");
    for (size_t i = 0; i + 1 < json_array_size(marks); i += 2)
        marks_end(&part->marks, json_number_value(json_array_get(marks, i)),
                  json_number_value(json_array_get(marks, i + 1)));
    part->from_s = json_number(part->kept, "from_s", NAN);
    part->to_s = json_number(part->kept, "to_s", NAN);
    part->began_us = json_number(part->kept, "began_us", (double)part->run.started_us);
}

/* What was counted at the end, and what stands in the rows, is the same: else some were lost. */
static int check_rows(const struct part *part, struct err *err)
{
    double planned = json_number(part->kept, "planned", 0);
    if ((double)part->so_far.tally.planned == planned)
        return 0;
    return err_set(err, ERR_USAGE,
                   "%s: rows of run %lld are missing: %.0f requests were planned, %llu are told", part->path,
                   (long long)part->run.run, planned, (unsigned long long)part->so_far.tally.planned);
}

static int load_part(struct part *part, struct err *err)
{
    part->began_us = (double)part->run.started_us;
    if (store_read_so_far(part->store, part->run.run, &part->so_far, err) != 0)
        return -1;
    if (part->run.kept == NULL || !part->run.ended)
        return store_each_outcome(part->store, part->run.run, count_outcome, part, err);
    part->kept = json_read(part->run.kept, strlen(part->run.kept), part->path, err);
    if (part->kept == NULL)
        return -1;
    if (json_number(part->kept, "format", 0) != MERGE_KEPT_FORMAT)
        return err_set(err, ERR_USAGE,
                       "%s: run %lld was made by another seep, which keeps other things of a shard",
                       part->path, (long long)part->run.run);
    take_marks(part);
    return check_rows(part, err);
}

static double began_of(const struct merging *merging)
{
    double began_us = INFINITY;
    for (size_t i = 0; i < merging->count; i++)
        began_us = fmin(began_us, merging->parts[i].began_us);
    return began_us;
}

static int check_overlap(const struct part *first, const struct part *part, struct err *err)
{
    double apart = fmax(part->from_s + part->offset_s - first->to_s - first->offset_s,
                        first->from_s + first->offset_s - part->to_s - part->offset_s);
    char seconds[UNITS_SIZE];
    if (!(apart > 0) || first->so_far.tally.planned == 0 || part->so_far.tally.planned == 0)
        return 0; /* what sent nothing was at no time */
    return err_set(err, ERR_USAGE,
                   "shard %zu of %zu (%s run %lld) was not sending while shard 0 did: %s lie between them "
                   "(--start-at begins all at once)",
                   part->run.shard, part->run.shards, part->path, (long long)part->run.run,
                   units_duration(seconds, apart));
}

static int place(struct merging *merging, struct err *err)
{
    double began_us = began_of(merging);
    for (size_t i = 0; i < merging->count; i++)
        merging->parts[i].offset_s = (merging->parts[i].began_us - began_us) / 1e6;
    const struct part *first = merging_first(merging);
    for (size_t i = 0; first != NULL && i < merging->count; i++)
        if (check_overlap(first, &merging->parts[i], err) != 0)
            return -1;
    return 0;
}

static bool any_kept(const struct merging *merging)
{
    for (size_t i = 0; i < merging->count; i++)
        if (merging->parts[i].kept != NULL)
            return true;
    return false;
}

int merge_collect(struct merging *merging, const struct merge_options *options, struct err *err)
{
    struct shard_run first = {0};
    int failed = 0;
    merging->sources = xcalloc(options->count, sizeof(struct store *));
    for (size_t i = 0; !failed && i < options->count; i++)
        failed = take_store(merging, options, i, &first, err);
    merging->shards = first.shards;
    shard_run_release(&first);
    if (failed)
        return -1;
    qsort(merging->parts, merging->count, sizeof *merging->parts, by_number);
    if (refuse_doubles(merging, err) != 0)
        return -1;
    note_missing(merging);
    if (merging->missing != NULL && !options->partial)
        return err_set(err, ERR_USAGE, "%s (--partial merges the others, and shows nothing by it)",
                       merging->missing);
    for (size_t i = 0; i < merging->count; i++)
        if (load_part(&merging->parts[i], err) != 0)
            return -1;
    if (!any_kept(merging))
        return err_set(err, ERR_USAGE, "%s: there is nothing to merge", merging->missing);
    return place(merging, err);
}

void merging_release(struct merging *merging)
{
    for (size_t i = 0; i < merging->count; i++) {
        struct part *part = &merging->parts[i];
        shard_run_release(&part->run);
        json_decref(part->kept);
        marks_release(&part->marks);
        so_far_release(&part->so_far);
    }
    for (size_t i = 0; i < merging->source_count; i++)
        store_close(merging->sources[i]);
    free(merging->sources);
    free(merging->parts);
    free(merging->missing);
}

const struct part *merging_first(const struct merging *merging)
{
    return merging->count > 0 && merging->parts[0].run.shard == 0 ? &merging->parts[0] : NULL;
}

double merging_requests(const struct merging *merging, double at_s, double own)
{
    double requests = own;
    for (size_t i = 0; i < merging->count; i++)
        if (merging->parts[i].run.shard != 0)
            requests += floor(marks_at(&merging->parts[i].marks, at_s - merging->parts[i].offset_s));
    return requests;
}
