/* The signal of a control group: what all processes in it hold together, as the kernel charges it. */
#include "sample/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sample/source.h"

#define STAT_BYTES 16384 /* memory.stat is 1 to 2 KiB */

struct cgroup {
    const struct watch_spec *watch;
    struct watch_signal signal;
    int file;                    /* memory.stat, kept open; -1: none */
    char path[CGROUP_PATH + 16]; /* of that file */
    char *why;                   /* there is no file */
};

/* A server that seep starts is in seep's own group, which counts seep: there is nothing to tell. */
static bool can_be_apart(const struct service *service)
{
    return service->start.kind != START_COMMAND || service->watch.kind != WATCH_STARTED;
}

static int open_cgroup(struct source *source, const struct service *service, struct err *err)
{
    (void)err;
    struct cgroup *self = xcalloc(1, sizeof *self);
    self->watch = &service->watch;
    self->file = -1;
    self->signal = (struct watch_signal){.name = "cgroup_anon",
                                         .unit = UNIT_BYTES,
                                         .cheap = true,
                                         .promised = service->watch.kind == WATCH_CGROUP};
    source->self = self;
    source->signals = &self->signal;
    source->count = can_be_apart(service) ? 1 : 0;
    return 0;
}

static void let_go(struct cgroup *self)
{
    if (self->file >= 0)
        close(self->file);
    free(self->why);
    self->file = -1;
    self->why = NULL;
}

static void release_cgroup(struct source *source)
{
    if (source->self != NULL)
        let_go(source->self);
    free(source->self);
}

static bool read_place(const char *file, struct cgroup_place *place)
{
    struct text text = TEXT_EMPTY;
    bool found =
        text_read_file(&text, file, 1 << 16, NULL) == 0 && cgroup_parse_place(text_string(&text), place);
    text_release(&text);
    return found;
}

static bool read_mount(bool v1, struct cgroup_mount *mount)
{
    struct text text = TEXT_EMPTY;
    bool found = text_read_file(&text, "/proc/self/mountinfo", 1 << 22, NULL) == 0 &&
                 cgroup_parse_mount(text_string(&text), v1, mount);
    text_release(&text);
    return found;
}

/* Each returns NULL, or why there is none; the caller's. */
static char *find_named(const char *name, char directory[CGROUP_PATH])
{
    struct cgroup_mount mount;
    if (name[0] == '/') {
        snprintf(directory, CGROUP_PATH, "%s", name);
        return NULL;
    }
    if (!read_mount(true, &mount) && !read_mount(false, &mount))
        return xstrdup("no memory control groups are mounted here");
    snprintf(directory, CGROUP_PATH, "%.*s/%.*s", CGROUP_PATH / 2, mount.point, CGROUP_PATH / 2 - 2, name);
    return NULL;
}

static char *find_of_process(pid_t pid, char directory[CGROUP_PATH])
{
    struct cgroup_place own, place;
    struct cgroup_mount mount;
    char file[64];
    snprintf(file, sizeof file, "/proc/%d/cgroup", (int)pid);
    if (pid <= 0)
        return xstrdup("no process of the target can be read here");
    if (!read_place(file, &place) || !read_place("/proc/self/cgroup", &own))
        return xasprintf("%s names no memory control group", file);
    if (cgroup_holds(&place, &own))
        return xasprintf("process %d is in %s, which holds seep as well", (int)pid, place.path);
    if (!read_mount(place.v1, &mount) || !cgroup_directory(&mount, place.path, directory))
        return xasprintf("the control group %s of process %d is not mounted here", place.path, (int)pid);
    return NULL;
}

static void attach_cgroup(struct source *source, const struct watched *watched)
{
    struct cgroup *self = source->self;
    char directory[CGROUP_PATH];
    let_go(self);
    if (source->count == 0)
        return;
    self->why = self->watch->kind == WATCH_CGROUP ? find_named(self->watch->path, directory)
                                                  : find_of_process(watched->pid, directory);
    if (self->why != NULL)
        return;
    snprintf(self->path, sizeof self->path, "%s/memory.stat", directory);
    self->file = open(self->path, O_RDONLY | O_CLOEXEC);
    if (self->file < 0)
        self->why = xasprintf("%s: %s", self->path, strerror(errno));
}

/* A group of the same name that comes after this one is another: it is not looked for. */
static char *read_anon(const struct cgroup *self, double *value)
{
    char text[STAT_BYTES];
    *value = (double)NAN;
    if (self->file < 0)
        return xstrdup(self->why != NULL ? self->why : "no target is attached");
    ssize_t length = pread(self->file, text, sizeof text - 1, 0);
    if (length < 0)
        return errno == ENODEV ? xasprintf("%s: the control group is gone", self->path)
                               : xasprintf("%s: %s", self->path, strerror(errno));
    text[length] = '\0';
    *value = cgroup_parse_anon(text);
    return isnan(*value) ? xasprintf("%s says neither anon nor rss", self->path) : NULL;
}

static void read_cheap(struct source *source, double *values)
{
    free(read_anon(source->self, values));
}

static void start_read(struct source *source, struct source_reading *reading)
{
    char *why = read_anon(source->self, reading->values);
    if (why != NULL)
        source_complain(reading, 0, why);
    source_done(reading);
}

static const char *about(const struct source *source)
{
    const struct cgroup *self = source->self;
    return self->file >= 0 ? self->path : NULL;
}

const struct source_kind source_cgroup = {
    .name = "cgroup",
    .open = open_cgroup,
    .release = release_cgroup,
    .attach = attach_cgroup,
    .read_cheap = read_cheap,
    .start_read = start_read,
    .about = about,
};
