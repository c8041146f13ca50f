#include "cmd/report_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/retell.h"
#include "report/waiting.h"

enum { WIDTH_LEAST = 40, WIDTH_ELSEWHERE = 100 };

static int on_stdout(const struct report_files *files)
{
    int count = 0;
    for (int i = 0; i < RENDERED_COUNT; i++)
        count += files->paths[i] != NULL && strcmp(files->paths[i], "-") == 0;
    return count;
}

bool report_files_any(const struct report_files *files)
{
    for (int i = 0; i < RENDERED_COUNT; i++)
        if (files->paths[i] != NULL)
            return true;
    return files->csv != NULL;
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

static int read_run(struct store *store, int64_t run, const struct globals *globals, struct report *report,
                    struct err *err)
{
    char *step = xasprintf("reading run %lld", (long long)run);
    struct waiting *waiting = waiting_begin(step, globals->quiet);
    free(step);
    int status = retell(store, run, report, err);
    waiting_end(waiting);
    return status;
}

/* What a renderer has nothing to write of keeps the other files from nothing: *refused says it. */
static int write_files(struct store *store, int64_t run, const struct report_files *files,
                       const struct report *report, struct err *refused, struct err *err)
{
    for (int i = 0; i < RENDERED_COUNT; i++) {
        if (files->paths[i] == NULL || report_write(report, renderers[i].name, files->paths[i], err) == 0)
            continue;
        if (err->code != ERR_USAGE)
            return -1;
        err_set(refused, err->code, "--%s: %s", renderers[i].name, err->message);
        *err = (struct err){0};
    }
    return files->csv != NULL ? retell_csv(store, run, report, files->csv, err) : 0;
}

int report_outputs(struct store *store, int64_t run, const struct report_files *files,
                   const struct globals *globals, struct err *err)
{
    struct report report = {0};
    struct err refused = {0};
    int status = report_files_check(files, err);
    report_style(globals);
    if (status == 0)
        status = read_run(store, run, globals, &report, err);
    if (status == 0)
        status = write_files(store, run, files, &report, &refused, err);
    if (status == 0 && on_stdout(files) == 0)
        status = report_write(&report, "terminal", "-", err);
    if (refused.code != ERR_NONE)
        command_fail(&refused);
    report_release(&report);
    return status;
}

int report_files_write(struct store *store, int64_t run, const struct report_files *files,
                       const struct globals *globals, struct err *err)
{
    struct report report = {0};
    struct err refused = {0};
    int status = read_run(store, run, globals, &report, err);
    report_style(globals);
    if (status == 0)
        status = write_files(store, run, files, &report, &refused, err);
    report_release(&report);
    if (status == 0 && refused.code != ERR_NONE) {
        *err = refused;
        return -1;
    }
    return status;
}
