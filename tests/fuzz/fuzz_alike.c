/* A name of production's (the first line) among the names of endpoints (the others): what is found is some of them, in their
 * order; one that is called so is found. */
#include "flow/endpoint_alike.h"

#include "fuzz.h"

#define NAMES_MOST 100

FUZZ_TARGET(alike)
{
    struct span left = {(const char *)data, size};
    struct strings endpoints = {NULL, 0}, found = {NULL, 0};
    char *name = fuzz_string(fuzz_line(&left));
    bool same = false;
    while (left.length > 0 && endpoints.count < NAMES_MOST) {
        char *endpoint = fuzz_string(fuzz_line(&left));
        same = same || strcmp(endpoint, name) == 0;
        strings_add(&endpoints, endpoint);
        free(endpoint);
    }
    endpoint_alike(name, &endpoints, &found);
    size_t at = 0;
    for (size_t i = 0; i < found.count; i++, at++) {
        while (at < endpoints.count && strcmp(endpoints.items[at], found.items[i]) != 0)
            at++;
        hold(at < endpoints.count);
    }
    hold(!same || found.count > 0);
    strings_release(&endpoints);
    strings_release(&found);
    free(name);
    return 0;
}
