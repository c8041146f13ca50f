#include "target/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"

#define MOST_PARTS 10000

static char *sum_of(const void *bytes, size_t length)
{
    struct digest *digest = digest_new();
    digest_add(digest, bytes, length);
    return digest_end(digest);
}

void parcel_write(const void *bytes, size_t length, const char *name, struct text *parcel)
{
    char *sum = sum_of(bytes, length);
    json_t *head = json_pack("{s:s,s:I,s:s}", "name", name, "bytes", (json_int_t)length, "sha256", sum);
    char *line = json_dumps(head, JSON_COMPACT);
    text_clear(parcel);
    text_addf(parcel, "%s\n", line);
    text_add(parcel, bytes, length);
    json_decref(head);
    free(line);
    free(sum);
}

size_t parcel_parts(const struct text *parcel)
{
    return (parcel->length + PARCEL_PART_BYTES - 1) / PARCEL_PART_BYTES;
}

char *parcel_part_name(const char *kind, size_t part)
{
    return xasprintf("%s-%04zu", kind, part);
}

static int add_part(const char *at, const char *kind, size_t part, struct text *parcel, struct err *err)
{
    char *name = parcel_part_name(kind, part), *path = xasprintf("%s/%s", at, name);
    struct text bytes = TEXT_EMPTY;
    int failed = text_read_file(&bytes, path, PARCEL_PART_BYTES, err);
    if (!failed)
        text_add(parcel, bytes.bytes, bytes.length);
    text_release(&bytes);
    free(name);
    free(path);
    return failed;
}

/* The line at the head; NULL with `err`. */
static json_t *read_head(const struct text *parcel, const char *at, const char *kind, struct err *err)
{
    const char *end = parcel->length > 0 ? memchr(parcel->bytes, '\n', parcel->length) : NULL;
    json_t *head = end != NULL ? json_read(parcel->bytes, (size_t)(end - parcel->bytes), kind, err) : NULL;
    if (json_number(head, "bytes", -1) >= 0 && json_text(head, "sha256") != NULL &&
        json_text(head, "name") != NULL)
        return head;
    json_decref(head);
    err_set(err, ERR_USAGE, "%s/%s-0000: not the beginning of what a swarm's driver gets", at, kind);
    return NULL;
}

static int check(const struct text *bytes, const json_t *head, const char *at, const char *kind,
                 struct err *err)
{
    char *sum = sum_of(bytes->bytes, bytes->length);
    bool same = strcmp(sum, json_text(head, "sha256")) == 0;
    free(sum);
    return same ? 0
                : err_set(err, ERR_USAGE, "%s/%s-*: %zu bytes came, and are not what was sent", at, kind,
                          bytes->length);
}

int parcel_read(const char *at, const char *kind, struct text *bytes, char **name, struct err *err)
{
    struct text parcel = TEXT_EMPTY;
    json_t *head = NULL;
    int failed = add_part(at, kind, 0, &parcel, err);
    if (!failed)
        failed = (head = read_head(&parcel, at, kind, err)) == NULL ? -1 : 0;
    if (!failed) {
        size_t before = (size_t)((char *)memchr(parcel.bytes, '\n', parcel.length) + 1 - parcel.bytes);
        double whole = (double)before + json_number(head, "bytes", 0);
        for (size_t part = 1; !failed && (double)parcel.length < whole && part < MOST_PARTS; part++)
            failed = add_part(at, kind, part, &parcel, err);
        if (!failed) {
            text_clear(bytes);
            text_add(bytes, parcel.bytes + before, parcel.length - before);
            failed = check(bytes, head, at, kind, err);
        }
    }
    if (!failed && name != NULL)
        *name = xstrdup(json_text(head, "name"));
    json_decref(head);
    text_release(&parcel);
    return failed;
}
