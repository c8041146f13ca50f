#include "tables.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/units.h"
#include "bounds.h"

enum { CELL = 64 };

/* What the tables tell: a share of the counts. `two_sided`: with both ends of its bound at 95 %, else the upper. */
struct share {
    const char *title, *says;
    size_t hits, trials; /* offsets in struct counts */
    bool two_sided;
    unsigned methods; /* bit per method */
};

#define SHARE(hits, trials) offsetof(struct counts, hits), offsetof(struct counts, trials)
#define ALL ((1u << METHOD_COUNT) - 1)
#define BOTH (1u << METHOD_SEEP | 1u << METHOD_SEEP_LOOKS)
#define FITTED (BOTH | 1u << METHOD_OLS | 1u << METHOD_MANN_KENDALL)

static const struct share shares[] = {
    {"False alarms", "\"growth\" without a leak, of a shape that had stopped; upper bound",
     SHARE(false_alarms, stopped), false, ALL},
    {"So far", "\"growth\" without a leak, of a shape that was still filling: true as far as it goes",
     SHARE(so_far, filling), false, BOTH},
    {"Cleared", "\"no growth\" without a leak; upper bound", SHARE(cleared, leak_free), false, ALL},
    {"Missed",
     "\"no growth\" in another run of the same server, with a leak of twice the smallest that was stated; "
     "upper bound",
     SHARE(missed, twice), false, ALL},
    {"Not told", "inconclusive at such a leak; upper bound", SHARE(not_told, twice), false, BOTH},
    {"Nothing stated", "no smallest growth stated without a leak; upper bound", SHARE(unstated, leak_free),
     false, BOTH},
    {"Belied",
     "\"no growth\" at a leak of 2 to 1,000 bytes that is twice what the same answer says it would see; "
     "upper bound",
     SHARE(belied, leaking), false, BOTH},
    {"Coverage where growth is called", "the interval at 95 % holds the truth; two-sided bound",
     SHARE(called_covered, called), true, FITTED},
    {"Coverage whatever the verdict", "the same, of all runs with a leak that give an interval",
     SHARE(stated_covered, stated), true, BOTH | 1u << METHOD_OLS},
};

static size_t count_at(const struct counts *counts, size_t offset)
{
    size_t value;
    memcpy(&value, (const char *)counts + offset, sizeof value);
    return value;
}

static const char *share_text(const struct share *share, const struct counts *counts, char out[CELL])
{
    size_t hits = count_at(counts, share->hits), trials = count_at(counts, share->trials);
    double percent = 100 * (double)hits / (double)trials;
    if (trials == 0)
        snprintf(out, CELL, "-");
    else if (share->two_sided)
        snprintf(out, CELL, "%.1f %% (%.1f-%.1f) of %zu", percent, 100 * bounds_lower(hits, trials, 0.975),
                 100 * bounds_upper(hits, trials, 0.975), trials);
    else
        snprintf(out, CELL, "%.1f %% (%.1f) of %zu", percent, 100 * bounds_upper(hits, trials, 0.95), trials);
    return out;
}

static void print_head(const struct share *share, const char *first, FILE *out)
{
    fprintf(out, "| %-28s |", first);
    for (size_t method = 0; method < METHOD_COUNT; method++)
        if (share->methods & 1u << method)
            fprintf(out, " %-26s |", method_name((enum method)method));
    fprintf(out, "\n|%.30s|", "------------------------------");
    for (size_t method = 0; method < METHOD_COUNT; method++)
        if (share->methods & 1u << method)
            fprintf(out, "%.28s|", "------------------------------");
    fprintf(out, "\n");
}

/* One row: the sum of the books chosen; SIZE_MAX stands for all shapes. */
static void print_row(const struct library *library, const struct share *share, const char *first,
                      size_t shape, size_t signal, size_t class, FILE *out)
{
    char cell[CELL];
    fprintf(out, "| %-28s |", first);
    for (size_t method = 0; method < METHOD_COUNT; method++) {
        struct counts sum = {.leak_free = 0};
        for (size_t i = 0; i < scoring_shape_count(); i++) {
            struct counts counts = book_counts(&library->books[i][signal], (enum method)method, class);
            if (shape == i || shape == SIZE_MAX)
                counts_add(&sum, &counts);
        }
        if (share->methods & 1u << method)
            fprintf(out, " %-26s |", share_text(share, &sum, cell));
    }
    fprintf(out, "\n");
}

static void print_share(const struct library *library, const struct share *share, size_t signal, FILE *out)
{
    char first[CELL];
    snprintf(first, sizeof first, "%s, shape", signals[signal].name);
    fprintf(out, "\n");
    print_head(share, first, out);
    for (size_t i = 0; i < scoring_shape_count(); i++)
        print_row(library, share, scoring_shape_at(i)->name, i, signal, READINGS_CLASSES, out);
    for (size_t i = 0; i <= READINGS_CLASSES; i++) {
        snprintf(first, sizeof first, "all, %s readings", books_class_name(i));
        print_row(library, share, first, SIZE_MAX, signal, i, out);
    }
}

static void print_needed(struct library *library, size_t signal, FILE *out)
{
    char first[CELL], count[UNITS_SIZE];
    snprintf(first, sizeof first, "%s, shape", signals[signal].name);
    fprintf(out, "\n| %-28s |", first);
    for (size_t i = 1; i < LEAK_COUNT; i++)
        fprintf(out, " %4g B |", leaks[i].bytes);
    fprintf(out, "\n|------------------------------|");
    for (size_t i = 1; i < LEAK_COUNT; i++)
        fprintf(out, "-------:|");
    fprintf(out, "\n");
    for (size_t shape = 0; shape < scoring_shape_count(); shape++) {
        fprintf(out, "| %-28s |", scoring_shape_at(shape)->name);
        for (size_t i = 1; i < LEAK_COUNT; i++) {
            double median = figures_median(&library->books[shape][signal].needed[i]);
            fprintf(out, " %6s |", isfinite(median) ? units_count(count, (uint64_t)median) : "more");
        }
        fprintf(out, "\n");
    }
}

