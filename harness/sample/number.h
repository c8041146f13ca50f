/* The number of a signal in an answer: by JSON pointer, as a Prometheus series, or as the group of a pattern. A
 * number is never made up: what is not all there is a gap, and has a reason. */
#ifndef SEEP_SAMPLE_NUMBER_H
#define SEEP_SAMPLE_NUMBER_H

#include "base/err.h"
#include "model/service.h"
#include "net/fetch.h"
#include "sample/prometheus.h"

/* A signal, and what its answer is searched for. */
struct number_reader {
    const struct signal_spec *spec;
    struct prometheus_selector selector; /* SIGNAL_METRIC */
};

/* Errors: ERR_USAGE, a pointer or metric that is none. number_reader_release() is called in any case. */
int number_reader_init(struct number_reader *reader, const struct signal_spec *spec, struct err *err);
void number_reader_release(struct number_reader *reader);

/* The value; NaN, and *why the caller's, where there is none. */
double number_read(const struct number_reader *reader, const struct fetch_answer *answer, char **why);

/* "12", "-0.5", "1e6"; of bytes also "12 MiB", "1.5kB" as base/units.h has them. NaN: no number. */
double number_parse(const char *bytes, size_t length, enum signal_unit unit);

#endif
