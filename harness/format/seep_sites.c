/* What seep's own agents answer to /snapshot: {"seep_sites":1,"source":"tracemalloc","sites":[...]}.
 * Source: harness/agents/README.md. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/json_walk.h"
#include "format/formats.h"

/* Before anything is walked: whether the text can be one. */
static bool is_marked(const struct snapshot_text *text)
{
    static const char mark[] = "\"seep_sites\"";
    size_t at = 0;
    while (at < text->length && isspace((unsigned char)text->bytes[at]))
        at++;
    return at < text->length && text->bytes[at] == '{' &&
           memmem(text->bytes, text->length, mark, sizeof mark - 1) != NULL;
}

/* Whether `source` is that. A document with a fault may still say so before it. */
static bool is_from(const struct snapshot_text *text, const char *source)
{
    struct json_walk scan;
    bool found = false;
    if (!is_marked(text))
        return false;
    json_walk_init(&scan, text->bytes, text->length, text->name);
    json_walk_object(&scan);
    while (!found && json_walk_member(&scan))
        if (json_walk_key_is(&scan, "source") && json_walk_is(&scan, '"'))
            found = strcmp(json_walk_string(&scan), source) == 0;
        else
            json_walk_skip(&scan);
    json_walk_release(&scan);
    return found;
}

bool tracemalloc_json_detect(const struct snapshot_text *text)
{
    return is_from(text, "tracemalloc");
}

bool malloc_json_detect(const struct snapshot_text *text)
{
    return is_from(text, "malloc");
}

static void take_site(struct json_walk *scan, struct gather *gather)
{
    struct text name = TEXT_EMPTY;
    double bytes = (double)NAN, objects = (double)NAN;
    json_walk_object(scan);
    while (json_walk_member(scan))
        if (json_walk_key_is(scan, "site")) {
            text_clear(&name);
            text_add_string(&name, json_walk_string(scan));
        } else if (json_walk_key_is(scan, "bytes"))
            bytes = json_walk_number(scan);
        else if (json_walk_key_is(scan, "objects"))
            objects = json_walk_number(scan);
        else
            json_walk_skip(scan);
    if (name.length == 0 || isnan(bytes) || isnan(objects))
        json_walk_fail(scan, "a site needs 'site', 'bytes' and 'objects'");
    else if (!json_walk_failed(scan))
        gather_rounded(gather, name.bytes, name.length, bytes, objects, 0);
    text_release(&name);
}

static int parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct json_walk scan;
    bool version = false, sites = false;
    json_walk_init(&scan, text->bytes, text->length, text->name);
    json_walk_object(&scan);
    while (json_walk_member(&scan))
        if (json_walk_key_is(&scan, "seep_sites")) {
            version = true;
            if (json_walk_number(&scan) != 1)
                json_walk_fail(&scan, "expected version 1 of 'seep_sites'");
        } else if (json_walk_key_is(&scan, "sites")) {
            sites = true;
            json_walk_array(&scan);
            while (json_walk_element(&scan))
                take_site(&scan, gather);
        } else
            json_walk_skip(&scan);
    if (json_walk_end(&scan, err) != 0)
        return -1;
    if (!version || !sites)
        return err_set(err, ERR_USAGE, "%s:1: expected {\"seep_sites\":1,\"source\":...,\"sites\":[...]}",
                       text->name);
    return 0;
}

int tracemalloc_json_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    return parse(text, gather, err);
}

int malloc_json_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    return parse(text, gather, err);
}
