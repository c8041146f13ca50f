/* What a request builds on: values that an answer gave (cookies, headers, strings and numbers in JSON, hidden fields of forms and
 * meta tags) and that a later request uses (in cookies, headers, its URL, its body). Only hashes of what looks like an id or a token are kept. */
#ifndef SEEP_TRAFFIC_CLUES_H
#define SEEP_TRAFFIC_CLUES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/request.h"

#define CLUES_GIVEN_MOST 32                  /* of one answer */
#define CLUES_USED_MOST 16                   /* of one request */
#define CLUES_BODY_MOST ((size_t)256 * 1024) /* a longer body is not looked at */
#define CLUES_VALUE_MOST 256

/* 6 to 256 characters with a digit in them, or mixed letters as random ones are: no word, no date, no price. */
bool clues_is_value(const char *value, size_t length);

/* Gives the request an empty list: its answer is known. */
void clues_begin(struct request *request);

/* The value of one Set-Cookie field. */
void clues_set_cookie(struct request *request, const char *field);

/* A header of the answer: one that is named for a secret, or X-...; others give nothing. */
void clues_header(struct request *request, const char *name, const char *value);

/* The body of the answer; one that is neither JSON nor HTML gives nothing. */
void clues_answer(struct request *request, const char *body, size_t length);

/* What the request itself uses; to be called once, before redaction. */
void clues_use(struct request *request);

#endif
