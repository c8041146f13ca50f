#include "flow/named_sites.h"

#include <string.h>

#include "base/text.h"
#include "flow/packages.h"
#include "format/site.h"

#define OUTSIDE "(outside of the heap)" /* so the agent in Node calls it */
#define BUFFERS_OF "node:internal/buffer"

struct site_growth named_site(const struct site_rank *rank, bool code)
{
    const char *caller = code ? site_called_from(rank->name) : NULL;
    size_t length = caller != NULL ? (size_t)(caller - rank->name) - strlen(SITE_CALLER) : strlen(rank->name);
    struct site_growth site = {.site = xstrndup(rank->name, length),
                               .whose = code ? site_whose(rank->name) : WHOSE_UNKNOWN,
                               .bytes_per_request = rank->bytes_per_request,
                               .requested_bytes_per_request = rank->requested_bytes_per_request,
                               .objects_per_request = rank->objects_per_request};
    if (caller != NULL)
        site.called_from = xstrndup(caller, site_place_length(caller));
    if (code)
        packages_find(rank->name, &site.package, &site.version);
    if (strcmp(site.site, OUTSIDE) == 0)
        site.whose = WHOSE_UNKNOWN;
    return site;
}

static bool lacks_caller(const struct site_growth *site)
{
    bool foreign = site->whose == WHOSE_DEPENDENCY || site->whose == WHOSE_RUNTIME;
    return foreign && site->called_from == NULL;
}

bool named_sites_lack_callers(const struct site_growth *sites, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (lacks_caller(&sites[i]))
            return true;
    return false;
}

static const char *caller_of(const struct site_growth *site, const struct snapshot *snapshot)
{
    const struct site *most = NULL;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct site *one = &snapshot->sites[i];
        size_t length = site_place_length(one->name);
        if (strncmp(one->name, site->site, length) != 0 || site->site[length] != '\0' ||
            site_called_from(one->name) == NULL)
            continue;
        if (most == NULL || one->bytes > most->bytes)
            most = one;
    }
    return most != NULL ? site_called_from(most->name) : NULL;
}

void named_sites_add_callers(struct site_growth *sites, size_t count, const struct snapshot *snapshot)
{
    for (size_t i = 0; i < count; i++) {
        const char *caller = lacks_caller(&sites[i]) ? caller_of(&sites[i], snapshot) : NULL;
        if (caller != NULL)
            sites[i].called_from = xstrndup(caller, site_place_length(caller));
    }
}

void named_sites_place_outside(struct site_growth *sites, size_t count)
{
    struct site_growth *outside = NULL;
    const char *maker = NULL;
    bool one = true;
    for (size_t i = 0; i < count; i++) {
        const char *caller = strstr(sites[i].site, BUFFERS_OF) != NULL ? sites[i].called_from : NULL;
        outside = strcmp(sites[i].site, OUTSIDE) == 0 ? &sites[i] : outside;
        one = one && (caller == NULL || maker == NULL || strcmp(caller, maker) == 0);
        maker = caller != NULL ? caller : maker;
    }
    if (outside != NULL && maker != NULL && one)
        outside->called_from = xstrdup(maker);
}
