/* What production suspected, and what a hunt says of it. */
#include <math.h>
#include <string.h>

#include "report/say.h"

/* "GET /a (93 %)", "one of POST /a and GET /b (41 %)" */
static void say_one(struct text *out, const struct suspicion *suspicion)
{
    size_t count = suspicion->endpoints.count;
    text_add_string(out, count > 1 ? "one of " : "");
    for (size_t i = 0; i < count; i++)
        text_addf(out, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " and ", suspicion->endpoints.items[i]);
    text_add_string(out, " (");
    say_share(out, suspicion->probability);
    text_add_string(out, ")");
}

#define SAID_MOST 3

void say_suspicions(struct text *out, const struct suspicions *suspects)
{
    if (suspects->count == 0)
        return;
    text_add_string(out, "production suspects ");
    for (size_t i = 0; i < suspects->count && i < SAID_MOST; i++) {
        text_add_string(out, i > 0 ? ", then " : "");
        say_one(out, &suspects->items[i]);
    }
    if (suspects->count > SAID_MOST)
        text_addf(out, ", and %zu more", suspects->count - SAID_MOST);
    text_add_string(out, ": looked at first");
}

/* A mix that was not taken apart names nobody. */
static bool names(const struct finding *finding, const char *endpoint)
{
    bool taken_apart = finding->kind != FINDING_MIX || finding->endpoints.count == 1;
    return taken_apart && strings_has(&finding->endpoints, endpoint);
}

static const struct finding *finding_of(const struct result *result, const struct suspicion *suspicion)
{
    for (size_t i = 0; i < result->finding_count; i++)
        for (size_t e = 0; e < suspicion->endpoints.count; e++)
            if (names(&result->findings[i], suspicion->endpoints.items[e]))
                return &result->findings[i];
    return NULL;
}

/* Why all of them are in these remarks; NULL: some are not. */
static const char *why_of(const struct remark *remarks, size_t count, const struct suspicion *suspicion)
{
    const char *why = NULL;
    for (size_t e = 0; e < suspicion->endpoints.count; e++) {
        const char *of_this = NULL;
        for (size_t i = 0; i < count && of_this == NULL; i++)
            if (strings_has(&remarks[i].endpoints, suspicion->endpoints.items[e]))
                of_this = remarks[i].why != NULL ? remarks[i].why : "";
        if (of_this == NULL)
            return NULL;
        why = why == NULL || strcmp(why, of_this) == 0 ? of_this : "";
    }
    return why;
}

struct borne_out say_borne_out(const struct result *result, const struct suspicion *suspicion)
{
    const struct finding *finding = finding_of(result, suspicion);
    if (finding != NULL)
        return (struct borne_out){JUDGED_GROWS, finding, NULL};
    const char *cleared = why_of(result->cleared, result->cleared_count, suspicion);
    if (cleared != NULL)
        return (struct borne_out){JUDGED_CLEARED, NULL, cleared};
    const char *out = why_of(result->not_looked_at, result->not_looked_at_count, suspicion);
    if (out != NULL)
        return (struct borne_out){JUDGED_NOT_LOOKED_AT, NULL, out};
    return (struct borne_out){JUDGED_OPEN, NULL, NULL};
}

static const struct suspicion *suspicion_of(const struct result *result, const struct finding *finding)
{
    for (size_t i = 0; i < result->suspects.count; i++)
        for (size_t e = 0; e < result->suspects.items[i].endpoints.count; e++)
            if (names(finding, result->suspects.items[i].endpoints.items[e]))
                return &result->suspects.items[i];
    return NULL;
}

/* Both are of a request to the same endpoints only where production told them apart. */
static bool compares(const struct finding *finding, const struct suspicion *suspicion)
{
    bool same = finding->per != NULL && strings_has(&suspicion->endpoints, finding->per);
    return same && isfinite(finding->bytes_per_request) && suspicion->bytes_per_request > 0;
}

void say_suspected(struct text *out, const struct result *result, const struct finding *finding)
{
    const struct suspicion *suspicion = suspicion_of(result, finding);
    if (result->suspects.count == 0 || finding->kind == FINDING_IDLE ||
        (finding->kind == FINDING_MIX && finding->endpoints.count != 1))
        return;
    if (suspicion == NULL) {
        text_add_string(out, "production did not suspect it");
        return;
    }
    text_add_string(out, "as production suggested");
    if (suspicion->endpoints.count > 1) {
        text_add_string(out, " of ");
        say_one(out, suspicion);
    }
    if (!compares(finding, suspicion))
        return;
    text_add_string(out, ": ");
    say_amount(out, suspicion->bytes_per_request, false);
    text_add_string(out, "/request there, ");
    say_amount(out, finding->bytes_per_request, false);
    text_add_string(out, " here");
}

static void say_finding_suspected(const struct result *result, const struct finding *finding,
                                  struct strings *lines)
{
    struct text words = TEXT_EMPTY, name = TEXT_EMPTY;
    say_suspected(&words, result, finding);
    if (words.length > 0 && finding->endpoints.count > 0) {
        say_names(&name, &finding->endpoints, " + ");
        strings_addf(lines, "%s: %s", name.bytes, words.bytes);
    }
    text_release(&words);
    text_release(&name);
}

/* "GET /a, which production suspected (93 %), is cleared: flat in solo blocks" */
static void say_not_borne_out(const struct result *result, const struct suspicion *suspicion,
                              struct strings *lines)
{
    static const char *const words[] = {[JUDGED_OPEN] = "is not judged",
                                        [JUDGED_CLEARED] = "is cleared",
                                        [JUDGED_NOT_LOOKED_AT] = "was not looked at"};
    static const char *const of_several[] = {[JUDGED_OPEN] = "are not all judged",
                                             [JUDGED_CLEARED] = "are cleared",
                                             [JUDGED_NOT_LOOKED_AT] = "were not looked at"};
    struct borne_out borne_out = say_borne_out(result, suspicion);
    struct text line = TEXT_EMPTY;
    if (borne_out.judgement == JUDGED_GROWS)
        return;
    for (size_t i = 0; i < suspicion->endpoints.count; i++)
        text_addf(&line, "%s%s", i == 0 ? "" : " and ", suspicion->endpoints.items[i]);
    text_addf(&line, ", which production suspected%s (", suspicion->endpoints.count > 1 ? " together" : "");
    say_share(&line, suspicion->probability);
    text_addf(&line, "), %s", (suspicion->endpoints.count > 1 ? of_several : words)[borne_out.judgement]);
    if (borne_out.why != NULL && borne_out.why[0] != '\0')
        text_addf(&line, ": %s", borne_out.why);
    strings_add(lines, line.bytes);
    text_release(&line);
}

void say_suspected_judged(const struct result *result, struct strings *lines)
{
    for (size_t i = 0; i < result->finding_count; i++)
        say_finding_suspected(result, &result->findings[i], lines);
    for (size_t i = 0; i < result->suspects.count; i++)
        say_not_borne_out(result, &result->suspects.items[i], lines);
}
