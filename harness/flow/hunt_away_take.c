/* What a driver sent: its answers to the search, its rows into the store of the hunt. */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/new_file.h"
#include "flow/hunt_away.h"
#include "flow/kept_times.h"

/* Where a driver's rows go. */
struct taking {
    struct hunt *hunt;
    struct trials *trials; /* of the lane: its sums are those of the run */
    struct store *from;
    struct told_away *told;
    double offset_s;  /* its own seconds plus this are those of the hunt */
    int64_t *numbers; /* of its trials, from 1: those of the hunt */
    size_t count;
};

void told_away_release(struct told_away *told)
{
    json_decref(told->document);
    *told = (struct told_away){0};
}

static enum err_code code_of(double number)
{
    static const enum err_code codes[] = {ERR_TARGET, ERR_USAGE, ERR_REFUSED, ERR_INTERNAL};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if ((int)number == (int)codes[i])
            return codes[i];
    return number == 0 ? ERR_NONE : ERR_INTERNAL;
}

static void read_told(struct told_away *told)
{
    double halt = json_number(told->document, "halt", HALT_NONE);
    const char *why = json_text(told->document, "why");
    told->deciders = json_object_get(told->document, "deciders");
    told->error = code_of(json_number(told->document, "error", 0));
    told->halt = halt >= HALT_NONE && halt <= HALT_ERROR ? (enum halt)halt : HALT_ERROR;
    told->why = why != NULL ? why : "the driver did not say why";
}

/* A file that SQLite can open. */
static char *write_store(const struct text *bytes, struct err *err)
{
    char *path = xasprintf("%s/seep-trial-XXXXXX", new_file_place());
    int file = mkostemp(path, O_CLOEXEC);
    int failed = file < 0 || text_write(bytes, file) != 0 ? err_file(err, path) : 0;
    if (file >= 0)
        close(file);
    if (!failed)
        return path;
    if (file >= 0)
        unlink(path);
    free(path);
    return NULL;
}

static int64_t number_of(const struct taking *taking, int64_t own)
{
    return own >= 1 && (size_t)own <= taking->count ? taking->numbers[own - 1] : 0;
}

/* Of trials that did not begin there is none: numbers are given to those that did. */
static int take_trials(struct taking *taking, struct err *err)
{
    struct trial *trials;
    size_t count;
    if (store_read_trials(taking->from, 1, &trials, &count, err) != 0)
        return -1;
    taking->numbers = xcalloc(count + 1, sizeof *taking->numbers);
    taking->count = count;
    for (size_t i = 0; i < count; i++) {
        taking->numbers[i] = trials_shared_number(taking->trials->shared);
        trials[i].number = taking->numbers[i];
        trials[i].started_s += taking->offset_s;
        trials[i].ended_s += taking->offset_s;
        store_put_trial(taking->hunt->options->trials.store, taking->hunt->options->trials.run, &trials[i]);
        trial_release(&trials[i]);
    }
    free(trials);
    return 0;
}

static int take_blocks(struct taking *taking, struct err *err)
{
    const struct trials_options *options = &taking->hunt->options->trials;
    struct block *blocks;
    size_t count;
    if (store_read_blocks(taking->from, 1, &blocks, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        blocks[i].trial = number_of(taking, blocks[i].trial);
        blocks[i].started_s += taking->offset_s;
        blocks[i].ended_s += taking->offset_s;
        store_put_block(options->store, options->run, &blocks[i]);
        block_release(&blocks[i]);
    }
    free(blocks);
    return 0;
}

static int take_measurements(struct taking *taking, struct err *err)
{
    const struct trials_options *options = &taking->hunt->options->trials;
    struct measurement *list;
    size_t count;
    if (store_read_measurements(taking->from, 1, &list, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        list[i].trial = number_of(taking, list[i].trial);
        store_put_measurement(options->store, options->run, &list[i]);
        measurement_release(&list[i]);
    }
    free(list);
    return 0;
}

static int put_sample(void *owner, const struct sample *sample)
{
    const struct taking *taking = owner;
    const struct trials_options *options = &taking->hunt->options->trials;
    struct sample moved = *sample;
    moved.trial = number_of(taking, sample->trial);
    moved.at_s += taking->offset_s;
    store_put_sample(options->store, options->run, &moved);
    return 0;
}

static int put_snapshot(void *owner, int64_t trial, uint64_t requests, const char *name,
                        const struct snapshot *snapshot)
{
    const struct taking *taking = owner;
    const struct trials_options *options = &taking->hunt->options->trials;
    store_put_snapshot(options->store, options->run, number_of(taking, trial), requests, name, snapshot);
    return 0;
}

static size_t endpoint_of(const struct service *service, const char *name)
{
    size_t count = service->endpoint_count + service->setup_count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(service_endpoint((struct service *)service, i)->name, name) == 0)
            return i;
    return count;
}

/* Also into the sums of the lane, which the result is made of. Seconds stay whole. */
static int put_outcome(void *owner, const struct outcome_row *row)
{
    struct taking *taking = owner;
    const struct trials_options *options = &taking->hunt->options->trials;
    size_t endpoint = endpoint_of(options->service, row->endpoint);
    struct outcome_row moved = *row;
    moved.trial = number_of(taking, row->trial);
    moved.second += llround(taking->offset_s);
    store_put_outcomes(options->store, options->run, &moved);
    if (endpoint < taking->trials->endpoints)
        tally_merge(&taking->trials->by_endpoint[endpoint], &row->tally);
    tally_merge(&taking->trials->all, &row->tally);
    return 0;
}

static void take_times(struct taking *taking)
{
    const json_t *list = json_object_get(taking->told->document, "endpoints");
    for (size_t at = 0; at < json_array_size(list); at++) {
        const json_t *object = json_array_get(list, at);
        const char *name = json_text(object, "name");
        size_t endpoint =
            name != NULL ? endpoint_of(taking->hunt->service, name) : taking->hunt->service->endpoint_count;
        if (endpoint < taking->hunt->service->endpoint_count)
            kept_times_take(&taking->trials->latencies[endpoint], object);
    }
}

static uint64_t count_told(const struct told_away *told, const char *name)
{
    double value = json_number(told->document, name, 0);
    return value > 0 && value <= 0x1p53 ? (uint64_t)value : 0;
}

static void take_sums(struct taking *taking)
{
    struct trials *trials = taking->trials;
    const struct told_away *told = taking->told;
    double peak = json_number(told->document, "peak_bytes", NAN),
           warm = json_number(told->document, "warm_bytes", NAN);
    const char *live_by = json_text(told->document, "live_by");
    trials->requests += count_told(told, "requests");
    trials->asked_again += count_told(told, "asked_again");
    trials->replaced += count_told(told, "replaced");
    if (!isnan(warm))
        trials->warm_bytes = warm;
    if (peak > trials->peak_bytes || (isnan(trials->peak_bytes) && !isnan(peak))) {
        trials->peak_bytes = peak;
        trials->kept_bytes = json_number(told->document, "kept_bytes", NAN);
    }
    /* the first lane is asked who told it */
    if (live_by != NULL && *live_by != '\0')
        snprintf(taking->hunt->places[0].trials->live_by, sizeof trials->live_by, "%s", live_by);
}

/* A caveat is told once, however many trials had it. */
static void take_caveats(struct taking *taking)
{
    const json_t *list = json_object_get(taking->told->document, "caveats");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *caveat = json_string_value(json_array_get(list, i));
        if (caveat != NULL && !strings_has(&taking->hunt->result->caveats, caveat))
            strings_add(&taking->hunt->result->caveats, caveat);
    }
}

