#include "report/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "report/escape.h"
#include "report/spark.h"

enum { MAGIC = 0x70726f67, SPARKS = 24, LEAST_SPARKS = 4, PLAIN_EVERY_S = 10, LEAST_STEP = 24 };

struct progress_view {
    unsigned magic;
    FILE *out;
    bool terminal, quiet;
    bool utf8;
    size_t drawn; /* columns of the line that stands on the terminal; 0: none does */
    double sparks[SPARKS];
    size_t spark_count;
    int64_t spark_at_ns, plain_at_ns;
    char word[32]; /* the step's first word, when the last plain line was said */
};

/* Source: POSIX.1-2017, section 8.2: the first of these that is set and not empty. */
static bool has_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
    }
    return false;
}

struct progress_view *progress_view_new(FILE *out, bool terminal, bool quiet)
{
    struct progress_view *view = xcalloc(1, sizeof *view);
    view->magic = MAGIC;
    view->out = out;
    view->terminal = terminal;
    view->quiet = quiet;
    view->utf8 = has_utf8();
    return view;
}

static struct progress_view *view_of(void *pointer)
{
    struct progress_view *view = pointer;
    if (view == NULL || view->magic != MAGIC)
        abort();
    return view;
}

/* The sparkline moves every half second, however often it is told. */
static void add_spark(struct progress_view *view, double value)
{
    int64_t now = clock_now_ns();
    if (!isfinite(value) || (view->spark_count > 0 && now - view->spark_at_ns < CLOCK_NS_PER_S / 2))
        return;
    view->spark_at_ns = now;
    if (view->spark_count == SPARKS)
        memmove(view->sparks, view->sparks + 1, (--view->spark_count) * sizeof view->sparks[0]);
    view->sparks[view->spark_count++] = value;
}

/* Of the last `columns`. */
static void say_sparks(struct text *line, const struct progress_view *view, size_t columns)
{
    size_t first = view->spark_count > columns ? view->spark_count - columns : 0;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = first; i < view->spark_count; i++) {
        low = fmin(low, view->sparks[i]);
        high = fmax(high, view->sparks[i]);
    }
    for (size_t i = first; i < view->spark_count; i++)
        text_add_string(line, spark_of(view->sparks[i], low, high, view->utf8));
}

/* What a line says, in this order. */
enum piece { ELAPSED, LEFT, STEP, REQUESTS, DUE, RATE, LAG, MEMORY, SPARKLINE, PIECES };

/* What goes where a terminal is too narrow, first what is missed least; time, step and memory stay. */
static const enum piece dropped[] = {DUE, LAG, RATE, LEFT, REQUESTS};
enum { DROPPED = sizeof dropped / sizeof dropped[0] };

static void say_pieces(struct text pieces[PIECES], const struct progress *progress)
{
    char number[UNITS_SIZE];
    text_add_string(&pieces[ELAPSED], units_duration(number, floor(progress->elapsed_s)));
    if (progress->total_s > 0)
        text_addf(&pieces[LEFT], ", %s left",
                  units_duration(number, fmax(ceil(progress->total_s - progress->elapsed_s), 0)));
    if (progress->requests != PROGRESS_NO_REQUESTS)
        text_addf(&pieces[REQUESTS], "%s requests", units_count(number, progress->requests));
    if (progress->due > 0)
        text_addf(&pieces[DUE], " of %s due", units_count(number, progress->due));
    double rate = progress->rate_per_second;
    if (rate >= 0.005)
        text_addf(&pieces[RATE], ", %.*f/s", rate < 1 ? 2 : rate < 100 ? 1 : 0, rate);
    if (progress->lag_us > 0)
        text_addf(&pieces[LAG], ", lag %s", units_duration(number, progress->lag_us / 1e6));
    if (isfinite(progress->memory_bytes) && progress->memory_bytes > 0)
        text_addf(&pieces[MEMORY], ", %s", units_bytes(number, progress->memory_bytes));
}

static void release_pieces(struct text pieces[PIECES])
{
    for (int i = 0; i < PIECES; i++)
        text_release(&pieces[i]);
}

