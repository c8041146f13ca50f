/* Any bytes as a snapshot, by the format they look like and by each by name: refused in one line that names
 * them, or sites that can be ranked against themselves, none of which grew. */
#include <math.h>

#include "analysis/sites.h"
#include "format/site.h"
#include "format/snapshot.h"

#include "fuzz.h"

/* Whose code it is, by a name that the server gave. */
static void check_place(const char *name)
{
    struct site_package package;
    const char *from = site_called_from(name);
    hold(site_place_length(name) <= strlen(name) &&
         (from == NULL || (from > name && from <= name + strlen(name))));
    site_whose(name);
    site_is_snapshotters(name);
    site_package_of(name, &package);
    hold(package.kind == PACKAGE_NONE || package.name != NULL);
    site_package_release(&package);
}

static void check_sites(const struct snapshot *snapshot)
{
    struct site_rank *ranked;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct site *site = &snapshot->sites[i];
        hold(!(site->bytes < 0) && !(site->objects < 0) && !isinf(site->bytes) && !isinf(site->objects));
        hold(site->quantum >= 0 && strchr(site->name, '\n') == NULL);
        check_place(site->name);
    }
    size_t count =
        sites_rank(snapshot, snapshot, 0, snapshot_format_find(snapshot->format)->allocated, &ranked);
    hold(count == snapshot->count && (count == 0 || !growth_shape_grew(ranked[0].shape)));
    free(ranked);
}

static void check_format(const uint8_t *data, size_t size, const char *format)
{
    struct snapshot snapshot;
    struct err err = {0};
    if (snapshot_parse((const char *)data, size, "fuzz", format, &snapshot, &err) == 0) {
        check_sites(&snapshot);
        snapshot_release(&snapshot);
    } else {
        hold_one_line(&err);
        hold(err.code == ERR_USAGE && text_starts_with(err.message, "fuzz:"));
    }
}

FUZZ_TARGET(snapshot)
{
    check_format(data, size, NULL);
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++)
        check_format(data, size, format->name);
    return 0;
}
