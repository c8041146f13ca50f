#include <stdlib.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/loads.h"
#include "report/terminal_parts.h"

enum { MOST_LOADS = 12, COUNT_WIDTH = 13, RATE_WIDTH = 10, TIME_WIDTH = 10, DUE_WIDTH = 14 };

static int by_time(const void *a_pointer, const void *b_pointer)
{
    const struct endpoint_load *a = *(const struct endpoint_load *const *)a_pointer;
    const struct endpoint_load *b = *(const struct endpoint_load *const *)b_pointer;
    return (a->total.p99_us < b->total.p99_us) - (a->total.p99_us > b->total.p99_us);
}

static void put_time(FILE *out, double us, size_t width)
{
    char time[UNITS_SIZE];
    terminal_column(out, us > 0 ? units_duration(time, us / 1e6) : "", width, true);
}

static void put_load(FILE *out, const struct endpoint_load *load, size_t width, double seconds,
                     bool due_times)
{
    char count[UNITS_SIZE], rate[UNITS_SIZE];
    terminal_name(out, load->endpoint, width);
    terminal_column(out, units_count(count, load->tally.done), COUNT_WIDTH, true);
    terminal_column(out, units_rate(rate, loads_achieved(load, seconds)), RATE_WIDTH, true);
    if (!terminal_narrow())
        put_time(out, load->service.p50_us, TIME_WIDTH);
    put_time(out, load->service.p99_us, TIME_WIDTH);
    if (due_times && !terminal_narrow())
        put_time(out, load->total.p99_us, DUE_WIDTH);
    fputc('\n', out);
}

void terminal_loads(FILE *out, const struct report *report)
{
    double seconds = loads_soak_seconds(report);
    bool due_times = loads_have_due_times(report);
    size_t count = report->load_count, width = 8;
    size_t others = 2 + COUNT_WIDTH + RATE_WIDTH + 2 * TIME_WIDTH + (due_times ? DUE_WIDTH : 0);
    if (seconds <= 0 || count == 0)
        return;
    const struct endpoint_load **slowest = xcalloc(count, sizeof(const struct endpoint_load *));
    for (size_t i = 0; i < count; i++)
        slowest[i] = &report->loads[i];
    qsort(slowest, count, sizeof(const struct endpoint_load *), by_time);
    size_t shown = count < MOST_LOADS ? count : MOST_LOADS;
    for (size_t i = 0; i < shown; i++)
        width = terminal_name_width(slowest[i]->endpoint, width, others);
    terminal_heading(out, "Requests");
    if (terminal_narrow())
        fprintf(out, "%s  %*s%*s%*s%s\n", DIM, COUNT_WIDTH, "done", RATE_WIDTH, "achieved", TIME_WIDTH, "p99",
                RESET);
    else
        fprintf(out, "%s  %-*s%*s%*s%*s%*s%*s%s\n", DIM, (int)width, "endpoint", COUNT_WIDTH, "done",
                RATE_WIDTH, "achieved", TIME_WIDTH, "p50", TIME_WIDTH, "p99", due_times ? DUE_WIDTH : 0,
                due_times ? "p99 from due" : "", RESET);
    for (size_t i = 0; i < shown; i++)
        put_load(out, slowest[i], width, seconds, due_times);
    if (count > shown)
        fprintf(out, "  %sand %zu faster ones%s\n", DIM, count - shown, RESET);
    free(slowest);
}