static size_t width_of(const struct progress_view *view)
{
    struct winsize size;
    if (ioctl(fileno(view->out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

/* Cuts to `columns`, with ... at the end. */
static void cut(struct text *line, size_t columns)
{
    size_t dots = columns > 3 ? 3 : 0;
    if (escape_width(text_string(line)) <= columns)
        return;
    line->length = escape_fit(line->bytes, columns - dots);
    line->bytes[line->length] = '\0';
    text_add_string(line, dots > 0 ? "..." : "");
}

static size_t width_but(const struct text pieces[PIECES], enum piece one)
{
    size_t width = 0;
    for (int i = 0; i < PIECES; i++)
        width += i != (int)one ? escape_width(text_string(&pieces[i])) : 0;
    return width;
}

/* The step gives way first, down to LEAST_STEP columns; then pieces go, until the line fits into `columns`. */
static void fit(struct text pieces[PIECES], const struct progress *progress, const struct progress_view *view,
                size_t columns)
{
    const size_t between = 4; /* two spaces on each side of the step */
    struct text step = TEXT_EMPTY;
    escape_plain(&step, progress->step);
    size_t wants = escape_width(text_string(&step)), least = wants < LEAST_STEP ? wants : LEAST_STEP;
    for (int i = 0; i < DROPPED && width_but(pieces, STEP) + between + least > columns; i++)
        text_clear(&pieces[dropped[i]]);
    size_t others = width_but(pieces, STEP) + between;
    cut(&step, columns > others ? columns - others : 0);
    text_addf(&pieces[STEP], "  %s  ", text_string(&step));
    size_t used = width_but(pieces, SPARKLINE) + 1;
    if (columns >= used + LEAST_SPARKS && view->spark_count > 0) {
        text_add_char(&pieces[SPARKLINE], ' ');
        say_sparks(&pieces[SPARKLINE], view, columns - used);
    }
    text_release(&step);
}

/* What follows the step begins without its comma. */
static void join(struct text *line, const struct text pieces[PIECES], enum piece from)
{
    for (int i = (int)from; i < PIECES; i++) {
        const char *piece = text_string(&pieces[i]);
        bool begins = i > STEP && (line->length == 0 || line->bytes[line->length - 1] == ' ');
        text_add_string(line, begins && piece[0] == ',' ? piece + 2 : piece);
    }
}

/* Where the terminal has become narrower, what was drawn stands on several of its lines now. */
static void clear_drawn(struct progress_view *view, size_t width)
{
    size_t more = view->drawn > 0 ? (view->drawn - 1) / width : 0;
    if (more > 0)
        fprintf(view->out, "\r\033[%zuA\033[J", more);
    else
        fputs("\r\033[K", view->out);
}

static void clear_line(struct progress_view *view)
{
    if (view->drawn > 0)
        clear_drawn(view, width_of(view));
    view->drawn = 0;
}

static void draw(struct progress_view *view, const struct progress *progress)
{
    struct text line = TEXT_EMPTY, pieces[PIECES] = {TEXT_EMPTY};
    size_t width = width_of(view), columns = width > 1 ? width - 1 : 1; /* some terminals wrap at the last */
    say_pieces(pieces, progress);
    fit(pieces, progress, view, columns);
    join(&line, pieces, ELAPSED);
    cut(&line, columns);
    clear_drawn(view, width);
    fputs(text_string(&line), view->out);
    fflush(view->out);
    view->drawn = escape_width(text_string(&line));
    release_pieces(pieces);
    text_release(&line);
}

void progress_view_free(struct progress_view *view)
{
    if (view == NULL)
        return;
    clear_line(view);
    fflush(view->out);
    view->magic = 0;
    free(view);
}

static bool worth_a_line(struct progress_view *view, const char *step)
{
    char word[sizeof view->word];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(step, " "), step);
    int64_t now = clock_now_ns();
    if (strcmp(word, view->word) == 0 && now - view->plain_at_ns < PLAIN_EVERY_S * CLOCK_NS_PER_S)
        return false;
    memcpy(view->word, word, sizeof word);
    view->plain_at_ns = now;
    return true;
}

static void say_plain(struct progress_view *view, const struct progress *progress)
{
    struct text line = TEXT_EMPTY, pieces[PIECES] = {TEXT_EMPTY};
    say_pieces(pieces, progress);
    text_addf(&line, "%s%s: ", pieces[ELAPSED].bytes, text_string(&pieces[LEFT]));
    escape_plain(&line, progress->step);
    text_add_string(&line, progress->requests != PROGRESS_NO_REQUESTS ? "; " : "");
    join(&line, pieces, REQUESTS);
    fprintf(view->out, "%s\n", line.bytes);
    fflush(view->out);
    release_pieces(pieces);
    text_release(&line);
}

void progress_view_tell(void *pointer, const struct progress *progress)
{
    struct progress_view *view = view_of(pointer);
    if (view->quiet)
        return;
    add_spark(view, progress->memory_bytes);
    if (view->terminal)
        draw(view, progress);
    else if (worth_a_line(view, progress->step != NULL ? progress->step : ""))
        say_plain(view, progress);
}

void progress_view_note(void *pointer, const char *line)
{
    struct progress_view *view = view_of(pointer);
    if (view->quiet)
        return;
    char *plain = escape_taken(escape_plain, line);
    clear_line(view);
    fprintf(view->out, "%s\n", plain);
    fflush(view->out);
    free(plain);
}
