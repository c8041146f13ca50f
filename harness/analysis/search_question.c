/* What a question is called: the key by which its answer is found again, today or in another run. */
#include "analysis/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const names[ASK_COUNT] = {
    [ASK_WARM_UP] = "warm_up",  [ASK_SCREEN] = "screen", [ASK_SCREEN_LONGER] = "screen_longer",
    [ASK_LONG_SOLO] = "solo",   [ASK_REST] = "rest",     [ASK_SET] = "set",
    [ASK_TOGETHER] = "joint",   [ASK_TURNS] = "turns",   [ASK_ALONE] = "alone",
    [ASK_PARTNERS] = "partner", [ASK_AFTER] = "after",   [ASK_HOLD] = "hold",
    [ASK_NARROW] = "narrow",    [ASK_SITES] = "sites",   [ASK_TRIAL] = "trial",
    [ASK_IDLE] = "idle",
};

const char *ask_name(enum ask ask)
{
    return names[ask];
}

/* "after 3 of 1,4 #1": name, suspect, members, attempt; what a question has none of is left out. */
char *question_identity(const struct question *question)
{
    struct text text = TEXT_EMPTY;
    text_addf(&text, "%s", names[question->ask]);
    if (question->suspect != NOBODY)
        text_addf(&text, " %zu", question->suspect);
    for (size_t i = 0; i < question->count; i++)
        text_addf(&text, "%s%zu", i > 0 ? "," : " of ", question->members[i]);
    if (question->attempt > 0)
        text_addf(&text, " #%u", question->attempt);
    return text_take(&text);
}

static bool take_number(const char **at, size_t *number)
{
    char *end = NULL;
    if (**at < '0' || **at > '9')
        return false;
    *number = strtoull(*at, &end, 10);
    *at = end;
    return true;
}

static bool take_ask(const char **at, enum ask *ask)
{
    size_t length = strcspn(*at, " ");
    for (int i = 0; i < ASK_COUNT; i++)
        if (strlen(names[i]) == length && strncmp(names[i], *at, length) == 0) {
            *ask = (enum ask)i;
            *at += length;
            return true;
        }
    return false;
}

static bool take_members(const char **at, struct question *question, size_t **members)
{
    if (!text_starts_with(*at, " of "))
        return true;
    *at += strlen(" of");
    do {
        size_t member = 0;
        ++*at;
        if (!take_number(at, &member))
            return false;
        *members = xrealloc(*members, (question->count + 1) * sizeof **members);
        (*members)[question->count++] = member;
    } while (**at == ',');
    return true;
}

int question_parse(const char *identity, struct question *question, size_t **members, struct err *err)
{
    const char *at = identity;
    size_t attempt = 0;
    *question = (struct question){.suspect = NOBODY};
    *members = NULL;
    bool good = take_ask(&at, &question->ask);
    if (good && at[0] == ' ' && at[1] >= '0' && at[1] <= '9') {
        at++;
        good = take_number(&at, &question->suspect);
    }
    good = good && take_members(&at, question, members);
    if (good && text_starts_with(at, " #")) {
        at += 2;
        good = take_number(&at, &attempt);
    }
    question->members = *members;
    question->attempt = (unsigned)attempt;
    if (good && *at == '\0')
        return 0;
    free(*members);
    *members = NULL;
    return err_set(err, ERR_INTERNAL, "'%s' is no question of a hunt", identity);
}
