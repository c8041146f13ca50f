/* The example hunt, stored and retold, and what the renderers make of it. After cmocka.h. */
#ifndef TESTS_UNIT_RETOLD_H
#define TESTS_UNIT_RETOLD_H

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "example.h"
#include "flow/retell.h"
#include "report/report.h"

static char directory[64]; /* of the store */
static struct report report;

static inline int remove_one(const char *name, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status, (void)flag, (void)walk;
    return remove(name);
}

static inline int retold_setup(void **state)
{
    (void)state;
    struct err err = {0};
    char path[96];
    snprintf(directory, sizeof directory, "/tmp/seep-retold-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/seep.db", directory);
    struct store *store = store_open(path, &err);
    int64_t run = store != NULL ? example_hunt(store, true, &err) : -1;
    int status = run > 0 ? retell(store, run, &report, &err) : -1;
    store_close(store);
    return status;
}

static inline int retold_teardown(void **state)
{
    (void)state;
    report_release(&report);
    return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline char *rendered(const char *name)
{
    struct err err = {0};
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    assert_int_equal(renderer_find(name)->render(&report, out, &err), 0);
    fclose(out);
    return bytes;
}

static inline void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text);
}

#endif
