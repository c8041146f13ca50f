/* The hunt in seeded simulation, through its public interface: what it finds, and that the order of answers, a drop and a
 * resumption change nothing of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "search_drive.h"

/* Where a dropped hunt stands: nothing is claimed that no answer said. */
static void assert_claims_are_measured(struct search *search, const struct world *world,
                                       const struct log *log)
{
    struct search_state state = search_state(search);
    uint64_t out_of_rest = 0;
    for (size_t f = 0; f < state.finding_count; f++) {
        const struct search_finding *finding = &state.findings[f];
        out_of_rest |=
            finding->suspect != NOBODY ? bit(finding->suspect) : bits_of(finding->members, finding->count);
    }
    bool clear[WORLD_MOST] = {false}, bounded[WORLD_MOST] = {false}, checked = false;
    for (size_t i = 0; i < log->count; i++) {
        const struct entry *entry = &log->entries[i];
        bool flat = entry->told == TOLD_FLAT;
        if (flat && (entry->ask == ASK_SCREEN || entry->ask == ASK_SCREEN_LONGER))
            clear[entry->suspect] = true;
        if (flat && entry->suspect != NOBODY && (entry->ask == ASK_LONG_SOLO || entry->ask == ASK_HOLD))
            bounded[entry->suspect] = true;
        checked = checked || (entry->ask == ASK_REST && within(out_of_rest, entry->members) &&
                              entry->told == state.rest);
    }
    for (size_t i = 0; i < world->n; i++) {
        assert_true(state.standings[i] != STANDING_CLEAR || clear[i]);
        assert_true(state.standings[i] != STANDING_BOUNDED || bounded[i]);
    }
    assert_true(!state.rest_checked || checked);
}

/* What ought to be found of a defect; count 0: nothing. */
struct wanted {
    enum found found;
    enum order order;
    size_t suspect, count, first;
    uint64_t members;
};

static struct wanted wanted_of(const struct world *world, const struct defect *defect)
{
    size_t last = defect->members[defect->count - 1];
    uint64_t all = bits_of(defect->members, defect->count);
    struct wanted nothing = {.count = 0}, alone = {FOUND_ALONE, ORDER_NONE, last, 1, NOBODY, bit(last)};
    struct wanted together = {FOUND_TOGETHER, ORDER_NONE, NOBODY, defect->count, NOBODY, all};
    switch (defect->kind) {
    case LEAK:
    case LEAK_MISSED:
        return alone;
    case LATCHED:
    case LATCHED_EITHER:
        if (!world->restartable)
            return alone;
        if (!world->live)
            return together;
        return (struct wanted){FOUND_LATCHED,
                               defect->kind == LATCHED ? ORDER_AFTER : ORDER_EITHER,
                               defect->kind == LATCHED ? last : NOBODY,
                               defect->count,
                               NOBODY,
                               all};
    case PAYS:
    case PAYS_LEFT:
        together.order = world->live ? ORDER_PAYS : ORDER_NONE;
        together.first = world->live ? defect->members[0] : NOBODY;
        return together;
    case JOINT:
        return together;
    case WINDOW_SOON:
    case WINDOW_LATE:
    case WINDOW_TOGETHER:
    case BOUNDED:
    case NOT_LANDING:
    case NEVER_LANDED:
        break;
    }
    return nothing;
}

static bool is_wanted(const struct world *world, const struct search_finding *finding,
                      const struct wanted *wanted)
{
    return finding->found == wanted->found && finding->order == wanted->order &&
           finding->count == wanted->count && bits_of(finding->members, finding->count) == wanted->members &&
           (wanted->suspect == NOBODY || finding->suspect == wanted->suspect) &&
           (wanted->first == NOBODY || finding->members[0] == wanted->first) &&
           (wanted->found != FOUND_LATCHED || finding->members[finding->count - 1] == finding->suspect) &&
           finding->isolated == world->restartable;
}

struct score {
    size_t worlds, right, hidden, falsely, unsettled, questions;
};

