/* What verdicts are worth where the truth is known: seeded runs of shapes that no threshold was chosen on.
 *
 *   simulate [-t FILE] [-s SEED] [RUNS]
 *
 * Of each shape (scoring_shapes.h) RUNS (300) without a leak, the same servers again with twice the smallest
 * leak that was said to be seen, and about as many with one of 2 to 1,000 bytes per request; each seen through
 * three signals (scoring_signals.h) and judged by each method (methods.h). Prints tables in Markdown; with -t
 * also writes one line per shape, signal, number of readings and method (tables.h). The same seed gives the same
 * tables. What a false alarm is, stands in scoring_shapes.h; the other counts in books.h.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "scene.h"
#include "tables.h"

#define SEED 20261126u

static void judge(const struct scene *scene, enum trial_kind kind, enum method method, struct book *book,
                  struct judged *judged)
{
    *judged = method_judge(method, &scene->question);
    struct scored scored = scene_score(scene, kind, judged);
    counts_score(&book->counts[method][books_class(scene->course.count)], &scored);
}

/* The same server again, with twice the leak that was said to be the smallest that would be seen. */
static void try_twice(const struct scene *before, size_t signal, double detectable, enum method method,
                      struct book *book)
{
    if (isnan(detectable))
        return;
    struct scene scene;
    struct judged judged;
    struct leak leak = signal_leak(&signals[signal], 2 * detectable);
    scene_draw(&scene, &before->key, before->run + 1);
    scene_see(&scene, signal, &leak);
    judge(&scene, TRIAL_TWICE, method, book, &judged);
}

static void run_leak_free(struct scene *scene, size_t signal, struct book *book)
{
    double detectable = NAN; /* by seep, the first of them */
    scene_see(scene, signal, &leaks[0]);
    for (size_t method = 0; method < METHOD_COUNT; method++) {
        struct judged judged;
        judge(scene, TRIAL_LEAK_FREE, (enum method)method, book, &judged);
        if (method == METHOD_SEEP || method == METHOD_SEEP_LOOKS)
            try_twice(scene, signal, judged.answer.smallest_detectable, (enum method)method, book);
        else
            try_twice(scene, signal, detectable, (enum method)method, book);
        if (method == METHOD_SEEP)
            detectable = judged.answer.smallest_detectable;
    }
    figures_add(&book->smallest, isnan(detectable) ? INFINITY : detectable);
}

static void run_leaking(struct scene *scene, size_t signal, size_t leak, struct book *book)
{
    scene_see(scene, signal, &leaks[leak]);
    for (size_t method = 0; method < METHOD_COUNT; method++) {
        struct judged judged;
        judge(scene, TRIAL_LEAKING, (enum method)method, book, &judged);
    }
    figures_add(&book->needed[leak], scene_requests_needed(scene));
}

static void run_shape(struct book books[SIGNAL_COUNT], const struct scene_key *first, size_t runs)
{
    struct scene_key key = *first;
    for (; key.number < runs; key.number++) {
        struct scene scene;
        scene_draw(&scene, &key, 0);
        for (size_t signal = 0; signal < SIGNAL_COUNT; signal++) {
            if (key.leak == 0)
                run_leak_free(&scene, signal, &books[signal]);
            else
                run_leaking(&scene, signal, key.leak, &books[signal]);
        }
    }
}

static int usage(void)
{
    fprintf(stderr, "usage: simulate [-t FILE] [-s SEED] [RUNS]\n");
    return 2;
}

static int write_lines(const struct library *library, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    tables_lines(library, file);
    return fclose(file) != 0;
}

static int simulate(size_t runs, uint64_t seed, const char *path)
{
    struct library library = {xmalloc(scoring_shape_count() * sizeof *library.books)};
    size_t with_each = (runs + LEAK_COUNT - 2) / (LEAK_COUNT - 1);
    memset(library.books, 0, scoring_shape_count() * sizeof *library.books);
    for (size_t shape = 0; shape < scoring_shape_count(); shape++)
        for (size_t leak = 0; leak < LEAK_COUNT; leak++)
            run_shape(library.books[shape], &(struct scene_key){.seed = seed, .shape = shape, .leak = leak},
                      leak == 0 ? runs : with_each);
    printf("Of each shape %zu runs without a leak, as many with twice the smallest growth stated, and %zu "
           "with each of 2, "
           "8, 24, 64, 256 and 1,000 B/request; seed %llu.\n",
           runs, with_each, (unsigned long long)seed);
    tables_print(&library, stdout);
    int failed = path != NULL ? write_lines(&library, path) : 0;
    for (size_t cell = 0; cell < scoring_shape_count() * SIGNAL_COUNT; cell++)
        book_release(&library.books[cell / SIGNAL_COUNT][cell % SIGNAL_COUNT]);
    free(library.books);
    return failed;
}

int main(int argc, char **argv)
{
    const char *path = NULL;
    uint64_t seed = SEED;
    for (int option; (option = getopt(argc, argv, "t:s:")) != -1;) {
        if (option == 't')
            path = optarg;
        else if (option == 's')
            seed = strtoull(optarg, NULL, 10);
        else
            return usage();
    }
    long runs = optind < argc ? strtol(argv[optind], NULL, 10) : 300;
    return runs < 1 ? usage() : simulate((size_t)runs, seed, path);
}
