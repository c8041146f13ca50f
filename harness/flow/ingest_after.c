#include "flow/ingest_after.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/ingest_after_inside.h"
#include "flow/ingest_capture.h"

#define VALUES ((size_t)1 << 18) /* powers of two */
#define SESSIONS ((size_t)1 << 14)
#define USES ((size_t)1 << 13)
#define USES_MOST (USES * 3 / 4)
#define PLACES_MOST (AFTER_PLACES / 2)
#define PROBES 4

static uint64_t spread(uint64_t hash)
{
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static void begin(struct ingest_after *after)
{
    if (after->values != NULL)
        return;
    after->values = xcalloc(VALUES, sizeof *after->values);
    after->sessions = xcalloc(SESSIONS, sizeof *after->sessions);
    after->uses = xcalloc(USES, sizeof *after->uses);
    after->places = xcalloc(AFTER_PLACES, sizeof *after->places);
}

void ingest_after_release(struct ingest_after *after)
{
    free(after->values);
    free(after->sessions);
    free(after->uses);
    free(after->places);
    free(after->answered);
    ingest_capture_release(after);
    *after = (struct ingest_after){.values = NULL};
}

/* Where the value is, or where it may stand. */
static struct after_value *place_of(struct ingest_after *after, uint64_t hash)
{
    struct after_value *empty = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        struct after_value *value = &after->values[(hash + i) & (VALUES - 1)];
        if (value->hash == hash)
            return value;
        if (value->hash == 0 && empty == NULL)
            empty = value;
    }
    return empty != NULL ? empty : &after->values[(hash + (hash >> 60) % PROBES) & (VALUES - 1)];
}

size_t after_place_of(struct ingest_after *after, uint32_t giver, const struct clue *clue, bool made)
{
    uint64_t hash = giver * UINT64_C(31) + clue->kind;
    for (const char *at = clue->name; *at != '\0'; at++)
        hash = hash * 31 + (unsigned char)*at;
    for (size_t at = spread(hash) & (AFTER_PLACES - 1);; at = (at + 1) & (AFTER_PLACES - 1)) {
        struct after_place *place = &after->places[at];
        if (place->giver_plus_1 == giver + 1 && place->kind == clue->kind &&
            strcmp(place->where, clue->name) == 0)
            return at;
        if (place->giver_plus_1 != 0)
            continue;
        if (!made || after->place_count == PLACES_MOST)
            return AFTER_PLACES;
        after->place_count++;
        *place = (struct after_place){.giver_plus_1 = giver + 1, .kind = clue->kind};
        memcpy(place->where, clue->name, sizeof place->where);
        return at;
    }
}

/* The session that it goes on from. At its first request, a cookie or a header that another was given tells. */
struct after_session after_session(struct ingest_after *after, const struct request *request)
{
    if (request->session[0] == '\0')
        return (struct after_session){0, 0};
    uint64_t session = spread(strtoull(request->session, NULL, 16) + 1);
    struct after_session *held = &after->sessions[session & (SESSIONS - 1)];
    if (held->session == session)
        return *held;
    *held = (struct after_session){session, session};
    for (size_t i = 0; i < request->clues->count; i++) {
        const struct clue *clue = &request->clues->items[i];
        const struct after_value *value = place_of(after, clue->hash);
        if (clue->kind == CLUE_CLIENT && value->hash == clue->hash && !value->common && value->session != 0) {
            held->begun = value->session;
            ingest_capture_goes_on(after, held, value->place, clue->hash);
            break;
        }
    }
    return *held;
}

struct after_use *after_use_of(struct ingest_after *after, uint32_t place, uint32_t taker, uint32_t spot)
{
    uint64_t hash = spread(((uint64_t)place << 48) ^ ((uint64_t)taker << 20) ^ spot);
    for (size_t at = hash & (USES - 1);; at = (at + 1) & (USES - 1)) {
        struct after_use *use = &after->uses[at];
        if (use->place_plus_1 == place + 1 && use->taker == taker && use->spot == spot)
            return use;
        if (use->place_plus_1 != 0)
            continue;
        if (after->use_count == USES_MOST)
            return NULL;
        after->use_count++;
        *use = (struct after_use){
            .place_plus_1 = place + 1, .taker = taker, .spot = spot, .sure = true, .secret = true};
        return use;
    }
}

