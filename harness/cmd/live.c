#include "cmd/live.h"

#include <stdio.h>

const char live_about[] = "A run or a hunt while it is under way, in a browser and in Prometheus.\n"
                          "\n"
                          "    seep run DIR --live 127.0.0.1:9464       # or --live 9464, [::1]:9464, 0\n"
                          "\n"
                          "  /         a page that follows it: numbers, memory over time, the verdict\n"
                          "  /metrics  OpenMetrics, or Prometheus's text format for who takes no other\n"
                          "  /report   the page of `seep report --html`, of what there is so far\n"
                          "  /events   what the page is told (server-sent events)\n"
                          "\n"
                          "They are served by a second process that reads the store, and only while\n"
                          "somebody asks. It ends with the run, also with one that is killed; where it\n"
                          "dies itself, the run goes on and says so. An address that cannot be had is\n"
                          "exit code 200, before anything is sent.\n"
                          "\n"
                          "Only GET and HEAD are answered, and only to whoever asks for the address, a\n"
                          "loopback address or localhost, with the port, or for a --live-host NAME (with\n"
                          "any port): a page elsewhere in your browser cannot read it by a name of its\n"
                          "own. There is no password and no TLS: an ADDR that is not loopback is served\n"
                          "as given, to everybody who reaches it. Endpoint names, no bodies and no\n"
                          "credentials are what they see.\n"
                          "\n"
                          "Prometheus sees the verdict if it asks once more after the end: --live-linger\n"
                          "of more than its scrape interval. A signal ends that, with the run's exit code.\n"
                          "`seep report RUN --openmetrics FILE` writes the same of a stored run, and\n"
                          "--prometheus FILE for node_exporter's textfile collector (a name in .prom).\n"
                          "docker/grafana-dashboard.json is a dashboard for Grafana.\n"
                          "\n"
                          "Metrics. What is not known is not there. Counters end in _total, what informs\n"
                          "in _info; of several worker processes there are only the sums.\n";

int live_given_start(const struct live_given *given, const struct globals *globals, struct live **live,
                     struct err *err)
{
    struct strings names = {0};
    *live = NULL;
    if (given->listen == NULL)
        return given->hosts.count == 0 && given->linger_ns == 0
                   ? 0
                   : err_set(err, ERR_USAGE, "%s needs --live ADDR",
                             given->hosts.count > 0 ? "--live-host" : "--live-linger");
    for (size_t i = 0; i < given->hosts.count; i++)
        strings_add(&names, given->hosts.items[i]);
    const struct live_setting setting = {
        .listen = given->listen, .db = globals->db, .names = &names, .linger_ns = given->linger_ns};
    *live = live_start(&setting, err);
    strings_release(&names);
    if (*live == NULL)
        return -1;
    fprintf(stderr, "seep: live: http://%s/ follows the run, /metrics is for Prometheus%s\n",
            live_address(*live), live_is_loopback(*live) ? "" : "; who reaches that address can read both");
    return 0;
}
