/* The limits of the service and of its endpoints, held against what the hunt measured. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow/hunt_state.h"
#include "flow/thresholds.h"

static const struct decider *bytes_decider(const struct hunt *hunt)
{
    for (size_t i = 0; i < hunt->deciders.count; i++)
        if (!hunt->deciders.items[i].objects)
            return &hunt->deciders.items[i];
    return NULL;
}

static struct measured_growth growth_of_finding(const struct finding *finding, const struct decider *decider)
{
    return (struct measured_growth){decider->name,     false, finding->bytes_per_request,
                                    finding->interval, NAN,   finding->projection.at_rate_per_second,
                                    VERDICT_GROWTH,    false};
}

/* What a limit on the service's growth is held against: the largest finding in the
 * bytes that decide, else the mix. */
static size_t growths_of_service(const struct hunt *hunt, struct measured_growth *growths)
{
    const struct result *result = hunt->result;
    const struct decider *bytes = bytes_decider(hunt);
    size_t count = 0;
    for (size_t i = 0; i < result->signal_count && count < DECIDERS_MOST; i++) {
        const struct signal_result *signal = &result->signals[i];
        growths[count] = (struct measured_growth){signal->name,
                                                  signal->objects,
                                                  signal->per_request,
                                                  signal->interval,
                                                  signal->smallest_detectable,
                                                  NAN,
                                                  signal->verdict,
                                                  false};
        bool decides = bytes != NULL && strcmp(bytes->name, signal->name) == 0;
        for (size_t f = 0; decides && f < result->finding_count; f++)
            if (f == 0 || result->findings[f].bytes_per_request > growths[count].per_request)
                growths[count] = growth_of_finding(&result->findings[f], bytes);
        count++;
    }
    return count;
}

/* What is known of one endpoint's growth in bytes; false: nothing. */
static bool growth_of_endpoint(const struct hunt *hunt, const struct search_state *state, size_t endpoint,
                               struct measured_growth *growth)
{
    const struct decider *bytes = bytes_decider(hunt);
    const char *name = hunt->service->endpoints[endpoint].name;
    enum standing standing = state->standings[endpoint];
    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < hunt->result->finding_count; i++)
        if (strcmp(hunt->result->findings[i].per, name) == 0) {
            *growth = growth_of_finding(&hunt->result->findings[i], bytes);
            return true;
        }
    if (standing != STANDING_CLEAR && standing != STANDING_BOUNDED)
        return false;
    *growth = (struct measured_growth){
        bytes->name, false, 0, {-bytes->floor, bytes->floor}, bytes->floor, NAN, VERDICT_NO_GROWTH, false};
    return true;
}

void hunt_judge_limits(struct hunt *hunt, const struct search_state *state)
{
    struct measured_growth growths[DECIDERS_MOST], one;
    const struct service *service = hunt->service;
    const struct trials **lanes = xcalloc(hunt->place_count, sizeof(struct trials *));
    for (size_t i = 0; i < hunt->place_count; i++)
        lanes[i] = hunt->places[i].trials;
    struct measured measured = {.growths = growths, .lanes = lanes, .lane_count = hunt->place_count};
    measured.count = growths_of_service(hunt, growths);
    thresholds_judge(hunt->result, &service->limits, &measured);
    measured.growths = &one;
    for (size_t i = 0; i < service->endpoint_count; i++) {
        measured.count = growth_of_endpoint(hunt, state, i, &one);
        thresholds_judge_endpoint(hunt->result, service, i, &measured);
    }
    free(lanes);
}
