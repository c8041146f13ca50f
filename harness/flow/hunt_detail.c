/* Answers as the store keeps them: all that a search and a report need of them, as JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "flow/hunt_state.h"

void detail_init(struct detail *detail)
{
    *detail = (struct detail){.held_s = NAN};
    for (size_t i = 0; i < DECIDERS_MOST; i++) {
        detail->gained[i] = NAN;
        detail->by_decider[i] = (struct growth_answer){.verdict = VERDICT_INCONCLUSIVE,
                                                       .per_request = NAN,
                                                       .interval = {NAN, NAN},
                                                       .smallest_detectable = NAN};
    }
}

void detail_release(struct detail *detail, size_t endpoints)
{
    for (size_t i = 0; detail->out_why != NULL && i < endpoints; i++)
        free(detail->out_why[i]);
    free(detail->out_why);
    for (size_t i = 0; i < detail->site_count; i++)
        site_growth_release(&detail->sites[i]);
    free(detail->sites);
    free(detail->requests);
    free(detail->why);
    strings_release(&detail->caveats);
}

static void put(json_t *object, const char *key, double value)
{
    if (isfinite(value)) /* what is not there is not known */
        json_object_set_new(object, key, json_real(value));
}

static json_t *write_growth(const char *name, const struct growth_answer *growth, double gained)
{
    json_t *object = json_object();
    json_object_set_new(object, "signal", json_string(name));
    json_object_set_new(object, "verdict", json_integer(growth->verdict));
    json_object_set_new(object, "shape", json_integer(growth->shape));
    put(object, "per_request", growth->per_request);
    put(object, "low", growth->interval.low);
    put(object, "high", growth->interval.high);
    put(object, "smallest_detectable", growth->smallest_detectable);
    put(object, "stopped_after", growth->stopped_after);
    put(object, "largest_step", growth->largest_step);
    put(object, "gained", gained);
    return object;
}

