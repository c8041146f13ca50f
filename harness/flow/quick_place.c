#include "flow/quick_place.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/text.h"
#include "flow/ingest_write.h"
#include "flow/quick_secrets.h"
#include "scenario/write.h"

#define DIGITS 16 /* of the digest */
#define NAME_MOST 40
#define FILE_MOST (1 << 20)

/* Placeholders are other ones in each import. */
static void add_recorded(struct digest *digest, const char *bytes, size_t length)
{
    struct text blank = TEXT_EMPTY;
    quick_secrets_blank((struct span){bytes, length}, &blank);
    digest_add(digest, text_string(&blank), blank.length + 1);
    text_release(&blank);
}

static void add_requests(struct digest *digest, const struct ingest_endpoint *endpoint)
{
    digest_add_text(digest, endpoint->name);
    for (size_t i = 0; i < endpoint->recording.count; i++) {
        const struct request *request = &endpoint->recording.requests[i];
        add_recorded(digest, request->url, strlen(request->url));
        digest_add_number(digest, request->t_us);
        digest_add_number(digest, request->status);
        add_recorded(digest, (const char *)request->body, request->body_length);
        for (size_t k = 0; k < request->headers.count; k++) {
            digest_add_text(digest, request->headers.items[k].name);
            add_recorded(digest, request->headers.items[k].value, strlen(request->headers.items[k].value));
        }
    }
}

static void add_start(struct digest *digest, const struct start *start)
{
    digest_add_text(digest, start->directory);
    for (size_t i = 0; i < start->command.count; i++)
        digest_add_text(digest, start->command.items[i]);
    for (size_t i = 0; i < start->environment.count; i++) {
        const struct header *variable = &start->environment.items[i];
        digest_add_text(digest, variable->name);
        if (!scenario_is_credential(variable->name, variable->value))
            digest_add_text(digest, variable->value);
    }
}

void quick_made_from(struct service *service, const struct ingest *ingest)
{
    struct digest *digest = digest_new();
    struct text line = TEXT_EMPTY;
    digest_add_text(digest, service->target);
    add_start(digest, &service->start);
    for (size_t i = 0; i < ingest->endpoint_count; i++)
        add_requests(digest, &ingest->endpoints[i]);
    char *hex = digest_end(digest);
    text_add_string(&line, "Made from ");
    for (size_t i = 0; i < ingest->source_count; i++)
        text_addf(&line, "%s%s", i > 0 ? ", " : "", ingest->sources[i].name);
    for (size_t i = 0; i < line.length; i++)
        if (iscntrl((unsigned char)line.bytes[i]))
            line.bytes[i] = '?'; /* a name may hold a line break */
    text_addf(&line, " and a command, source %.*s: the same ones find this directory again.", DIGITS, hex);
    free(service->made_from);
    service->made_from = text_take(&line);
    free(hex);
}

/* What a person wrote into the rest of it stays theirs, and is used. */
static bool is_made_from(const char *directory, const char *made_from)
{
    struct text text = TEXT_EMPTY;
    char *path = xasprintf("%s/service.yaml", directory);
    const char *source = strstr(made_from, ", source ");
    bool same = access(path, F_OK) == 0 && text_read_file(&text, path, FILE_MOST, NULL) == 0 &&
                text_starts_with(text_string(&text), "# Made from ") &&
                memmem(text_string(&text), strcspn(text_string(&text), "\n"), source,
                       strlen(", source ") + DIGITS) != NULL;
    text_release(&text);
    free(path);
    return same;
}

/* "/var/log/nginx/shop-access.log.1.gz" -> "shop-access"; the caller's. */
static char *name_of(const char *file)
{
    const char *slash = strrchr(file, '/'), *base = slash != NULL ? slash + 1 : file;
    size_t length = strcspn(base, ".");
    if (strcmp(file, "-") == 0)
        return xstrdup("stdin");
    if (length == 0 || length > NAME_MOST)
        return xstrdup("service");
    char *name = xstrndup(base, length);
    for (char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("-_", *at) == NULL)
            *at = '_';
    return name;
}

static char *beside(const char *store, const char *name)
{
    const char *slash = strrchr(store, '/');
    return slash != NULL ? xasprintf("%.*s/services/%s", (int)(slash - store), store, name)
                         : xasprintf("services/%s", name);
}

static char *free_place(const struct service *service, const char *first, bool *reused)
{
    for (int i = 1;; i++) {
        char *place = i == 1 ? xstrdup(first) : xasprintf("%s-%d", first, i);
        *reused = is_made_from(place, service->made_from);
        if (*reused || access(place, F_OK) != 0)
            return place;
        free(place);
    }
}

char *quick_place(const struct service *service, const struct ingest *ingest, const char *given,
                  const char *store, bool *reused, struct err *err)
{
    *reused = given != NULL && is_made_from(given, service->made_from);
    if (given != NULL && !*reused &&
        (ingest_check_directory(given, NULL) != 0 || ingest_check_service(given, NULL) != 0)) {
        err_set(
            err, ERR_USAGE,
            "-o %s: holds a service already, made from something else (seep bisect %s asks it): name another "
            "directory",
            given, given);
        return NULL;
    }
    if (given != NULL)
        return xstrdup(given);
    char *name = name_of(ingest->sources[0].name), *first = beside(store, name);
    char *place = free_place(service, first, reused);
    free(name);
    free(first);
    return place;
}