/* right: all that leaks is found as what it is, nothing else is, and nothing else is said to be there. hidden: something
 * is missing and the rest was measured flat. */
static void judge(const struct world *world, struct search *search, size_t questions, struct score *score)
{
    struct search_state state = search_state(search);
    size_t wanted_count = 0, matched = 0;
    assert_true(state.ended);
    for (size_t i = 0; i < world->defect_count; i++) {
        struct wanted wanted = wanted_of(world, &world->defects[i]);
        wanted_count += wanted.count > 0;
        for (size_t f = 0; wanted.count > 0 && f < state.finding_count; f++)
            matched += is_wanted(world, &state.findings[f], &wanted);
    }
    score->worlds++;
    score->questions += questions;
    score->falsely += state.finding_count > matched;
    score->hidden += matched < wanted_count && state.rest == TOLD_FLAT;
    score->unsettled += state.rest == TOLD_UNCLEAR;
    score->right += matched == wanted_count && state.finding_count == matched && state.rest != TOLD_GROWS;
}

/* Members of defects are drawn from all endpoints, none twice. */
static void draw_members(struct world *world, struct random *random)
{
    size_t order[WORLD_MOST], next = 0;
    for (size_t i = 0; i < world->n; i++)
        order[i] = i;
    random_shuffle(random, order, world->n);
    for (size_t i = 0; i < world->defect_count; i++)
        for (size_t k = 0; k < world->defects[i].count; k++)
            world->defects[i].members[k] = order[next++];
}

struct setting {
    const char *name;
    bool leaks;
    struct defect defects[4];
    bool rss, attached;
};

static const struct setting settings[] = {
    {"flat", false, {{0}}, false, false},
    {"bounded, windows of time",
     false,
     {{BOUNDED, 1, {0}}, {WINDOW_SOON, 1, {0}}, {WINDOW_LATE, 1, {0}}},
     false,
     false},
    {"not landing", false, {{NOT_LANDING, 1, {0}}, {NEVER_LANDED, 1, {0}}}, false, false},
    {"flat, RSS", false, {{0}}, true, false},
    {"flat, attached", false, {{0}}, false, true},
    {"leak", true, {{LEAK, 1, {0}}}, false, false},
    {"leak that the screen misses", true, {{LEAK_MISSED, 1, {0}}}, false, false},
    {"two leaks", true, {{LEAK, 1, {0}}, {LEAK, 1, {0}}}, false, false},
    {"leak beside windows, bounded",
     true,
     {{LEAK, 1, {0}}, {WINDOW_SOON, 1, {0}}, {WINDOW_LATE, 1, {0}}, {BOUNDED, 1, {0}}},
     false,
     false},
    {"leak, RSS", true, {{LEAK, 1, {0}}}, true, false},
    {"leak, attached", true, {{LEAK, 1, {0}}}, false, true},
    {"latched pair", true, {{LATCHED, 2, {0}}}, false, false},
    {"latched after two", true, {{LATCHED, 3, {0}}}, false, false},
    {"latched, either", true, {{LATCHED_EITHER, 2, {0}}}, false, false},
    {"latched pair, attached", true, {{LATCHED, 2, {0}}}, false, true},
    {"latched pair, RSS", true, {{LATCHED, 2, {0}}}, true, false},
    {"consumed pair", true, {{PAYS, 2, {0}}}, false, false},
    {"consumed pair, calls left", true, {{PAYS_LEFT, 2, {0}}}, false, false},
    {"joint pair", true, {{JOINT, 2, {0}}}, false, false},
    {"joint triple", true, {{JOINT, 3, {0}}}, false, false},
    {"joint pair beside leak", true, {{JOINT, 2, {0}}, {LEAK, 1, {0}}}, false, false},
    {"joint pair, RSS", true, {{JOINT, 2, {0}}}, true, false},
    {"windows, together", false, {{WINDOW_TOGETHER, 2, {0}}}, false, false},
    {"windows, three together", false, {{WINDOW_TOGETHER, 3, {0}}}, false, false},
    {"windows, together, RSS", false, {{WINDOW_TOGETHER, 2, {0}}}, true, false},
    {"windows, together, attached", false, {{WINDOW_TOGETHER, 2, {0}}}, false, true},
    {"joint pair beside windows, together", true, {{JOINT, 2, {0}}, {WINDOW_TOGETHER, 2, {0}}}, false, false},
};
#define SETTINGS (sizeof settings / sizeof settings[0])

