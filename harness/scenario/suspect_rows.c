/* `suspects`: what production's memory suspects, as `seep suspects --write` leaves it or a person writes it. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "model/service.h"
#include "scenario/read.h"
#include "scenario/rows.h"
#include "scenario/suspects.h"

static int read_suspected(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (read_names(value, file, into, err) != 0)
        return -1;
    return value->count > 0
               ? 0
               : yaml_complain(err, file, value, "expected endpoints, as in [\"GET /orders/{id}\"]");
}

static int read_probability(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (read_share(value, file, into, err) != 0)
        return -1;
    return *(double *)into > 0
               ? 0
               : yaml_complain(err, file, value, "'%.100s': what is no suspect is not listed", value->text);
}

static int read_suspected_growth(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct err what = {0};
    struct growth growth = {0};
    const char *text = read_scalar(value, file, "growth, as in 48 B/request,", err);
    if (text == NULL)
        return -1;
    if (units_parse_growth(text, &growth, &what) != 0)
        return yaml_complain(err, file, value, "%s", what.message);
    if (growth.per != GROWTH_PER_REQUEST || growth.objects || !(growth.value > 0))
        return yaml_complain(err, file, value,
                             "'%.100s': expected bytes per request above 0, as in 48 B/request", text);
    *(double *)into = growth.value;
    return 0;
}

const struct yaml_row scenario_suspect_rows[] = {
    {"endpoints", read_suspected, offsetof(struct suspicion, endpoints), "list of endpoints",
     "one; or several whose requests always came together, so that nothing tells them apart"},
    {"probability", read_probability, offsetof(struct suspicion, probability), "percentage",
     "that one of them grows: 93%"},
    {"growth", read_suspected_growth, offsetof(struct suspicion, bytes_per_request), "size/request",
     "what production shows of a request to any of them: 48 B/request"},
    {"share", read_share, offsetof(struct suspicion, share), "percentage",
     "of production's growth that they explain: 62%"},
    {NULL, NULL, 0, NULL, NULL}};

static int read_suspect(const struct yaml *value, const char *file, struct suspicions *suspicions,
                        struct err *err)
{
    struct suspicion *suspicion = suspicions_add(suspicions);
    if (yaml_bind(value, file, scenario_suspect_rows, suspicion, err) != 0)
        return -1;
    if (suspicion->endpoints.count == 0 || suspicion->probability == 0)
        return yaml_complain(err, file, value, "a suspect needs %s",
                             suspicion->endpoints.count == 0 ? "its endpoints" : "a probability");
    return 0;
}

int read_suspects(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (value->kind != YAML_LIST)
        return yaml_complain(
            err, file, value,
            "expected a list of suspects, each `- {endpoints: [\"GET /orders/{id}\"], probability: 93%%}`");
    for (size_t i = 0; i < value->count; i++)
        if (read_suspect(value->items[i], file, into, err) != 0)
            return -1;
    return 0;
}

/* "93%", "0.4%"; what is known to be something is never "0%", which would not be read back. */
static void add_percent(struct text *out, double share)
{
    double percent = fmin(fmax(share * 100, 0.01), 100);
    int decimals = percent < 0.0995 ? 2 : percent < 9.95 ? 1 : 0;
    char digits[UNITS_SIZE];
    snprintf(digits, sizeof digits, "%.*f", decimals, percent);
    bool whole = strlen(digits) > 2 && strcmp(digits + strlen(digits) - 2, ".0") == 0;
    text_addf(out, "%.*s%%", (int)(strlen(digits) - (whole ? 2 : 0)), digits);
}

#define GROWTH_LEAST 1e-6 /* bytes per request: what is less reads back as nothing */
#define GROWTH_MOST 1e12  /* TiB are no unit of the parser */

void scenario_add_suspect(struct text *out, const struct suspicion *suspicion)
{
    char bytes[UNITS_SIZE];
    text_add_string(out, "- {endpoints: [");
    for (size_t i = 0; i < suspicion->endpoints.count; i++) {
        text_add_string(out, i > 0 ? ", " : "");
        scenario_quote(out, suspicion->endpoints.items[i], true);
    }
    text_add_string(out, "], probability: ");
    add_percent(out, suspicion->probability);
    if (suspicion->bytes_per_request >= GROWTH_LEAST && suspicion->bytes_per_request < GROWTH_MOST)
        text_addf(out, ", growth: %s/request", units_bytes(bytes, suspicion->bytes_per_request));
    if (suspicion->share >= 0) {
        text_add_string(out, ", share: ");
        add_percent(out, suspicion->share);
    }
    text_add_char(out, '}');
}

/* In the unit in which it is a whole number, the smallest such number. */
void scenario_add_size(struct text *out, double bytes)
{
    static const struct {
        double size;
        const char *name;
    } units[] = {{1073741824.0, "GiB"}, {1e9, "GB"}, {1048576.0, "MiB"}, {1e6, "MB"}, {1024, "KiB"},
                 {1e3, "kB"},           {1, "B"}};
    double whole = rint(bytes);
    size_t i = 0;
    while (fmod(whole, units[i].size) != 0)
        i++;
    text_addf(out, "%.0f %s", whole / units[i].size, units[i].name);
}
