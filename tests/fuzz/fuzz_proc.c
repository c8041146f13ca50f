/* What the kernel and runtimes tell as text, read by every parser of such text: numbers that are none, lines that are cut. A
 * server names itself, its control groups and its mounts: they can say anything. */
#include <math.h>

#include "sample/cgroup.h"
#include "sample/go.h"
#include "sample/jvm.h"
#include "sample/jvm_attach.h"
#include "sample/memory_limits.h"
#include "sample/proc.h"
#include "target/listen.h"
#include "target/listening.h"
#include "target/owner.h"

#include "fuzz.h"

static void sizes(const char *text)
{
    struct proc_status status;
    struct proc_rollup rollup;
    struct proc_stat stat;
    double objects, bytes;
    proc_parse_status(text, &status);
    hold(isnan(status.anon_bytes) || status.anon_bytes >= 0);
    proc_parse_rollup(text, &rollup);
    hold(isnan(rollup.pss_bytes) || rollup.pss_bytes >= 0);
    proc_parse_stat(text, &stat);
    hold(!(cgroup_parse_anon(text) < 0));
    hold(!(memory_limits_parse_rlimit(text, "Max address space") < 0));
    if (jvm_parse_total(text, &objects, &bytes) == 0)
        hold(isfinite(objects) && isfinite(bytes));
    if (go_parse_heap(text, &objects, &bytes) == 0)
        hold(isfinite(objects) && isfinite(bytes));
}

static void places(const char *text)
{
    struct cgroup_place place, other = {false, "/"};
    struct cgroup_mount mount;
    char directory[CGROUP_PATH], id[CONTAINER_ID_SIZE];
    if (cgroup_parse_place(text, &place)) {
        hold(memchr(place.path, '\0', sizeof place.path) != NULL);
        cgroup_holds(&other, &place);
        cgroup_holds(&place, &other);
    }
    for (int v1 = 0; v1 <= 1; v1++)
        if (cgroup_parse_mount(text, v1 != 0, &mount) && cgroup_directory(&mount, "/docker/4711", directory))
            hold(memchr(directory, '\0', sizeof directory) != NULL);
    if (owner_parse_mounts(text, id))
        hold(strspn(id, "0123456789abcdef") == CONTAINER_ID_SIZE - 1);
    owner_look(text, id);
}

static void sockets(const char *text, size_t size)
{
    struct span left = {text, strlen(text)};
    uint64_t inode;
    listen_find_socket(text, "/run/shop.sock");
    FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)text, size, "r") : NULL;
    if (file != NULL) {
        listen_find_inode(file, 8080);
        fclose(file);
    }
    for (int i = 0; i < 100 && left.length > 0; i++) {
        char *line = fuzz_string(fuzz_line(&left));
        free(listening_of_line(line, &inode));
        free(line);
    }
}

static void jvm(const char *bytes, size_t size)
{
    struct jvm_identity identity;
    struct text answer = TEXT_EMPTY;
    text_add(&answer, bytes, size);
    free(jvm_parse_answer(&answer));
    text_release(&answer);
    jvm_parse_identity(bytes, &identity);
}

FUZZ_TARGET(proc)
{
    char *text = fuzz_string((struct span){(const char *)data, size});
    sizes(text);
    places(text);
    sockets(text, size);
    jvm(text, size);
    hold(!(memory_limits_parse_heap(text, size) < 0));
    free(text);
    return 0;
}