static void print_smallest(struct library *library, FILE *out)
{
    fprintf(out,
            "\n### Smallest growth stated\n\nMedian over the runs without a leak; objects, else bytes per "
            "request.\n\n"
            "| %-28s |",
            "shape");
    for (size_t signal = 0; signal < SIGNAL_COUNT; signal++)
        fprintf(out, " %7s |", signals[signal].name);
    fprintf(out, "\n|------------------------------|--------:|--------:|--------:|\n");
    for (size_t shape = 0; shape < scoring_shape_count(); shape++) {
        fprintf(out, "| %-28s |", scoring_shape_at(shape)->name);
        for (size_t signal = 0; signal < SIGNAL_COUNT; signal++)
            fprintf(out, " %7.3g |", figures_median(&library->books[shape][signal].smallest));
        fprintf(out, "\n");
    }
}

/* Where a share is beyond what is asked for, and that not by chance (one-sided, 95 %). */
static const struct limit {
    const char *what;
    size_t hits, trials;
    double low, high;
} limits[] = {
    {"false alarms", SHARE(false_alarms, stopped), 0, 0.01},
    {"missed", SHARE(missed, twice), 0, 0.05},
    {"coverage, called", SHARE(called_covered, called), 0.93, 0.97},
};

static size_t print_beyond(const struct library *library, const struct limit *limit, enum method method,
                           FILE *out)
{
    size_t found = 0;
    for (size_t cell = 0; cell < scoring_shape_count() * SIGNAL_COUNT * READINGS_CLASSES; cell++) {
        size_t shape = cell / SIGNAL_COUNT / READINGS_CLASSES,
               signal = cell / READINGS_CLASSES % SIGNAL_COUNT;
        size_t class = cell % READINGS_CLASSES;
        struct counts counts = book_counts(&library->books[shape][signal], method, class);
        size_t hits = count_at(&counts, limit->hits), trials = count_at(&counts, limit->trials);
        if (trials == 0 || (bounds_lower(hits, trials, 0.95) <= limit->high &&
                            bounds_upper(hits, trials, 0.95) >= limit->low))
            continue;
        fprintf(out, "| %-12s | %-16s | %-18s | %-7s | %-5s | %5.1f %% (%zu of %zu) |\n", method_name(method),
                limit->what, scoring_shape_at(shape)->name, signals[signal].name, books_class_name(class),
                100 * (double)hits / (double)trials, hits, trials);
        found++;
    }
    return found;
}

static void print_worst(const struct library *library, FILE *out)
{
    size_t found = 0;
    fprintf(out,
            "\n### Beyond what is asked for\n\n"
            "False alarms above 1 %%, missed above 5 %%, coverage outside 93 to 97 %%, by more than chance "
            "(one-sided, 95 %%).\n\n"
            "| method | what | shape | signal | readings | share |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        found += print_beyond(library, &limits[i], METHOD_SEEP, out) +
                 print_beyond(library, &limits[i], METHOD_SEEP_LOOKS, out);
    fprintf(out, "\n%zu of %zu.\n", found,
            2 * scoring_shape_count() * SIGNAL_COUNT * READINGS_CLASSES * (sizeof limits / sizeof *limits));
}

void tables_print(struct library *library, FILE *out)
{
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        fprintf(out, "\n### %s\n\n%s.\n", shares[i].title, shares[i].says);
        for (size_t signal = 0; signal < SIGNAL_COUNT; signal++)
            print_share(library, &shares[i], signal, out);
    }
    print_smallest(library, out);
    fprintf(out,
            "\n### Requests needed\n\n"
            "Median over runs of the requests at which seep, asked anew at each look, first calls growth and "
            "goes on doing so; more: not by the end of half of the runs.\n");
    for (size_t signal = 0; signal < SIGNAL_COUNT; signal++)
        print_needed(library, signal, out);
    print_worst(library, out);
}

void tables_lines(const struct library *library, FILE *out)
{
    fprintf(out, "shape\tsignal\treadings\tmethod\tleak_free\tstopped\tfilling\t"
                 "false_alarms\tso_far\tcleared\tunstated\ttwice\tmissed\tnot_"
                 "told\tleaking\tbelied\tcalled\tcalled_covered\tstated\tstated_covered\n");
    for (size_t shape = 0; shape < scoring_shape_count(); shape++)
        for (size_t cell = 0; cell < SIGNAL_COUNT * METHOD_COUNT * READINGS_CLASSES; cell++) {
            size_t signal = cell / READINGS_CLASSES / METHOD_COUNT, class = cell % READINGS_CLASSES;
            enum method method = (enum method)(cell / READINGS_CLASSES % METHOD_COUNT);
            struct counts counts = library->books[shape][signal].counts[method][class];
            fprintf(out, "%s\t%s\t%s\t%s", scoring_shape_at(shape)->name, signals[signal].name,
                    books_class_name(class), method_name(method));
            for (size_t i = 0; i < sizeof counts; i += sizeof(size_t))
                fprintf(out, "\t%zu", count_at(&counts, i));
            fprintf(out, "\n");
        }
}