/* A driver may have answered more than it was asked. Before there is a search, answers wait for it; but those of a first look
 * that was not whole, which is begun again. */
static int take_answers(struct taking *taking, struct err *err)
{
    struct hunt *hunt = taking->hunt;
    struct probe *probes = NULL;
    size_t count = 0;
    bool whole = hunt->search != NULL || taking->told->halt == HALT_NONE;
    int failed = store_read_probes(taking->from, 1, &probes, &count, err);
    for (size_t i = 0; i < count; i++) {
        bool wanted =
            !failed && whole && probes[i].number > 0 && hunt_probed(hunt, probes[i].question) == NULL;
        struct probed *probed = wanted ? hunt_probed_read(hunt, &probes[i], err) : NULL;
        failed = failed || (wanted && probed == NULL) ? -1 : 0;
        probe_release(&probes[i]);
        if (probed == NULL)
            continue;
        probed->trial = number_of(taking, probed->trial);
        probed->reused_from = 0;
        probed->started_s += taking->offset_s;
        probed->ended_s += taking->offset_s;
        if (hunt->search != NULL) {
            hunt_told(hunt, probed);
            continue;
        }
        hunt->early = xrealloc(hunt->early, (hunt->early_count + 1) * sizeof *hunt->early);
        hunt->early[hunt->early_count++] = probed;
    }
    free(probes);
    return failed;
}

static int take_rows(struct taking *taking, struct err *err)
{
    if (take_trials(taking, err) != 0 || take_blocks(taking, err) != 0 ||
        take_measurements(taking, err) != 0 ||
        store_each_sample(taking->from, 1, put_sample, taking, err) != 0 ||
        store_each_snapshot(taking->from, 1, put_snapshot, taking, err) != 0 ||
        store_each_outcome(taking->from, 1, put_outcome, taking, err) != 0)
        return -1;
    take_times(taking);
    take_sums(taking);
    take_caveats(taking);
    return take_answers(taking, err);
}

/* By the wall clocks of both, which have to agree as those of shards do. */
static double offset_of(const struct taking *taking)
{
    double began_us = json_number(taking->told->document, "began_us", NAN);
    double ago_s = ((double)clock_wall_us() - began_us) / 1e6, now_s = trials_elapsed_s(taking->trials);
    return isfinite(ago_s) ? fmin(fmax(now_s - ago_s, 0), now_s) : now_s;
}

/* Also of a driver that ended in an error: what it had measured is measured. */
static int take_store(struct taking *taking, const struct text *bytes, struct err *err)
{
    char *path = write_store(bytes, err);
    int failed = path == NULL || (taking->from = store_open(path, err)) == NULL ? -1 : 0;
    if (!failed) {
        taking->offset_s = offset_of(taking);
        failed = take_rows(taking, err);
    }
    if (taking->from != NULL)
        store_close(taking->from);
    if (path != NULL)
        unlink(path);
    free(taking->numbers);
    free(path);
    return failed;
}

int away_take(struct away *away, bool looked, struct told_away *told, struct err *err)
{
    struct text store = TEXT_EMPTY;
    struct taking taking = {
        .hunt = away->hunt, .trials = away->hunt->places[away->lane].trials, .told = told};
    int failed = errand_unpack(&away->sent, &told->document, &store, err);
    if (!failed)
        read_told(told);
    if (!failed && looked && told->error == ERR_NONE && told->halt == HALT_NONE)
        failed = errand_take_deciders(away->hunt, told->deciders, err);
    if (!failed && looked)
        away->hunt->sites = json_is_true(json_object_get(told->document, "sites"));
    if (!failed && store.length > 0)
        failed = take_store(&taking, &store, err);
    text_release(&store);
    return failed;
}
