/* Answers that are not what was asked for, and what would be right instead: one line each. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/prom_inside.h"

int prom_explain_silence(const struct fetch_answer *answer, struct err *err)
{
    const char *said = answer->err.message;
    if (!answer->untrusted)
        return err_set(err, answer->err.code, "--prometheus: %s", said);
    const char *advice = strstr(said, " (see tls.");
    size_t length = advice != NULL ? (size_t)(advice - said) : strlen(said);
    return err_set(err, answer->err.code,
                   "--prometheus: %.*s (--ca FILE names who vouches for it, --insecure trusts anybody)",
                   (int)length, said);
}

static int explain_401(const struct prom *prom, int status, struct err *err)
{
    if (!prom->token && !prom->basic)
        return err_set(err, ERR_USAGE,
                       "--prometheus: %s answers %d: it wants to know who asks; give --token-file FILE (or "
                       "the variable " PROM_TOKEN_VARIABLE "), or https://USER:PASSWORD@HOST",
                       prom->name, status);
    return err_set(err, ERR_USAGE, "--prometheus: %s answers %d: the %s that was given %s", prom->name,
                   status, prom->token ? "token" : "user or password",
                   status == 401 ? "is not accepted" : "may not read there");
}

static int explain_status(const struct prom *prom, const char *path, const struct fetch_answer *answer,
                          struct err *err)
{
    int status = answer->status;
    if (status == 401 || status == 403)
        return explain_401(prom, status, err);
    if (status == 404)
        return err_set(
            err, ERR_USAGE,
            "--prometheus: %s has no %s (404): the URL has to be the base under which that answers, as "
            "https://HOST/prometheus, or of Grafana https://HOST/api/datasources/proxy/uid/UID",
            prom->name, path);
    if (status >= 300 && status < 400)
        return err_set(
            err, ERR_USAGE,
            "--prometheus: %s answers %d, to %s: no redirect is followed; give the URL that answers itself",
            prom->name, status, answer->location[0] != '\0' ? answer->location : "elsewhere");
    return err_set(err, ERR_USAGE, "--prometheus: %s answers %d", prom->name, status);
}

static char first_byte(const struct text *body)
{
    size_t at = 0;
    while (at < body->length && isspace((unsigned char)body->bytes[at]))
        at++;
    return at < body->length ? body->bytes[at] : '\0';
}

/* What the server says of a query, with what would help where it is known. */
static int explain_error(const struct prom_query *query, const struct answer *got, struct err *err)
{
    const char *type = text_string(&got->error_type), *error = text_string(&got->error);
    bool heavy = strstr(error, "too many samples") != NULL || strcmp(type, "timeout") == 0 ||
                 strstr(error, "timed out") != NULL || strstr(error, "exceeded maximum resolution") != NULL;
    return err_set(err, ERR_USAGE, "%s: %s: %.700s%s", query->option, type[0] != '\0' ? type : "error", error,
                   heavy ? " (a larger --step or a shorter --since asks for less)" : "");
}

int prom_take(const struct prom *prom, const struct prom_query *query, const char *path,
              const struct fetch_answer *answer, const struct answer_sink *sink, struct answer *got,
              struct err *err)
{
    bool fine = answer->status >= 200 && answer->status < 300, json = first_byte(&answer->body) == '{';
    struct err fault = {0};
    if (fine && first_byte(&answer->body) == '<')
        return err_set(err, ERR_USAGE,
                       "--prometheus: %s answers with a page instead of JSON: a login in front of it (see "
                       "--token-file), or not the "
                       "base under which %s answers",
                       prom->name, path);
    if (!json && !fine)
        return explain_status(prom, path, answer, err);
    char *name = xasprintf("%s: the answer of %s%s", query->option, prom->name, path);
    int failed = answer_read(text_string(&answer->body), answer->body.length, name, sink, got, &fault);
    free(name);
    if (answer->status == 401 || answer->status == 403 || (!fine && !got->failed))
        return explain_status(prom, path, answer, err);
    if (failed)
        return err_set(err, fault.code, "%s", fault.message);
    if (got->failed)
        return explain_error(query, got, err);
    if (got->histograms)
        return err_set(err, ERR_USAGE,
                       "%s: the answer holds native histograms; histogram_count(...) of them counts requests",
                       query->option);
    return 0;
}
