#include "report/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/new_file.h"
#include "report/escape.h"
#include "report/loads.h"
#include "report/say.h"
#include "report/story.h"

/* One line: s a string, d a number (NaN and infinity: empty), u a count, i a signed integer. */
static void put_row(FILE *out, const char *kinds, ...)
{
    va_list values;
    va_start(values, kinds);
    for (const char *kind = kinds; *kind != '\0'; kind++) {
        if (kind != kinds)
            fputc(',', out);
        if (*kind == 's') {
            char *field = escape_taken(escape_csv, va_arg(values, const char *));
            fputs(field, out);
            free(field);
        } else if (*kind == 'd') {
            double number = va_arg(values, double);
            if (isfinite(number))
                fprintf(out, "%.10g", number);
        } else if (*kind == 'u') {
            fprintf(out, "%" PRIu64, va_arg(values, uint64_t));
        } else {
            fprintf(out, "%" PRId64, va_arg(values, int64_t));
        }
    }
    va_end(values);
    fputc('\n', out);
}

static char *joined(const struct strings *names)
{
    return strings_join(names, " + ");
}

static void put_findings(const struct report *report, FILE *out)
{
    fputs("finding,endpoints,kind,bytes_per_request,low,high,objects_per_request,signal,per,linear_requests,"
          "linear_bytes,requests_that_grow,explained,days,order,named_s,bytes_per_second,recording\n",
          out);
    for (size_t i = 0; i < report->result.finding_count; i++) {
        const struct finding *one = &report->result.findings[i];
        char *endpoints = joined(&one->endpoints);
        bool idle = one->kind == FINDING_IDLE;
        put_row(out, "ussddddssudsddsdds", (uint64_t)i + 1, endpoints, finding_kind_name(one->kind),
                idle ? NAN : one->bytes_per_request, one->interval.low, one->interval.high,
                one->objects_per_request, one->signal, one->per, one->linear_requests, one->linear_bytes,
                one->requests_that_grow, one->explained, one->projection.days, one->order,
                one->named_s > 0 ? one->named_s : NAN, idle ? one->bytes_per_second : NAN, one->recording);
        free(endpoints);
    }
}

static void put_sites(const struct report *report, FILE *out)
{
    fputs("finding,site,whose,bytes_per_request,requested_bytes_per_request,objects_per_request,"
          "called_from,package,version\n",
          out);
    for (size_t i = 0; i < report->result.finding_count; i++)
        for (size_t s = 0; s < report->result.findings[i].site_count; s++) {
            const struct site_growth *site = &report->result.findings[i].sites[s];
            put_row(out, "ussdddsss", (uint64_t)i + 1, site->site, whose_name(site->whose),
                    site->bytes_per_request, site->requested_bytes_per_request, site->objects_per_request,
                    site->called_from, site->package, site->version);
        }
}

static const struct endpoint_load *load_of(const struct report *report, const char *endpoint)
{
    for (size_t i = 0; i < report->load_count; i++)
        if (strcmp(report->loads[i].endpoint, endpoint) == 0)
            return &report->loads[i];
    return NULL;
}

static void put_endpoint(FILE *out, const struct judged *judged, const struct endpoint_load *load,
                         double soak_seconds)
{
    static const struct measurement no_screen = {.per_request = NAN, .interval = {NAN, NAN}};
    static const struct times none = {NAN, NAN, NAN};
    static const struct endpoint_load no_load = {.recorded_rate_per_second = NAN};
    const struct measurement *screen = judged->screen != NULL ? judged->screen : &no_screen;
    const struct tally *tally = load != NULL ? &load->tally : &no_load.tally;
    const struct times *service = load != NULL ? &load->service : &none;
    const struct times *total = load != NULL ? &load->total : &none, *lag = load != NULL ? &load->lag : &none;
    load = load != NULL ? load : &no_load;
    put_row(out, "sssddduuuuuddddduuuuudddddd", judged->endpoint, say_judgement(judged->judgement),
            judged->why, screen->per_request, screen->interval.low, screen->interval.high, screen->requests,
            tally->planned, tally->done, tally->failed, tally->skipped, load->recorded_rate_per_second,
            service->p50_us, service->p99_us, service->max_us, loads_achieved(load, soak_seconds),
            tally->landed, tally->late, tally->too_late, tally->uncorrelated, tally->abandoned, total->p50_us,
            total->p99_us, total->max_us, lag->p50_us, lag->p99_us, lag->max_us);
}

