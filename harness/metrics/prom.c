#include "metrics/prom.h"

#include <ctype.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/withheld.h"
#include "metrics/prom_inside.h"
#include "net/authority.h"
#include "net/trust.h"

#define ANSWER_LIMIT ((size_t)256 << 20)

/* A percent-encoded part of a URL as it is meant. */
static char *decoded(const char *text, size_t length)
{
    struct text out = TEXT_EMPTY;
    for (size_t i = 0; i < length; i++) {
        int byte = percent_byte(text + i, length - i);
        text_add_char(&out, byte >= 0 ? (char)byte : text[i]);
        i += byte >= 0 ? PERCENT_LENGTH - 1 : 0;
    }
    text_add_string(&out, "");
    return text_take(&out);
}

static void add_basic(struct prom *prom, const char *user_info, size_t length)
{
    char *plain = decoded(user_info, length);
    size_t bytes = strlen(plain), user = strcspn(plain, ":");
    unsigned char *coded = xcalloc(4 * (bytes / 3) + 8, 1);
    EVP_EncodeBlock(coded, (const unsigned char *)plain, (int)bytes);
    strings_addf(&prom->headers, "Authorization: Basic %s", (const char *)coded);
    free(coded);
    withheld_add(NULL, plain + user + (plain[user] == ':'));
    withheld_add(NULL, prom->headers.items[prom->headers.count - 1] + strlen("Authorization: Basic "));
    prom->basic = true;
    free(plain);
}

/* Its value is nobody's business, whatever it is. */
static void add_header(struct prom *prom, const char *line)
{
    size_t length = strcspn(line, ":");
    char *name = xstrndup(line, length);
    withheld_add(name, line + length + strspn(line + length, ": "));
    free(name);
    strings_add(&prom->headers, line);
}

/* scheme://[user:secret@]authority[/base] -> the origin's URL, the base path, and the name without secrets. */
static int take_apart(struct prom *prom, const char *url, char **origin, struct err *err)
{
    const char *behind = strstr(url, "://");
    if (behind == NULL || (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0))
        return err_set(err, ERR_USAGE,
                       "--prometheus: expected a URL of the form http://HOST:PORT or https://HOST/BASE");
    behind += 3;
    size_t length = strcspn(behind, "/?#");
    const char *at = behind + length, *end = at + strlen(at);
    while (at > behind && at[-1] != '@')
        at--;
    if (strpbrk(behind + length, "?#") != NULL)
        return err_set(err, ERR_USAGE,
                       "--prometheus: a URL without '?' and '#': the base under which /api/v1/query answers");
    if (at > behind && prom->token)
        return err_set(err, ERR_USAGE,
                       "--prometheus: a token (--token-file or " PROM_TOKEN_VARIABLE
                       ") and a user in the URL: one of them says who asks");
    if (at > behind)
        add_basic(prom, behind, (size_t)(at - behind) - 1);
    *origin = xasprintf("%.*s%.*s", (int)(behind - url), url, (int)(behind + length - at), at);
    while (end > behind + length && end[-1] == '/')
        end--;
    prom->base = xstrndup(behind + length, (size_t)(end - behind) - length);
    prom->name = xasprintf("%s%s", *origin, prom->base);
    return 0;
}

/* The allow-list is what the name is now, and nothing else. */
static int resolve(struct prom *prom, const char *url, struct err *err)
{
    char host[256];
    int port = 80;
    struct strings entries = {NULL, 0};
    if (authority_split(strstr(url, "://") + 3, host, &port) != 0)
        return err_set(err, ERR_USAGE, "--prometheus: '%s' is not a URL of the form http://HOST:PORT",
                       prom->name);
    strings_add(&entries, host);
    prom->allow = allow_new(&entries, err);
    strings_release(&entries);
    if (prom->allow == NULL) {
        err_set(err, ERR_USAGE, "--prometheus: %s: there is no host '%s'", prom->name, host);
        return -1;
    }
    return origin_resolve(&prom->origin, url, prom->allow, err) != 0 ? err_prefix(err, "--prometheus") : 0;
}

