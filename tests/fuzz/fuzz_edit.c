/* A service.yaml of a person's, edited in place: refused in one line, and as it was; or what stands there then is read again, says
 * what it was told to say, and all else as before; told the same once more, it does not change. The first byte says what is
 * told. */
#include <math.h>

#include "scenario/rows.h"
#include "scenario/read.h"
#include "scenario/suspects.h"

#include "fuzz.h"

static void hold_others(const struct yaml *before, const struct yaml *after)
{
    size_t others = 0;
    for (size_t i = 0; i < before->count; i++) {
        if (scenario_is_told(before->keys[i]->text))
            continue;
        const struct yaml *value = yaml_get(after, before->keys[i]->text);
        hold(value != NULL && yaml_same(before->items[i], value));
        others++;
    }
    for (size_t i = 0; i < after->count; i++)
        others -= !scenario_is_told(after->keys[i]->text);
    hold(others == 0);
}

static void hold_told(const struct yaml *after, const struct scenario_told *told)
{
    struct suspicions suspects = {NULL, 0};
    const struct yaml *list = yaml_get(after, "suspects"), *limit = yaml_get(after, "memory_limit");
    double bytes = 0;
    if (told->suspects != NULL) {
        hold(list != NULL && read_suspects(list, "fuzz", &suspects, NULL) == 0);
        hold(suspects.count == told->suspects->count);
        for (size_t i = 0; i < suspects.count; i++)
            hold(strcmp(suspects.items[i].endpoints.items[0], told->suspects->items[i].endpoints.items[0]) ==
                 0);
    }
    if (told->memory_limit_bytes > 0)
        hold(limit != NULL && read_bytes(limit, "fuzz", &bytes, NULL) == 0 &&
             bytes == told->memory_limit_bytes);
    suspicions_release(&suspects);
}

/* Into `out` what stands in the file then; false: it was refused, and is as it was. */
static bool edit(const struct text *text, const struct scenario_told *told, struct text *out)
{
    char path[96];
    struct err err = {0};
    snprintf(path, sizeof path, "%s/edited.yaml", fuzz_directory());
    fuzz_write(path, (struct span){text_string(text), text->length}, 0600);
    bool edited = scenario_tell(path, told, &err) == 0;
    hold(text_read_file(out, path, SIZE_MAX, NULL) == 0);
    if (!edited) {
        hold_one_line(&err);
        hold(fuzz_same((struct span){out->bytes, out->length}, (struct span){text->bytes, text->length}));
        return false;
    }
    struct yaml *before = yaml_read_text(text_string(text), text->length, "fuzz", &err);
    struct yaml *after = yaml_read_text(text_string(out), out->length, "fuzz", &err);
    hold(before != NULL && after != NULL);
    if (told->suspects != NULL || told->memory_limit_bytes > 0) {
        hold(after->kind == YAML_MAP);
        hold_others(before, after);
        hold_told(after, told);
    }
    yaml_node_free(before);
    yaml_node_free(after);
    return true;
}

/* A bare CR before an LF of the next line cannot be told from one line end. */
static bool has_bare_cr(const struct text *text)
{
    const char *at = text_string(text);
    while ((at = strchr(at, '\r')) != NULL && at[1] == '\n')
        at += 2;
    return at != NULL;
}

FUZZ_TARGET(edit)
{
    struct span left = {(const char *)data, size};
    unsigned what = fuzz_byte(&left);
    struct text text = TEXT_EMPTY, once = TEXT_EMPTY, twice = TEXT_EMPTY;
    struct suspicions suspects = {NULL, 0};
    for (unsigned i = 0; i < (what & 3); i++) {
        static const char *const names[] = {"GET /orders/{id}", "POST /a: b # c", "GET /\"x\""};
        struct suspicion *added = suspicions_add(&suspects);
        strings_add(&added->endpoints, names[i]);
        added->probability = 0.93 / (i + 1);
        added->bytes_per_request = 48;
    }
    struct scenario_told told = {suspects.count > 0 ? &suspects : NULL,
                                 (what & 4) != 0 ? 512.0 * 1024 * 1024 : NAN};
    text_add(&text, left.bytes, left.length);
    if (edit(&text, &told, &once)) {
        hold(edit(&once, &told, &twice));
        hold(has_bare_cr(&text) || strcmp(text_string(&once), text_string(&twice)) == 0);
    }
    suspicions_release(&suspects);
    text_release(&text);
    text_release(&once);
    text_release(&twice);
    return 0;
}