static void put_endpoints(const struct report *report, FILE *out)
{
    fputs(
        "endpoint,judgement,why,per_request,low,high,calls,planned,done,failed,skipped,"
        "recorded_rate_per_second,p50_us,p99_us,max_us,achieved_per_second,landed,late,too_late,uncorrelated,"
        "abandoned,total_p50_us,total_p99_us,total_max_us,lag_p50_us,lag_p99_us,lag_max_us\n",
        out);
    size_t count = 0;
    struct judged *judged = say_judged(report, &count);
    double seconds = loads_soak_seconds(report);
    for (size_t i = 0; i < count; i++)
        put_endpoint(out, &judged[i], load_of(report, judged[i].endpoint), seconds);
    free(judged);
}

static void put_trials(const struct report *report, FILE *out)
{
    fputs("trial,step,mix,started_s,ended_s,requests,pid,note\n", out);
    for (size_t i = 0; i < report->trial_count; i++) {
        const struct trial *trial = &report->trials[i];
        put_row(out, "issdduis", trial->number, step_name(trial->step), trial->mix, trial->started_s,
                trial->ended_s, trial->requests, trial->pid, trial->note);
    }
}

static void put_blocks(const struct report *report, FILE *out)
{
    fputs("trial,block,step,mix,first_request,last_request,started_s,ended_s\n", out);
    for (size_t i = 0; i < report->block_count; i++) {
        const struct block *block = &report->blocks[i];
        put_row(out, "iissuudd", block->trial, block->number, step_name(block->step), block->mix,
                block->first_request, block->last_request, block->started_s, block->ended_s);
    }
}

static void put_measurements(const struct report *report, FILE *out)
{
    fputs("trial,step,mix,signal,unit,requests,per_request,low,high,verdict,note\n", out);
    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *one = &report->measurements[i];
        put_row(out, "issssudddss", one->trial, step_name(one->step), one->mix, one->signal,
                one->objects ? "objects" : "bytes", one->requests, one->per_request, one->interval.low,
                one->interval.high, verdict_name(one->verdict), one->note);
    }
}

static void put_probes(const struct report *report, FILE *out)
{
    fputs("probe,trial,step,mix,says,requests,started_s,ended_s,reused_from\n", out);
    for (size_t i = 0; i < report->probe_count; i++) {
        const struct probe *one = &report->probes[i];
        if (story_shows(one))
            put_row(out, "iisssuddd", one->number, one->trial, step_name(one->step), one->mix, one->says,
                    one->requests, one->started_s, one->ended_s,
                    one->reused_from != 0 ? (double)one->reused_from : NAN);
    }
}

static const struct {
    const char *name;
    void (*put)(const struct report *report, FILE *out);
} files[] = {
    {"findings.csv", put_findings}, {"sites.csv", put_sites},   {"endpoints.csv", put_endpoints},
    {"trials.csv", put_trials},     {"blocks.csv", put_blocks}, {"measurements.csv", put_measurements},
    {"probes.csv", put_probes},
};

static char *part_of(const char *directory, const char *name)
{
    return xasprintf("%s/%s.%ld.part", directory, name, (long)getpid());
}

FILE *csv_open(const char *directory, const char *name, struct err *err)
{
    char *part = part_of(directory, name);
    FILE *out = new_file(part);
    if (out == NULL)
        err_set(err, ERR_INTERNAL, "%s/%s: %s", directory, name, strerror(errno));
    free(part);
    return out;
}

int csv_close(FILE *out, const char *directory, const char *name, struct err *err)
{
    char *part = part_of(directory, name), *path = xasprintf("%s/%s", directory, name);
    bool failed = ferror(out) != 0;
    int status = 0;
    if (fclose(out) != 0 || failed || rename(part, path) < 0) {
        status = err_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
        unlink(part);
    }
    free(part);
    free(path);
    return status;
}

void csv_abandon(FILE *out, const char *directory, const char *name)
{
    char *part = part_of(directory, name);
    fclose(out);
    unlink(part);
    free(part);
}

void csv_sample_header(FILE *out)
{
    fputs("at_s,trial,signal,kind,requests,value\n", out);
}

void csv_sample(FILE *out, const struct sample *sample)
{
    put_row(out, "dissud", sample->at_s, sample->trial, sample->signal,
            sample_kind_name(sample->kind), sample->requests, sample->value);
}

int csv_write(const struct report *report, const char *directory, struct err *err)
{
    if (mkdir(directory, 0777) < 0 && errno != EEXIST)
        return err_set(err, ERR_INTERNAL, "%s: %s", directory, strerror(errno));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        FILE *out = csv_open(directory, files[i].name, err);
        if (out == NULL)
            return -1;
        files[i].put(report, out);
        if (csv_close(out, directory, files[i].name, err) < 0)
            return -1;
    }
    return 0;
}