static int reach(struct prom *prom, const struct prom_options *options, struct err *err)
{
    char *url = NULL;
    int failed = take_apart(prom, options->url, &url, err) != 0 || resolve(prom, url, err) != 0;
    free(url);
    if (failed)
        return -1;
    prom->tls = options->tls;
    if (prom->origin.tls && (prom->trust = trust_new(&prom->tls, err)) == NULL) {
        if (strncmp(err->message, "tls.", 4) == 0) {
            struct err said = *err;
            err_set(err, said.code, "--%s", said.message + 4);
        }
        return -1;
    }
    prom->origin.trust = prom->trust;
    prom->loop = loop_new(err);
    return prom->loop == NULL ? -1 : 0;
}

struct prom *prom_new(const struct prom_options *options, struct err *err)
{
    struct prom *prom = xcalloc(1, sizeof *prom);
    prom->options = *options;
    prom->token = options->token != NULL;
    if (options->token != NULL) {
        withheld_add(PROM_TOKEN_VARIABLE, options->token);
        strings_addf(&prom->headers, "Authorization: Bearer %s", options->token);
    }
    for (size_t i = 0; options->headers != NULL && i < options->headers->count; i++)
        add_header(prom, options->headers->items[i]);
    strings_add(&prom->headers, "Accept: application/json");
    if (reach(prom, options, err) == 0)
        return prom;
    prom_free(prom);
    return NULL;
}

void prom_free(struct prom *prom)
{
    if (prom == NULL)
        return;
    loop_free(prom->loop);
    trust_free(prom->trust);
    allow_free(prom->allow);
    strings_release(&prom->headers);
    free(prom->base);
    free(prom->name);
    free(prom);
}

const char *prom_name(const struct prom *prom)
{
    return prom->name;
}

void prom_form_add(struct text *form, const char *key, const char *value)
{
    text_addf(form, "%s%s=", form->length > 0 ? "&" : "", key);
    for (const char *at = value; *at != '\0'; at++)
        if (isalnum((unsigned char)*at) || strchr("-._~", *at) != NULL)
            text_add_char(form, *at);
        else
            text_addf(form, "%%%02X", (unsigned char)*at);
}

static int send_form(struct prom *prom, const char *path, const char *form, struct fetch_answer *answer)
{
    char *whole =
        prom->get ? xasprintf("%s%s?%s", prom->base, path, form) : xasprintf("%s%s", prom->base, path);
    struct fetch_request request = {.method = prom->get ? "GET" : "POST",
                                    .origin = &prom->origin,
                                    .path = whole,
                                    .allow = prom->allow,
                                    .form = prom->get ? NULL : form,
                                    .headers = &prom->headers,
                                    .packed = true,
                                    .timeout_ns = prom->options.timeout_ns,
                                    .limit = ANSWER_LIMIT};
    int failed = fetch(prom->loop, &request, answer);
    free(whole);
    return failed;
}

/* What a proxy that only lets reading through answers to a POST. */
static bool wants_get(int status)
{
    return status == 405 || status == 501;
}

int prom_ask(struct prom *prom, const char *path, const struct prom_query *query, const char *form,
             const struct answer_sink *sink, struct answer *got, struct err *err)
{
    struct fetch_answer answer;
    *got = (struct answer){.failed = false};
    int failed = send_form(prom, path, form, &answer);
    if (!failed && !prom->get && wants_get(answer.status)) {
        text_release(&answer.body);
        prom->get = true;
        failed = send_form(prom, path, form, &answer);
    }
    if (failed)
        failed = prom_explain_silence(&answer, err);
    else
        failed = prom_take(prom, query, path, &answer, sink, got, err);
    text_release(&answer.body);
    return failed;
}
