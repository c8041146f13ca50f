/* seep report RUN: renders a stored run. */
#include <stddef.h>

#include "base/err.h"
#include "cmd/command.h"
#include "cmd/report_files.h"
#include "store/store.h"

struct report_options {
    struct report_files files;
};

#define AT(field) offsetof(struct report_options, field)
const struct option_row report_rows[] = {
    REPORT_FILE_ROWS,
    OPTIONS_END,
};

static int render(const struct globals *globals, const char *name, const struct report_files *files,
                  struct err *err)
{
    int64_t run = 0;
    struct store *store = store_open_read_only(globals->db, err);
    if (store == NULL)
        return -1;
    int status = store_find_run(store, name, &run, err);
    if (status == 0)
        status = report_files_any(files) ? report_files_write(store, run, files, globals, err)
                                         : report_outputs(store, run, files, globals, err);
    store_close(store);
    return status;
}

int cmd_report(struct globals *globals, int argc, char **argv)
{
    struct err err = {ERR_NONE, ""};
    struct report_options options = {0};
    struct operands rest = {0};
    int code = 0;
    if (command_options(command_find("report"), globals, &options, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count != 1 || rest.after_count > 0) {
        err_set(&err, ERR_USAGE,
                "report needs one RUN: a number, a label or 'last' (`seep runs` lists them)");
        return command_fail(&err);
    }
    /* 0 when it was rendered, whatever the verdict was: that is in the report. */
    if (report_files_check(&options.files, &err) < 0 ||
        render(globals, rest.items[0], &options.files, &err) < 0)
        return command_fail(&err);
    return 0;
}