static json_t *write_signals(const struct hunt *hunt, const struct detail *detail)
{
    json_t *list = json_array();
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        json_t *object =
            write_growth(hunt->deciders.items[i].name, &detail->by_decider[i], detail->gained[i]);
        if (detail->per_read[i] > 0)
            put(object, "per_read", detail->per_read[i]);
        if (detail->per_second[i] > 0) {
            put(object, "per_second", detail->per_second[i]);
            put(object, "per_second_low", detail->idle[i].per_second_interval.low);
            put(object, "per_second_high", detail->idle[i].per_second_interval.high);
        }
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *write_out(const struct hunt *hunt, const struct probed *probed)
{
    json_t *list = json_array();
    for (size_t i = 0; i < hunt->service->endpoint_count; i++)
        if (probed->out[i])
            json_array_append_new(
                list, json_pack("{s:I, s:s}", "endpoint", (json_int_t)i, "why", probed->detail.out_why[i]));
    return list;
}

static void put_text(json_t *object, const char *key, const char *value)
{
    if (value != NULL)
        json_object_set_new(object, key, json_string(value));
}

static json_t *write_sites(const struct detail *detail)
{
    json_t *list = json_array();
    for (size_t i = 0; i < detail->site_count; i++) {
        const struct site_growth *site = &detail->sites[i];
        json_t *object = json_pack("{s:s, s:i}", "site", site->site, "whose", (int)site->whose);
        put(object, "bytes_per_request", site->bytes_per_request);
        put_text(object, "called_from", site->called_from);
        put_text(object, "package", site->package);
        put_text(object, "version", site->version);
        put(object, "requested_bytes_per_request", site->requested_bytes_per_request);
        put(object, "objects_per_request", site->objects_per_request);
        json_array_append_new(list, object);
    }
    return list;
}

static void write_answer(const struct hunt *hunt, const struct probed *probed, json_t *object)
{
    const struct answer *answer = &probed->answer;
    json_object_set_new(object, "told", json_integer(answer->told));
    put(object, "score", answer->score);
    put(object, "moves", answer->moves);
    put(object, "hides", answer->hides);
    put(object, "probability", answer->probability);
    if (answer->partner != NOBODY)
        json_object_set_new(object, "partner", json_integer((json_int_t)answer->partner));
    json_object_set_new(object, "order", json_integer(answer->order));
    json_object_set_new(object, "window", json_boolean(answer->window));
    json_object_set_new(object, "dear", json_boolean(answer->dear));
    if (probed->out != NULL)
        json_object_set_new(object, "out", write_out(hunt, probed));
}

static void write_requests(const struct detail *detail, json_t *object)
{
    json_t *examples = json_array();
    for (size_t i = 0; i < detail->example_count; i++)
        json_array_append_new(examples, json_integer((json_int_t)detail->examples[i]));
    if (detail->example_count > 0)
        json_object_set(object, "examples", examples);
    json_decref(examples);
    if (detail->requests == NULL)
        return;
    json_object_set_new(object, "requests", json_string(detail->requests));
    put(object, "requests_share", detail->requests_share);
}

char *hunt_detail_write(const struct hunt *hunt, const struct probed *probed)
{
    const struct detail *detail = &probed->detail;
    json_t *object = json_object(), *caveats = json_array();
    write_answer(hunt, probed, object);
    json_object_set_new(object, "calls", json_integer((json_int_t)detail->calls));
    put(object, "pass_requests", detail->pass_requests);
    put(object, "held_s", detail->held_s);
    json_object_set_new(object, "workers", json_integer((json_int_t)detail->workers));
    if (detail->why != NULL)
        json_object_set_new(object, "why", json_string(detail->why));
    for (size_t i = 0; i < detail->caveats.count; i++)
        json_array_append_new(caveats, json_string(detail->caveats.items[i]));
    json_object_set_new(object, "caveats", caveats);
    json_object_set_new(object, "signals", write_signals(hunt, detail));
    if (detail->rss_known)
        json_object_set_new(object, "rss", write_growth("rss", &detail->rss, NAN));
    if (detail->site_count > 0)
        json_object_set_new(object, "sites", write_sites(detail));
    write_requests(detail, object);
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

static int whole(const json_t *object, const char *key, int most)
{
    double value = json_number(object, key, 0);
    return value >= 0 && value <= most ? (int)value : 0;
}

/* A count that a double tells exactly. */
static uint64_t count_of(const json_t *object, const char *key)
{
    double value = json_number(object, key, 0);
    return value > 0 && value <= 0x1p53 ? (uint64_t)value : 0;
}

static void read_growth(const json_t *object, struct growth_answer *growth, double *gained)
{
    *growth = (struct growth_answer){
        .verdict = (enum verdict)whole(object, "verdict", VERDICT_GROWTH),
        .shape = (enum trend_shape)whole(object, "shape", TREND_SHORT),
        .per_request = json_number(object, "per_request", NAN),
        .interval = {json_number(object, "low", NAN), json_number(object, "high", NAN)},
        .smallest_detectable = json_number(object, "smallest_detectable", NAN),
        .stopped_after = json_number(object, "stopped_after", NAN),
        .largest_step = json_number(object, "largest_step", NAN),
    };
    *gained = json_number(object, "gained", NAN);
}

static void read_signals(const struct hunt *hunt, const json_t *list, struct detail *detail)
{
    size_t at;
    json_t *object;
    json_array_foreach(list, at, object)
    {
        const char *name = json_text(object, "signal");
        for (size_t i = 0; name != NULL && i < hunt->deciders.count; i++)
            if (strcmp(hunt->deciders.items[i].name, name) == 0) {
                read_growth(object, &detail->by_decider[i], &detail->gained[i]);
                detail->per_read[i] = json_number(object, "per_read", 0);
                detail->per_second[i] = json_number(object, "per_second", 0);
                detail->idle[i].per_second = detail->per_second[i];
                detail->idle[i].per_second_interval = (struct interval){
                    json_number(object, "per_second_low", NAN), json_number(object, "per_second_high", NAN)};
            }
    }
}

static void read_out(const struct hunt *hunt, const json_t *list, struct probed *probed)
{
    size_t at, n = hunt->service->endpoint_count;
    json_t *object;
    probed->out = xcalloc(n + 1, sizeof *probed->out);
    probed->detail.out_why = xcalloc(n + 1, sizeof *probed->detail.out_why);
    json_array_foreach(list, at, object)
    {
        double endpoint = json_number(object, "endpoint", -1);
        const char *why = json_text(object, "why");
        if (endpoint < 0 || endpoint >= (double)n || why == NULL)
            continue;
        probed->out[(size_t)endpoint] = true;
        result_say(&probed->detail.out_why[(size_t)endpoint], "%s", why);
    }
    probed->answer.out = probed->out;
}

static char *text_of(const json_t *object, const char *key)
{
    const char *value = json_text(object, key);
    return value != NULL ? xstrdup(value) : NULL;
}

static void read_sites(const json_t *list, struct detail *detail)
{
    size_t at;
    json_t *object;
    detail->sites = xcalloc(json_array_size(list) + 1, sizeof *detail->sites);
    json_array_foreach(list, at, object)
    {
        const char *site = json_text(object, "site");
        detail->sites[detail->site_count++] = (struct site_growth){
            .site = xstrdup(site != NULL ? site : "?"),
            .whose = (enum whose)whole(object, "whose", WHOSE_UNKNOWN),
            .called_from = text_of(object, "called_from"),
            .package = text_of(object, "package"),
            .version = text_of(object, "version"),
            .bytes_per_request = json_number(object, "bytes_per_request", NAN),
            .requested_bytes_per_request = json_number(object, "requested_bytes_per_request", NAN),
            .objects_per_request = json_number(object, "objects_per_request", NAN)};
    }
}

static void read_requests(const json_t *object, struct detail *detail)
{
    size_t at;
    json_t *example;
    if (json_text(object, "requests") != NULL)
        result_say(&detail->requests, "%s", json_text(object, "requests"));
    detail->requests_share = json_number(object, "requests_share", NAN);
    json_array_foreach(json_object_get(object, "examples"), at, example)
    {
        if (json_integer_value(example) >= 0 && detail->example_count < NARROW_EXAMPLES_MOST)
            detail->examples[detail->example_count++] = (size_t)json_integer_value(example);
    }
}

static void read_detail(const struct hunt *hunt, const json_t *object, struct probed *probed)
{
    struct detail *detail = &probed->detail;
    size_t at;
    json_t *caveat, *rss = json_object_get(object, "rss");
    double none;
    detail->calls = count_of(object, "calls");
    detail->pass_requests = json_number(object, "pass_requests", NAN);
    detail->held_s = json_number(object, "held_s", NAN);
    detail->workers = (size_t)count_of(object, "workers");
    if (json_text(object, "why") != NULL)
        result_say(&detail->why, "%s", json_text(object, "why"));
    json_array_foreach(json_object_get(object, "caveats"), at, caveat) if (json_string_value(caveat) != NULL)
        strings_add(&detail->caveats, json_string_value(caveat));
    read_signals(hunt, json_object_get(object, "signals"), detail);
    detail->rss_known = rss != NULL;
    if (rss != NULL)
        read_growth(rss, &detail->rss, &none);
    read_requests(object, detail);
    if (json_object_get(object, "sites") != NULL)
        read_sites(json_object_get(object, "sites"), detail);
    if (json_object_get(object, "out") != NULL)
        read_out(hunt, json_object_get(object, "out"), probed);
}

int hunt_detail_read(const struct hunt *hunt, const char *text, struct probed *probed, struct err *err)
{
    json_t *object = json_read(text, strlen(text), "the answer of a probe", err);
    if (object == NULL)
        return -1;
    double partner = json_number(object, "partner", -1);
    bool known = partner >= 0 && partner < (double)hunt->service->endpoint_count;
    detail_init(&probed->detail);
    probed->answer = (struct answer){
        .told = (enum told)whole(object, "told", TOLD_OUT),
        .score = json_number(object, "score", 0),
        .moves = json_number(object, "moves", 0),
        .hides = json_number(object, "hides", 0),
        .probability = json_number(object, "probability", NAN),
        .partner = known ? (size_t)partner : NOBODY,
        .order = (enum order)whole(object, "order", ORDER_PAYS),
        .window = json_is_true(json_object_get(object, "window")),
        .dear = json_is_true(json_object_get(object, "dear")),
    };
    read_detail(hunt, object, probed);
    json_decref(object);
    return 0;
}
