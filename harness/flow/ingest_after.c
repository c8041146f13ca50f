#include "flow/ingest_after.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define VALUES ((size_t)1 << 18) /* powers of two */
#define SESSIONS ((size_t)1 << 14)
#define USES ((size_t)1 << 12)
#define USES_MOST (USES * 3 / 4)
#define NAMES_MOST 1024
#define PROBES 4

struct after_value {
    uint64_t hash;    /* 0: none */
    uint64_t session; /* that was given it; 0: not known */
    uint32_t giver, name;
    bool common; /* to several sessions, or not given */
};

struct after_session {
    uint64_t session, begun; /* the one that it goes on from, or itself */
};

struct after_use {
    uint32_t giver_plus_1, taker, name;
    uint64_t requests, sessions;
    uint64_t last_session; /* what counts is whether there are two */
};

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
}

void ingest_after_release(struct ingest_after *after)
{
    free(after->values);
    free(after->sessions);
    free(after->uses);
    free(after->answered);
    strings_release(&after->names);
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

/* "the cookie sid that it sets"; false: no room for another. */
static bool name_of(struct ingest_after *after, const char *name, uint32_t *index)
{
    for (size_t i = 0; i < after->names.count; i++)
        if (strcmp(after->names.items[i], name) == 0) {
            *index = (uint32_t)i;
            return true;
        }
    if (after->names.count == NAMES_MOST)
        return false;
    strings_add(&after->names, name);
    *index = (uint32_t)(after->names.count - 1);
    return true;
}

/* The session that it goes on from. At its first request, a cookie or a header that another was given tells. */
static uint64_t session_of(struct ingest_after *after, const struct request *request)
{
    if (request->session[0] == '\0')
        return 0;
    uint64_t session = spread(strtoull(request->session, NULL, 16) + 1);
    struct after_session *held = &after->sessions[session & (SESSIONS - 1)];
    if (held->session == session)
        return held->begun;
    *held = (struct after_session){session, session};
    for (size_t i = 0; i < request->clues->count; i++) {
        const struct clue *clue = &request->clues->items[i];
        const struct after_value *value = place_of(after, clue->hash);
        if (clue->kind == CLUE_CLIENT && value->hash == clue->hash && !value->common && value->session != 0) {
            held->begun = value->session;
            break;
        }
    }
    return held->begun;
}

static struct after_use *use_of(struct ingest_after *after, const struct after_value *value, uint32_t taker)
{
    uint64_t hash = spread(((uint64_t)value->giver << 40) ^ ((uint64_t)taker << 20) ^ value->name);
    for (size_t at = hash & (USES - 1);; at = (at + 1) & (USES - 1)) {
        struct after_use *use = &after->uses[at];
        if (use->giver_plus_1 == value->giver + 1 && use->taker == taker && use->name == value->name)
            return use;
        if (use->giver_plus_1 != 0)
            continue;
        if (after->use_count == USES_MOST)
            return NULL;
        after->use_count++;
        *use = (struct after_use){.giver_plus_1 = value->giver + 1, .taker = taker, .name = value->name};
        return use;
    }
}

static void count_use(struct after_use *use, uint64_t session)
{
    use->sessions += use->requests == 0 || use->last_session != session;
    use->last_session = session;
    use->requests++;
}

/* Each use once per request, whatever many values there are. */
static void add_uses(struct ingest_after *after, uint32_t index, const struct clues *clues, uint64_t session)
{
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
        struct after_use *use = !value->common && value->session == session && value->giver != index
                                    ? use_of(after, value, index)
                                    : NULL;
        size_t at = 0;
        while (at < count && counted[at] != use)
            at++;
        if (use == NULL || at < count || count == sizeof counted / sizeof *counted)
            continue;
        counted[count++] = use;
        count_use(use, session);
    }
}

static void add_given(struct ingest_after *after, uint32_t index, const struct clue *clue, uint64_t session)
{
    struct after_value *value = place_of(after, clue->hash);
    uint32_t name;
    if (value->hash == clue->hash) { /* again: to another, or to whom is not known */
        value->common = value->common || value->session != session || (session == 0 && value->giver == index);
        return;
    }
    char *shown = clue->kind == CLUE_SETS_COOKIE ? xasprintf("the cookie %s that it sets", clue->name)
                                                 : xasprintf("what it answers at %s", clue->name);
    if (name_of(after, shown, &name))
        *value = (struct after_value){.hash = clue->hash, .session = session, .giver = index, .name = name};
    free(shown);
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
    uint64_t session = session_of(after, request);
    add_uses(after, (uint32_t)index, request->clues, session);
    for (size_t i = 0; i < request->clues->count; i++)
        if (request->clues->items[i].kind < CLUE_CLIENT)
            add_given(after, (uint32_t)index, &request->clues->items[i], session);
}

static bool is_shown(const struct ingest_after *after, const struct after_use *use)
{
    if (use->giver_plus_1 == 0)
        return false;
    double of = (double)after->answered[use->taker], given = (double)after->answered[use->giver_plus_1 - 1];
    return (double)use->requests >= INGEST_AFTER_SHARE * of &&
           (double)use->requests >= INGEST_AFTER_GIVEN * given &&
           use->requests >= (use->sessions >= 2 ? INGEST_AFTER_REQUESTS : INGEST_AFTER_ALONE);
}

static int by_requests(const void *one, const void *other)
{
    const struct after_use *a = one, *b = other;
    if (a->requests != b->requests)
        return a->requests > b->requests ? -1 : 1;
    if (a->taker != b->taker)
        return a->taker < b->taker ? -1 : 1;
    if (a->giver_plus_1 != b->giver_plus_1)
        return a->giver_plus_1 < b->giver_plus_1 ? -1 : 1;
    return (a->name > b->name) - (a->name < b->name);
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

static void propose(const struct ingest_after *after, struct ingest *ingest, const struct after_use *use)
{
    struct ingest_endpoint *taker = &ingest->endpoints[use->taker];
    size_t giver = use->giver_plus_1 - 1;
    if (taker->after.count == INGEST_AFTER_MOST || strings_has(&taker->after, ingest->endpoints[giver].name))
        return;
    bool *seen = xcalloc(ingest->endpoint_count, sizeof *seen);
    if (!leads_to(ingest, giver, use->taker, seen)) {
        strings_add(&taker->after, ingest->endpoints[giver].name);
        strings_addf(&taker->after_why, "%llu of %llu requests use %s", (unsigned long long)use->requests,
                     (unsigned long long)after->answered[use->taker], after->names.items[use->name]);
    }
    free(seen);
}

/* Those with most requests first, so that of a circle the strongest part stays. */
void ingest_after_finish(struct ingest_after *after, struct ingest *ingest)
{
    size_t count = 0;
    for (size_t i = 0; after->uses != NULL && i < USES; i++)
        if (is_shown(after, &after->uses[i]))
            after->uses[count++] = after->uses[i];
    if (count > 0)
        qsort(after->uses, count, sizeof *after->uses, by_requests);
    for (size_t i = 0; i < count; i++)
        propose(after, ingest, &after->uses[i]);
}
