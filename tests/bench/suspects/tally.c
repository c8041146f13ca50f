#include "tally.h"

#include <math.h>

#include "../verdict/bounds.h"

enum { CELL = 64 };

struct tally {
    size_t worlds;
    size_t leaks, found, missed, wrong, group_right; /* found + missed + wrong = leaks */
    size_t stated, held;
    size_t leak_free, named_falsely,
        falsely; /* worlds; those in which something is named; how many suspects */
    size_t beside, said_to_grow;
    double seconds;
};

/* Which leaks, and which worlds, a row is about. */
struct row {
    const char *name;
    size_t kind; /* SIZE_MAX: all */
    enum { LEAKS_ALL, LEAKS_APART, LEAKS_COLLINEAR, LEAKS_NONE } leaks;
    double from, to; /* of their strength */
};

static bool in_row(const struct row *row, const struct mark *mark, size_t leak)
{
    if (!(mark->strength[leak] >= row->from && mark->strength[leak] < row->to))
        return false;
    switch (row->leaks) {
    case LEAKS_ALL:
        return true;
    case LEAKS_APART:
        return mark->collinear[leak] == 0;
    case LEAKS_COLLINEAR:
        return mark->collinear[leak] > 0;
    case LEAKS_NONE:
        return false;
    }
    return false;
}

static void add_leak(struct tally *tally, const struct marked *marked, const struct told *told)
{
    tally->leaks++;
    tally->found += told->found;
    tally->missed += !told->found && marked->named == 0;
    tally->wrong += !told->found && marked->named > 0;
    tally->group_right += told->group_right;
    tally->stated += told->stated;
    tally->held += told->held;
}

/* What is still filling is in the row of its kind and in no other. */
static void add_mark(struct tally *tally, const struct row *row, const struct mark *mark, enum method method)
{
    const struct marked *marked = &mark->by[method];
    size_t leaks = tally->leaks;
    for (size_t i = 0; i < mark->leak_count; i++)
        if (in_row(row, mark, i))
            add_leak(tally, marked, &marked->told[i]);
    bool free =
        mark->leak_count == 0 && (row->kind != SIZE_MAX || (row->leaks == LEAKS_NONE && !mark->unsettled));
    if (tally->leaks == leaks && !free)
        return;
    tally->worlds++;
    tally->beside += marked->beside;
    tally->said_to_grow += marked->grows;
    tally->seconds += marked->seconds;
    tally->leak_free += free;
    tally->named_falsely += free && marked->named > 0;
    tally->falsely += free ? marked->named : 0;
}

static struct tally tally_of(const struct marks *marks, const struct row *row, enum method method)
{
    struct tally tally = {.worlds = 0};
    for (size_t i = 0; i < marks->count; i++)
        if (row->kind == SIZE_MAX || row->kind == marks->items[i].kind)
            add_mark(&tally, row, &marks->items[i], method);
    return tally;
}

static const char *share(char out[CELL], size_t hits, size_t trials)
{
    if (trials == 0)
        snprintf(out, CELL, "-");
    else
        snprintf(out, CELL, "%.0f %%", 100 * (double)hits / (double)trials);
    return out;
}

/* With what chance leaves open, at 95 %. */
static const char *bounded(char out[CELL], size_t hits, size_t trials)
{
    if (trials == 0)
        snprintf(out, CELL, "-");
    else
        snprintf(out, CELL, "%.1f %% (%.1f-%.1f)", 100 * (double)hits / (double)trials,
                 100 * bounds_lower(hits, trials, 0.975), 100 * bounds_upper(hits, trials, 0.975));
    return out;
}

static const struct row sums[] = {{"**leakers apart**", SIZE_MAX, LEAKS_APART, MARK_FAINT, INFINITY},
                                  {"**leakers collinear**", SIZE_MAX, LEAKS_COLLINEAR, MARK_FAINT, INFINITY},
                                  {"**no leaker**", SIZE_MAX, LEAKS_NONE, 0, 0},
                                  {"leakers faint", SIZE_MAX, LEAKS_ALL, 0, MARK_FAINT},
                                  {"strength 4 to 8", SIZE_MAX, LEAKS_ALL, 4, 8},
                                  {"8 to 16", SIZE_MAX, LEAKS_ALL, 8, 16},
                                  {"16 to 32", SIZE_MAX, LEAKS_ALL, 16, 32},
                                  {"above 32", SIZE_MAX, LEAKS_ALL, 32, INFINITY}};

