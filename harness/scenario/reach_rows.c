/* How the target is reached: target, host, proxy, http, tls, timeout. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "model/service.h"
#include "net/allow.h"
#include "scenario/read.h"
#include "scenario/rows.h"

int read_target(const struct yaml *value, const char *file, void *into, struct err *err)
{
    static const char *const schemes[] = {"http://", "https://", "unix:/"};
    if (read_text(value, file, into, err) != 0)
        return -1;
    const char *target = *(char **)into;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (text_starts_with(target, schemes[i]))
            return 0;
    return yaml_complain(err, file, value,
                         "'%.100s': expected a URL, as in http://127.0.0.1:${PORT}, or unix:/PATH", target);
}

int read_host(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (read_text(value, file, into, err) != 0)
        return -1;
    const char *host = *(char **)into;
    if (strlen(host) > 255 || strpbrk(host, " \t\r\n/@") != NULL)
        return yaml_complain(err, file, value,
                             "'%.100s': expected a host, as in shop.example or shop.example:8080", host);
    return 0;
}

int read_proxy(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct err what = {0};
    struct proxy proxy;
    if (read_text(value, file, into, err) != 0)
        return -1;
    return proxy_parse(&proxy, *(char **)into, &what) == 0
               ? 0
               : yaml_complain(err, file, value, "%s", what.message);
}

int read_http(const struct yaml *value, const char *file, void *into, struct err *err)
{
    static const char *const words[] = {[HTTP_1_1] = "1.1", [HTTP_2] = "2", NULL};
    int version = read_choice(value, file, words, err);
    if (version < 0)
        return -1;
    *(enum http_version *)into = (enum http_version)version;
    return 0;
}

/* tls */

static int read_file(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (read_path(value, file, into, err) != 0)
        return -1;
    const char *path = *(char **)into;
    if (access(path, R_OK) != 0)
        return yaml_complain(err, file, value, "there is no file %s that can be read", path);
    return 0;
}

static int read_flag(const struct yaml *value, const char *file, void *into, struct err *err)
{
    static const char *const words[] = {"false", "true", NULL};
    int flag = read_choice(value, file, words, err);
    if (flag < 0)
        return -1;
    *(bool *)into = flag == 1;
    return 0;
}

const struct yaml_row scenario_tls_rows[] = {
    {"ca", read_file, offsetof(struct tls_spec, ca), "path",
     "who vouches for the target, as PEM, relative to this file (the system's authorities)"},
    {"cert", read_file, offsetof(struct tls_spec, cert), "path",
     "the certificate that we show, as PEM, with those between it and its root"},
    {"key", read_file, offsetof(struct tls_spec, key), "path",
     "its key, as PEM (in the file of the certificate)"},
    {"name", read_host, offsetof(struct tls_spec, name), "host",
     "what the target's certificate must name, and SNI says (the target's host)"},
    {"insecure", read_flag, offsetof(struct tls_spec, insecure), "true, false",
     "takes any certificate, whoever shows it (false)"},
    {NULL, NULL, 0, NULL, NULL}};

int read_tls(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct tls_spec *tls = into;
    if (yaml_bind(value, file, scenario_tls_rows, tls, err) != 0)
        return -1;
    if (tls->key != NULL && tls->cert == NULL)
        return yaml_complain(err, file, yaml_get(value, "key"),
                             "a key without a certificate: give 'cert' as well");
    return 0;
}

/* timeout */

const struct yaml_row scenario_timeout_rows[] = {
    {"connect", read_duration, offsetof(struct timeouts, connect_ns), "duration",
     "until the connection stands, with its handshake"},
    {"first_byte", read_duration, offsetof(struct timeouts, first_byte_ns), "duration",
     "from sending to the first byte of the answer"},
    {"total", read_duration, offsetof(struct timeouts, total_ns), "duration",
     "from sending to the whole answer (30s)"},
    {NULL, NULL, 0, NULL, NULL}};

int read_timeout(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return yaml_bind(value, file, scenario_timeout_rows, into, err);
}

/* What only makes sense together. */
int check_reach(const struct yaml *tree, const struct service *service, struct err *err)
{
    bool local = text_starts_with(service->target, "unix:");
    const struct yaml *tls = yaml_get(tree, "tls"), *proxy = yaml_get(tree, "proxy");
    if (tls != NULL && !text_starts_with(service->target, "https://"))
        return yaml_complain(err, service->file, tls, "'tls' is for an https:// target");
    if (proxy != NULL && local)
        return yaml_complain(err, service->file, proxy, "no proxy leads to a Unix socket");
    return 0;
}
