/* Fills a store with runs that pages are made of: "hunt" (tests/unit/example.h), "cut" (the same, whose driver died), "day"
 * (tests/unit/day.h), "hostile", all of whose names would like to be markup, and the first once more: runs 1 to 5.
 * Usage: pages STORE [READINGS_S OUTCOMES_S]; the two say how densely the day is filled (30, 60).
 * pages suspects DIRECTORY: writes pages of suspects (tests/unit/made_suspects.h) there: suspects.html of 6 instances,
 * many.html of 200, strange.html, all of whose names would like to be markup, nothing.html, of which nothing is known. */
#include <stdlib.h>
#include <string.h>

#include "../unit/day.h"
#include "../unit/example.h"
#include "../unit/made_suspects.h"
#include "report/suspects.h"

/* Closes whatever it may stand in, and what it would be after; with control characters, bytes that are no UTF-8, and
 * what turns the direction of text. */
#define HOSTILE                                                                                              \
    "\"'></title></style></script></table></details></svg><script>alert(1)</script><img src=x "              \
    "onerror=alert(1)>\x01\x1b[31m\xff\xfe\xe2\x80\xae&amp;${x}`--><!--\r\n]]>"

static char *hostile(const char *before)
{
    return xasprintf("%s" HOSTILE, before);
}

static void put_evidence(struct store *store, int64_t run)
{
    struct trial trial = {.number = 1,
                          .step = STEP_SOAK,
                          .mix = hostile("mix "),
                          .ended_s = 60,
                          .pid = 1,
                          .requests = 600,
                          .note = hostile("ended ")};
    struct block block = {.trial = 1,
                          .number = 1,
                          .step = STEP_SOAK,
                          .mix = hostile("mix "),
                          .last_request = 600,
                          .ended_s = 60};
    struct measurement one = {.trial = 1,
                              .step = STEP_SOAK,
                              .mix = hostile("mix "),
                              .signal = hostile("signal "),
                              .requests = 600,
                              .per_request = 40,
                              .interval = {39, 41},
                              .verdict = VERDICT_GROWTH,
                              .note = hostile("note ")};
    struct measurement screen = {.trial = 1,
                                 .step = STEP_SCREEN,
                                 .mix = hostile("GET /"),
                                 .signal = hostile("signal "),
                                 .requests = 600,
                                 .per_request = 40,
                                 .interval = {39, 41},
                                 .verdict = VERDICT_GROWTH,
                                 .note = hostile("note ")};
    struct probe probe = {.number = 1,
                          .trial = 1,
                          .step = STEP_SCREEN,
                          .mix = hostile("mix "),
                          .question = hostile("screen "),
                          .answer = xstrdup("{}"),
                          .says = hostile("grows "),
                          .ended_s = 60};
    char *signals[] = {hostile("signal "), hostile("other "), xstrdup("rss")};
    store_put_trial(store, run, &trial);
    store_put_block(store, run, &block);
    store_put_measurement(store, run, &one);
    store_put_measurement(store, run, &screen);
    store_put_probe(store, run, &probe);
    for (int second = 0; second < 60; second++)
        for (size_t s = 0; s < 3; s++) {
            struct sample sample = {1,
                                    signals[s],
                                    second % 6 == 0 ? SAMPLE_SETTLED : SAMPLE_TIMED,
                                    second,
                                    (uint64_t)second * 10,
                                    1e6 + 400.0 * second};
            store_put_sample(store, run, &sample);
        }
    for (size_t s = 0; s < 3; s++)
        free(signals[s]);
    trial_release(&trial);
    block_release(&block);
    measurement_release(&one);
    measurement_release(&screen);
    probe_release(&probe);
}

static void put_load(struct store *store, int64_t run)
{
    struct endpoint_load load = {.endpoint = hostile("GET /"),
                                 .tally = {.planned = 600, .done = 600, .landed = 600},
                                 .recorded_rate_per_second = 10,
                                 .service = {400, 2000, 9000},
                                 .total = {500, 2100, 9900},
                                 .lag = {40, 400, 1000}};
    struct outcome_row row = {.trial = 1,
                              .endpoint = load.endpoint,
                              .tally = {.planned = 600, .done = 600, .landed = 600},
                              .lag_max_us = 40,
                              .service_sum_us = 5e5,
                              .service_max_us = 9000};
    store_put_load(store, run, &load);
    store_put_outcomes(store, run, &row);
    endpoint_load_release(&load);
}