static struct world draw(const struct setting *setting, uint64_t seed)
{
    struct random random;
    random_init(&random, seed);
    struct world world = {.n = 8 + random_below(&random, 13),
                          .seed = seed,
                          .wrong = 1,
                          .live = !setting->rss,
                          .restartable = !setting->attached};
    for (size_t i = 0; i < 4 && setting->defects[i].count > 0; i++)
        world.defects[world.defect_count++] = setting->defects[i];
    draw_members(&world, &random);
    return world;
}

/* What production suspects: endpoints of no defect, and with `rightly` first the last member of each that is one. */
static void suspect(struct world *world, bool rightly)
{
    static const double probabilities[] = {0.93, 0.5, 0.3, 0.1};
    uint64_t defects = 0;
    world->prior_count = 0;
    for (size_t i = 0; i < world->defect_count; i++) {
        const struct defect *defect = &world->defects[i];
        defects |= bits_of(defect->members, defect->count);
        if (rightly && wanted_of(world, defect).count > 0)
            world->prior[world->prior_count++].endpoint = defect->members[defect->count - 1];
    }
    for (size_t i = 0; i < world->n && world->prior_count < (rightly ? 2 : 3); i++)
        if ((defects & bit(i)) == 0)
            world->prior[world->prior_count++].endpoint = i;
    for (size_t i = 0; i < world->prior_count; i++)
        world->prior[i].probability = probabilities[i];
}

#define SEEDS 100

/* apart: each question has a server of its own, and so many are asked at once. */
static void find_in_all(bool apart)
{
    struct score all[2] = {{0}, {0}};
    print_message("%-30s %7s %7s %8s %10s %7s %10s\n", "", "right", "hidden", "falsely", "unsettled",
                  "worlds", "questions");
    for (size_t i = 0; i < SETTINGS; i++) {
        struct score score = {0};
        if (apart && settings[i].attached)
            continue;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct world world = draw(&settings[i], seed * 1000 + i);
            struct random random;
            random_init(&random, seed);
            world.apart = apart;
            struct search *search = search_of(&world);
            struct log log = {.count = 0};
            go_on(&world, search, apart ? AT_ONCE : 1, ASKED_MOST, &random, &log);
            judge(&world, search, log.count, &score);
            log_release(&log);
            search_free(search);
        }
        print_message("%-30s %7zu %7zu %8zu %10zu %7zu %10.1f\n", settings[i].name, score.right, score.hidden,
                      score.falsely, score.unsettled, score.worlds,
                      (double)score.questions / (double)score.worlds);
        struct score *sum = &all[settings[i].leaks];
        sum->worlds += score.worlds;
        sum->right += score.right;
        sum->falsely += score.falsely;
        assert_true(score.right * 100 >= score.worlds * 90);
        assert_true(settings[i].leaks || settings[i].attached || score.falsely == 0);
    }
    assert_true(all[false].falsely * 300 <=
                all[false].worlds); /* no fresh server bears out what is attached */
    assert_true(all[true].right * 100 >= all[true].worlds * 95);
}

static void finds_what_leaks_and_nothing_else(void **state)
{
    (void)state;
    find_in_all(false);
}

static void finds_the_same_where_servers_are_apart(void **state)
{
    (void)state;
    find_in_all(true);
}

static char *end_of(const struct world *world, struct search *search)
{
    struct search_state state = search_state(search);
    assert_true(state.ended);
    return state_text(search, world->n);
}

