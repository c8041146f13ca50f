/* jemalloc's heap dump (MALLOC_CONF=prof:true, or prof.dump), raw or behind the symbols that `jeprof --raw` adds:
 *
 *     heap_v2/524288
 *       t*: 2074: 13854960 [0: 0]
 *     @ 0x7f53278a2630 0x563b42a7e1b9
 *       t*: 64: 13697024 [0: 0]
 *     MAPPED_LIBRARIES:
 *     563b42a7e000-563b42a7f000 r-xp 00001000 fe:00 11010182   /app/leak
 *
 * Records are samples: what stood behind them is estimated as jeprof does. A site is the innermost frame outside the
 * allocator. That is seen by its library (libjemalloc) or by its symbols: of a program into which jemalloc is linked,
 * only a dump with symbols can be told apart.
 * Source: jemalloc 5.3 src/prof_data.c prof_tctx_dump, src/prof_sys.c prof_dump_maps; bin/jeprof ReadHeapProfile,
 * PrintSymbolizedProfile. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/formats.h"
#include "format/jemalloc_names.h"
#include "format/lines.h"
#include "format/sampled.h"

static const char mark[] = "heap_v2/", symbols_mark[] = "--- symbol";

bool jemalloc_heap_detect(const struct snapshot_text *text)
{
    struct span whole = {text->bytes, text->length};
    return span_starts_with(whole, mark) ||
           (span_starts_with(whole, symbols_mark) && span_has(whole, "\nheap_v2/"));
}

/* To the dump itself; what stands before it are symbols. */
static bool find_dump(struct lines *lines, double *rate)
{
    while (lines_next(lines)) {
        struct span line = lines->line;
        if (span_take(&line, mark))
            return lines->whole && span_take_count(&line, rate) && line.length == 0;
    }
    return false;
}

/* "@ 0x7f53278a2630 0x563b42a7e1b9": the name of the innermost that is not the allocator's own. False: there is none,
 * or it cannot be known. */
static bool read_stack(const struct jemalloc_names *names, struct span line, struct text *site)
{
    unsigned long long address;
    enum jemalloc_frame frame = JEMALLOC_OWN;
    bool innermost = true;
    text_clear(site);
    span_take(&line, "@");
    for (span_skip_blanks(&line); line.length > 0 && frame == JEMALLOC_OWN; span_skip_blanks(&line)) {
        if (!span_take_hex(&line, &address))
            return false;
        frame = jemalloc_name(names, address, innermost, site);
        innermost = false;
    }
    return frame == JEMALLOC_PROGRAM;
}

/* "  t*: 64: 13697024 [0: 0]": live objects and bytes as seen, of all threads. */
static bool take_counts(struct span line, double *objects, double *bytes)
{
    span_skip_blanks(&line);
    return span_take(&line, "t*: ") && span_take_count(&line, objects) && span_take(&line, ": ") &&
           span_take_count(&line, bytes) && span_starts_with(line, " [");
}

static void add_record(struct gather *gather, const struct text *site, double objects, double bytes,
                       double rate)
{
    if (!(objects > 0))
        return;
    double each = bytes / objects, scale = sampled_scale(each, rate);
    gather_sampled(gather, text_string(site), site->length, bytes * scale, objects * scale,
                   sampled_quantum(bytes * scale, each, rate));
}

static bool is_per_thread(struct span line)
{
    span_skip_blanks(&line);
    return span_starts_with(line, "t") && !span_starts_with(line, "t*");
}

static void read_records(struct lines *lines, const struct jemalloc_names *names, double rate,
                         struct gather *gather)
{
    struct text site = TEXT_EMPTY;
    bool stack = false, known = true, total = true; /* the counts before the first stack are those of all */
    while (lines_next(lines) && !span_starts_with(lines->line, JEMALLOC_MAPS_MARK)) {
        double objects, bytes;
        bool good = lines->whole;
        if (good && span_starts_with(lines->line, "@")) {
            stack = read_stack(names, lines->line, &site);
            good = stack;
            known = stack;
            total = false;
        } else if (good && take_counts(lines->line, &objects, &bytes)) {
            if (stack)
                add_record(gather, &site, objects, bytes, rate);
            good = stack || total || !known; /* of an unknown stack the line above was counted */
            stack = false;
        } else if (lines->line.length > 0) {
            good = good && is_per_thread(lines->line);
        }
        gather->snapshot->skipped += !good;
    }
    text_release(&site);
}

int jemalloc_heap_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct lines lines;
    struct jemalloc_names names;
    double rate;
    lines_init(&lines, text->bytes, text->length);
    if (!find_dump(&lines, &rate))
        return err_set(err, ERR_USAGE, "%s:%zu: no heap dump of jemalloc (expected 'heap_v2/RATE')",
                       text->name, lines.number > 0 ? lines.number : 1);
    jemalloc_names_read(&names, text->bytes, text->length);
    read_records(&lines, &names, rate, gather);
    jemalloc_names_release(&names);
    return 0;
}