static void add_finding(struct result *result)
{
    struct finding *finding = result_add_finding(result);
    struct site_growth *site = finding_add_site(finding);
    char *words = hostile("GET /");
    strings_add(&finding->endpoints, words);
    strings_add(&finding->endpoints, "POST /b");
    strings_add(&finding->confirmed, "long_solo");
    strings_add(&finding->confirmed, words);
    strings_add(&finding->curl, words);
    finding->kind = FINDING_LATCHED;
    finding->bytes_per_request = 40;
    finding->interval = (struct interval){39, 41};
    finding->objects_per_request = NAN;
    finding->signal = hostile("signal ");
    finding->per = hostile("GET /");
    finding->requests_that_grow = hostile("x=");
    finding->order = hostile("first ");
    finding->reproduce = hostile("seep run ");
    site->site = hostile("app.py");
    site->whose = WHOSE_DEPENDENCY;
    site->bytes_per_request = 40;
    site->called_from = hostile("main.py");
    site->package = hostile("package ");
    site->version = hostile("1.");
    free(words);
}

static int put_hostile(struct store *store, struct err *err)
{
    struct result result = {.verdict = VERDICT_GROWTH,
                            .confidence = 0.9,
                            .exit_code = 1,
                            .seconds = 60,
                            .requests = 600,
                            .trials = 1};
    char *service = hostile("scenarios/"), *words = hostile("why ");
    int64_t run = store_begin_run(store, "run", service, "hostile", words, 7, err);
    int status = -1;
    if (run > 0) {
        put_evidence(store, run);
        put_load(store, run);
        result_say(&result.reason, "%s", words);
        result_say(&result.service, "%s", service);
        add_finding(&result);
        strings_add(&result_add_cleared(&result, words)->endpoints, words);
        strings_add(&result_add_not_looked_at(&result, words)->endpoints, service);
        result_add_signal(&result, words)->verdict = VERDICT_GROWTH;
        result_add_threshold(&result, words)->outcome = THRESHOLD_FAIL;
        strings_add(&result.caveats, words);
        status = store_end_run(store, run, &result, err);
    }
    result_release(&result);
    free(service);
    free(words);
    return status;
}

/* Of the last example: what died says "cut". */
static int put_cut(struct store *store, struct err *err)
{
    return example_hunt(store, false, err) > 0 ? 0 : -1;
}

static int write_suspects(const char *directory, struct err *err)
{
    static const struct {
        const char *name, *hostile;
        size_t instances;
    } pages[] = {{"suspects", "", 6}, {"many", "", 200}, {"strange", HOSTILE, 12}, {"nothing", "", 0}};
    int status = 0;
    for (size_t i = 0; i < sizeof pages / sizeof *pages && status == 0; i++) {
        struct suspects made;
        char *path = xasprintf("%s/%s.html", directory, pages[i].name);
        if (pages[i].instances > 0)
            made_suspects(&made, pages[i].instances, pages[i].hostile);
        else
            made_nothing(&made);
        status = report_write_view(&made, suspects_html, path, err);
        suspects_release(&made);
        free(path);
    }
    return status;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    if (argc == 3 && strcmp(argv[1], "suspects") == 0) {
        if (write_suspects(argv[2], &err) == 0)
            return 0;
        fprintf(stderr, "pages: %s\n", err.message);
        return 1;
    }
    int readings_s = argc > 3 ? atoi(argv[2]) : 30, outcomes_s = argc > 3 ? atoi(argv[3]) : 60;
    struct store *store = argc > 1 && readings_s > 0 && outcomes_s > 0 ? store_open(argv[1], &err) : NULL;
    bool made = store != NULL && example_hunt(store, true, &err) > 0 && put_cut(store, &err) == 0 &&
                day_soak(store, readings_s, outcomes_s, &err) > 0 && put_hostile(store, &err) == 0 &&
                example_hunt(store, true, &err) > 0;
    if (store != NULL)
        store_close(store);
    if (!made)
        fprintf(stderr, "pages: %s\n",
                err.message[0] != '\0' ? err.message : "STORE [READINGS_S OUTCOMES_S]");
    return made ? 0 : 1;
}