void after_count(struct after_use *use, uint64_t session, const struct clue *clue)
{
    use->sessions += use->requests == 0 || use->last_session != session;
    use->values += use->requests == 0 || use->last_value != clue->hash;
    use->last_session = session;
    use->last_value = clue->hash;
    use->sure = use->sure && clue->sure;
    use->secret = use->secret && clue->secret;
    use->requests++;
}

/* Whether the session was given it by another endpoint. */
static bool is_given(const struct ingest_after *after, const struct after_value *value, uint32_t index,
                     uint64_t session)
{
    return !value->common && value->session == session &&
           after->places[value->place].giver_plus_1 != index + 1;
}

/* Each use once per request, whatever many values there are. */
static void add_uses(struct ingest_after *after, uint32_t index, const struct clues *clues,
                     const struct after_session *who)
{
    const uint64_t session = who->begun;
    struct after_use *counted[64];
    size_t count = 0;
    for (size_t i = 0; i < clues->count; i++) {
        const struct clue *clue = &clues->items[i];
        if (clue->kind < CLUE_CLIENT)
            continue;
        struct after_value *value = place_of(after, clue->hash);
        if (value->hash != clue->hash) {
            *value = (struct after_value){.hash = clue->hash, .common = true};
            continue;
        }
        if (value->session == 0)
            value->session = session;
        if (!is_given(after, value, index, session))
            continue;
        ingest_capture_use(after, index, clue, value->place, who);
        struct after_use *use = after_use_of(after, value->place, index, 0);
        size_t at = 0;
        while (at < count && counted[at] != use)
            at++;
        if (use == NULL || at < count || count == sizeof counted / sizeof *counted)
            continue;
        counted[count++] = use;
        after_count(use, who->session, clue);
    }
}

static void add_given(struct ingest_after *after, uint32_t index, const struct clue *clue,
                      const struct after_session *who)
{
    const uint64_t session = who->begun;
    struct after_value *value = place_of(after, clue->hash);
    ingest_capture_given(after, index, clue, who);
    if (value->hash == clue->hash) { /* again: to another, or to whom is not known */
        bool alone = session == 0 && after->places[value->place].giver_plus_1 == index + 1;
        value->common = value->common || value->session != session || alone;
        return;
    }
    size_t place = after_place_of(after, index, clue, true);
    if (place < AFTER_PLACES)
        *value = (struct after_value){.hash = clue->hash, .session = session, .place = (uint32_t)place};
}

void ingest_after_add(struct ingest_after *after, size_t index, const struct request *request)
{
    begin(after);
    if (index >= after->endpoint_count) {
        after->answered = xrealloc(after->answered, (index + 1) * sizeof *after->answered);
        while (after->endpoint_count <= index)
            after->answered[after->endpoint_count++] = 0;
    }
    after->answered[index]++;
    const struct after_session who = after_session(after, request);
    add_uses(after, (uint32_t)index, request->clues, &who);
    for (size_t i = 0; i < request->clues->count; i++)
        if (request->clues->items[i].kind < CLUE_CLIENT)
            add_given(after, (uint32_t)index, &request->clues->items[i], &who);
}

static size_t giver_of(const struct ingest_after *after, const struct after_use *use)
{
    return after->places[use->place_plus_1 - 1].giver_plus_1 - 1;
}

static bool is_shown(const struct ingest_after *after, const struct after_use *use)
{
    if (use->place_plus_1 == 0 || use->spot != 0)
        return false;
    double of = (double)after->answered[use->taker], given = (double)after->answered[giver_of(after, use)];
    return (double)use->requests >= INGEST_AFTER_SHARE * of &&
           (double)use->requests >= INGEST_AFTER_GIVEN * given &&
           use->requests >= (use->sessions >= 2 ? INGEST_AFTER_REQUESTS : INGEST_AFTER_ALONE);
}

