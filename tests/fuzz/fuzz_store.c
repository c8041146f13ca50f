/* A store that somebody else made: SQL that is run on one of a hunt, then, behind a line "%%", bytes that are written over it,
 * four at a time (where: three of them, and what). It is told as `seep runs`, `seep report` and `seep compare` tell it: refused
 * in one line, or in every form: JSON that can be read, no escape sequence, no element of anybody's in the page. */
#include <jansson.h>
#include <sqlite3.h>

#include "example.h"
#include "flow/compare.h"
#include "flow/retell.h"
#include "flow/settings.h"
#include "report/comparison.h"

#include "fuzz.h"

#define SQL_STEPS 50000

/* What is alike in many rows is kept once in a while; columns take any kind of value, and none. */
static const char *const small[] = {
    ("DELETE FROM sample WHERE requests % 50 <> 0; DELETE FROM outcome WHERE second % 50 <> 0;"
     "DELETE FROM site WHERE number % 8 <> 0;"
     "UPDATE run SET started_us = 1700000000000000, driver_pid = 1, driver_start = 1, driver_boot = 'x'"),
    ("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
     "replace(replace(replace(sql, ' STRICT, ', ' '), ' STRICT', ''), ' NOT NULL', '') WHERE type = 'table'"),
    "PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA journal_mode = DELETE"};

static void exec(const char *path, const char *text)
{
    sqlite3 *db;
    hold(sqlite3_open(path, &db) == SQLITE_OK);
    hold(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK);
    hold(sqlite3_close(db) == SQLITE_OK);
}

static const struct text *hunt(const char *path)
{
    static struct text bytes;
    struct err err = {0};
    if (bytes.length > 0)
        return &bytes;
    unlink(path);
    struct store *store = store_open(path, &err);
    hold(store != NULL && example_hunt(store, true, &err) > 0 && example_hunt(store, false, &err) > 0);
    store_close(store);
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        exec(path, small[i]);
    hold(text_read_file(&bytes, path, SIZE_MAX, &err) == 0);
    return &bytes;
}

/* Statements reach nothing but this file, and end. */
static int allow(void *owner, int action, const char *a, const char *b, const char *c, const char *d)
{
    (void)owner, (void)a, (void)b, (void)c, (void)d;
    return action == SQLITE_ATTACH || action == SQLITE_DETACH || action == SQLITE_PRAGMA ? SQLITE_DENY
                                                                                         : SQLITE_OK;
}

static int enough(void *owner)
{
    (void)owner;
    return 1;
}

static void run_sql(const char *path, struct span text)
{
    sqlite3 *db;
    char *statements = fuzz_string(text);
    hold(sqlite3_open(path, &db) == SQLITE_OK);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 100000);
    sqlite3_exec(
        db, "PRAGMA synchronous = OFF; PRAGMA writable_schema = ON; PRAGMA ignore_check_constraints = ON",
        NULL, NULL, NULL);
    sqlite3_set_authorizer(db, allow, NULL);
    sqlite3_progress_handler(db, SQL_STEPS, enough, NULL);
    sqlite3_exec(db, statements, NULL, NULL, NULL);
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    hold(sqlite3_close(db) == SQLITE_OK);
    free(statements);
}

static void overwrite(const char *path, struct span patches)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    struct stat status;
    hold(file >= 0 && fstat(file, &status) == 0);
    for (; status.st_size > 0 && patches.length >= 4; patches.length -= 4, patches.bytes += 4) {
        const unsigned char *at = (const unsigned char *)patches.bytes;
        off_t where = (off_t)(at[0] << 16 | at[1] << 8 | at[2]) % status.st_size;
        hold(pwrite(file, at + 3, 1, where) == 1);
    }
    close(file);
}

static void hold_form(const char *name, const char *bytes, size_t length)
{
    hold(memchr(bytes, '\x1b', length) == NULL);
    if (strcmp(name, "json") == 0) {
        json_t *read = json_loadb(bytes, length, 0, NULL);
        hold(read != NULL);
        json_decref(read);
    } else if (strcmp(name, "html") == 0 || strcmp(name, "junit") == 0)
        hold(!fuzz_holds(bytes, length, "<seep-x"));
}

static void render(const struct renderer *renderer, const struct report *report)
{
    struct err err = {0};
    char *bytes = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&bytes, &length);
    int failed = renderer->render(report, out, &err);
    fclose(out);
    if (failed)
        hold_one_line(&err);
    else
        hold_form(renderer->name, bytes, length);
    free(bytes);
}

/* JSON always, which is all of it; of the other forms one, since pages take their time. */
static void report_one(struct store *store, int64_t run, size_t which)
{
    struct report report;
    struct settings settings;
    struct err err = {0};
    size_t forms = 0;
    while (renderers[forms].name != NULL)
        forms++;
    if (retell(store, run, &report, &err) == 0) {
        render(renderer_find("json"), &report);
        render(&renderers[which % forms], &report);
    } else
        hold_one_line(&err);
    report_release(&report);
    if (settings_read(store, run, &settings, &err) != 0)
        hold_one_line(&err);
    settings_release(&settings);
}

static void compare_them(struct store *store, int64_t before, int64_t after)
{
    char names[2][24];
    const struct limits none = {NULL, 0};
    struct compare_options options = {names[0], names[1], &none};
    struct comparison comparison;
    struct err err = {0};
    snprintf(names[0], sizeof names[0], "%lld", (long long)before);
    snprintf(names[1], sizeof names[1], "%lld", (long long)after);
    if (compare(store, &options, &comparison, &err) != 0)
        hold_one_line(&err);
    else {
        view_writer *const forms[] = {comparison_json, comparison_terminal, comparison_markdown};
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
            char *bytes = NULL;
            size_t length = 0;
            FILE *out = open_memstream(&bytes, &length);
            forms[i](&comparison, out, &err);
            fclose(out);
            hold_form(i == 0 ? "json" : "", bytes, length);
            free(bytes);
        }
    }
    comparison_release(&comparison);
}

static void tell(const char *path, size_t which)
{
    struct err err = {0};
    struct run_row *rows = NULL;
    size_t count = 0;
    int64_t first = 0, last = 0;
    struct store *store = store_open_read_only(path, &err);
    if (store == NULL) {
        hold_one_line(&err);
        return;
    }
    if (store_read_runs(store, &rows, &count, &err) != 0)
        hold_one_line(&err);
    for (size_t i = 0; i < count; i++) {
        first = i == 0 ? rows[i].run : first;
        last = rows[i].run;
        if (i < 2)
            report_one(store, rows[i].run, which + i);
        run_row_release(&rows[i]);
    }
    free(rows);
    if (count > 1)
        compare_them(store, last, first);
    store_close(store);
}

FUZZ_TARGET(store)
{
    struct span left = {(const char *)data, size};
    struct span sql = fuzz_part(&left, "%%");
    char path[96], side[104];
    snprintf(path, sizeof path, "%s/seep.db", fuzz_directory());
    const struct text *bytes = hunt(path);
    fuzz_write(path, (struct span){bytes->bytes, bytes->length}, 0600);
    run_sql(path, sql);
    overwrite(path, left);
    tell(path, size);
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(side, sizeof side, "%s%s", path, suffixes[i]);
        unlink(side);
    }
    return 0;
}
