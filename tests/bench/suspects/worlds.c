/* What the bench of suspects asks of simulated worlds: their scores, or one of them in several forms. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "export.h"
#include "fleet.h"
#include "other_fleet.h"
#include "score.h"

static const struct world_maker *const makers[] = {&fleet, &other_fleet};
enum { MAKERS = sizeof makers / sizeof *makers };

static int usage(void)
{
    fprintf(stderr, "usage: worlds list\n"
                    "       worlds score [-m MAKER] [-k KIND] [-n SEEDS] [-f FIRST] [-p PROCESSES] [-s "
                    "SECONDS] [-t LINES]\n"
                    "       worlds truth|table|metrics [-m MAKER] -k KIND [-f SEED] [-j JOB]\n"
                    "KIND is a number of `worlds list`; SEEDS are those of a kind of weight 1 (10).\n");
    return 2;
}

struct asked {
    const struct world_maker *maker;
    struct score_options score;
    const char *lines, *job;
};

static const struct world_maker *maker_named(const char *name)
{
    for (size_t i = 0; i < MAKERS; i++)
        if (strcmp(makers[i]->name, name) == 0)
            return makers[i];
    return NULL;
}

static int read_options(int argc, char **argv, struct asked *asked)
{
    *asked = (struct asked){
        .maker = makers[0],
        .job = "shop",
        .score = {.seeds = 10, .first = 1, .processes = 2, .kind = SIZE_MAX, .seconds = INFINITY}};
    for (int option; (option = getopt(argc, argv, "m:k:n:f:p:s:t:j:")) != -1;) {
        if (option == 'm')
            asked->maker = maker_named(optarg);
        else if (option == 'k')
            asked->score.kind = strtoul(optarg, NULL, 10);
        else if (option == 'n')
            asked->score.seeds = strtoul(optarg, NULL, 10);
        else if (option == 'f')
            asked->score.first = strtoull(optarg, NULL, 10);
        else if (option == 'p')
            asked->score.processes = strtoul(optarg, NULL, 10);
        else if (option == 's')
            asked->score.seconds = strtod(optarg, NULL);
        else if (option == 'j')
            asked->job = optarg;
        else if (option == 't')
            asked->lines = optarg;
        else
            return -1;
    }
    bool kind =
        asked->maker != NULL && (asked->score.kind == SIZE_MAX || asked->score.kind < asked->maker->kinds);
    return kind && asked->score.processes > 0 ? 0 : -1;
}

static int list(const struct asked *asked)
{
    (void)asked;
    for (size_t i = 0; i < MAKERS; i++)
        for (size_t kind = 0; kind < makers[i]->kinds; kind++)
            printf("%s %zu: %s (weight %g)\n", makers[i]->name, kind, makers[i]->kind(kind),
                   makers[i]->weight(kind));
    return 0;
}

static int write_lines(const struct marks *marks, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    tally_lines(marks, file);
    return fclose(file) != 0;
}

static int score(const struct asked *asked)
{
    struct marks marks = {.maker = asked->maker};
    int failed = score_worlds(&asked->score, &marks) != 0;
    if (failed)
        fprintf(stderr, "worlds: a process ended early: its worlds are missing\n");
    printf("%s: %zu worlds, seeds from %llu.\n", asked->maker->says, marks.count,
           (unsigned long long)asked->score.first);
    tally_print(&marks, stdout);
    failed = (asked->lines != NULL && write_lines(&marks, asked->lines) != 0) || failed;
    free(marks.items);
    return failed;
}

/* Tab-separated: instance, seconds, bytes, then the requests of each endpoint. */
static int table(const struct asked *asked, const struct world *world)
{
    (void)asked;
    const struct history *history = &world->history;
    printf("instance\tseconds\tbytes");
    for (size_t e = 0; e < history->endpoints.count; e++)
        printf("\t%s", history->endpoints.items[e]);
    printf("\n");
    for (size_t i = 0; i < history->instance_count; i++)
        for (size_t row = 0; row < history->rows; row++) {
            printf("%s\t%.0f\t%.0f", history->instances[i].name,
                   history->start_s + (double)row * history->step_s, history->instances[i].memory[row]);
            for (size_t e = 0; e < history->endpoints.count; e++)
                printf("\t%g", (double)history_requests(history, &history->instances[i], row)[e]);
            printf("\n");
        }
    return 0;
}

static int truth(const struct asked *asked, const struct world *world)
{
    (void)asked;
    export_truth(world, stdout);
    return 0;
}

static int metrics(const struct asked *asked, const struct world *world)
{
    export_world(world, asked->job, stdout);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const struct asked *asked);
    int (*of_world)(const struct asked *asked, const struct world *world);
} verbs[] = {{"list", list, NULL},
             {"score", score, NULL},
             {"truth", NULL, truth},
             {"table", NULL, table},
             {"metrics", NULL, metrics}};

int main(int argc, char **argv)
{
    struct asked asked;
    size_t verb = 0, verb_count = sizeof verbs / sizeof *verbs;
    while (argc > 1 && verb < verb_count && strcmp(argv[1], verbs[verb].name) != 0)
        verb++;
    if (argc < 2 || verb == verb_count || read_options(argc - 1, argv + 1, &asked) != 0)
        return usage();
    if (verbs[verb].run != NULL)
        return verbs[verb].run(&asked);
    if (asked.score.kind == SIZE_MAX)
        return usage();
    struct world world;
    asked.maker->make(&world, asked.score.kind, asked.score.first);
    int failed = verbs[verb].of_world(&asked, &world);
    world_release(&world);
    return failed;
}
