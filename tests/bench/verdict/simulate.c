/* What verdicts are worth where the truth is known: seeded runs of shapes that no threshold was chosen on.
 *
 *   simulate [-t FILE] [-s SEED] [RUNS]
 *
 * Of each shape (scoring_shapes.h), RUNS (1000) without a leak and about as many with one of 2 to 1,000 bytes per
 * request, each seen through three signals (scoring_signals.h) and judged by each method (methods.h). Prints tables in
 * Markdown; with -t also writes one line per shape, signal, number of readings and method (tables.h). The same seed
 * gives the same tables. What a false alarm is, stands in scoring_shapes.h; the other counts in books.h.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "tables.h"

#define SEED 20261126u

/* Of one shape, one leak, one number: what was there, and how it is asked about. */
struct scene {
    const struct scoring_shape *shape;
    struct course course;
    const struct scoring_signal *signal;
    struct seen seen;
    struct growth_question question;
    size_t leak;
};

static void scene_see(struct scene *scene, const struct scoring_signal *signal, struct chance *chance)
{
    const struct course *course = &scene->course;
    scene->signal = signal;
    signal_see(signal, course, &leaks[scene->leak], chance, &scene->seen);
    scene->question = (struct growth_question){.requests = course->requests,
                                               .levels = scene->seen.levels,
                                               .count = course->count,
                                               .floor = signal->floor,
                                               .collected = signal->collected,
                                               .dead_zone = signal->dead_zone,
                                               .cuts = course->cuts,
                                               .cut_count = course->cuts_told ? course->cut_count : 0};
}

static double filling(const struct scene *scene, size_t count)
{
    double bytes = scoring_shape_filling(scene->shape, &scene->course, count);
    return scene->signal->objects ? bytes / scene->course.object_bytes : bytes;
}

static struct scored scored_of(const struct scene *scene, const struct judged *judged, double detectable)
{
    size_t last = judged->count - 1;
    double slope = scene->seen.leak + scene->seen.crept[last] / scene->course.requests[last];
    double slack = filling(scene, judged->count);
    return (struct scored){.judged = judged,
                           .leaking = scene->leak > 0,
                           .filling = slack > scene->signal->floor,
                           .leak = scene->seen.leak,
                           .slope = scene->shape->curved ? NAN : slope,
                           .slack = slack,
                           .detectable = detectable};
}

static void score_methods(const struct scene *scene, struct book *book)
{
    size_t class = books_class(scene->course.count);
    double detectable = NAN;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        struct judged judged = method_judge((enum method)i, &scene->question);
        bool own = i == METHOD_SEEP || i == METHOD_SEEP_LOOKS;
        if (i == METHOD_SEEP)
            detectable = judged.answer.smallest_detectable;
        struct scored scored =
            scored_of(scene, &judged, own ? judged.answer.smallest_detectable : detectable);
        counts_score(&book->counts[i][class], &scored);
    }
}

static double requests_needed(const struct scene *scene)
{
    double needed = INFINITY;
    size_t count;
    for (size_t look = 0; (count = method_look(look, scene->course.count)) > 0; look++) {
        struct growth_question prefix = method_prefix(&scene->question, count);
        if (growth_judge(&prefix).verdict != VERDICT_GROWTH)
            needed = INFINITY;
        else if (isinf(needed))
            needed = scene->course.requests[count - 1];
    }
    return needed;
}

static void run_shape(struct book books[SIGNAL_COUNT], size_t shape, size_t leak, size_t runs, uint64_t seed)
{
    struct scene scene = {.shape = scoring_shape_at(shape), .leak = leak};
    for (size_t run = 0; run < runs; run++) {
        struct chance chance = chance_of((uint64_t[]){seed, shape, leak, run}, 4);
        scoring_shape_draw(scene.shape, &scene.course, &chance);
        for (size_t i = 0; i < SIGNAL_COUNT; i++) {
            scene_see(&scene, &signals[i], &chance);
            score_methods(&scene, &books[i]);
            if (leak > 0)
                needed_add(&books[i].needed[leak], requests_needed(&scene));
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
    memset(library.books, 0, scoring_shape_count() * sizeof *library.books);
    for (size_t shape = 0; shape < scoring_shape_count(); shape++)
        for (size_t leak = 0; leak < LEAK_COUNT; leak++)
            run_shape(library.books[shape], shape, leak,
                      leak == 0 ? runs : (runs + LEAK_COUNT - 2) / (LEAK_COUNT - 1), seed);
    printf("%zu runs of each shape without a leak, %zu with one of 2, 8, 24, 64, 256 and 1,000 B/request; "
           "seed %llu.\n",
           runs, (runs + LEAK_COUNT - 2) / (LEAK_COUNT - 1) * (LEAK_COUNT - 1), (unsigned long long)seed);
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
    long runs = optind < argc ? strtol(argv[optind], NULL, 10) : 1000;
    return runs < 1 ? usage() : simulate((size_t)runs, seed, path);
}
