#include "report/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "report/escape.h"

enum { MAGIC = 0x70726f67, SPARKS = 24, PLAIN_EVERY_S = 10, LEAST_STEP = 32 };

struct progress_view {
    unsigned magic;
    FILE *out;
    bool terminal, quiet;
    bool drawn; /* a line stands on the terminal */
    double sparks[SPARKS];
    size_t spark_count;
    int64_t spark_at_ns, plain_at_ns;
    char word[32]; /* the step's first word, when the last plain line was said */
};

struct progress_view *progress_view_new(FILE *out, bool terminal, bool quiet)
{
    struct progress_view *view = xcalloc(1, sizeof *view);
    view->magic = MAGIC;
    view->out = out;
    view->terminal = terminal;
    view->quiet = quiet;
    return view;
}

static struct progress_view *view_of(void *pointer)
{
    struct progress_view *view = pointer;
    if (view == NULL || view->magic != MAGIC)
        abort();
    return view;
}

static void clear_line(struct progress_view *view)
{
    if (view->drawn)
        fputs("\r\033[K", view->out);
    view->drawn = false;
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

static void say_sparks(struct text *line, const struct progress_view *view)
{
    static const char *const marks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < view->spark_count; i++) {
        low = fmin(low, view->sparks[i]);
        high = fmax(high, view->sparks[i]);
    }
    for (size_t i = 0; i < view->spark_count; i++)
        text_add_string(line,
                        marks[high > low ? (size_t)((view->sparks[i] - low) / (high - low) * 7.999) : 0]);
}

static void say_numbers(struct text *line, const struct progress *progress)
{
    char one[UNITS_SIZE], two[UNITS_SIZE];
    text_addf(line, "%s requests", units_count(one, progress->requests));
    if (progress->due > 0)
        text_addf(line, " of %s due", units_count(one, progress->due));
    if (progress->rate_per_second > 0)
        text_addf(line, ", %.*f/s", progress->rate_per_second < 100 ? 1 : 0, progress->rate_per_second);
    if (isfinite(progress->memory_bytes) && progress->memory_bytes > 0)
        text_addf(line, ", %s", units_bytes(two, progress->memory_bytes));
}

static void say_elapsed(struct text *line, const struct progress *progress)
{
    char one[UNITS_SIZE], two[UNITS_SIZE];
    text_add_string(line, units_duration(one, floor(progress->elapsed_s)));
    if (progress->total_s > 0)
        text_addf(line, ", %s left",
                  units_duration(two, fmax(ceil(progress->total_s - progress->elapsed_s), 0)));
}

static size_t width_of(const struct progress_view *view)
{
    struct winsize size;
    if (ioctl(fileno(view->out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

/* Cuts to `columns`; one is left free, as some terminals wrap at the last. */
static void cut(struct text *line, size_t columns)
{
    size_t at = 0;
    for (size_t used = 0; at < line->length && used + 1 < columns; used++)
        do
            at++;
        while (at < line->length && ((unsigned char)line->bytes[at] & 0xc0) == 0x80);
    line->bytes[at] = '\0';
    line->length = at;
}

/* The step gives way where the line is too long: the budget and the counts are never cut off by a name. */
static void add_step(struct text *line, const char *step, size_t room)
{
    struct text plain = TEXT_EMPTY;
    escape_plain(&plain, step);
    if (escape_width(text_string(&plain)) > room) {
        cut(&plain, room > LEAST_STEP ? room - 2 : LEAST_STEP - 2);
        text_add_string(&plain, "...");
    }
    text_addf(line, "  %s  ", text_string(&plain));
    text_release(&plain);
}

static void draw(struct progress_view *view, const struct progress *progress)
{
    struct text line = TEXT_EMPTY, numbers = TEXT_EMPTY;
    size_t width = width_of(view);
    say_elapsed(&line, progress);
    say_numbers(&numbers, progress);
    size_t others = escape_width(line.bytes) + 2 + 2 + escape_width(numbers.bytes) + 1;
    add_step(&line, progress->step, width > others ? width - others : 0);
    text_addf(&line, "%s ", numbers.bytes);
    say_sparks(&line, view);
    cut(&line, width);
    fprintf(view->out, "\r\033[K%s", line.bytes);
    fflush(view->out);
    view->drawn = true;
    text_release(&line);
    text_release(&numbers);
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
    struct text line = TEXT_EMPTY;
    say_elapsed(&line, progress);
    text_add_string(&line, ": ");
    escape_plain(&line, progress->step);
    text_add_string(&line, "; ");
    say_numbers(&line, progress);
    fprintf(view->out, "%s\n", line.bytes);
    fflush(view->out);
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
