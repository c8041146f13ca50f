/* valgrind's massif.out: the last snapshot that has a tree. Below its root stands who called malloc, which is the
 * site; deeper lines say who called that.
 *
 *     heap_tree=detailed
 *     n2: 18639456 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 *      n1: 18499200 0x1091B8: keep_buffer (leak.c:21)
 *       n0: 18499200 0x10920B: main (leak.c:30)
 *      n0: 140256 in 1 place, below massif's threshold (1.00%)
 *
 * Source: valgrind massif/ms_main.c pp_snapshot_SXPt; massif/ms_print.in. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/formats.h"
#include "format/lines.h"

static const char tree_mark[] = "heap_tree=";

/* "keep_buffer (leak.c:21)" is "keep_buffer leak.c:21", "??? (in /usr/lib/libz.so.1)" is "??? /usr/lib/libz.so.1". */
static void add_name(struct span frame, struct text *name)
{
    const char *bracket = memrchr(frame.bytes, '(', frame.length);
    if (bracket == NULL || bracket == frame.bytes || frame.bytes[frame.length - 1] != ')') {
        text_add(name, frame.bytes, frame.length);
        return;
    }
    struct span function = {frame.bytes, (size_t)(bracket - frame.bytes)};
    struct span place = {bracket + 1, (size_t)(frame.bytes + frame.length - bracket) - 2};
    span_trim(&function);
    span_take(&place, "in ");
    text_add(name, function.bytes, function.length);
    text_add_char(name, ' ');
    text_add(name, place.bytes, place.length);
}

/* " n1: 18499200 0x1091B8: keep_buffer (leak.c:21)", its depth in blanks. */
static bool take_node(struct span line, struct gather *gather)
{
    double children, bytes;
    unsigned long long address;
    const char *start = line.bytes;
    span_skip_blanks(&line);
    size_t depth = (size_t)(line.bytes - start);
    if (!span_take(&line, "n") || !span_take_count(&line, &children) || !span_take(&line, ": ") ||
        !span_take_count(&line, &bytes) || !span_take(&line, " ") || line.length == 0)
        return false;
    if (depth != 1)
        return true;
    struct text name = TEXT_EMPTY;
    if (span_starts_with(line, "in "))
        text_add_string(&name, "(places below massif's threshold)");
    else {
        struct span frame = line;
        if (span_take_hex(&frame, &address) && span_take(&frame, ": ") && frame.length > 0)
            line = frame;
        add_name(line, &name);
    }
    gather_rounded(gather, text_string(&name), name.length, bytes, (double)NAN, 0);
    text_release(&name);
    return true;
}

bool massif_detect(const struct snapshot_text *text)
{
    struct span whole = {text->bytes, text->length};
    return span_starts_with(whole, "desc: ") && span_has(whole, "\ntime_unit: ");
}

/* Behind the line that begins the last tree; false: there is none. */
static bool find_tree(struct lines *lines)
{
    struct lines found = {.at = NULL};
    while (lines_next(lines))
        if (lines->whole && span_starts_with(lines->line, tree_mark) && !span_has(lines->line, "=empty"))
            found = *lines;
    *lines = found;
    return found.at != NULL;
}

int massif_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct lines lines;
    lines_init(&lines, text->bytes, text->length);
    if (!find_tree(&lines))
        return err_set(
            err, ERR_USAGE,
            "%s:1: no snapshot of massif with a tree (heap_tree=detailed or peak; --detailed-freq=1 makes "
            "each one have it)",
            text->name);
    while (lines_next(&lines) && !(lines.whole && span_starts_with(lines.line, "#")))
        if (!lines.whole || !take_node(lines.line, gather))
            gather->snapshot->skipped++;
    return 0;
}
