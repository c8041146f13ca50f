#include "scoring_signals.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define PAGE 4096.0
#define LIST_SLOT 8.0
#define LIST_SPARE (1.0 / 16) /* of a list's slots, at the mean over its resizes */
#define BASE_OBJECTS 60e3
#define BASE_BYTES 20e6

const struct leak leaks[LEAK_COUNT] = {
    {0, 0, 0}, {2, 40, 0.05}, {8, 40, 0.2}, {24, 24, 1}, {64, 64, 1}, {256, 256, 1}, {1000, 1000, 1},
};

const struct scoring_signal signals[SIGNAL_COUNT] = {
    {"objects", true, true, 0.02, 0},
    {"bytes", false, true, 1, 0},
    {"rss", false, false, 16, 200000},
};

/* What leaked until each reading. */
struct leaked {
    double objects[COURSE_MOST], bytes[COURSE_MOST];
    double objects_per_request, bytes_per_request;
};

static double slot(double bytes)
{
    return bytes <= 512 ? ceil(bytes / 16) * 16 : ceil((bytes + 8) / 16) * 16;
}

/* Source: list_resize() in CPython's Objects/listobject.c. */
static double list_room(double room, double length)
{
    while (room < length) {
        uint64_t needed = (uint64_t)room + 1;
        room = (double)((needed + (needed >> 3) + 6) & ~(uint64_t)3);
    }
    return room;
}

static void leak_over(const struct course *course, const struct leak *leak, struct fortune *fortune,
                      struct leaked *leaked)
{
    double listed = chance_next(&fortune->server) & 1 ? LIST_SLOT : 0, held = slot(leak->object_bytes);
    double objects = 0, room = 0;
    for (size_t i = 0; i < course->count; i++) {
        double before = i > 0 ? course->since[i - 1] : 0;
        bool anew = course->since[i] < before;
        if (anew)
            objects = room = 0;
        objects += chance_hits(&fortune->run, round(course->since[i] - (anew ? 0 : before)), leak->share);
        room = list_room(room, objects);
        leaked->objects[i] = objects;
        leaked->bytes[i] = objects * held + room * listed;
    }
    leaked->objects_per_request = leak->share;
    leaked->bytes_per_request = leak->share * (held + listed * (1 + LIST_SPARE));
}

static void see_objects(const struct course *course, const struct leaked *leaked, struct fortune *fortune,
                        struct seen *seen)
{
    double noise = chance_scale(&fortune->server, 0.5, 4);
    for (size_t i = 0; i < course->count; i++) {
        double far = chance_between(&fortune->run, 0, 1) < 0.02 ? 10 : 1;
        seen->levels[i] = round(BASE_OBJECTS + course->kept[i] / course->object_bytes + leaked->objects[i] +
                                far * noise * chance_normal(&fortune->run));
    }
    seen->leak = leaked->objects_per_request;
}

static void see_bytes(const struct course *course, const struct leaked *leaked, struct fortune *fortune,
                      struct seen *seen)
{
    double noise = chance_scale(&fortune->server, 64, 4000);
    for (size_t i = 0; i < course->count; i++)
        seen->levels[i] =
            16 *
            round((BASE_BYTES + course->kept[i] + leaked->bytes[i] + noise * chance_normal(&fortune->run)) /
                  16);
    seen->leak = leaked->bytes_per_request;
}

/* How the kernel's count follows the heap. */
struct resident {
    double room;     /* bytes free before it grows */
    double arena;    /* bytes it grows by */
    double returned; /* share of what is freed that goes back at a reading */
    double creep;    /* bytes per request, mean */
    double wander, noise;
};

static struct resident resident_draw(struct chance *chance)
{
    static const double returned[] = {0, 0.5, 1};
    struct resident resident;
    resident.room = chance_between(chance, 0, 200000);
    resident.arena = PAGE * (double)(1 << chance_count(chance, 0, 6));
    resident.returned = returned[chance_count(chance, 0, 2)];
    resident.creep = chance_between(chance, 0, 13);
    resident.wander = chance_between(chance, 0.3, 0.97);
    resident.noise = chance_scale(chance, 2e3, 40e3);
    return resident;
}

static double creep_over(const struct resident *resident, double requests, struct chance *chance)
{
    /* log-uniform steps from 4 to 112 KiB are so large at the mean */
    const double low = 4096, high = 112 * 1024, mean = (high - low) / log(high / low);
    double sum = 0;
    for (double left = chance_poisson(chance, resident->creep * requests / mean); left > 0; left--)
        sum += chance_scale(chance, low, high);
    return sum;
}

static void see_rss(const struct course *course, const struct leaked *leaked, struct fortune *fortune,
                    struct seen *seen)
{
    struct resident resident = resident_draw(&fortune->server);
    double crept = 0, shown = 0, noise = resident.noise * chance_normal(&fortune->run), since = 0;
    for (size_t i = 0; i < course->count; i++) {
        if (course->since[i] < since)
            crept = shown = since = 0;
        double creep = creep_over(&resident, course->since[i] - since, &fortune->run);
        crept += creep;
        seen->crept[i] = creep + (i > 0 ? seen->crept[i - 1] : 0);
        since = course->since[i];
        double heap = fmax(0, course->kept[i] + leaked->bytes[i] + crept - resident.room);
        shown = fmax(heap, shown - resident.returned * (shown - heap));
        noise = resident.wander * noise +
                sqrt(1 - resident.wander * resident.wander) * resident.noise * chance_normal(&fortune->run);
        double arenas = resident.arena * ceil(shown / resident.arena);
        seen->levels[i] = PAGE * round((BASE_BYTES + arenas + noise) / PAGE);
    }
    seen->leak = leaked->bytes_per_request;
}

void signal_see(const struct scoring_signal *signal, const struct course *course, const struct leak *leak,
                struct fortune *fortune, struct seen *seen)
{
    struct leaked leaked;
    memset(seen, 0, sizeof *seen);
    leak_over(course, leak, fortune, &leaked);
    if (signal->objects)
        see_objects(course, &leaked, fortune, seen);
    else if (signal->collected)
        see_bytes(course, &leaked, fortune, seen);
    else
        see_rss(course, &leaked, fortune, seen);
}

struct leak signal_leak(const struct scoring_signal *signal, double per_request)
{
    const double bytes = 48;
    double share = signal->objects ? per_request : per_request / bytes;
    return (struct leak){share * bytes, bytes, share};
}
