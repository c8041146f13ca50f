/* What a curl command line asks for: its words, option by option, and the requests that follow. Only for the reader
 * "curl". Nothing is run and no file is read: what stands in one is refused. */
#ifndef SEEP_TRAFFIC_CURL_TRANSFER_H
#define SEEP_TRAFFIC_CURL_TRANSFER_H

#include <stdbool.h>

#include "base/strings.h"
#include "base/text.h"
#include "traffic/reader.h"

/* Of one URL or several that share their options (between two --next). */
struct curl_transfer {
    struct strings urls, headers; /* headers: "Name: value", "Name:" takes it out, "Name;" is empty */
    char *method, *user, *bearer, *agent, *referer, *range;
    struct text cookie, data, query;
    bool has_data, get, head, json, globoff, compressed;
    bool other_login;        /* --digest and the like: what is sent with --user is not known */
    enum skip_reason reason; /* SKIP_REASONS: none, all of it is known */
    char option[32];         /* that is not known, without its value; "": none */
};
void curl_transfer_release(struct curl_transfer *transfer);

/* Reads the words from *at (behind "curl") up to the end or a --next, which *at then stands behind. `transfer` is
 * overwritten. Source: curl 7.88, `curl --help all` and curl(1). */
void curl_transfer_read(struct curl_transfer *transfer, const struct strings *words, size_t *at);

/* The request for one of its URLs, without a time. SKIP_REASONS, or why not: then it is empty. */
enum skip_reason curl_transfer_request(const struct curl_transfer *transfer, const char *url,
                                       struct request *request);

#endif
