/* What seep's own agents answer to /snapshot: {"seep_sites":1,"source":"tracemalloc","sites":[...]}.
 * Source: harness/agents/README.md. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/json_walk.h"
#include "format/formats.h"
#include "format/site.h"

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

/* One site as it is read. `caller` empty: not told. */
struct entry {
    struct text name, caller;
    double bytes, objects, allocated, longest;
};

static void take_text(struct json_walk *scan, struct text *into)
{
    text_clear(into);
    text_add_string(into, json_walk_string(scan));
}

static void take_member(struct json_walk *scan, struct entry *entry)
{
    const struct {
        const char *key;
        double *into;
    } numbers[] = {{"bytes", &entry->bytes},
                   {"objects", &entry->objects},
                   {"allocated", &entry->allocated},
                   {"longest", &entry->longest}};
    if (json_walk_key_is(scan, "site")) {
        take_text(scan, &entry->name);
        return;
    }
    if (json_walk_key_is(scan, "called_from")) {
        take_text(scan, &entry->caller);
        return;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (json_walk_key_is(scan, numbers[i].key)) {
            *numbers[i].into = json_walk_number(scan);
            return;
        }
    json_walk_skip(scan);
}

static void gather_entry(struct gather *gather, struct entry *entry)
{
    if (entry->caller.length > 0)
        text_addf(&entry->name, "%s%s", SITE_CALLER, entry->caller.bytes);
    size_t skipped = gather->snapshot->skipped;
    gather_rounded(gather, entry->name.bytes, entry->name.length, entry->bytes, entry->objects, 0);
    if (gather->snapshot->skipped == skipped)
        gather_taken(gather, gather_place(gather, entry->name.bytes, entry->name.length), entry->allocated,
                     entry->longest);
}

static void take_site(struct json_walk *scan, struct gather *gather)
{
    struct entry entry = {TEXT_EMPTY, TEXT_EMPTY, (double)NAN, (double)NAN, 0, 0};
    json_walk_object(scan);
    while (json_walk_member(scan))
        take_member(scan, &entry);
    if (entry.name.length == 0 || isnan(entry.bytes) || isnan(entry.objects))
        json_walk_fail(scan, "a site needs 'site', 'bytes' and 'objects'");
    else if (!json_walk_failed(scan))
        gather_entry(gather, &entry);
    text_release(&entry.name);
    text_release(&entry.caller);
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
