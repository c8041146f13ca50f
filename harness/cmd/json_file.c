#include "cmd/json_file.h"

#include <stdio.h>

#include "report/report.h"

struct dump {
    const json_t *root;
    size_t flags;
};

static int dump(const void *view, FILE *out, struct err *err)
{
    const struct dump *what = view;
    if (json_dumpf(what->root, out, what->flags) != 0 && !ferror(out))
        return err_set(err, ERR_INTERNAL, "the result cannot be written as JSON");
    fputc('\n', out);
    return 0;
}

int json_file_write(const json_t *root, size_t flags, const char *path, struct err *err)
{
    struct dump what = {root, flags};
    if (root == NULL)
        return err_set(err, ERR_INTERNAL, "the result cannot be written as JSON");
    return report_write_view(&what, dump, path, err);
}
