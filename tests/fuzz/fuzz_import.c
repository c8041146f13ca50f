/* A whole import: any bytes as recorded traffic, into a service directory. Each line is imported or counted with its reason, and
 * what was written is a service: it loads, and each of its recordings is read to its end. The first byte says how it is asked. */
#include "flow/ingest.h"
#include "flow/recordings.h"
#include "scenario/load.h"

#include "fuzz.h"

static void load(const char *directory, const struct ingest *ingest)
{
    struct service service;
    struct err err = {0};
    size_t requests = 0;
    int failed = recordings_load(directory, NULL, &service, NULL, &err);
    if (failed)
        fprintf(stderr, "%s\n", err.message);
    hold(!failed);
    hold(service.endpoint_count == ingest->endpoint_count);
    for (size_t i = 0; i < service.endpoint_count; i++)
        requests += service.endpoints[i].recorded;
    hold(requests == ingest->imported);
    recordings_release(&service);
}

static void hold_counted(const struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->source_count; i++) {
        const struct ingest_source *source = &ingest->sources[i];
        uint64_t sum = source->imported;
        for (size_t reason = 0; reason < SKIP_REASONS; reason++)
            sum += source->skipped[reason];
        hold(sum == source->read);
    }
}

FUZZ_TARGET(import)
{
    struct span left = {(const char *)data, size};
    unsigned how = fuzz_byte(&left);
    char path[96], directory[96];
    struct ingest ingest;
    struct err err = {0};
    snprintf(path, sizeof path, "%s/log", fuzz_directory());
    snprintf(directory, sizeof directory, "%s/service", fuzz_directory());
    fuzz_write(path, left, 0600);
    const char *const files[] = {path};
    struct ingest_options options = {.files = files,
                                     .file_count = 1,
                                     .operations = (how & 1) != 0,
                                     .assets = (enum ingest_assets)((how >> 1) % 3),
                                     .keep_secrets = (how & 8) != 0,
                                     .directory = directory};
    int failed = ingest_files(&options, &ingest, &err);
    if (failed) {
        hold_one_line(&err);
        hold(access(directory, F_OK) != 0);
    } else {
        hold_counted(&ingest);
        load(directory, &ingest);
    }
    ingest_release(&ingest);
    fuzz_remove(directory);
    return 0;
}