static void the_order_of_answers_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTINGS; i++)
        for (uint64_t seed = 1; seed <= 30; seed++) {
            struct world world = draw(&settings[i], seed * 1000 + i);
            struct random random;
            if (seed % 3 > 0)
                suspect(&world, seed % 3 == 1);
            random_init(&random, seed);
            struct search *one = search_of(&world), *other = search_of(&world);
            go_on(&world, one, 1, ASKED_MOST, NULL, NULL);
            go_on(&world, other, 2 + random_below(&random, 6), ASKED_MOST, &random, NULL);
            char *in_order = end_of(&world, one), *at_random = end_of(&world, other);
            if (strcmp(in_order, at_random) != 0)
                print_message("%s, seed %d\n", settings[i].name, (int)seed);
            assert_string_equal(in_order, at_random);
            free(in_order);
            free(at_random);
            search_free(one);
            search_free(other);
        }
}

/* Tells a new search the answers of one that was dropped, in any order; what it asks then was not answered. */
static struct search *resume(const struct world *world, struct log *log, struct random *random)
{
    struct search *search = search_of(world);
    size_t order[ASKED_MOST];
    for (size_t i = 0; i < log->count; i++)
        order[i] = i;
    random_shuffle(random, order, log->count);
    for (size_t i = 0; i < log->count; i++) {
        answer_identity(world, search, log->entries[order[i]].identity, NULL);
        search_state(search);
    }
    go_on(world, search, 1, ASKED_MOST, NULL, log);
    return search;
}

static void a_dropped_hunt_goes_on_where_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTINGS; i++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct world world = draw(&settings[i], seed * 1000 + i);
            struct random random;
            if (seed % 3 > 0)
                suspect(&world, seed % 3 == 1);
            random_init(&random, seed);
            struct log whole = {.count = 0}, log = {.count = 0};
            struct search *one = search_of(&world), *dropped = search_of(&world);
            go_on(&world, one, 1, ASKED_MOST, NULL, &whole);
            go_on(&world, dropped, 1, random_below(&random, whole.count), &random, &log);
            assert_claims_are_measured(dropped, &world, &log);
            struct search *resumed = resume(&world, &log, &random);
            assert_int_equal(log.count, whole.count);
            char *first = end_of(&world, one), *second = end_of(&world, resumed);
            assert_string_equal(first, second);
            free(first);
            free(second);
            search_free(one);
            search_free(dropped);
            search_free(resumed);
            log_release(&whole);
            log_release(&log);
        }
}

static void what_is_not_measured_is_not_claimed(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTINGS; i++)
        for (uint64_t seed = 1; seed <= 10; seed++) {
            struct world world = draw(&settings[i], seed * 1000 + i);
            struct random random;
            if (seed % 3 > 0)
                suspect(&world, seed % 3 == 1);
            random_init(&random, seed);
            struct search *search = search_of(&world);
            struct log log = {.count = 0};
            for (size_t before = SIZE_MAX; before != log.count;) {
                before = log.count;
                go_on(&world, search, 4, 1, &random, &log);
                assert_claims_are_measured(search, &world, &log);
            }
            log_release(&log);
            search_free(search);
        }
}

#define PRIOR_SEEDS 30

enum prior { PRIOR_NONE, PRIOR_RIGHT, PRIOR_WRONG, PRIORS };

