/* libFuzzer: any bytes as a snapshot, by the format they look like and by each by name: refused in one line that names
 * them, or sites that can be ranked against themselves, none of which grew. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sites.h"
#include "base/text.h"
#include "format/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sites(const struct snapshot *snapshot)
{
    struct site_rank *ranked;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct site *site = &snapshot->sites[i];
        if (site->bytes < 0 || site->objects < 0 || isinf(site->bytes) || isinf(site->objects) ||
            !(site->quantum >= 0) || strchr(site->name, '\n') != NULL)
            abort();
    }
    size_t count =
        sites_rank(snapshot, snapshot, 0, snapshot_format_find(snapshot->format)->allocated, &ranked);
    if (count != snapshot->count || (count > 0 && growth_shape_grew(ranked[0].shape)))
        abort();
    free(ranked);
}

static void check_format(const uint8_t *data, size_t size, const char *format)
{
    struct snapshot snapshot;
    struct err err = {0};
    if (snapshot_parse((const char *)data, size, "fuzz", format, &snapshot, &err) == 0) {
        check_sites(&snapshot);
        snapshot_release(&snapshot);
    } else if (!text_starts_with(err.message, "fuzz:") || err.code != ERR_USAGE ||
               strchr(err.message, '\n') != NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_format(data, size, NULL);
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++)
        check_format(data, size, format->name);
    return 0;
}
