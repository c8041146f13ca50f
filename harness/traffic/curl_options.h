/* The options of curl, by what a replay has to know of them. Only for curl_transfer.c. */
#ifndef SEEP_TRAFFIC_CURL_OPTIONS_H
#define SEEP_TRAFFIC_CURL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum curl_kind {
    CURL_UNKNOWN,
    CURL_FLAG,            /* without effect on what is sent, and without a value */
    CURL_VALUE,           /* the same, with one */
    CURL_VALUE_NO_REPLAY, /* changes what is sent in ways that are not known here */
    CURL_IN_FILE,         /* its value is a file that is sent */
    CURL_GET,             /* from here to CURL_OTHER_LOGIN without a value */
    CURL_HEAD,
    CURL_GLOBOFF,
    CURL_COMPRESSED,
    CURL_NEXT,
    CURL_OTHER_LOGIN,
    CURL_METHOD, /* from here on with one */
    CURL_HEADER,
    CURL_DATA,
    CURL_DATA_RAW,
    CURL_DATA_URLENCODE,
    CURL_JSON,
    CURL_COOKIE,
    CURL_AGENT,
    CURL_REFERER,
    CURL_USER,
    CURL_BEARER,
    CURL_RANGE,
    CURL_URL,
    CURL_URL_QUERY,
};

bool curl_takes_value(enum curl_kind kind);

/* By the letter of a short option, and by the name behind "--". */
enum curl_kind curl_letter_kind(char letter);
enum curl_kind curl_name_kind(const char *name);

#endif
