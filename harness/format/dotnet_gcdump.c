/* What `dotnet-gcdump report` prints:
 *
 *       1,603,588  GC Heap bytes
 *          21,467  GC Heap objects
 *
 *    Object Bytes     Count  Type
 *           1,048       304  Contoso.Quote  [pricing.dll]
 *
 * "Object Bytes" is the size of one object of the type, and where they differ in length (strings, arrays, types
 * split by "(Bytes > 1K)") of whichever came first: their bytes are not known, only their number.
 * Source: dotnet/diagnostics src/Tools/dotnet-gcdump/CommandLine/PrintReportHelper.cs. */
#include <math.h>
#include <string.h>

#include "format/formats.h"
#include "format/lines.h"

static const char summary[] = "GC Heap bytes";

static bool varies(struct span type)
{
    return span_has(type, "[]") || span_has(type, "[,") || span_has(type, " (Bytes > ") ||
           (type.length == strlen("System.String") && span_starts_with(type, "System.String"));
}

/* Without "  [module.dll]". */
static struct span type_name(struct span type)
{
    span_trim(&type);
    const char *module = memmem(type.bytes, type.length, "  [", 3);
    if (module != NULL)
        type.length = (size_t)(module - type.bytes);
    return type;
}

static bool take_row(struct span row, struct gather *gather)
{
    double bytes, objects;
    span_skip_blanks(&row);
    if (!span_take_count(&row, &bytes) || !span_take(&row, " "))
        return false;
    span_skip_blanks(&row);
    if (span_starts_with(row, "GC Heap ") || span_starts_with(row, "Total references"))
        return true;
    if (!span_take_count(&row, &objects) || !span_take(&row, " "))
        return false;
    span_skip_blanks(&row);
    struct span type = type_name(row);
    if (type.length == 0)
        return false;
    bool known = !varies(type);
    gather_rounded(gather, type.bytes, type.length, known ? bytes * objects : (double)NAN, objects, 0);
    return true;
}

bool dotnet_gcdump_detect(const struct snapshot_text *text)
{
    return span_has((struct span){text->bytes, text->length < 4096 ? text->length : 4096}, summary);
}

static bool is_head(struct span line)
{
    span_skip_blanks(&line);
    return line.length == 0 || span_starts_with(line, "Object Bytes");
}

int dotnet_gcdump_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct lines lines;
    size_t first_bad = 0;
    lines_init(&lines, text->bytes, text->length);
    while (lines_next(&lines)) {
        if (lines.whole && (is_head(lines.line) || take_row(lines.line, gather)))
            continue;
        gather->snapshot->skipped++;
        first_bad = first_bad == 0 ? lines.number : first_bad;
    }
    if (gather->snapshot->count == 0 && first_bad > 0)
        return err_set(err, ERR_USAGE,
                       "%s:%zu: no line of a gcdump report (expected 'OBJECT BYTES  COUNT  TYPE')",
                       text->name, first_bad);
    return 0;
}