int after_by_requests(const void *one, const void *other)
{
    const struct after_use *a = *(const struct after_use *const *)one,
                           *b = *(const struct after_use *const *)other;
    if (a->requests != b->requests)
        return a->requests > b->requests ? -1 : 1;
    if (a->taker != b->taker)
        return a->taker < b->taker ? -1 : 1;
    if (a->place_plus_1 != b->place_plus_1)
        return a->place_plus_1 < b->place_plus_1 ? -1 : 1;
    return (a->spot > b->spot) - (a->spot < b->spot);
}

/* Whether `from` comes after `to`, at once or by way of others. `seen`: by endpoint. */
static bool leads_to(const struct ingest *ingest, size_t from, size_t to, bool *seen)
{
    const struct strings *after = &ingest->endpoints[from].after;
    if (from == to)
        return true;
    seen[from] = true;
    for (size_t i = 0; i < ingest->endpoint_count; i++)
        if (!seen[i] && strings_has(after, ingest->endpoints[i].name) && leads_to(ingest, i, to, seen))
            return true;
    return false;
}

/* "the cookie sid that it sets" */
static char *what(const struct after_place *place)
{
    static const struct {
        const char *before, *behind;
    } words[] = {[CLUE_SETS_COOKIE] = {"the cookie ", " that it sets"},
                 [CLUE_ANSWERS] = {"what it answers at ", ""},
                 [CLUE_HEADER] = {"its header ", ""},
                 [CLUE_HTML] = {"its page's ", ""}}; /* "input csrf" */
    int length = (int)strlen(place->where);
    length -= length > 0 && place->where[length - 1] == ' ';
    return xasprintf("%s%.*s%s", words[place->kind].before, length, place->where, words[place->kind].behind);
}

static bool reaches(const struct ingest *ingest, size_t from, size_t to)
{
    bool *seen = xcalloc(ingest->endpoint_count, sizeof *seen);
    bool does = leads_to(ingest, from, to, seen);
    free(seen);
    return does;
}

bool after_reaches(const struct ingest_after *after, const struct ingest *ingest, const struct after_use *use)
{
    return reaches(ingest, use->taker, giver_of(after, use));
}

void after_propose(const struct ingest_after *after, struct ingest *ingest, const struct after_use *use)
{
    struct ingest_endpoint *taker = &ingest->endpoints[use->taker];
    size_t giver = giver_of(after, use);
    if (taker->after.count == INGEST_AFTER_MOST ||
        strings_has(&taker->after, ingest->endpoints[giver].name) || reaches(ingest, giver, use->taker))
        return;
    char *given = what(&after->places[use->place_plus_1 - 1]);
    strings_add(&taker->after, ingest->endpoints[giver].name);
    strings_addf(&taker->after_why, "%llu of %llu requests use %s", (unsigned long long)use->requests,
                 (unsigned long long)after->answered[use->taker], given);
    free(given);
}

void after_forget_sessions(struct ingest_after *after)
{
    if (after->sessions != NULL)
        memset(after->sessions, 0, SESSIONS * sizeof *after->sessions);
}

/* Those with most requests first, so that of a circle the strongest part stays. */
void ingest_after_finish(struct ingest_after *after, struct ingest *ingest)
{
    if (after->uses == NULL)
        return;
    const struct after_use **shown = xcalloc(USES, sizeof *shown);
    size_t count = 0;
    for (size_t i = 0; i < USES; i++)
        if (is_shown(after, &after->uses[i]))
            shown[count++] = &after->uses[i];
    if (count > 0)
        qsort(shown, count, sizeof *shown, after_by_requests);
    for (size_t i = 0; i < count; i++)
        after_propose(after, ingest, shown[i]);
    free(shown);
}
