/* seep bisect DIR: finds the smallest mix that grows, and what in it. */
#include <stddef.h>

#include "base/clock.h"
#include "cmd/session.h"
#include "flow/hunt.h"

struct bisect_options {
    int64_t budget_ns;
    uint64_t confirm, seed, connections;
    const char *signal, *label;
    struct option_list endpoints, methods;
    int64_t mem_limit_bytes;
    struct report_files files;
};

#define AT(field) offsetof(struct bisect_options, field)
const struct option_row bisect_rows[] = {
    {"budget", 0, OPTION_DURATION, AT(budget_ns), "TIME", "end after TIME with what is known by then (10m)"},
    {"confirm", 0, OPTION_COUNT, AT(confirm), "N",
     "calls of a long solo before growth is called linear (10,000)"},
    {"signal", 0, OPTION_STRING, AT(signal), "NAME", "judge by this signal alone"},
    {"endpoint", 'e', OPTION_LIST, AT(endpoints), "NAME[@WEIGHT]",
     "only this endpoint of the mix (repeatable)"},
    {"methods", 0, OPTION_LIST, AT(methods), "METHOD",
     "allow this method on a target that seep did not start (repeatable)"},
    {"connections", 0, OPTION_COUNT, AT(connections), "N", "requests under way at once (4)"},
    {"seed", 0, OPTION_COUNT, AT(seed), "N", "order of blocks and mixing (1)"},
    {"label", 0, OPTION_STRING, AT(label), "TEXT", "a name for the run"},
    {"mem-limit", 0, OPTION_BYTES, AT(mem_limit_bytes), "SIZE", "end when seep itself takes more than SIZE"},
    REPORT_FILE_ROWS(struct bisect_options, files),
    OPTIONS_END,
};

int cmd_bisect(struct globals *globals, int argc, char **argv)
{
    struct bisect_options options = {.budget_ns = 600 * CLOCK_NS_PER_S, .seed = 1};
    struct operands rest;
    struct err err = {0};
    struct session session = {0};
    int code = 0;
    if (command_options(command_find("bisect"), globals, &options, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count != 1 || rest.after != NULL) {
        err_set(&err, ERR_USAGE, "bisect takes one service directory (see `seep help bisect`)");
        return command_fail(&err);
    }
    if (options.connections > CONNECTIONS_MOST) {
        err_set(&err, ERR_USAGE, "--connections: at most %d", CONNECTIONS_MOST);
        return command_fail(&err);
    }
    int failed = session_begin(&session, globals, &options.files, "bisect", rest.items[0], options.label,
                               options.seed, argc, argv, &err);
    if (!failed) {
        for (size_t i = 0; i < options.methods.count; i++)
            strings_add(&session.service.methods, options.methods.items[i]);
        struct hunt_options hunt_options = {
            .trials = {.service = &session.service,
                       .store = session.store,
                       .run = session.run,
                       .listener = &session.listener,
                       .budget_ns = options.budget_ns,
                       .mem_limit_bytes = options.mem_limit_bytes,
                       .connections = (unsigned)options.connections,
                       .seed = options.seed,
                       .verbose = globals->verbose},
            .service = &session.service,
            .directory = rest.items[0],
            .confirm = options.confirm,
            .signal = options.signal,
            .endpoints = options.endpoints.items,
            .endpoint_count = options.endpoints.count,
        };
        failed = hunt(&hunt_options, &session.result, &err);
    }
    return session_end(&session, &options.files, failed, &err);
}
