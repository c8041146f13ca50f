#include "flow/examples.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/curl.h"
#include "traffic/recording.h"

struct taking {
    const struct examples *examples;
    struct recording recording;
    size_t at; /* index of the next request */
};

static bool is_wanted(const struct examples *examples, size_t index)
{
    for (size_t i = 0; i < examples->count; i++)
        if (examples->requests[i] == index)
            return true;
    return false;
}

static int take(void *owner, struct request *request, struct err *err)
{
    struct taking *taking = owner;
    (void)err;
    if (!is_wanted(taking->examples, taking->at++))
        return 0;
    free(request->endpoint);
    request->endpoint = xstrdup(taking->examples->endpoint->name);
    recording_add(&taking->recording, request);
    return 0;
}

/* "get_quote_sku" of ".../get_quote_sku.yaml". */
static char *slug_of(const struct endpoint *endpoint)
{
    const char *slash = strrchr(endpoint->file, '/'), *name = slash != NULL ? slash + 1 : endpoint->file;
    const char *dot = strrchr(name, '.');
    return dot != NULL ? xstrndup(name, (size_t)(dot - name)) : xstrdup(name);
}

static int write_file(const struct taking *taking, const char *path, struct err *err)
{
    const struct examples *examples = taking->examples;
    const char *slash = strrchr(examples->endpoint->recording_path, '/');
    struct recording_header header = {0};
    strings_add(&header.source, slash != NULL ? slash + 1 : examples->endpoint->recording_path);
    strings_addf(&header.notes, "run %lld: %s: requests that grow by themselves%s%s",
                 (long long)examples->run, examples->endpoint->name, examples->words != NULL ? ": " : "",
                 examples->words != NULL ? examples->words : "");
    int failed = recording_write(path, &header, &taking->recording, err);
    recording_header_release(&header);
    return failed;
}

int examples_keep(const struct examples *examples, const char *directory, struct finding *finding,
                  struct err *err)
{
    struct taking taking = {.examples = examples};
    char *slug = slug_of(examples->endpoint);
    char *path = xasprintf("%s/requests-%lld-%s.jsonl", directory, (long long)examples->run, slug);
    int failed = recording_each(examples->endpoint->recording_path, take, &taking, err);
    if (!failed)
        failed = write_file(&taking, path, err);
    for (size_t i = 0; !failed && i < taking.recording.count; i++) {
        char *line =
            curl_line(&taking.recording.requests[i], examples->service->target, &examples->endpoint->headers);
        strings_add(&finding->curl, line);
        free(line);
    }
    if (!failed)
        result_say(&finding->recording, "%s", path);
    recording_release(&taking.recording);
    free(path);
    free(slug);
    return failed;
}
