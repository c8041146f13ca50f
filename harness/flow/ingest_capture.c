#include "flow/ingest_capture.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/ingest_after_inside.h"
#include "traffic/html_value.h"

#define LATEST ((size_t)1 << 16) /* a power of two */
#define SPOTS_MOST 1024
#define NAME_MOST 40
#define TOLD_MOST 2 /* of the spots that a variable fills */

struct after_latest {
    uint64_t session; /* with the place; 0: none */
    uint64_t hash;
};

/* A spot in the requests of an endpoint that a capture fills. */
struct ingest_captured {
    uint32_t place, taker;
    const char *spot;
    const char *name; /* of the variable */
};

void ingest_capture_release(struct ingest_after *after)
{
    free(after->captured);
    free(after->latest);
    strings_release(&after->spots);
    rewritten_release(&after->rewritten);
}

/* What the session was given last in the place. A later one may have taken its slot: then nothing is known. */
static struct after_latest *latest_of(struct ingest_after *after, uint64_t session, uint32_t place)
{
    uint64_t key = (session ^ place) * UINT64_C(0x9e3779b97f4a7c15);
    return &after->latest[(key ^ key >> 32) & (LATEST - 1)];
}

static bool knows(struct ingest_after *after, uint64_t session, uint32_t place)
{
    return latest_of(after, session, place)->session == (session ^ place);
}

/* Its own counts, else that of the session that it goes on from. */
static bool is_latest(struct ingest_after *after, const struct after_session *who, uint32_t place,
                      uint64_t hash)
{
    if (after->latest == NULL || who->session == 0)
        return false;
    uint64_t session = knows(after, who->session, place) ? who->session : who->begun;
    return knows(after, session, place) && latest_of(after, session, place)->hash == hash;
}

static void set_latest(struct ingest_after *after, uint64_t session, uint32_t place, uint64_t hash)
{
    if (after->latest == NULL)
        after->latest = xcalloc(LATEST, sizeof *after->latest);
    *latest_of(after, session, place) = (struct after_latest){session ^ place, hash};
}

void ingest_capture_goes_on(struct ingest_after *after, const struct after_session *who, uint32_t place,
                            uint64_t hash)
{
    set_latest(after, who->session, place, hash);
}

static void set_given(struct ingest_after *after, const struct after_session *who, uint32_t place,
                      uint64_t hash)
{
    if (who->session == 0)
        return;
    set_latest(after, who->begun, place, hash);
    set_latest(after, who->session, place, hash);
}

/* 1 + its index; 0: there is no room for another. */
static uint32_t spot_of(struct ingest_after *after, const char *name)
{
    for (size_t i = 0; i < after->spots.count; i++)
        if (strcmp(after->spots.items[i], name) == 0)
            return (uint32_t)i + 1;
    if (after->spots.count == SPOTS_MOST)
        return 0;
    strings_add(&after->spots, name);
    return (uint32_t)after->spots.count;
}

void ingest_capture_use(struct ingest_after *after, uint32_t taker, const struct clue *clue, uint32_t place,
                        const struct after_session *who)
{
    uint32_t spot = 0;
    if (clue->name[0] != '\0' && is_latest(after, who, place, clue->hash))
        spot = spot_of(after, clue->name);
    struct after_use *use = spot > 0 ? after_use_of(after, place, taker, spot) : NULL;
    if (use != NULL)
        after_count(use, who->session, clue);
}

/* An answer has a place once, but where lists have it many times. */
static bool may_be_captured(const struct clue *clue)
{
    return clue->kind != CLUE_SETS_COOKIE && clue->name[0] != '\0' && strchr(clue->name, '*') == NULL;
}

void ingest_capture_given(struct ingest_after *after, uint32_t giver, const struct clue *clue,
                          const struct after_session *who)
{
    size_t slot = may_be_captured(clue) ? after_place_of(after, giver, clue, true) : AFTER_PLACES;
    if (slot == AFTER_PLACES)
        return;
    struct after_place *place = &after->places[slot];
    place->answers++;
    place->first = place->first || after->answered[giver] == 1;
    set_given(after, who, (uint32_t)slot, clue->hash);
}

static bool is_near_certain(const struct ingest_after *after, const struct after_use *use)
{
    if (use->place_plus_1 == 0 || use->spot == 0)
        return false;
    const struct after_place *place = &after->places[use->place_plus_1 - 1];
    double of = (double)after->answered[use->taker], given = (double)after->answered[place->giver_plus_1 - 1];
    uint64_t least = use->sessions >= 2 ? INGEST_AFTER_REQUESTS : INGEST_AFTER_ALONE;
    return (double)use->requests >= INGEST_CAPTURE_SHARE * of &&
           (double)use->requests >= INGEST_AFTER_GIVEN * given && place->first &&
           (double)place->answers >= INGEST_CAPTURE_GIVEN * given &&
           (use->sure ? use->secret || use->requests >= least
                      : use->requests >= least && use->values >= INGEST_CAPTURE_VALUES);
}

