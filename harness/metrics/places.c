#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "metrics/assemble_inside.h"

struct place {
    char *name;
    size_t index;
    UT_hash_handle hh;
};
struct places {
    struct place *table;
    size_t count;
};

struct places *places_new(void)
{
    return xcalloc(1, sizeof(struct places));
}

void places_free(struct places *places)
{
    struct place *place, *next;
    HASH_ITER(hh, places->table, place, next)
    {
        HASH_DEL(places->table, place);
        free(place->name);
        free(place);
    }
    free(places);
}

long places_find(const struct places *places, const char *name)
{
    struct place *place = NULL;
    HASH_FIND_STR(places->table, name, place);
    return place != NULL ? (long)place->index : -1;
}

size_t places_of(struct places *places, const char *name)
{
    long found = places_find(places, name);
    if (found >= 0)
        return (size_t)found;
    struct place *place = xcalloc(1, sizeof *place);
    place->name = xstrdup(name);
    place->index = places->count++;
    HASH_ADD_KEYPTR(hh, places->table, place->name, strlen(place->name), place);
    return place->index;
}

size_t places_count(const struct places *places)
{
    return places->count;
}

long *instances_of(const struct join *join, const struct strings *names, const struct series_set *set,
                   const struct places *instances)
{
    long *found = xcalloc(set->count + 1, sizeof *found);
    for (size_t i = 0; i < set->count; i++) {
        char *key = join_key(join, names, &set->items[i].labels);
        found[i] = key != NULL ? places_find(instances, key) : -1;
        free(key);
    }
    return found;
}
