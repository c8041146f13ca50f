/* One run of one server as one signal shows it: what is there, and how it is asked about. */
#ifndef VERDICT_SCENE_H
#define VERDICT_SCENE_H

#include "books.h"

/* Which server: every number that is drawn follows from these. */
struct scene_key {
    uint64_t seed, shape, leak, number;
};

struct scene {
    struct scene_key key;
    uint64_t run; /* of that server: 0, 1, ... */
    const struct scoring_shape *shape;
    const struct scoring_signal *signal;
    struct course course;
    struct seen seen;
    struct growth_question question;
};

/* Draws a run, as yet unseen. */
void scene_draw(struct scene *scene, const struct scene_key *key, uint64_t run);

/* As signals[index] shows it, with a leak. The question points into the scene. */
void scene_see(struct scene *scene, size_t index, const struct leak *leak);

/* The truth beside an answer. */
struct scored scene_score(const struct scene *scene, enum trial_kind kind, const struct judged *judged);

/* Requests at the first look from which on seep, asked anew at each, calls growth to the end; else INFINITY. */
double scene_requests_needed(const struct scene *scene);

#endif
