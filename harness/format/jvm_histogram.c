/* The JVM's class histogram (jcmd PID GC.class_histogram, jmap -histo:live):
 *
 *     num     #instances         #bytes  class name (module)
 *       1:         26319        1456720  [B (java.base@17.0.15)
 *
 * Source: OpenJDK src/hotspot/share/memory/heapInspection.cpp KlassInfoHisto::print_histo_on; array names by the Java
 * Virtual Machine Specification, 4.3.2. */
#include <string.h>

#include "base/text.h"
#include "format/formats.h"
#include "format/lines.h"

static const struct {
    char letter;
    const char *name;
} primitives[] = {
    {'B', "byte"}, {'C', "char"}, {'D', "double"}, {'F', "float"},
    {'I', "int"},  {'J', "long"}, {'S', "short"},  {'Z', "boolean"},
};

/* "[[I" is "int[][]", "[Ljava.lang.String;" is "java.lang.String[]"; what is no array stays as it is. */
static void add_class(struct span class, struct text *name)
{
    size_t arrays = 0;
    while (arrays < class.length && class.bytes[arrays] == '[')
        arrays++;
    struct span element = {class.bytes + arrays, class.length - arrays};
    const char *primitive = NULL;
    for (size_t i = 0; i < sizeof primitives / sizeof *primitives; i++)
        if (arrays > 0 && element.length == 1 && primitives[i].letter == *element.bytes)
            primitive = primitives[i].name;
    if (primitive != NULL)
        text_add_string(name, primitive);
    else if (arrays > 0 && element.length > 2 && *element.bytes == 'L' &&
             element.bytes[element.length - 1] == ';')
        text_add(name, element.bytes + 1, element.length - 2);
    else
        text_add(name, element.bytes, element.length);
    while (arrays-- > 0)
        text_add_string(name, "[]");
}

static bool take_row(struct span row, struct gather *gather)
{
    double number, objects, bytes;
    span_skip_blanks(&row);
    if (!span_take_count(&row, &number) || !span_take(&row, ":"))
        return false;
    span_skip_blanks(&row);
    if (!span_take_count(&row, &objects))
        return false;
    span_skip_blanks(&row);
    if (!span_take_count(&row, &bytes) || !span_take(&row, " "))
        return false;
    span_skip_blanks(&row);
    span_trim(&row);
    const char *module = memmem(row.bytes, row.length, " (", 2);
    if (module != NULL)
        row.length = (size_t)(module - row.bytes);
    if (row.length == 0)
        return false;
    struct text name = TEXT_EMPTY;
    add_class(row, &name);
    gather_rounded(gather, name.bytes, name.length, bytes, objects, 0);
    text_release(&name);
    return true;
}

/* "4711:", the head, the rule below it, "Total 140313 5622440". */
static bool is_frame(struct span line)
{
    double number;
    span_skip_blanks(&line);
    if (line.length == 0 || span_starts_with(line, "num ") || span_starts_with(line, "---") ||
        span_starts_with(line, "Total "))
        return true;
    return span_take_count(&line, &number) && line.length == 1 && *line.bytes == ':';
}

bool jvm_histogram_detect(const struct snapshot_text *text)
{
    struct span start = {text->bytes, text->length < 4096 ? text->length : 4096};
    return span_has(start, "#instances") && span_has(start, "#bytes");
}

int jvm_histogram_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct lines lines;
    size_t first_bad = 0;
    lines_init(&lines, text->bytes, text->length);
    while (lines_next(&lines)) {
        if (lines.whole ? is_frame(lines.line) || take_row(lines.line, gather)
                        : span_starts_with(lines.line, "Total "))
            continue;
        gather->snapshot->skipped++;
        first_bad = first_bad == 0 ? lines.number : first_bad;
    }
    if (gather->snapshot->count > 0 || first_bad == 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "%s:%zu: no line of a class histogram (expected ' N: #instances #bytes CLASS')",
                   text->name, first_bad);
}