/* The last word of "/user/token", "X-CSRF-Token", "input csrf_token ": "token", "x_csrf_token", "csrf_token". */
static void add_word(struct text *out, const char *where)
{
    size_t end = strlen(where), from;
    while (end > 0 && !isalnum((unsigned char)where[end - 1]))
        end--;
    for (from = end; from > 0 && where[from - 1] != '/' && where[from - 1] != ' ';)
        from--;
    for (size_t i = from; i < end && out->length < NAME_MOST; i++)
        text_add_char(out, isalnum((unsigned char)where[i]) ? (char)tolower((unsigned char)where[i]) : '_');
}

static bool is_taken(const struct ingest_after *after, const char *name)
{
    for (size_t i = 0; i < after->captured_count; i++)
        if (strcmp(after->captured[i].name, name) == 0)
            return true;
    return false;
}

/* The last segment of the giver's template that is no parameter. */
static void add_giver(struct text *out, const char *endpoint)
{
    const char *end = endpoint + strcspn(endpoint, "?#"), *from = end;
    while (end > endpoint && (end[-1] == '}' || end[-1] == '/')) {
        while (end > endpoint && end[-1] != '/')
            end--;
        end -= end > endpoint;
    }
    for (from = end; from > endpoint && from[-1] != '/' && from[-1] != ' ';)
        from--;
    char *word = xstrndup(from, (size_t)(end - from));
    add_word(out, word);
    free(word);
}

/* A name of its own: "token", else "login_token", else with a number. The caller's. */
static char *name_for(const struct ingest_after *after, const struct ingest *ingest,
                      const struct after_place *place)
{
    struct text word = TEXT_EMPTY, name = TEXT_EMPTY;
    add_word(&word, place->where);
    if (word.length == 0 || isdigit((unsigned char)word.bytes[0]))
        text_add_string(&name, "value_");
    text_add(&name, text_string(&word), word.length);
    if (is_taken(after, name.bytes)) {
        text_clear(&name);
        add_giver(&name, ingest->endpoints[place->giver_plus_1 - 1].name);
        if (name.length == 0 || isdigit((unsigned char)name.bytes[0]))
            text_add_string(&name, "value");
        text_addf(&name, "_%s", text_string(&word));
    }
    size_t length = name.length;
    for (int number = 2; is_taken(after, name.bytes); number++) {
        name.length = length;
        text_addf(&name, "_%d", number);
    }
    text_release(&word);
    return text_take(&name);
}

static struct capture capture_of(const struct after_place *place, char *name_take)
{
    struct capture capture = {.name = name_take};
    if (place->kind == CLUE_HTML) {
        struct text pattern = TEXT_EMPTY;
        bool meta = text_starts_with(place->where, "meta "), first = text_ends_with(place->where, " ");
        const char *from = strchr(place->where, ' ') + 1;
        char *name = xstrndup(from, strcspn(from, " "));
        html_value_pattern(meta, first, name, &pattern);
        capture.from = CAPTURE_BODY;
        capture.pattern = pattern_new(text_string(&pattern), NULL);
        free(name);
        text_release(&pattern);
        return capture;
    }
    capture.from = place->kind == CLUE_HEADER ? CAPTURE_HEADER : CAPTURE_JSON;
    capture.where = xstrdup(place->where);
    return capture;
}

static void add_capture(struct ingest_after *after, struct ingest *ingest, struct after_place *place)
{
    struct ingest_endpoint *giver = &ingest->endpoints[place->giver_plus_1 - 1];
    struct captures *captures = &giver->captures;
    char *name = name_for(after, ingest, place);
    captures->items = xrealloc(captures->items, (captures->count + 1) * sizeof *captures->items);
    captures->items[captures->count++] = capture_of(place, name);
    strings_add(&giver->capture_why, "");
    place->capture = name;
}

/* "the header Authorization" */
static void add_spot(struct text *out, const char *spot)
{
    static const char *const words[][2] = {{"header ", "the header "},
                                           {"path ", "the path"},
                                           {"query ", "the query as "},
                                           {"form ", "the form as "},
                                           {"json ", "the body at "}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *name = spot + strlen(words[i][0]);
        if (!text_starts_with(spot, words[i][0]))
            continue;
        text_add_string(out, words[i][1]);
        text_add(out, name, text_ends_with(words[i][1], " ") ? strcspn(name, " ") : 0);
    }
}

static char **why_of(struct ingest *ingest, const struct after_place *place)
{
    struct ingest_endpoint *giver = &ingest->endpoints[place->giver_plus_1 - 1];
    size_t index = 0;
    while (strcmp(giver->captures.items[index].name, place->capture) != 0)
        index++;
    return &giver->capture_why.items[index];
}

