#include "replay/expect.h"

static bool stands_for(int recorded, int status)
{
    return (recorded == 304 && status == 200) || (recorded == 200 && status == 304);
}

bool expect_landed(const struct endpoint *endpoint, int recorded, int status)
{
    if (endpoint->expect.status != 0)
        return status == endpoint->expect.status;
    if (endpoint->expect.class != 0)
        return status / 100 == endpoint->expect.class;
    if (status == recorded && recorded != 499)
        return true;
    if (recorded == 0 || recorded == 499)
        return status / 100 == 2 || status / 100 == 3;
    if (endpoint->expect.same_status)
        return status == recorded;
    return status / 100 == recorded / 100 || stands_for(recorded, status);
}
