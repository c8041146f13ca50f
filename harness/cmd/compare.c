/* seep compare BEFORE AFTER: before and after a fix. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/report_files.h"
#include "flow/compare.h"
#include "flow/retell.h"
#include "report/comparison.h"
#include "report/waiting.h"
#include "scenario/limit.h"

struct compare_command {
    struct option_list fail_if;
    const char *json, *markdown, *html;
};

#define AT(field) offsetof(struct compare_command, field)
const struct option_row compare_rows[] = {
    {"fail-if", 0, OPTION_LIST, AT(fail_if), "LIMIT",
     "what growth is to be shown below, as 'growth > 16 B/request' or 'rss growth > 64 B/request' "
     "(repeatable; 1 B "
     "and 0.02 objects of what is counted live, else 16 B of RSS)"},
    {"json", 0, OPTION_STRING, AT(json), "FILE", "write the comparison as JSON (schema 1)"},
    {"markdown", 0, OPTION_STRING, AT(markdown), "FILE", "write a short summary for CI"},
    {"html", 0, OPTION_STRING, AT(html), "FILE", "write a self-contained page, both runs on the same axes"},
    OPTIONS_END,
};

static int read_limits(const struct option_list *fail_if, struct limits *limits, struct err *err)
{
    for (size_t i = 0; i < fail_if->count; i++) {
        struct limit limit = {0};
        if (limit_parse(fail_if->items[i], &limit, err) != 0)
            return err_prefix(err, "--fail-if");
        limits_take(limits, &limit);
    }
    return 0;
}

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static int on_stdout(const struct compare_command *options)
{
    return is_stdout(options->json) + is_stdout(options->markdown) + is_stdout(options->html);
}

static int write_page(struct store *store, const struct comparison *comparison, const char *path,
                      struct err *err)
{
    struct report before = {0}, after = {0};
    int status = retell(store, comparison->before.run, &before, err);
    if (status == 0)
        status = retell(store, comparison->after.run, &after, err);
    if (status == 0)
        status = report_write_view(&(struct compared_page){comparison, &before, &after}, comparison_html,
                                   path, err);
    report_release(&before);
    report_release(&after);
    return status;
}

static int write_all(struct store *store, const struct comparison *comparison,
                     const struct compare_command *options, const struct globals *globals, struct err *err)
{
    if (options->json != NULL && report_write_view(comparison, comparison_json, options->json, err) != 0)
        return -1;
    if (options->markdown != NULL &&
        report_write_view(comparison, comparison_markdown, options->markdown, err) != 0)
        return -1;
    if (options->html != NULL && write_page(store, comparison, options->html, err) != 0)
        return -1;
    if (on_stdout(options) > 0)
        return 0;
    report_style(globals);
    return report_write_view(comparison, comparison_terminal, "-", err);
}

static int compare_stored(const struct globals *globals, const struct compare_options *runs,
                          const struct compare_command *options, int *code, struct err *err)
{
    struct comparison comparison = {0};
    struct store *store = store_open_read_only(globals->db, err);
    if (store == NULL)
        return -1;
    char *step = xasprintf("comparing run %s with run %s", runs->before, runs->after);
    struct waiting *waiting = waiting_begin(step, globals->quiet);
    free(step);
    int failed = compare(store, runs, &comparison, err);
    waiting_end(waiting);
    if (!failed)
        failed = write_all(store, &comparison, options, globals, err);
    *code = comparison.exit_code;
    comparison_release(&comparison);
    store_close(store);
    return failed;
}

int cmd_compare(struct globals *globals, int argc, char **argv)
{
    struct compare_command options = {0};
    struct operands rest = {0};
    struct limits limits = {0};
    struct err err = {0};
    int code = 0, failed = 0;
    if (command_options(command_find("compare"), globals, &options, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count != 2 || rest.after != NULL)
        failed =
            err_set(&err, ERR_USAGE,
                    "compare takes two runs, the one before the fix first: numbers, labels or 'last' (`seep "
                    "runs` lists them)");
    else if (on_stdout(&options) > 1)
        failed = err_set(&err, ERR_USAGE, "only one report can go to standard output ('-')");
    failed = failed || read_limits(&options.fail_if, &limits, &err) != 0;
    if (!failed)
        failed = compare_stored(globals, &(struct compare_options){rest.items[0], rest.items[1], &limits},
                                &options, &code, &err);
    limits_release(&limits);
    return failed ? command_fail(&err) : code;
}