/* "12 of 12 requests of GET /orders have it in the header Authorization" */
static void say_use(const struct ingest_after *after, struct ingest *ingest, const struct after_use *use)
{
    struct after_place *place = &after->places[use->place_plus_1 - 1];
    if (++place->told > TOLD_MOST)
        return;
    char **why = why_of(ingest, place);
    struct text out = TEXT_EMPTY;
    text_addf(&out, "%s%s%llu of %llu requests of %s have it in ", *why, (*why)[0] != '\0' ? "; " : "",
              (unsigned long long)use->requests, (unsigned long long)after->answered[use->taker],
              ingest->endpoints[use->taker].name);
    add_spot(&out, after->spots.items[use->spot - 1]);
    free(*why);
    *why = text_take(&out);
}

static void say_rest(const struct ingest_after *after, struct ingest *ingest)
{
    for (size_t i = 0; i < AFTER_PLACES && after->captured_count > 0; i++) {
        const struct after_place *place = &after->places[i];
        if (place->told <= TOLD_MOST)
            continue;
        char **why = why_of(ingest, place);
        char *whole = xasprintf("%s; and so %u more", *why, place->told - TOLD_MOST);
        free(*why);
        *why = whole;
    }
}

static bool is_filled(const struct ingest_after *after, const struct after_use *use)
{
    const char *spot = after->spots.items[use->spot - 1];
    for (size_t i = 0; i < after->captured_count; i++)
        if (after->captured[i].taker == use->taker && strcmp(after->captured[i].spot, spot) == 0)
            return true;
    return false;
}

static void capture(struct ingest_after *after, struct ingest *ingest, const struct after_use *use)
{
    struct after_place *place = &after->places[use->place_plus_1 - 1];
    if (after->captured_count == INGEST_CAPTURE_MOST || is_filled(after, use))
        return;
    if (!after_reaches(after, ingest, use))
        after_propose(after, ingest, use);
    if (!after_reaches(after, ingest, use))
        return;
    if (place->capture == NULL)
        add_capture(after, ingest, place);
    after->captured = xrealloc(after->captured, (after->captured_count + 1) * sizeof *after->captured);
    after->captured[after->captured_count++] =
        (struct ingest_captured){.place = use->place_plus_1 - 1,
                                 .taker = use->taker,
                                 .spot = after->spots.items[use->spot - 1],
                                 .name = place->capture};
    say_use(after, ingest, use);
}

void ingest_capture_finish(struct ingest_after *after, struct ingest *ingest)
{
    const struct after_use **certain =
        after->use_count > 0 ? xcalloc(after->use_count, sizeof *certain) : NULL;
    size_t count = 0;
    for (size_t i = 0, seen = 0; seen < after->use_count; i++) {
        seen += after->uses[i].place_plus_1 != 0;
        if (is_near_certain(after, &after->uses[i]))
            certain[count++] = &after->uses[i];
    }
    if (count > 0)
        qsort(certain, count, sizeof *certain, after_by_requests);
    for (size_t i = 0; i < count; i++)
        capture(after, ingest, certain[i]);
    say_rest(after, ingest);
    free(certain);
    free(after->latest); /* for the second pass */
    after->latest = NULL;
    after_forget_sessions(after);
}

static void rewrite(struct ingest_after *after, uint32_t taker, const struct clue *clue,
                    const struct after_session *who, struct request *request)
{
    for (size_t i = 0; i < after->captured_count; i++) {
        const struct ingest_captured *captured = &after->captured[i];
        if (captured->taker == taker && strcmp(captured->spot, clue->name) == 0 &&
            is_latest(after, who, captured->place, clue->hash))
            clue_place_capture(request, captured->spot, captured->name, &after->rewritten);
    }
}

void ingest_capture_rewrite(struct ingest_after *after, size_t index, struct request *request)
{
    if (after->captured_count == 0 || request->clues == NULL)
        return;
    const struct clues *clues = request->clues;
    const struct after_session who = after_session(after, request);
    rewritten_clear(&after->rewritten);
    for (size_t i = 0; i < clues->count; i++)
        if (clues->items[i].kind >= CLUE_CLIENT && clues->items[i].name[0] != '\0')
            rewrite(after, (uint32_t)index, &clues->items[i], &who, request);
    for (size_t i = 0; i < clues->count; i++) {
        const struct clue *clue = &clues->items[i];
        size_t place =
            clue->kind < CLUE_CLIENT ? after_place_of(after, (uint32_t)index, clue, false) : AFTER_PLACES;
        if (place < AFTER_PLACES && after->places[place].capture != NULL)
            set_given(after, &who, (uint32_t)place, clue->hash);
    }
}
