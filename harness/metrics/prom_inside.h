/* Inside prom: included by prom*.c only. */
#ifndef SEEP_METRICS_PROM_INSIDE_H
#define SEEP_METRICS_PROM_INSIDE_H

#include "metrics/prom.h"
#include "net/allow.h"
#include "net/fetch.h"
#include "net/trust.h"

struct prom {
    struct prom_options options;
    struct tls_spec tls;
    struct origin origin;
    struct allow *allow;
    struct trust *trust;
    struct loop *loop;
    struct strings headers;
    char *base; /* "/prometheus"; "" */
    char *name;
    bool get;          /* it does not take a POST */
    bool token, basic; /* was given */
};

#define PROM_QUERY "/api/v1/query"
#define PROM_QUERY_RANGE "/api/v1/query_range"

void prom_form_add(struct text *form, const char *key, const char *value);

/* Asks once; what came goes to the sink. -1 with one line: nobody answered, or not with what was asked for. `got` is to be released
 * in any case. */
int prom_ask(struct prom *prom, const char *path, const struct prom_query *query, const char *form,
             const struct answer_sink *sink, struct answer *got, struct err *err);

/* Of an answer: read, or explained. */
int prom_take(const struct prom *prom, const struct prom_query *query, const char *path,
              const struct fetch_answer *answer, const struct answer_sink *sink, struct answer *got,
              struct err *err);
int prom_explain_silence(const struct fetch_answer *answer, struct err *err); /* -1 */

#endif
