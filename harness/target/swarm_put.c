#include "target/swarm_inside.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "base/clock.h"
#include "target/errand.h"
#include "target/parcel.h"

#define REMOVE_LIMIT_NS (60 * CLOCK_NS_PER_S)
#define PAUSE_NS (100 * CLOCK_NS_PER_MS)

static void add_mount(struct stack_file_mounts *mounts, const char *name, const char *at)
{
    mounts->items = xrealloc(mounts->items, (mounts->count + 1) * sizeof *mounts->items);
    mounts->items[mounts->count++] = (struct stack_file_mount){xstrdup(name), xstrdup(at)};
}

void swarm_mounts_release(struct stack_file_mounts *mounts)
{
    for (size_t i = 0; i < mounts->count; i++) {
        free(mounts->items[i].name);
        free(mounts->items[i].at);
    }
    free(mounts->items);
    *mounts = (struct stack_file_mounts){NULL, 0};
}

int swarm_put(const struct swarm *swarm, struct loop *loop, const struct docker *docker, const char *kind,
              const char *stack, const char *name, const char *at, const struct text *bytes,
              struct stack_file_mounts *mounts, struct err *err)
{
    char *whole = stack != NULL ? xasprintf("%s-%s", stack, name) : xasprintf("seep-%s-%s", swarm->tag, name),
         *path = xasprintf("/%s/create", kind);
    struct text base64 = TEXT_EMPTY;
    base64_write(bytes->bytes, bytes->length, &base64);
    json_t *labels = json_pack("{s:s,s:s}", LEFTOVERS_OWNER, swarm->owner, LEFTOVERS_HOME, swarm->home),
           *body = json_pack("{s:s,s:O,s:s}", "Name", whole, "Labels", labels, "Data", text_string(&base64));
    int failed = docker_ask(loop, docker, "POST", path, body, NULL, err);
    if (!failed)
        add_mount(mounts, whole, at);
    json_decref(body);
    json_decref(labels);
    text_release(&base64);
    free(whole);
    free(path);
    return failed;
}

int swarm_put_parcel(const struct swarm *swarm, struct loop *loop, const struct docker *docker,
                     const char *stack, const char *kind, const struct text *bytes, const char *name,
                     struct stack_file_mounts *mounts, struct err *err)
{
    struct text parcel = TEXT_EMPTY;
    int failed = 0;
    parcel_write(bytes->bytes, bytes->length, name, &parcel);
    for (size_t i = 0; i < parcel_parts(&parcel) && !failed; i++) {
        size_t from = i * PARCEL_PART_BYTES, left = parcel.length - from;
        struct text part = {parcel.bytes + from, left < PARCEL_PART_BYTES ? left : PARCEL_PART_BYTES, 0};
        char *part_name = parcel_part_name(kind, i), *at = xasprintf(ERRAND_AT "/%s", part_name);
        failed = swarm_put(swarm, loop, docker, "secrets", stack, part_name, at, &part, mounts, err);
        free(part_name);
        free(at);
    }
    text_release(&parcel);
    return failed;
}

/* 404: it is gone. 0: Docker does not answer. */
static bool is_gone(struct loop *loop, const struct docker *docker, const char *path)
{
    int status = docker_delete(loop, docker, path);
    return status == 404 || status == 0;
}

void swarm_remove(struct loop *loop, const struct docker *docker, struct strings *paths)
{
    int64_t end = clock_now_ns() + REMOVE_LIMIT_NS;
    for (size_t left = paths->count; left > 0 && clock_now_ns() < end;) {
        left = 0;
        for (size_t i = 0; i < paths->count; i++)
            if (*paths->items[i] != '\0') {
                if (is_gone(loop, docker, paths->items[i]))
                    *paths->items[i] = '\0';
                else
                    left++;
            }
        if (left > 0)
            nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    }
}
