#include "scenario/arrivals.h"

#define COALESCE_MOST_NS INT64_C(10000000)

const char *const load_arrivals[] = {"recorded", "poisson", "constant", NULL};

int load_check(const struct load *load, struct err *err)
{
    bool shaped = load->arrivals != ARRIVALS_DEFAULT || load->ramp_ns > 0 || load->coalesce_ns > 0;
    if (load->kind == LOAD_CONNECTIONS && shaped)
        return err_set(
            err, ERR_USAGE,
            "arrivals, ramp and coalesce go with speed or rate: with connections, requests have no "
            "time of their own");
    if (load->coalesce_ns > COALESCE_MOST_NS)
        return err_set(err, ERR_USAGE, "coalesce of more than 10 ms would make requests late");
    if (load->kind == LOAD_RATE && load->arrivals == ARRIVALS_RECORDED)
        return err_set(err, ERR_USAGE, "recorded arrivals go with speed: a rate has times of its own");
    return 0;
}
