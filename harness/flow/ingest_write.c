#include "flow/ingest_write.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/ingest_lines.h"
#include "scenario/load.h"
#include "scenario/write.h"
#include "traffic/recording.h"

static bool is_endpoint_file(const char *name)
{
    return name[0] != '.' && !scenario_names_service(name) &&
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
    *header = (struct recording_header){.host = ingest->host};
    header->from_us = ingest->from_us; /* the zero of every recording of this import */
    header->to_us = endpoint->last_us;
    header->source = endpoint->source;
    strings_copy(&header->notes, &endpoint->notes);
    if (keep_secrets)
        strings_add(&header->notes, RECORDING_KEPT_SECRETS " (--keep-secrets)");
    for (int i = 0; i < REDACT_PLACES; i++) {
        if (endpoint->redacted[i] == 0)
            continue;
        header->redacted[header->redacted_count].place = redact_place_name((enum redact_place)i);
        header->redacted[header->redacted_count++].count = endpoint->redacted[i];
    }
}

static int write_header(struct ingest_lines *lines, size_t index, bool keep_secrets, struct err *err)
{
    struct recording_header header;
    fill_header(&header, lines->ingest, &lines->ingest->endpoints[index], keep_secrets);
    int result = ingest_lines_header(lines, index, &header, err);
    strings_release(&header.notes); /* the rest is borrowed */
    return result;
}

static int write_request(void *taker, size_t endpoint, const struct request *request, struct err *err)
{
    return ingest_lines_add(taker, endpoint, request, err);
}

static int write_recordings(const struct ingest *ingest, const struct ingest_options *options,
                            const struct stage *stage, const struct ingest_requests *requests,
                            struct err *err)
{
    struct ingest_lines lines;
    int result = 0;
    ingest_lines_init(&lines, ingest, stage->path);
    for (size_t i = 0; i < ingest->endpoint_count && result == 0; i++)
        result = write_header(&lines, i, options->keep_secrets, err);
    if (result == 0)
        result = requests->go_through(requests->owner, write_request, &lines, err);
    if (result == 0)
        result = ingest_lines_flush(&lines, err);
    ingest_lines_release(&lines);
    return result;
}

/* A scenario file that is there keeps what a person wrote into it. */
static int write_scenario(const struct stage *stage, struct ingest_endpoint *endpoint, struct err *err)
{
    const struct endpoint scenario = {.name = endpoint->name,
                                      .rate_per_second = endpoint->rate_per_second,
                                      .weight = 1,
                                      .after = endpoint->after,
                                      .captures = endpoint->captures};
    const struct scenario_proposed proposed = {&endpoint->after_why, &endpoint->capture_why,
                                               &endpoint->unwritten};
    char *name = xasprintf("%s.yaml", endpoint->slug);
    int result = stage_copy(stage, name, err);
    if (result == 0)
        result = scenario_write_endpoint(stage->path, endpoint->slug, &scenario, &proposed, err);
    free(name);
    return result;
}

static int write_service(struct ingest *ingest, const struct ingest_options *options,
                         const struct stage *stage, struct err *err)
{
    const struct service *service = options->service != NULL ? options->service : &(struct service){0};
    if (ingest_check_service(stage->directory, NULL) != 0)
        return 0;
    return scenario_write_service(stage->path, service, &ingest->service_written, err);
}

int ingest_write(struct ingest *ingest, const struct ingest_options *options, struct stage *stage,
                 const struct ingest_requests *requests, struct err *err)
{
    struct strings taken = {NULL, 0};
    int result = stage_begin(stage, err);
    if (result == 0)
        result = write_service(ingest, options, stage, err);
    for (size_t i = 0; i < ingest->endpoint_count && result == 0; i++) {
        struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        free(endpoint->slug);
        endpoint->slug = scenario_file_slug(stage->directory, endpoint->name, &taken);
        result = write_scenario(stage, endpoint, err);
    }
    if (result == 0)
        result = write_recordings(ingest, options, stage, requests, err);
    if (result == 0)
        result = stage_commit(stage, err);
    strings_release(&taken);
    return result;
}
