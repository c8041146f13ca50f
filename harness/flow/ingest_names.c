#include "flow/ingest_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

struct ingest_group {
    char *name; /* key */
    size_t index;
    UT_hash_handle hh;
};

void ingest_names_init(struct ingest_names *names, const struct templates *templates, bool by_body)
{
    *names = (struct ingest_names){.templates = templates, .by_body = by_body};
    names->kept = xcalloc(INGEST_NAMES_KEPT, sizeof *names->kept);
}

void ingest_names_release(struct ingest_names *names)
{
    struct ingest_group *group, *next;
    HASH_ITER(hh, names->groups, group, next)
    {
        HASH_DEL(names->groups, group);
        free(group->name);
        free(group);
    }
    free(names->kept);
    *names = (struct ingest_names){.count = 0};
}

/* A name that is not there yet is taken over. */
static size_t group_of(struct ingest_names *names, char *name, char **added)
{
    struct ingest_group *group = NULL;
    HASH_FIND_STR(names->groups, name, group);
    if (group != NULL) {
        free(name);
        return group->index;
    }
    group = xcalloc(1, sizeof *group);
    group->name = name;
    group->index = names->count++;
    HASH_ADD_KEYPTR(hh, names->groups, group->name, strlen(group->name), group);
    *added = xstrdup(name);
    return group->index;
}

size_t ingest_names_find(struct ingest_names *names, const struct request *request, uint64_t url_hash,
                         char **name)
{
    uint64_t hash = url_hash;
    for (const char *at = request->method; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    struct ingest_name *kept = &names->kept[hash % INGEST_NAMES_KEPT];
    *name = NULL;
    if (!names->by_body && kept->endpoint_plus_1 > 0 && kept->hash == hash)
        return kept->endpoint_plus_1 - 1;
    size_t index = group_of(names, templates_name_request(names->templates, request), name);
    *kept = (struct ingest_name){hash, index + 1};
    return index;
}