struct way {
    struct score score;
    size_t first, named; /* questions until the first finding, over the worlds that had one */
    char *end;           /* of the last world, */
    bool
        sets; /* and whether sets were asked for there: others hang on the prior, and are answered otherwise */
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Findings stand in the order in which they were named. */
static char *in_any_order(char *end_take)
{
    struct text text = TEXT_EMPTY;
    char *parts[8], *rest = NULL;
    size_t count = 0;
    for (char *part = strtok_r(end_take, ";", &rest); part != NULL && count < 8;
         part = strtok_r(NULL, ";", &rest))
        parts[count++] = part;
    qsort(parts, count, sizeof *parts, by_text);
    for (size_t i = 0; i < count; i++)
        text_addf(&text, "%s;", parts[i]);
    free(end_take);
    return text_take(&text);
}

static void hunt_with(const struct world *drawn, enum prior prior, struct way *way)
{
    struct world world = *drawn;
    if (prior != PRIOR_NONE)
        suspect(&world, prior == PRIOR_RIGHT);
    struct search *search = search_of(&world);
    struct log log = {.count = 0};
    size_t first = 0;
    for (size_t before = SIZE_MAX; before != log.count;) {
        before = log.count;
        go_on(&world, search, 1, 1, NULL, &log);
        if (first == 0 && search_state(search).finding_count > 0)
            first = log.count;
    }
    way->first += first;
    way->named += first > 0;
    judge(&world, search, log.count, &way->score);
    way->sets = false;
    for (size_t i = 0; i < log.count; i++)
        way->sets = way->sets || log.entries[i].ask == ASK_SET || log.entries[i].ask == ASK_TRIAL;
    free(way->end);
    way->end = in_any_order(end_of(&world, search));
    log_release(&log);
    search_free(search);
}

static double questions_of(const struct way *way)
{
    return (double)way->first / (double)(way->named > 0 ? way->named : 1);
}

static void a_prior_is_an_order_and_nothing_else(void **state)
{
    (void)state;
    struct score all[PRIORS] = {{0}, {0}, {0}};
    struct way sums[PRIORS] = {{.end = NULL}, {.end = NULL}, {.end = NULL}};
    size_t same = 0;
    print_message("questions until the first finding, and in all; prior: none, right, wrong\n");
    for (size_t i = 0; i < SETTINGS; i++) {
        struct way ways[PRIORS] = {{.end = NULL}, {.end = NULL}, {.end = NULL}};
        bool either = settings[i].defects[0].kind == LATCHED_EITHER; /* whichever is looked at first */
        for (uint64_t seed = 1; seed <= PRIOR_SEEDS; seed++) {
            struct world world = draw(&settings[i], seed * 1000 + i);
            for (int prior = 0; prior < PRIORS; prior++)
                hunt_with(&world, (enum prior)prior, &ways[prior]);
            for (int prior = PRIOR_RIGHT; prior < PRIORS; prior++)
                if (!either && !ways[PRIOR_NONE].sets && !ways[prior].sets) {
                    assert_string_equal(ways[prior].end, ways[PRIOR_NONE].end);
                    same++;
                }
        }
        print_message("%-36s", settings[i].name);
        for (int prior = 0; prior < PRIORS; prior++) {
            const struct score *score = &ways[prior].score;
            print_message(" %5.1f %5.1f", questions_of(&ways[prior]),
                          (double)score->questions / (double)score->worlds);
            print_message(" (%zu right, %zu false)", score->right, score->falsely);
            all[prior].worlds += score->worlds;
            all[prior].right += score->right;
            all[prior].falsely += score->falsely;
            all[prior].hidden += score->hidden;
            sums[prior].first += ways[prior].first;
            sums[prior].named += ways[prior].named;
            free(ways[prior].end);
        }
        print_message("\n");
        if (settings[i].leaks && settings[i].defects[0].kind == LEAK)
            assert_true(ways[PRIOR_RIGHT].first * 2 < ways[PRIOR_NONE].first);
    }
    for (int prior = 0; prior < PRIORS; prior++)
        print_message("in all: %.1f questions until the first finding; of %zu worlds %zu right, %zu false, "
                      "%zu hidden\n",
                      questions_of(&sums[prior]), all[prior].worlds, all[prior].right, all[prior].falsely,
                      all[prior].hidden);
    print_message("%zu worlds without sets end as without a prior\n", same);
    assert_true(same > SETTINGS * PRIOR_SEEDS * 2 / 3);
    for (int prior = PRIOR_RIGHT; prior < PRIORS; prior++) {
        assert_true(all[prior].right * 200 >= all[PRIOR_NONE].right * 199);
        assert_true(all[prior].falsely * 1000 <= all[PRIOR_NONE].falsely * 1000 + all[prior].worlds);
    }
}

static struct question draw_question(struct random *random, size_t *members)
{
    struct question question = {.ask = (enum ask)random_below(random, ASK_COUNT),
                                .suspect = random_below(random, 2) ? random_below(random, 1000) : NOBODY,
                                .members = members,
                                .count = random_below(random, 6),
                                .attempt = (unsigned)random_below(random, 20)};
    for (size_t i = 0; i < question.count; i++)
        members[i] = random_below(random, 1000);
    return question;
}

/* The first set that is asked for, where the mix grows, no endpoint does alone, and endpoint 0 moved by so many floors. */
static void first_set_of(double moves, size_t *set, size_t *count)
{
    enum { N = 6 };
    bool usable[N] = {true, true, true, true, true, true};
    struct search *search =
        search_new(&(struct search_options){.endpoints = N, .usable = usable, .live = true});
    struct question question;
    *count = 0;
    while (search_ask(search, &question, 1) == 1 && question.ask != ASK_SET) {
        bool mix = question.ask == ASK_WARM_UP || question.ask == ASK_REST;
        struct answer answer = {.told = mix ? TOLD_GROWS : TOLD_FLAT, .probability = NAN, .partner = NOBODY};
        answer.moves = question.ask == ASK_SCREEN && question.suspect == 0 ? moves : 0.5;
        search_tell(search, &question, &answer);
    }
    assert_int_equal(question.ask, ASK_SET);
    for (size_t i = 0; i < question.count; i++)
        set[(*count)++] = question.members[i];
    search_free(search);
}

static void what_moves_by_itself_is_asked_last(void **state)
{
    (void)state;
    size_t set[6], count;
    first_set_of(0.5, set, &count);
    assert_in_range(count, 1, 5);
    assert_int_equal(set[0], 0);
    first_set_of(10, set, &count);
    assert_in_range(count, 1, 5);
    assert_int_not_equal(set[0], 0);
}

/* Sets that are asked for until endpoint 11 of 16 gets its long solo, where readings are too dear to screen each. */
static size_t sets_until_named(const struct search_prior *prior, size_t prior_count)
{
    bool usable[16];
    size_t sets = 0;
    memset(usable, true, sizeof usable);
    struct search *search = search_new(&(struct search_options){
        .endpoints = 16, .usable = usable, .live = true, .prior = prior, .prior_count = prior_count});
    struct question question;
    while (search_ask(search, &question, 1) == 1 && question.ask != ASK_LONG_SOLO) {
        struct answer answer = {.told = TOLD_FLAT, .probability = NAN, .partner = NOBODY};
        assert_true(question.ask != ASK_SCREEN);
        answer.dear = question.ask == ASK_WARM_UP;
        if (question.ask == ASK_WARM_UP || question.ask == ASK_REST ||
            (question.ask == ASK_SET && (bits_of(question.members, question.count) & bit(11)) != 0))
            answer.told = TOLD_GROWS;
        sets += question.ask == ASK_SET;
        search_tell(search, &question, &answer);
    }
    assert_int_equal(question.suspect, 11);
    search_free(search);
    return sets;
}

static void a_search_over_sets_begins_with_what_is_suspected(void **state)
{
    (void)state;
    static const struct search_prior right[] = {{11, 0.93}, {3, 0.4}}, wrong[] = {{3, 0.93}, {7, 0.6}};
    size_t none = sets_until_named(NULL, 0), with_right = sets_until_named(right, 2),
           with_wrong = sets_until_named(wrong, 2);
    print_message("sets until one of 16 is named: %zu, %zu with a right prior, %zu with a wrong one\n", none,
                  with_right, with_wrong);
    assert_true(with_right < none);
    assert_true(with_wrong <= none + 4);
}

static void what_keeps_much_is_confirmed_before_others_are_screened(void **state)
{
    (void)state;
    for (size_t dear = 0; dear < 2; dear++) {
        bool usable[] = {true, true, true, true};
        struct search *search =
            search_new(&(struct search_options){.endpoints = 4, .usable = usable, .live = true});
        struct question question;
        size_t screened = 0;
        while (search_ask(search, &question, 1) == 1 && question.ask != ASK_LONG_SOLO) {
            struct answer answer = {.told = TOLD_GROWS, .probability = NAN, .partner = NOBODY};
            answer.dear = question.ask == ASK_SCREEN && dear == 1;
            screened += question.ask == ASK_SCREEN;
            search_tell(search, &question, &answer);
        }
        assert_int_equal(question.ask, ASK_LONG_SOLO);
        assert_int_equal(screened, dear == 1 ? 1 : 4);
        search_free(search);
    }
}

/* Where nothing grows, and every endpoint is unclear alone: who of them gets a long solo after the rest was flat. */
static void what_may_hide_a_leak_is_not_cleared_by_the_mix_alone(void **state)
{
    (void)state;
    bool usable[] = {true, true, true};
    const double hides[] = {SEARCH_HIDES_MOST / 2, SEARCH_HIDES_MOST * 2, 0};
    struct search *search =
        search_new(&(struct search_options){.endpoints = 3, .usable = usable, .live = true});
    struct question question;
    bool rest = false;
    size_t solos = 0;
    while (search_ask(search, &question, 1) == 1) {
        bool alone = question.ask == ASK_SCREEN || question.ask == ASK_SCREEN_LONGER;
        bool unclear = (alone && hides[question.suspect] > 0) || question.ask == ASK_LONG_SOLO;
        struct answer answer = {
            .told = unclear ? TOLD_UNCLEAR : TOLD_FLAT, .probability = NAN, .partner = NOBODY};
        answer.hides = alone ? hides[question.suspect] : 0;
        if (question.ask == ASK_LONG_SOLO) {
            assert_true(rest);
            assert_int_equal(question.suspect, 1);
            solos++;
        }
        rest = rest || question.ask == ASK_REST;
        search_tell(search, &question, &answer);
    }
    assert_int_equal(solos, 1);
    assert_true(search_state(search).ended);
    search_free(search);
}

static void an_identity_is_its_question(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 1);
    for (size_t i = 0; i < 5000; i++) {
        size_t members[6], *parsed_members = NULL;
        struct err err;
        struct question question = draw_question(&random, members), parsed;
        char *identity = question_identity(&question);
        assert_int_equal(question_parse(identity, &parsed, &parsed_members, &err), 0);
        char *again = question_identity(&parsed);
        assert_string_equal(identity, again);
        assert_int_equal(parsed.ask, question.ask);
        assert_int_equal(parsed.suspect, question.suspect);
        assert_int_equal(parsed.attempt, question.attempt);
        assert_int_equal(parsed.count, question.count);
        for (size_t k = 0; k < question.count; k++)
            assert_int_equal(parsed.members[k], members[k]);
        free(identity);
        free(again);
        free(parsed_members);
    }
}

