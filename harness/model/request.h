/* One recorded request, and the recording of one endpoint. */
#ifndef SEEP_MODEL_REQUEST_H
#define SEEP_MODEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct header {
    char *name;
    char *value;
};

struct headers {
    struct header *items;
    size_t count;
};

void headers_add(struct headers *headers, const char *name, const char *value); /* copies */
void headers_add_take(struct headers *headers, const char *name, char *value_take);
void headers_release(struct headers *headers);
const char *headers_find(const struct headers *headers, const char *name); /* any case; first; or NULL */

/* Values that tell which answer a request builds on: hashes of them, never these. Of an import only. */
enum clue_kind {
    CLUE_SETS_COOKIE, /* the answer gave it: `name` of a cookie, */
    CLUE_ANSWERS,     /* or the place in JSON, list positions as '*', */
    CLUE_HEADER,      /* or of a header, */
    CLUE_HTML, /* or "input NAME", "meta NAME" of a page, with ' ' behind it where the value stands in front of the name */
    CLUE_CLIENT, /* the request had it in a cookie or a header; `name`: the place as of traffic/clue_place.h; "": not told */
    CLUE_USES /* or elsewhere, likewise */
};
#define CLUE_NAME_SIZE 61
struct clue {
    uint64_t hash;
    uint8_t kind;
    uint8_t sure;   /* so long and mixed that no two are the same by chance */
    uint8_t secret; /* the name of the place says that it is one */
    char name[CLUE_NAME_SIZE];
};
struct clues {
    struct clue *items;
    size_t count;
    bool whole; /* with what the request uses: it was recorded with them */
};

struct request {
    char *method;
    char *url; /* origin form: "/quote/7?currency=JPY" */
    struct headers headers;
    unsigned char *body;
    size_t body_length;
    uint64_t body_left_out; /* bytes of a body that was too large to keep; 0: none */
    int64_t t_us;           /* since the first request of the import, microseconds */
    char *session;          /* requests of one client share it; "" when unknown */
    int status;             /* as recorded; 0: unknown */
    char *endpoint;         /* "GET /quote/{sku}"; NULL before templates were found */
    struct clues *clues;    /* NULL: the answer is not known */
};

void request_release(struct request *request);
void request_copy(struct request *copy, const struct request *request); /* `copy` is overwritten; no clues */

/* The requests of one endpoint, in the order of their recorded times. */
struct recording {
    struct request *requests;
    size_t count;
    size_t capacity;
};

void recording_release(struct recording *recording);

/* Takes over what the request holds; *request_take is cleared. */
void recording_add(struct recording *recording, struct request *request_take);

#endif
