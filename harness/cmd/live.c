#include "cmd/live.h"

#include <stdio.h>

int live_given_start(struct live_given *given, const struct globals *globals, struct live **live,
                     struct err *err)
{
    *live = NULL;
    if (given->listen == NULL)
        return given->hosts.count == 0 && given->linger_ns == 0
                   ? 0
                   : err_set(err, ERR_USAGE, "%s needs --live ADDR",
                             given->hosts.count > 0 ? "--live-host" : "--live-linger");
    for (size_t i = 0; i < given->hosts.count; i++)
        strings_add(&given->names, given->hosts.items[i]);
    const struct live_setting setting = {
        .listen = given->listen, .db = globals->db, .names = &given->names, .linger_ns = given->linger_ns};
    *live = live_start(&setting, err);
    if (*live == NULL)
        return -1;
    fprintf(stderr, "seep: live: http://%s/ follows the run, /metrics is for Prometheus%s\n",
            live_address(*live), live_is_loopback(*live) ? "" : "; who reaches that address can read both");
    return 0;
}