static void what_is_no_question_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "scree 1",   "screen x",   "screen 1 ",
                                      "set of",     "set of 1,", "set of 1 #", "set of 1 #x",
                                      "screen 1 2", "screen1",   "set of ,1",  "rest #1 of 2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct question question;
        size_t *members = NULL;
        struct err err;
        assert_int_equal(question_parse(bad[i], &question, &members, &err), -1);
        assert_null(members);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_leaks_and_nothing_else),
        cmocka_unit_test(finds_the_same_where_servers_are_apart),
        cmocka_unit_test(the_order_of_answers_changes_nothing),
        cmocka_unit_test(a_dropped_hunt_goes_on_where_it_was),
        cmocka_unit_test(what_is_not_measured_is_not_claimed),
        cmocka_unit_test(a_prior_is_an_order_and_nothing_else),
        cmocka_unit_test(what_moves_by_itself_is_asked_last),
        cmocka_unit_test(a_search_over_sets_begins_with_what_is_suspected),
        cmocka_unit_test(what_keeps_much_is_confirmed_before_others_are_screened),
        cmocka_unit_test(what_may_hide_a_leak_is_not_cleared_by_the_mix_alone),
        cmocka_unit_test(an_identity_is_its_question),
        cmocka_unit_test(what_is_no_question_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
