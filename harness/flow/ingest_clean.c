#include "flow/ingest_clean.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/keyed_hash.h"
#include "base/text.h"

#define PARTS_MOST 64 /* a request with more headers is looked at whole */

/* The URL, or a header. */
struct part {
    uint64_t hash;
    size_t length; /* of the value */
    bool known;
};

void ingest_clean_init(struct ingest_clean *clean)
{
    *clean = (struct ingest_clean){.kept = NULL};
    clean->kept = xcalloc(INGEST_CLEAN_KEPT, sizeof *clean->kept);
}

void ingest_clean_release(struct ingest_clean *clean)
{
    free(clean->kept);
    clean->kept = NULL;
}

static uint64_t hash_name(struct ingest_clean *clean, const struct redactor *redactor, size_t place,
                          const char *name)
{
    struct ingest_clean_name *last = &clean->names[place % INGEST_CLEAN_NAMES];
    if (last->name[0] != '\0' && strcmp(last->name, name) == 0)
        return last->hash;
    size_t length = strlen(name);
    uint64_t hash = keyed_hash(&redactor->key, name, length);
    if (length < sizeof last->name) {
        memcpy(last->name, name, length + 1);
        last->hash = hash;
    }
    return hash;
}

static struct part part_of(const struct ingest_clean *clean, const struct redactor *redactor,
                           uint64_t name_hash, const char *value)
{
    struct part part = {.length = strlen(value)};
    part.hash = keyed_hash(&redactor->key, value, part.length) ^ name_hash * 3;
    part.known = clean->kept[part.hash % INGEST_CLEAN_KEPT] == part.hash;
    return part;
}

static uint64_t found_by(const struct redactor *redactor)
{
    uint64_t found = 0;
    for (size_t i = 0; i < REDACT_PLACES; i++)
        found += redactor->counts[i];
    return found;
}

/* All parts of a request in which nothing was found are clean. */
static void keep(struct ingest_clean *clean, const struct part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        clean->kept[parts[i].hash % INGEST_CLEAN_KEPT] = parts[i].hash;
}

uint64_t ingest_clean_redact(struct ingest_clean *clean, struct redactor *redactor, struct request *request)
{
    struct part parts[PARTS_MOST];
    size_t count = 0;
    bool known = request->body_length == 0;
    parts[count++] = part_of(clean, redactor, 0, request->url);
    if (request->headers.count >= PARTS_MOST) {
        redact_request(redactor, request);
        return parts[0].hash;
    }
    known = known && parts[0].known;
    for (size_t i = 0; i < request->headers.count; i++) {
        const struct header *header = &request->headers.items[i];
        uint64_t name = hash_name(clean, redactor, i, header->name);
        parts[count] = part_of(clean, redactor, name, header->value);
        known = known && parts[count++].known;
    }
    if (known)
        return parts[0].hash;
    uint64_t before = found_by(redactor);
    redact_request(redactor, request);
    if (found_by(redactor) == before)
        keep(clean, parts, count);
    return parts[0].hash;
}
