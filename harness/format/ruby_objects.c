/* Ruby's ObjectSpace.count_objects as JSON: how many slots of each type live.
 * Source: https://docs.ruby-lang.org/en/3.3/ObjectSpace.html#method-c-count_objects */
#include <math.h>
#include <string.h>

#include "base/json_walk.h"
#include "format/formats.h"

bool ruby_objects_detect(const struct snapshot_text *text)
{
    struct json_walk scan;
    bool found = false;
    json_walk_init(&scan, text->bytes, text->length, text->name);
    if (json_walk_is(&scan, '{') && json_walk_object(&scan))
        found =
            json_walk_member(&scan) && (json_walk_key_is(&scan, "TOTAL") || json_walk_key_is(&scan, "FREE") ||
                                        text_starts_with(text_string(&scan.key), "T_"));
    json_walk_release(&scan);
    return found;
}

int ruby_objects_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct json_walk scan;
    struct text name = TEXT_EMPTY;
    json_walk_init(&scan, text->bytes, text->length, text->name);
    json_walk_object(&scan);
    while (json_walk_member(&scan)) {
        text_clear(&name);
        text_add_string(&name, text_string(&scan.key));
        if (text_starts_with(text_string(&name), "T_"))
            gather_rounded(gather, name.bytes, name.length, (double)NAN, json_walk_number(&scan), 0);
        else
            json_walk_skip(&scan); /* TOTAL and FREE: slots of the heap, not objects */
    }
    text_release(&name);
    if (json_walk_end(&scan, err) != 0)
        return -1;
    return gather->snapshot->count > 0 || gather->snapshot->skipped > 0
               ? 0
               : err_set(err, ERR_USAGE,
                         "%s:1: no count of Ruby's objects ({\"TOTAL\":N,\"T_STRING\":N,...})", text->name);
}
