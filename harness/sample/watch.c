#include "sample/watch_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct source_kind *const kinds[SOURCES] = {&source_processes, &source_cgroup, &source_docker,
                                                         &source_live, &source_offered};

static int check_name(const struct watch *watch, size_t index, const char *file, struct err *err)
{
    const char *name = watch_signal(watch, index)->name;
    for (size_t i = 0; i < index; i++)
        if (strcmp(watch_signal(watch, i)->name, name) == 0)
            return err_set(err, ERR_USAGE, "%s: signal '%s': %s", file, name,
                           watch_signal(watch, i)->promised ? "the name is there twice"
                                                            : "the name of a built-in signal");
    return 0;
}

static int open_sources(struct watch *watch, const struct service *service, struct err *err)
{
    for (size_t i = 0; i < SOURCES; i++) {
        struct source *source = &watch->sources[i];
        *source = (struct source){.kind = kinds[i], .loop = watch->loop};
        if (source->kind->open(source, service, err) != 0)
            return -1;
        watch->first[i + 1] = watch->first[i] + source->count;
        for (size_t signal = watch->first[i]; signal < watch->first[i + 1]; signal++)
            if (check_name(watch, signal, service->file, err) != 0)
                return -1;
    }
    return 0;
}

struct watch *watch_new(const struct service *service, struct loop *loop, struct err *err)
{
    struct watch *watch = xcalloc(1, sizeof *watch);
    watch->loop = loop;
    family_attach(&watch->family, -1);
    if (open_sources(watch, service, err) != 0) {
        watch_free(watch);
        return NULL;
    }
    watch->complaints = xcalloc(watch_count(watch) + 1, sizeof *watch->complaints);
    return watch;
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    watch_drop_reading(watch);
    for (size_t i = 0; watch->complaints != NULL && i < watch_count(watch); i++)
        free(watch->complaints[i]);
    for (size_t i = 0; i < SOURCES; i++)
        if (watch->sources[i].kind != NULL)
            watch->sources[i].kind->release(&watch->sources[i]);
    family_release(&watch->family);
    free(watch->complaints);
    free(watch);
}

void watch_attach(struct watch *watch, const struct watched *watched)
{
    struct watched known = *watched;
    watch_drop_reading(watch);
    family_attach(&watch->family, watched->pid);
    known.family = &watch->family;
    for (size_t i = 0; i < SOURCES; i++)
        if (watch->sources[i].kind->attach != NULL)
            watch->sources[i].kind->attach(&watch->sources[i], &known);
}

size_t watch_count(const struct watch *watch)
{
    return watch->first[SOURCES];
}

static size_t source_of(const struct watch *watch, size_t index)
{
    size_t source = 0;
    while (index >= watch->first[source + 1])
        source++;
    return source;
}

const struct watch_signal *watch_signal(const struct watch *watch, size_t index)
{
    size_t source = source_of(watch, index);
    return &watch->sources[source].signals[index - watch->first[source]];
}

const char *watch_complaint(const struct watch *watch, size_t index)
{
    return watch->complaints[index];
}

void watch_read_cheap(struct watch *watch, double *values)
{
    watch_set_gaps(values, watch_count(watch));
    for (size_t i = 0; i < SOURCES; i++)
        if (watch->sources[i].kind->read_cheap != NULL && watch->sources[i].count > 0)
            watch->sources[i].kind->read_cheap(&watch->sources[i], values + watch->first[i]);
}

bool watch_restarted(struct watch *watch)
{
    return family_lost_one(&watch->family);
}

size_t watch_short_lived(const struct watch *watch)
{
    return watch->family.short_lived;
}

bool watch_gone(const struct watch *watch)
{
    return watch->family.tree.count == 0;
}

size_t watch_workers(const struct watch *watch)
{
    return family_workers(&watch->family);
}

/* The source that tells allocation sites; NULL: none has signals for this service. */
static const struct source *teller(const struct watch *watch)
{
    for (size_t i = 0; i < SOURCES; i++)
        if (watch->sources[i].count > 0 && watch->sources[i].kind->snapshot != NULL)
            return &watch->sources[i];
    return NULL;
}

const char *watch_snapshot_by(const struct watch *watch)
{
    const struct source *source = teller(watch);
    return source != NULL ? source->kind->about(source) : NULL;
}

int watch_snapshot(struct watch *watch, enum snapshot_step step, const struct snapshot_taker *taker,
                   struct err *err)
{
    const struct source *source = teller(watch);
    if (source != NULL)
        return source->kind->snapshot(source, step, taker, err);
    return err_set(err, ERR_USAGE,
                   "no allocation sites: the service offers no snapshot, and no agent is there");
}

size_t watch_processes(const struct watch *watch)
{
    return watch->family.tree.count;
}

/* A source numbers its own signals from 0. */
struct renumbering {
    struct process_teller outer;
    size_t first;
};

static void tell_renumbered(void *owner, size_t signal, pid_t pid, double value)
{
    const struct renumbering *renumbering = owner;
    renumbering->outer.tell(renumbering->outer.owner, renumbering->first + signal, pid, value);
}

void watch_each_process(const struct watch *watch,
                        void (*tell)(void *owner, size_t signal, pid_t pid, double value), void *owner)
{
    for (size_t i = 0; i < SOURCES; i++) {
        const struct source *source = &watch->sources[i];
        struct renumbering renumbering = {{tell, owner}, watch->first[i]};
        if (source->count > 0 && source->kind->each_process != NULL)
            source->kind->each_process(source, &(struct process_teller){tell_renumbered, &renumbering});
    }
}

const char *watch_about(const struct watch *watch, size_t index)
{
    const struct source *source = &watch->sources[source_of(watch, index)];
    return source->kind->about != NULL ? source->kind->about(source) : NULL;
}

double watch_peak_bytes(struct watch *watch)
{
    family_read(&watch->family);
    return watch->family.peak_bytes;
}

double watch_resident_bytes(struct watch *watch)
{
    family_read(&watch->family);
    return watch->family.resident_bytes;
}
