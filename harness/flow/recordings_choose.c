/* Which of a service's endpoints take part. */
#include "flow/recordings.h"

#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/text.h"
#include "base/units.h"

static void leave_out(struct result *result, const struct endpoint *endpoint, const char *why)
{
    strings_add(&result_add_not_looked_at(result, why)->endpoints, endpoint->name);
}

static bool allows_setup(const struct service *service, bool ours)
{
    for (size_t i = 0; i < service->setup_count; i++)
        if (!service_allows_method(service, service->setup[i].endpoint.method, ours))
            return false;
    return true;
}

size_t recordings_usable(const struct service *service, bool ours, const bool *chosen, bool *usable,
                         struct result *result)
{
    size_t count = 0;
    bool prepared = allows_setup(service, ours);
    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct endpoint *endpoint = &service->endpoints[i];
        usable[i] = false;
        if (chosen != NULL && !chosen[i])
            continue;
        if (endpoint->recorded == 0)
            leave_out(result, endpoint, "its recording holds no request");
        else if (endpoint->weight <= 0)
            leave_out(result, endpoint, "its weight is 0");
        else if (!service_allows_method(service, endpoint->method, ours))
            leave_out(result, endpoint,
                      "its method may change data there: name it in `methods` (or --methods) to allow it");
        else if (!prepared)
            leave_out(result, endpoint,
                      "a request of `setup` may change data there: name its method in `methods` (or "
                      "--methods) to allow it");
        else
            usable[i] = true, count++;
    }
    return count;
}

/* "NAME@WEIGHT" -> name and weight; returns the endpoint or NULL. */
static struct endpoint *choose_one(struct service *service, const char *name, struct err *err)
{
    const char *at = strrchr(name, '@');
    char *end = NULL;
    double weight = at != NULL ? strtod(at + 1, &end) : 1;
    bool weighted = at != NULL && end != at + 1 && *end == '\0' && weight >= ENDPOINT_WEIGHT_LEAST &&
                    weight <= ENDPOINT_WEIGHT_MOST;
    char *plain = weighted ? xstrndup(name, (size_t)(at - name)) : xstrdup(name);
    struct endpoint *found = service_find(service, plain);
    if (found == NULL) {
        const char **names = xcalloc(service->endpoint_count + 1, sizeof *names);
        for (size_t i = 0; i < service->endpoint_count; i++)
            names[i] = service->endpoints[i].name;
        const char *near = options_nearest(plain, names);
        err_set(err, ERR_USAGE, "no endpoint '%s' in %s%s%s%s", plain, service->directory,
                near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "");
        free(names);
    } else if (weighted)
        found->weight = weight;
    free(plain);
    return found;
}

int recordings_choose(struct service *service, const char *const *names, size_t count, bool *chosen,
                      struct err *err)
{
    int failed = 0;
    for (size_t i = 0; i < service->endpoint_count; i++)
        chosen[i] = count == 0;
    for (size_t i = 0; !failed && i < count; i++) {
        struct endpoint *endpoint = choose_one(service, names[i], err);
        if (endpoint == NULL)
            failed = -1;
        else
            chosen[endpoint - service->endpoints] = true;
    }
    return failed;
}

void recordings_say_lacking(const struct service *service, struct strings *caveats)
{
    char lacking[UNITS_SIZE], all[UNITS_SIZE];
    size_t count = 0, recorded = 0, endpoints = 0;
    for (size_t i = 0; i < service->endpoint_count; i++) {
        count += service->endpoints[i].lacking;
        recorded += service->endpoints[i].recorded;
        endpoints += service->endpoints[i].lacking > 0;
    }
    if (count > 0)
        strings_addf(caveats,
                     "%s of %s recorded requests (%zu of %zu endpoints) go out without a credential or an "
                     "address that was taken out of them: `setup`, `headers` or `secrets` can give it back",
                     units_count(lacking, count), units_count(all, recorded), endpoints,
                     service->endpoint_count);
}
