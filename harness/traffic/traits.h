/* The traits of an endpoint's recorded requests (model/traits.h), from its recording. */
#ifndef SEEP_TRAFFIC_TRAITS_H
#define SEEP_TRAFFIC_TRAITS_H

#include "base/err.h"
#include "model/traits.h"

/* Reads the recording at `path` once. path_template: "/quote/{sku}". What is alike in all requests is no attribute, nor is a
 * header or a session that differs in all of them; what a request holds is in traits_fields.h. Beyond
 * TRAITS_ATTRIBUTES_MOST, what tells requests apart as an earlier one does goes first, then what has the most values.
 * At most TRAITS_REQUESTS_MOST distinct requests: of more, those that were the first to hold a value of an attribute with
 * few values, and of the others an even choice by their content, so that the same recording has the same ones; how often
 * those were recorded is exact, the rest is left out.
 * Memory: of twice as many, at most 16 KiB each. ERR_USAGE as recording_each(). */
#define TRAITS_REQUESTS_MOST 2048
#define TRAITS_ATTRIBUTES_MOST 64
int traits_read(const char *path, const char *path_template, struct traits *traits, struct err *err);

#endif
