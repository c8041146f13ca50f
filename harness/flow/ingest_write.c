#include "flow/ingest_write.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "scenario/write.h"
#include "traffic/recording.h"

static bool is_endpoint_file(const char *name)
{
    return name[0] != '.' && strcmp(name, "service.yaml") != 0 &&
           (text_ends_with(name, ".yaml") || text_ends_with(name, ".jsonl"));
}

int ingest_check_directory(const char *directory, struct err *err)
{
    DIR *open = opendir(directory);
    int result = 0;
    if (open == NULL)
        return errno == ENOENT ? 0 : err_set(err, ERR_USAGE, "%s: %s", directory, strerror(errno));
    for (struct dirent *file; result == 0 && (file = readdir(open)) != NULL;)
        if (is_endpoint_file(file->d_name))
            result = err_set(
                err, ERR_USAGE,
                "%s: has endpoints already (%s); --force writes beside them and renews the recordings and "
                "rates of the same endpoints",
                directory, file->d_name);
    closedir(open);
    return result;
}

int ingest_check_service(const char *directory, struct err *err)
{
    char *path = xasprintf("%s/service.yaml", directory);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there ? err_set(err, ERR_USAGE, "%s: has a service.yaml already, of another target or command",
                           directory)
                 : 0;
}

static void fill_header(struct recording_header *header, const struct ingest *ingest,
                        const struct ingest_endpoint *endpoint, bool keep_secrets)
{
    const struct recording *recording = &endpoint->recording;
    *header = (struct recording_header){.host = ingest->host};
    header->from_us = ingest->from_us; /* the zero of every recording of this import */
    header->to_us = ingest->from_us + recording->requests[recording->count - 1].t_us;
    header->source = endpoint->source;
    strings_copy(&header->notes, &endpoint->notes);
    if (keep_secrets)
        strings_add(&header->notes, RECORDING_KEPT_SECRETS " (--keep-secrets)");
    for (int i = 0; i < REDACT_PLACES && !keep_secrets; i++) {
        if (endpoint->redacted[i] == 0)
            continue;
        header->redacted[header->redacted_count].place = redact_place_name((enum redact_place)i);
        header->redacted[header->redacted_count++].count = endpoint->redacted[i];
    }
}

static int write_endpoint(const struct ingest *ingest, struct ingest_endpoint *endpoint,
                          const struct ingest_options *options, struct err *err)
{
    struct recording_header header;
    char *path = xasprintf("%s/%s.jsonl", options->directory, endpoint->slug);
    struct endpoint scenario = {
        .name = endpoint->name, .rate_per_second = endpoint->rate_per_second, .weight = 1};
    fill_header(&header, ingest, endpoint, options->keep_secrets);
    int result = recording_write(path, &header, &endpoint->recording, err);
    if (result == 0)
        result = scenario_write_endpoint(options->directory, endpoint->slug, &scenario, err);
    strings_release(&header.notes); /* the rest is borrowed */
    free(path);
    return result;
}

int ingest_write(struct ingest *ingest, const struct ingest_options *options, struct err *err)
{
    const struct service *service = options->service != NULL ? options->service : &(struct service){0};
    struct strings taken = {NULL, 0};
    int result = scenario_make_directory(options->directory, err);
    if (result == 0)
        result = scenario_write_service(options->directory, service, &ingest->service_written, err);
    for (size_t i = 0; i < ingest->endpoint_count && result == 0; i++) {
        struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        endpoint->slug = scenario_file_slug(options->directory, endpoint->name, &taken);
        result = write_endpoint(ingest, endpoint, options, err);
    }
    strings_release(&taken);
    return result;
}
