/* The traits of an endpoint's recorded requests (model/traits.h), from its recording. */
#ifndef SEEP_TRAFFIC_TRAITS_H
#define SEEP_TRAFFIC_TRAITS_H

#include "base/err.h"
#include "model/traits.h"

/* Reads the recording at `path` once. path_template: "/quote/{sku}". What is alike in all requests is no attribute, nor is
 * what differs in all of them and is no number (beside path parameters, query and body). Of headers only those
 * that a server acts on are looked at (Accept, Accept-Language, Accept-Encoding, Content-Type, User-Agent, Origin, Range,
 * If-None-Match, ...). At most TRAITS_REQUESTS_MOST distinct requests: of more, those that hold rare values, and an even
 * choice of the others; the rest is left out of `first`. Memory: of those. ERR_USAGE as recording_each(). */
#define TRAITS_REQUESTS_MOST 2048
#define TRAITS_ATTRIBUTES_MOST 64
int traits_read(const char *path, const char *path_template, struct traits *traits, struct err *err);

#endif
