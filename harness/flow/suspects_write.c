#include "flow/suspects_write.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "flow/endpoint_alike.h"
#include "scenario/load.h"
#include "scenario/suspects.h"

/* `directory` without slashes at its end; a service file names itself. */
static char *file_of(const char *directory)
{
    struct stat status;
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    char *plain = xstrndup(directory, length);
    if (scenario_names_service(plain) && stat(plain, &status) == 0 && !S_ISDIR(status.st_mode))
        return plain;
    char *file = xasprintf("%s/service.yaml", plain);
    free(plain);
    return file;
}

/* What is asked of one name that no endpoint of the directory has. */
static void miss(struct strings *missing, const char *name)
{
    if (!strings_has(missing, name))
        strings_add(missing, name);
}

static void take_endpoint(const char *name, const struct strings *endpoints, struct strings *taken,
                          struct strings *into, struct strings *missing)
{
    struct strings found = {NULL, 0};
    endpoint_alike(name, endpoints, &found);
    if (found.count == 0)
        miss(missing, name);
    for (size_t i = 0; i < found.count; i++) {
        if (strings_has(taken, found.items[i]))
            continue;
        strings_add(taken, found.items[i]);
        strings_add(into, found.items[i]);
    }
    strings_release(&found);
}

/* What no probability speaks for is no suspect. */
static void take_suspects(const struct suspects *suspects, const struct strings *endpoints,
                          struct suspicions *suspicions, struct strings *missing)
{
    struct strings taken = {NULL, 0};
    for (size_t i = 0; i < suspects->count; i++) {
        const struct suspect *suspect = &suspects->items[i];
        struct strings names = {NULL, 0};
        if (!(suspect->probability > 0))
            continue;
        for (size_t k = 0; k < suspect->endpoints.count; k++)
            take_endpoint(suspect->endpoints.items[k], endpoints, &taken, &names, missing);
        if (names.count == 0)
            continue;
        struct suspicion *suspicion = suspicions_add(suspicions);
        suspicion->endpoints = names;
        suspicion->probability = suspect->probability;
        suspicion->bytes_per_request = suspect->bytes_per_request;
        suspicion->share = suspect->share;
    }
    strings_release(&taken);
}

static void say_missing(struct suspects *suspects, const struct strings *missing, const char *directory)
{
    if (missing->count == 0)
        return;
    char *names = strings_join(missing, ", ");
    strings_addf(&suspects->caveats, "%s has no endpoint for %s: a hunt will not look at %s first", directory,
                 names, missing->count == 1 ? "it" : "them");
    free(names);
}

int suspects_write(const char *directory, struct suspects *suspects, struct err *err)
{
    struct strings endpoints = {NULL, 0}, missing = {NULL, 0};
    struct suspicions suspicions = {NULL, 0};
    char *file = file_of(directory);
    struct scenario_told told = {&suspicions, suspects->memory_limit_bytes};
    int failed = scenario_endpoint_names(directory, &endpoints, err);
    if (!failed) {
        take_suspects(suspects, &endpoints, &suspicions, &missing);
        failed = scenario_tell(file, &told, err);
    }
    if (!failed) {
        say_missing(suspects, &missing, directory);
        if (suspicions.count == 0)
            strings_addf(&suspects->caveats, "%s: `suspects` stays as it is: %s", file,
                         suspects->count == 0 ? "nothing was ranked" : "it has none of them");
        free(suspects->written);
        suspects->written = xstrdup(directory);
    }
    suspicions_release(&suspicions);
    strings_release(&endpoints);
    strings_release(&missing);
    free(file);
    return failed;
}
