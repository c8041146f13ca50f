#include "report/report.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/new_file.h"
#include "base/text.h"
#include "report/renderers.h"

struct terminal_style terminal_style = {.color = false, .width = 80};

#define RENDERED_FILE_ROW(NAME, HELP, FUNCTION) {#NAME, HELP, FUNCTION},
const struct renderer renderers[] = {
    RENDERED_FILES(RENDERED_FILE_ROW) /* then what is no option */
    {"terminal", "what a person reads", render_terminal},
    {NULL, NULL, NULL},
};

const struct renderer *renderer_find(const char *name)
{
    for (const struct renderer *renderer = renderers; renderer->name != NULL; renderer++)
        if (strcmp(renderer->name, name) == 0)
            return renderer;
    return NULL;
}

bool signal_is_of_process(const char *signal)
{
    const char *bracket = strrchr(signal, '[');
    return bracket != NULL && bracket != signal && isdigit((unsigned char)bracket[1]) &&
           text_ends_with(signal, "]");
}

void report_release(struct report *report)
{
    result_release(&report->result);
    for (size_t i = 0; i < report->trial_count; i++)
        trial_release(&report->trials[i]);
    for (size_t i = 0; i < report->block_count; i++)
        block_release(&report->blocks[i]);
    for (size_t i = 0; i < report->measurement_count; i++)
        measurement_release(&report->measurements[i]);
    for (size_t i = 0; i < report->probe_count; i++)
        probe_release(&report->probes[i]);
    for (size_t i = 0; i < report->load_count; i++)
        endpoint_load_release(&report->loads[i]);
    for (size_t i = 0; i < report->series_count; i++) {
        free(report->series[i].signal);
        free(report->series[i].points);
    }
    free(report->trials);
    free(report->blocks);
    free(report->measurements);
    free(report->probes);
    free(report->loads);
    free(report->series);
    free(report->paces);
    memset(report, 0, sizeof *report);
}

/* By the pipe, since a renderer's errno may be of something after. */
static bool reader_left(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

static int write_standard_output(const void *view, view_writer *write, struct err *err)
{
    errno = 0;
    bool failed = write(view, stdout, err) < 0;
    int number = errno;
    if (!ferror(stdout) && fflush(stdout) != 0)
        number = errno;
    if (!ferror(stdout))
        return failed ? -1 : 0;
    if (reader_left()) {
        clearerr(stdout); /* it has seen enough */
        return 0;
    }
    return err_set(err, ERR_INTERNAL, "standard output: %s", strerror(number));
}

/* A device or a pipe cannot be renamed over. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

int report_write_view(const void *view, view_writer *write, const char *path, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return write_standard_output(view, write, err);
    bool special = is_special(path);
    char *beside = special ? xstrdup(path) : xasprintf("%s.%ld.part", path, (long)getpid());
    int status = -1;
    FILE *out = special ? fopen(beside, "we") : new_file(beside);
    if (out == NULL) {
        err_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
        goto done;
    }
    errno = 0;
    status = write(view, out, err);
    int number = errno;
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 && !failed)
        failed = true, number = errno;
    if (failed)
        status = err_set(err, ERR_INTERNAL, "%s: %s", path, strerror(number));
    if (status == 0 && !special && rename(beside, path) < 0)
        status = err_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
    if (status < 0 && !special)
        unlink(beside);
done:
    free(beside);
    return status;
}

struct rendering {
    const struct report *report;
    const struct renderer *renderer;
};

static int write_rendering(const void *view, FILE *out, struct err *err)
{
    const struct rendering *rendering = view;
    return rendering->renderer->render(rendering->report, out, err);
}

int report_write(const struct report *report, const char *renderer_name, const char *path, struct err *err)
{
    struct rendering rendering = {report, renderer_find(renderer_name)};
    if (rendering.renderer == NULL)
        return err_set(err, ERR_INTERNAL, "there is no renderer '%s'", renderer_name);
    return report_write_view(&rendering, write_rendering, path, err);
}
