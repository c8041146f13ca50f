#include "cmd/report_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "flow/retell.h"
#include "report/report.h"

enum { FILES = 6, WIDTH_LEAST = 40, WIDTH_ELSEWHERE = 100 };

/* What goes through a renderer, by its name. */
static void list_files(const struct report_files *files, const char *names[FILES], const char *paths[FILES])
{
    names[0] = "html", paths[0] = files->html;
    names[1] = "json", paths[1] = files->json;
    names[2] = "junit", paths[2] = files->junit;
    names[3] = "markdown", paths[3] = files->markdown;
    names[4] = "openmetrics", paths[4] = files->openmetrics;
    names[5] = "prometheus", paths[5] = files->prometheus;
}

static int on_stdout(const struct report_files *files)
{
    const char *names[FILES], *paths[FILES];
    int count = 0;
    list_files(files, names, paths);
    for (int i = 0; i < FILES; i++)
        count += paths[i] != NULL && strcmp(paths[i], "-") == 0;
    return count;
}

bool report_files_any(const struct report_files *files)
{
    return files->html != NULL || files->json != NULL || files->junit != NULL || files->markdown != NULL ||
           files->openmetrics != NULL || files->prometheus != NULL || files->csv != NULL;
}

int report_files_check(const struct report_files *files, struct err *err)
{
    if (on_stdout(files) > 1)
        return err_set(err, ERR_USAGE, "only one report can go to standard output ('-')");
    if (files->csv != NULL && strcmp(files->csv, "-") == 0)
        return err_set(err, ERR_USAGE, "--csv writes several files: give it a directory, not '-'");
    return 0;
}

/* Source of NO_COLOR: https://no-color.org (set and not empty). */
static bool wants_color(const char *when)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (when != NULL && strcmp(when, "always") == 0)
        return true;
    if ((when != NULL && strcmp(when, "never") == 0) || (no_color != NULL && no_color[0] != '\0'))
        return false;
    return isatty(STDOUT_FILENO) == 1 && (term == NULL || strcmp(term, "dumb") != 0);
}

void report_style(const struct globals *globals)
{
    struct winsize size;
    terminal_style.color = wants_color(globals->color);
    terminal_style.verbose = globals->verbose;
    terminal_style.width = WIDTH_ELSEWHERE;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        terminal_style.width = size.ws_col > WIDTH_LEAST ? size.ws_col : WIDTH_LEAST;
}

static int write_files(struct store *store, int64_t run, const struct report_files *files,
                       const struct report *report, struct err *err)
{
    const char *names[FILES], *paths[FILES];
    list_files(files, names, paths);
    for (int i = 0; i < FILES; i++)
        if (paths[i] != NULL && report_write(report, names[i], paths[i], err) < 0)
            return -1;
    return files->csv != NULL ? retell_csv(store, run, report, files->csv, err) : 0;
}

int report_outputs(struct store *store, int64_t run, const struct report_files *files,
                   const struct globals *globals, struct err *err)
{
    struct report report = {0};
    int status = report_files_check(files, err);
    if (status == 0)
        status = retell(store, run, &report, err);
    if (status == 0)
        status = write_files(store, run, files, &report, err);
    if (status == 0 && on_stdout(files) == 0) {
        report_style(globals);
        status = report_write(&report, "terminal", "-", err);
    }
    report_release(&report);
    return status;
}

int report_files_write(struct store *store, int64_t run, const struct report_files *files, struct err *err)
{
    struct report report = {0};
    int status = retell(store, run, &report, err);
    if (status == 0)
        status = write_files(store, run, files, &report, err);
    report_release(&report);
    return status;
}
