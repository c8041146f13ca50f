/* Lines of Python's tracemalloc.
 * Source: Lib/tracemalloc.py, Statistic.__str__, StatisticDiff.__str__ and _format_size. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/formats.h"
#include "format/lines.h"

#define LINE_BYTES 8192 /* a path is at most 4,096 */
#define SLOT_BYTES 16.0
#define SMALL_BYTES 512.0

static const struct {
    const char *name;
    double bytes;
} units[] = {
    {"B", 1.0}, {"KiB", 1024.0}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40},
};

/* "7252 KiB", "57.5 KiB": the step is that of the last digit written; whole bytes are exact. */
static bool take_size(const char **at, double *bytes, double *quantum)
{
    char *end;
    *bytes = strtod(*at, &end);
    if (end == *at || *end != ' ' || isspace((unsigned char)**at))
        return false;
    bool tenths = memchr(*at, '.', (size_t)(end - *at)) != NULL;
    size_t length = strcspn(end + 1, " ,)");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) != length || memcmp(units[i].name, end + 1, length) != 0)
            continue;
        *bytes *= units[i].bytes;
        *quantum = i == 0 ? 0 : units[i].bytes * (tenths ? 0.1 : 1.0);
        *at = end + 1 + length;
        return isfinite(*bytes);
    }
    return false;
}

static bool take_count(const char **at, double *count)
{
    char *end;
    *count = (double)strtoull(*at, &end, 10);
    bool good = isdigit((unsigned char)**at) != 0;
    *at = end;
    return good;
}

static bool take_word(const char **at, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

/* " (+1130 KiB)": what a StatisticDiff adds; read to be sure of the line, and
 * not used: the absolute sizes are. */
static bool take_size_difference(const char **at)
{
    double bytes, quantum;
    if (!take_word(at, " ("))
        return true;
    return (**at == '+' || **at == '-') && take_size(at, &bytes, &quantum) && take_word(at, ")");
}

static bool take_count_difference(const char **at)
{
    double count;
    if (!take_word(at, " ("))
        return true;
    return (take_word(at, "+") || take_word(at, "-")) && take_count(at, &count) && take_word(at, ")");
}

static bool take_average(const char **at)
{
    double bytes, quantum;
    return !take_word(at, ", average=") || take_size(at, &bytes, &quantum);
}

/* The last ": size=" after a line number: a path may hold the words as well. */
static char *end_of_site(char *line)
{
    char *found = NULL;
    for (char *at = line; (at = strstr(at, ": size=")) != NULL; at++)
        if (at > line && isdigit((unsigned char)at[-1]))
            found = at;
    if (found == NULL)
        return NULL;
    char *digits = found;
    while (digits > line && isdigit((unsigned char)digits[-1]))
        digits--;
    return digits > line + 1 && digits[-1] == ':' ? found : NULL;
}

/* `whole`: more came behind it; else the average, which stands last, has to be there. */
static bool take_statistic(char *line, bool whole, struct gather *gather)
{
    char *end = end_of_site(line);
    if (end == NULL)
        return false;
    const char *at = end + strlen(": size=");
    double bytes, objects, quantum;
    if (!take_size(&at, &bytes, &quantum) || !take_size_difference(&at) || !take_word(&at, ", count=") ||
        !take_count(&at, &objects) || !take_count_difference(&at))
        return false;
    bool average = *at != '\0';
    if (!take_average(&at) || *at != '\0' || (!whole && !average && objects > 0))
        return false;
    gather_rounded(gather, line, (size_t)(end - line), bytes, objects, quantum);
    return true;
}

/* What a logged Python list puts around a line: brackets, quotes, a comma, a written-out \n. */
static char *strip(char *line)
{
    char *end = line + strlen(line);
    while (line < end && strchr(" \t\r[", *line) != NULL)
        line++;
    while (end > line && strchr(" \t\r,]", end[-1]) != NULL)
        end--;
    if (end - line >= 2 && (*line == '\'' || *line == '"') && end[-1] == *line) {
        line++;
        end--;
    }
    while (end - line >= 2 && end[-2] == '\\' && end[-1] == 'n')
        end -= 2;
    *end = '\0';
    return line;
}

/* "#1: app.py:7: 4.1 KiB" is how the manual's display_top() prints a site, not a comment. */
static bool is_comment(const char *line)
{
    return *line == '\0' || (*line == '#' && !isdigit((unsigned char)line[1]));
}

/* To behind the first `\n'` or `\n"` that a list of strings on one line has within it; the whole line else. */
static size_t piece_length(struct span line)
{
    for (size_t at = 0; at + 3 < line.length; at++) {
        const char *found = memmem(line.bytes + at, line.length - at, "\\n", 2);
        if (found == NULL || (size_t)(found - line.bytes) + 4 > line.length)
            break;
        if (strchr("'\"", found[2]) != NULL && found[3] == ',')
            return (size_t)(found - line.bytes) + 4;
        at = (size_t)(found - line.bytes);
    }
    return line.length;
}

static bool take_piece(struct span piece, bool whole, struct gather *gather)
{
    char line[LINE_BYTES];
    if (piece.length >= LINE_BYTES || memchr(piece.bytes, '\0', piece.length) != NULL)
        return false;
    memcpy(line, piece.bytes, piece.length);
    line[piece.length] = '\0';
    char *content = strip(line);
    return is_comment(content) || take_statistic(content, whole, gather);
}

bool tracemalloc_detect(const struct snapshot_text *text)
{
    struct span whole = {text->bytes, text->length};
    return span_has(whole, ": size=") || span_has(whole, "# tracemalloc");
}

int tracemalloc_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct lines lines;
    size_t first_bad = 0;
    lines_init(&lines, text->bytes, text->length);
    while (lines_next(&lines))
        for (struct span rest = lines.line; rest.length > 0;) {
            struct span piece = {rest.bytes, piece_length(rest)};
            rest = (struct span){piece.bytes + piece.length, rest.length - piece.length};
            if (take_piece(piece, lines.whole || rest.length > 0, gather))
                continue;
            gather->snapshot->skipped++;
            first_bad = first_bad == 0 ? lines.number : first_bad;
        }
    if (gather->snapshot->count == 0 && first_bad > 0)
        return err_set(
            err, ERR_USAGE,
            "%s:%zu: no line of tracemalloc (expected 'FILE:LINE: size=N KiB, count=N, average=N B')",
            text->name, first_bad);
    return 0;
}

double tracemalloc_allocated(double bytes, double objects)
{
    double each = bytes / objects;
    if (!(objects > 0) || !(each > 0) || each > SMALL_BYTES)
        return bytes;
    /* Source: CPython Objects/obmalloc.c, ALIGNMENT 16 */
    return ceil(each / SLOT_BYTES) * SLOT_BYTES * objects;
}
