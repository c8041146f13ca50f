/* An answer of a hunt as the store keeps it, in JSON of anybody's: refused in one line, or read, and what is written of it is read
 * as the same. */
#include "base/json.h"
#include "flow/hunt_state.h"

#include "fuzz.h"

static const struct hunt *hunt_of(void)
{
    static struct endpoint endpoints[] = {{.name = "GET /a"}, {.name = "GET /b"}, {.name = "POST /c"}};
    static struct service service = {.endpoints = endpoints, .endpoint_count = 3};
    static struct hunt *hunt;
    if (hunt == NULL) {
        hunt = xcalloc(1, sizeof *hunt);
        hunt->service = &service;
        hunt->deciders.count = 2;
        hunt->deciders.items[0].name = "live_objects";
        hunt->deciders.items[1].name = "rss";
    }
    return hunt;
}

/* As it is written again, the caller's; NULL: it was refused. */
static char *again(const char *text)
{
    struct probed *probed = xcalloc(1, sizeof *probed);
    struct err err = {0};
    char *written = NULL;
    if (hunt_detail_read(hunt_of(), text, probed, &err) == 0)
        written = hunt_detail_write(hunt_of(), probed);
    else
        hold_one_line(&err);
    probed_release(probed, hunt_of()->service->endpoint_count);
    return written;
}

FUZZ_TARGET(answers)
{
    char *text = fuzz_string((struct span){(const char *)data, size}), *once = again(text),
         *twice = once != NULL ? again(once) : NULL;
    hold(once == NULL || (twice != NULL && strcmp(once, twice) == 0));
    free(text);
    free(once);
    free(twice);
    return 0;
}
