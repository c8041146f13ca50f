#include "sample/offered.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/fetch.h"
#include "sample/number.h"
#include "sample/patience.h"
#include "sample/source.h"

#define ANSWER_LIMIT_NS (30 * CLOCK_NS_PER_S) /* a collection of a large heap takes seconds */
#define ANSWER_BYTES ((size_t)64 << 20)

/* Where a signal is asked for. */
struct place {
    const char *path;        /* into its URL; NULL: it cannot be asked */
    struct origin elsewhere; /* where the URL is absolute */
    bool at_target;
    struct patience patience;
    struct err err; /* why it cannot be asked */
};

struct offered {
    const struct service *service;
    struct loop *loop;
    struct watch_signal *signals;
    struct number_reader *readers; /* one per signal */
    struct place *places;          /* one per signal; those of one URL are alike */
    struct watched watched;
};

static int open_offered(struct source *source, const struct service *service, struct err *err)
{
    struct offered *offered = xcalloc(1, sizeof *offered);
    size_t count = service->signal_count;
    source->self = offered;
    *offered = (struct offered){.service = service,
                                .loop = source->loop,
                                .signals = xcalloc(count + 1, sizeof *offered->signals),
                                .readers = xcalloc(count + 1, sizeof *offered->readers),
                                .places = xcalloc(count + 1, sizeof *offered->places)};
    for (size_t i = 0; i < count; i++) {
        const struct signal_spec *spec = &service->signals[i];
        offered->signals[i] = (struct watch_signal){
            .name = spec->name, .unit = spec->unit, .collects = offered_collects(spec), .promised = true};
        if (number_reader_init(&offered->readers[i], spec, err) != 0)
            return err_prefix(err, "%s: signal '%s'", service->file, spec->name);
    }
    source->signals = offered->signals;
    source->count = count;
    return 0;
}

static void release_offered(struct source *source)
{
    struct offered *offered = source->self;
    if (offered == NULL)
        return;
    for (size_t i = 0; i < offered->service->signal_count; i++)
        number_reader_release(&offered->readers[i]);
    free(offered->readers);
    free(offered->places);
    free(offered->signals);
    free(offered);
}

/* An absolute URL is held to the allow-list as the target is, and reached without its proxy. */
static void find_place(struct place *place, const char *url, const struct watched *watched)
{
    *place = (struct place){.path = url, .at_target = url[0] == '/'};
    if (place->at_target)
        return;
    const char *authority = strstr(url, "://") + 3;
    place->path = authority + strcspn(authority, "/");
    char *base = xstrndup(url, (size_t)(place->path - url));
    if (origin_resolve(&place->elsewhere, base, watched->allow, &place->err) != 0)
        place->path = NULL;
    else if (watched->origin != NULL)
        place->elsewhere.trust = watched->origin->trust;
    free(base);
}

static void attach_offered(struct source *source, const struct watched *watched)
{
    struct offered *offered = source->self;
    offered->watched = *watched;
    for (size_t i = 0; i < source->count; i++)
        find_place(&offered->places[i], offered->service->signals[i].url, watched);
}

static bool is_first_of_url(const struct service *service, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(service->signals[i].url, service->signals[index].url) == 0)
            return false;
    return true;
}

/* The first signal from `index` on whose URL no earlier one has; the signal count when there is none. */
static size_t next_url(const struct offered *offered, size_t index)
{
    while (index < offered->service->signal_count && !is_first_of_url(offered->service, index))
        index++;
    return index;
}

bool offered_collects(const struct signal_spec *spec)
{
    if (text_starts_with(spec->name, "live_"))
        return true;
    for (const char *at = strchr(spec->url, '?'); at != NULL; at = strchr(at + 1, '&'))
        if (strncmp(at + 1, "gc=1", 4) == 0 && (at[5] == '\0' || at[5] == '&' || at[5] == '#'))
            return true;
    return false;
}

static void take_answer(const struct offered *offered, const char *url, const struct fetch_answer *answer,
                        struct source_reading *reading)
{
    for (size_t i = 0; i < offered->service->signal_count; i++) {
        if (strcmp(offered->service->signals[i].url, url) != 0)
            continue;
        char *why;
        reading->values[i] = number_read(&offered->readers[i], answer, &why);
        if (why != NULL)
            source_complain(reading, i, why);
    }
}

/* Its URLs, one after the other. */
struct asking {
    struct offered *offered; /* gone once the reading is dropped */
    struct source_reading *reading;
    size_t next; /* the signal whose URL is asked */
    int64_t asked_ns;
};

static void ask_next(struct asking *asking);

static void on_answer(void *owner, struct fetch_answer *answer)
{
    struct asking *asking = owner;
    if (!asking->reading->dropped) {
        const struct offered *offered = asking->offered;
        patience_learn(&offered->places[asking->next].patience, ANSWER_LIMIT_NS,
                       clock_now_ns() - asking->asked_ns, answer->status != 0);
        take_answer(offered, offered->service->signals[asking->next++].url, answer, asking->reading);
    }
    ask_next(asking);
}

/* Passes over URLs that cannot be asked: on to the next that can. */
static void find_next(struct asking *asking)
{
    const struct offered *offered = asking->offered;
    const struct service *service = offered->service;
    while ((asking->next = next_url(offered, asking->next)) < service->signal_count &&
           offered->places[asking->next].path == NULL) {
        struct fetch_answer none = {.err = offered->places[asking->next].err};
        take_answer(offered, service->signals[asking->next++].url, &none, asking->reading);
    }
}

static void ask_next(struct asking *asking)
{
    struct offered *offered = asking->offered;
    struct source_reading *reading = asking->reading;
    if (!reading->dropped)
        find_next(asking);
    if (reading->dropped || asking->next == offered->service->signal_count) {
        free(asking);
        source_done(reading);
        return;
    }
    const struct place *place = &offered->places[asking->next];
    asking->asked_ns = clock_now_ns();
    struct fetch_request request = {.method = "GET",
                                    .origin = place->at_target ? offered->watched.origin : &place->elsewhere,
                                    .path = place->path,
                                    .allow = offered->watched.allow,
                                    .run_header = offered->watched.run_header,
                                    .timeout_ns = patience_ns(&place->patience, ANSWER_LIMIT_NS),
                                    .limit = ANSWER_BYTES};
    fetch_start(offered->loop, &request, on_answer, asking);
}

static void start_read(struct source *source, struct source_reading *reading)
{
    struct offered *offered = source->self;
    if (offered->watched.origin == NULL) { /* before the first start there is nobody to ask */
        for (size_t i = 0; i < source->count; i++)
            source_complain(reading, i, xstrdup("no target is attached"));
        source_done(reading);
        return;
    }
    struct asking *asking = xcalloc(1, sizeof *asking);
    *asking = (struct asking){offered, reading, 0, 0};
    ask_next(asking);
}

const struct source_kind source_offered = {
    .name = "offered",
    .open = open_offered,
    .release = release_offered,
    .attach = attach_offered,
    .start_read = start_read,
};
