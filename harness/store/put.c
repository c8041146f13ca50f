/* The store_put_*() functions: each copies its row and queues it. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/inside.h"

static char *copy_of(const char *text)
{
    return text != NULL ? xstrdup(text) : NULL;
}

static void *copy_bytes(const void *from, size_t size)
{
    void *copy = xmalloc(size);
    memcpy(copy, from, size);
    return copy;
}

void store_put_trial(struct store *store, int64_t run, const struct trial *trial)
{
    struct row row = {.kind = ROW_TRIAL, .run = run, .of.trial = copy_bytes(trial, sizeof *trial)};
    row.of.trial->mix = copy_of(trial->mix);
    row.of.trial->note = copy_of(trial->note);
    writer_put(store->writer, &row, NULL);
}

void store_put_block(struct store *store, int64_t run, const struct block *block)
{
    struct row row = {.kind = ROW_BLOCK, .run = run, .of.block = copy_bytes(block, sizeof *block)};
    row.of.block->mix = copy_of(block->mix);
    writer_put(store->writer, &row, NULL);
}

void store_put_sample(struct store *store, int64_t run, const struct sample *sample)
{
    struct row row = {.kind = ROW_SAMPLE, .run = run, .of.sample = *sample};
    writer_put(store->writer, &row, sample->signal);
}

void store_put_measurement(struct store *store, int64_t run, const struct measurement *measurement)
{
    struct row row = {.kind = ROW_MEASUREMENT, .run = run};
    row.of.measurement = copy_bytes(measurement, sizeof *measurement);
    row.of.measurement->mix = copy_of(measurement->mix);
    row.of.measurement->signal = copy_of(measurement->signal);
    row.of.measurement->note = copy_of(measurement->note);
    writer_put(store->writer, &row, NULL);
}

void store_put_outcomes(struct store *store, int64_t run, const struct outcome_row *outcome)
{
    struct row row = {.kind = ROW_OUTCOME, .run = run, .of.outcome = copy_bytes(outcome, sizeof *outcome)};
    writer_put(store->writer, &row, outcome->endpoint);
}

static struct snapshot copy_snapshot(const struct snapshot *from)
{
    struct snapshot copy = {.count = from->count, .skipped = from->skipped};
    copy.sites = xcalloc(from->count, sizeof *copy.sites);
    for (size_t i = 0; i < from->count; i++) {
        copy.sites[i] = from->sites[i];
        copy.sites[i].name = copy_of(from->sites[i].name);
    }
    return copy;
}

void store_put_snapshot(struct store *store, int64_t run, int64_t trial, uint64_t requests, const char *name,
                        const struct snapshot *snapshot)
{
    struct row row = {.kind = ROW_SNAPSHOT, .run = run, .of.snapshot = xcalloc(1, sizeof *row.of.snapshot)};
    *row.of.snapshot = (struct snapshot_row){
        .trial = trial,
        .requests = requests,
        .name = copy_of(name),
        .format = copy_of(snapshot->format),
        .snapshot = copy_snapshot(snapshot),
    };
    writer_put(store->writer, &row, NULL);
}

void store_put_load(struct store *store, int64_t run, const struct endpoint_load *load)
{
    struct row row = {.kind = ROW_LOAD, .run = run, .of.load = copy_bytes(load, sizeof *load)};
    row.of.load->endpoint = NULL;
    writer_put(store->writer, &row, load->endpoint);
}

void store_put_probe(struct store *store, int64_t run, const struct probe *probe)
{
    struct row row = {.kind = ROW_PROBE, .run = run, .of.probe = copy_bytes(probe, sizeof *probe)};
    row.of.probe->mix = copy_of(probe->mix);
    row.of.probe->question = copy_of(probe->question);
    row.of.probe->answer = copy_of(probe->answer);
    row.of.probe->says = copy_of(probe->says);
    row.of.probe->key = copy_of(probe->key);
    writer_put(store->writer, &row, NULL);
}

int store_flush(struct store *store, struct err *err)
{
    return writer_flush(store->writer, err);
}

int store_check(struct store *store, struct err *err)
{
    return writer_error(store->writer, err);
}

uint64_t store_waits(const struct store *store)
{
    return writer_waits(store->writer);
}