static void each_row(const struct marks *marks, FILE *out,
                     void (*print)(const struct marks *marks, const struct row *row, FILE *out))
{
    for (size_t kind = 0; kind < marks->maker->kinds; kind++) {
        struct row row = {marks->maker->kind(kind), kind, LEAKS_ALL, MARK_FAINT, INFINITY};
        print(marks, &row, out);
    }
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        print(marks, &sums[i], out);
}

static void print_seep(const struct marks *marks, const struct row *row, FILE *out)
{
    char cells[8][CELL];
    struct tally tally = tally_of(marks, row, METHOD_SEEP);
    if (tally.worlds == 0)
        return;
    fprintf(out, "| %s | %zu | %zu | %s | %s | %s | %s | %s | %.1f | %s | %s | %.2f |\n", row->name,
            tally.worlds, tally.leaks, bounded(cells[0], tally.found, tally.leaks),
            share(cells[1], tally.group_right, tally.leaks), share(cells[2], tally.missed, tally.leaks),
            share(cells[3], tally.wrong, tally.leaks), share(cells[4], tally.held, tally.stated),
            (double)tally.beside / (double)tally.worlds, share(cells[5], tally.said_to_grow, tally.worlds),
            bounded(cells[6], tally.named_falsely, tally.leak_free), tally.seconds / (double)tally.worlds);
}

static void print_beside(const struct marks *marks, const struct row *row, FILE *out)
{
    char cell[CELL];
    struct tally tallies[METHODS];
    for (size_t method = 0; method < METHODS; method++)
        tallies[method] = tally_of(marks, row, (enum method)method);
    if (tallies[METHOD_SEEP].worlds == 0)
        return;
    fprintf(out, "| %s |", row->name);
    for (size_t method = 0; method < METHODS; method++)
        fprintf(out, " %s |", share(cell, tallies[method].found, tallies[method].leaks));
    for (size_t method = 0; method < METHODS; method++)
        fprintf(out, " %s |", share(cell, tallies[method].named_falsely, tallies[method].leak_free));
    fprintf(out, "\n");
}

void tally_print(const struct marks *marks, FILE *out)
{
    fprintf(out,
            "\n| kind of world | worlds | leakers | found | group right | missed | wrong | interval holds | "
            "beside | said to grow | false | s |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    each_row(marks, out, print_seep);
    fprintf(
        out,
        "\n| kind of world | found: %s | %s | %s | false: %s | %s | %s |\n|---|--:|--:|--:|--:|--:|--:|\n",
        method_name(METHOD_SEEP), method_name(METHOD_GROWTH), method_name(METHOD_CHARTS),
        method_name(METHOD_SEEP), method_name(METHOD_GROWTH), method_name(METHOD_CHARTS));
    each_row(marks, out, print_beside);
}

static void print_line(const struct marks *marks, const struct mark *mark, size_t leak, FILE *out)
{
    static const struct told none;
    bool leaks = leak < mark->leak_count;
    const struct marked *seep = &mark->by[METHOD_SEEP];
    const struct told *told = leaks ? &seep->told[leak] : &none;
    fprintf(out, "%s\t%zu\t%llu\t%zu\t%zu\t%zu\t%g\t", marks->maker->kind(mark->kind), mark->kind,
            (unsigned long long)mark->seed, mark->endpoints, mark->instances, mark->rows, mark->days);
    if (leaks)
        fprintf(out, "%zu\t%.4f\t%.2f\t%zu\t", mark->leakers[leak], mark->growth[leak], mark->strength[leak],
                mark->collinear[leak]);
    else
        fprintf(out, "-\t0\t0\t0\t");
    fprintf(out, "%zu\t%zu\t%d\t%d\t%g\t%g\t%g\t%g\t%d\t%zu\t%zu\t%.3f\t%s\n", seep->named, told->rank,
            told->found, told->group_right, told->bytes, told->low, told->high, told->truth, seep->grows,
            leaks ? mark->by[METHOD_GROWTH].told[leak].rank : 0, mark->by[METHOD_GROWTH].named,
            seep->seconds, mark->reason);
}

void tally_lines(const struct marks *marks, FILE *out)
{
    fprintf(out,
            "kind\tnumber\tseed\tendpoints\tinstances\trows\tdays\tleaker\tgrowth\tstrength\tcollinear\t"
            "named\tran"
            "k\tfound\t"
            "group_right\tbytes\tlow\thigh\ttruth\tsaid_to_grow\trank_by_r\tnamed_by_r\tseconds\treason\n");
    for (size_t i = 0; i < marks->count; i++)
        for (size_t leak = 0; leak == 0 || leak < marks->items[i].leak_count; leak++)
            print_line(marks, &marks->items[i], leak, out);
}
