#include "flow/snapshots.h"

#include <stdlib.h>
#include <string.h>

#include "format/snapshot.h"

static const struct snapshot_spec *offered(const struct trials *trials)
{
    const struct service *service = trials->options.service;
    return service->snapshot_count > 0 ? &service->snapshots[0] : NULL;
}

const char *snapshots_by(const struct trials *trials)
{
    return offered(trials) != NULL ? offered(trials)->name : watch_snapshot_by(trials->watch);
}

static int fetch_offered(struct trials *trials, struct snapshot *snapshot, struct err *err)
{
    const struct snapshot_spec *spec = offered(trials);
    struct text body = TEXT_EMPTY;
    int failed = trials_fetch(trials, spec->url, &body, err);
    if (!failed)
        failed = snapshot_parse(text_string(&body), body.length, spec->url, spec->format, snapshot, err);
    text_release(&body);
    return failed;
}

/* The sites of several processes in one snapshot: those of one name are added up when they are ranked. */
struct gathering {
    struct snapshot *snapshot;
    struct err err;
};

static void append(struct snapshot *into, struct snapshot *from)
{
    size_t count = into->count + from->count;
    if (from->count > 0)
        into->sites = xrealloc(into->sites, count * sizeof *into->sites);
    for (size_t i = 0; i < from->count; i++)
        into->sites[into->count + i] = from->sites[i];
    into->count = count;
    into->skipped += from->skipped;
    into->format = from->format;
    free(from->sites); /* their names went over */
}

static void take_one(void *owner, const char *name, const struct text *body)
{
    struct gathering *gathering = owner;
    struct snapshot one = {0};
    if (gathering->err.code != ERR_NONE ||
        snapshot_parse(body->bytes, body->length, name, NULL, &one, &gathering->err) != 0)
        return;
    if (gathering->snapshot->format != NULL && strcmp(gathering->snapshot->format, one.format) != 0)
        snapshot_release(&one); /* a helper in another language */
    else
        append(gathering->snapshot, &one);
}

static int gather_of_processes(struct trials *trials, struct snapshot *snapshot, struct err *err)
{
    struct gathering gathering = {snapshot, {0}};
    struct snapshot_taker taker = {take_one, &gathering};
    int failed = watch_snapshot(trials->watch, SNAPSHOT_TAKE, &taker, err);
    if (!failed && gathering.err.code != ERR_NONE) {
        *err = gathering.err;
        failed = -1;
    }
    return failed;
}

int snapshots_start(struct trials *trials, struct err *err)
{
    struct snapshot first = {0};
    if (trials->halt != HALT_NONE)
        return err_set(err, ERR_USAGE, "%s", trials->halt_why);
    trials_trace(trials);
    if (offered(trials) == NULL)
        return watch_snapshot(trials->watch, SNAPSHOT_START, NULL, err);
    int failed = fetch_offered(trials, &first, err); /* the first may only start the snapshotter */
    snapshot_release(&first);
    return failed;
}

int snapshots_deepen(struct trials *trials)
{
    struct err refused = {0};
    if (trials->halt != HALT_NONE || offered(trials) != NULL)
        return -1;
    return watch_snapshot(trials->watch, SNAPSHOT_DEEPEN, NULL, &refused);
}

int snapshots_take(struct trials *trials, struct snapshot *snapshot, struct err *err)
{
    *snapshot = (struct snapshot){0};
    if (trials->halt != HALT_NONE)
        return err_set(err, ERR_USAGE, "%s", trials->halt_why);
    int failed = offered(trials) != NULL ? fetch_offered(trials, snapshot, err)
                                         : gather_of_processes(trials, snapshot, err);
    if (failed) {
        snapshot_release(snapshot);
        return -1;
    }
    store_put_snapshot(trials->options.store, trials->options.run, trials->trial.number,
                       trials->trial.requests, snapshots_by(trials), snapshot);
    snapshot_drop_own(snapshot);
    return 0;
}
