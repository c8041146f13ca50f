/* seep runs: the runs of a store, newest first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/units.h"
#include "cmd/command.h"
#include "report/escape.h"
#include "report/report.h"
#include "store/store.h"

enum { COLUMNS = 9, LABEL = 1 };
static const char *const heads[COLUMNS] = {"run",     "label",    "started (UTC)", "command", "service",
                                           "verdict", "requests", "took",          "finding"};
static const bool right[COLUMNS] = {[0] = true, [6] = true, [7] = true};

/* Minutes and UTC: enough to find a run again, and the same in CI and at home. */
static char *date_of(int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm utc;
    char date[24] = "";
    if (gmtime_r(&seconds, &utc) != NULL)
        strftime(date, sizeof date, "%Y-%m-%d %H:%M", &utc);
    return xstrdup(date);
}

static char *finding_of(const struct run_row *row)
{
    char *first = escape_taken(escape_plain, row->first_finding);
    if (row->finding_count < 2)
        return first;
    char *more = xasprintf("%s (+%zu)", first, row->finding_count - 1);
    free(first);
    return more;
}

static void fill(char *cells[COLUMNS], const struct run_row *row)
{
    char number[UNITS_SIZE];
    cells[0] = xasprintf("%lld", (long long)row->run);
    cells[1] = escape_taken(escape_plain, row->label);
    cells[2] = date_of(row->started_us);
    cells[3] = escape_taken(escape_plain, row->command);
    cells[4] = escape_taken(escape_plain, row->service);
    cells[5] = xstrdup(row->verdict[0] != '\0' ? row->verdict : "(not ended)");
    cells[6] = xstrdup(units_count(number, row->requests));
    cells[7] = xstrdup(units_duration(number, row->seconds));
    cells[8] = finding_of(row);
}

/* What is left out on a narrow terminal, in this order; the last column is cut. */
static const int left_out[] = {4, 2, 3, 7, 6};
enum { LEFT_OUT = sizeof left_out / sizeof left_out[0], LAST_LEAST = 12 };

static size_t width_before_last(const size_t widths[COLUMNS])
{
    size_t all = 0;
    for (int c = 0; c + 1 < COLUMNS; c++)
        all += widths[c] > 0 ? widths[c] + 2 : 0;
    return all;
}

/* Widths of columns that are left out become 0. */
static void fit(size_t widths[COLUMNS])
{
    size_t width = command_width(stdout, SIZE_MAX);
    size_t last = widths[COLUMNS - 1] < LAST_LEAST ? widths[COLUMNS - 1] : LAST_LEAST;
    for (int i = 0; i < LEFT_OUT && width_before_last(widths) + last > width; i++)
        widths[left_out[i]] = 0;
    if (width_before_last(widths) + last > width && widths[LABEL] > LAST_LEAST)
        widths[LABEL] = LAST_LEAST;
    size_t before = width_before_last(widths), room = width > before ? width - before : 1;
    widths[COLUMNS - 1] = widths[COLUMNS - 1] < room ? widths[COLUMNS - 1] : room;
}

static void put_line(const char *const cells[COLUMNS], const size_t widths[COLUMNS])
{
    for (int c = 0; c < COLUMNS; c++) {
        if (widths[c] == 0)
            continue;
        if (c + 1 == COLUMNS) {
            printf("%.*s\n", (int)escape_fit(cells[c], widths[c]), cells[c]);
            continue;
        }
        size_t fits = escape_fit(cells[c], widths[c]), has = escape_width(cells[c]);
        size_t pad = has < widths[c] ? widths[c] - has : 0;
        if (right[c])
            printf("%*s%.*s", (int)pad, "", (int)fits, cells[c]);
        else
            printf("%.*s%*s", (int)fits, cells[c], (int)pad, "");
        fputs("  ", stdout);
    }
}

static void put_table(const struct run_row *rows, size_t count)
{
    char *(*table)[COLUMNS] = xcalloc(count, sizeof *table);
    size_t widths[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        widths[c] = strlen(heads[c]);
    for (size_t i = 0; i < count; i++) {
        fill(table[i], &rows[i]);
        for (int c = 0; c < COLUMNS; c++) {
            size_t width = escape_width(table[i][c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    fit(widths);
    put_line(heads, widths);
    for (size_t i = 0; i < count; i++) {
        put_line((const char *const *)table[i], widths);
        for (int c = 0; c < COLUMNS; c++)
            free(table[i][c]);
    }
    free(table);
}

static int list(const char *db, struct err *err)
{
    struct run_row *rows = NULL;
    size_t count = 0;
    struct store *store = store_open_read_only(db, err);
    if (store == NULL)
        return -1;
    int status = store_read_runs(store, &rows, &count, err);
    if (status == 0)
        put_table(rows, count);
    for (size_t i = 0; i < count; i++)
        run_row_release(&rows[i]);
    free(rows);
    store_close(store);
    return status;
}

int cmd_runs(struct globals *globals, int argc, char **argv)
{
    struct err err = {ERR_NONE, ""};
    struct operands rest = {0};
    int code = 0;
    if (command_options(command_find("runs"), globals, NULL, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count > 0) {
        err_set(&err, ERR_USAGE, "runs takes no operands (got '%s'); `seep report RUN` shows one",
                rest.items[0]);
        return command_fail(&err);
    }
    return list(globals->db, &err) < 0 ? command_fail(&err) : 0;
}
