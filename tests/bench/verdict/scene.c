#include "scene.h"

#include <math.h>

enum { OF_COURSE, OF_SIGNAL };

/* Server and run have streams of their own, for the course and for each signal. */
static struct fortune fortune_of(const struct scene *scene, uint64_t what, uint64_t index)
{
    const struct scene_key *key = &scene->key;
    uint64_t server[] = {key->seed, key->shape, key->leak, key->number, what, index};
    uint64_t run[] = {key->seed, key->shape, key->leak, key->number, what, index, scene->run};
    return (struct fortune){chance_of(server, sizeof server / sizeof *server),
                            chance_of(run, sizeof run / sizeof *run)};
}

void scene_draw(struct scene *scene, const struct scene_key *key, uint64_t run)
{
    scene->key = *key;
    scene->run = run;
    scene->shape = scoring_shape_at(key->shape);
    struct fortune fortune = fortune_of(scene, OF_COURSE, 0);
    scoring_shape_draw(scene->shape, &scene->course, &fortune);
}

void scene_see(struct scene *scene, size_t index, const struct leak *leak)
{
    const struct course *course = &scene->course;
    const struct scoring_signal *signal = scene->signal = &signals[index];
    struct fortune fortune = fortune_of(scene, OF_SIGNAL, index);
    signal_see(signal, course, leak, &fortune, &scene->seen);
    scene->question = (struct growth_question){.requests = course->requests,
                                               .levels = scene->seen.levels,
                                               .count = course->count,
                                               .floor = signal->floor,
                                               .collected = signal->collected,
                                               .dead_zone = signal->dead_zone,
                                               .cuts = course->cuts,
                                               .cut_count = course->cuts_told ? course->cut_count : 0};
}

/* What the shape still gained per request, in the signal's unit. */
static double filling(const struct scene *scene, size_t count)
{
    double bytes = scoring_shape_filling(scene->shape, &scene->course, count);
    return scene->signal->objects ? bytes / scene->course.object_bytes : bytes;
}

struct scored scene_score(const struct scene *scene, enum trial_kind kind, const struct judged *judged)
{
    size_t last = judged->count - 1;
    double slope = scene->seen.leak + scene->seen.crept[last] / scene->course.requests[last];
    double slack = filling(scene, judged->count);
    return (struct scored){.judged = judged,
                           .kind = kind,
                           .filling = slack > scene->signal->floor,
                           .leak = scene->seen.leak,
                           .slope = scene->shape->curved ? NAN : slope,
                           .slack = fmax(0, slack)};
}

double scene_requests_needed(const struct scene *scene)
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
