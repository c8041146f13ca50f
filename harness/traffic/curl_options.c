#include "traffic/curl_options.h"

#include <string.h>

#include "base/text.h"

/* Source: curl 7.88.1, `curl --help all`; a few newer ones from curl(1) of 8.x. */
static const struct {
    char letter; /* 0: none */
    enum curl_kind kind;
    const char *name;
} options[] = {
    {'X', CURL_METHOD, "request"},
    {'H', CURL_HEADER, "header"},
    {'d', CURL_DATA, "data"},
    {0, CURL_DATA, "data-ascii"},
    {0, CURL_DATA, "data-binary"},
    {0, CURL_DATA_RAW, "data-raw"},
    {0, CURL_DATA_URLENCODE, "data-urlencode"},
    {0, CURL_JSON, "json"},
    {'G', CURL_GET, "get"},
    {'I', CURL_HEAD, "head"},
    {'b', CURL_COOKIE, "cookie"},
    {'A', CURL_AGENT, "user-agent"},
    {'e', CURL_REFERER, "referer"},
    {'u', CURL_USER, "user"},
    {0, CURL_BEARER, "oauth2-bearer"},
    {'r', CURL_RANGE, "range"},
    {0, CURL_URL, "url"},
    {0, CURL_URL_QUERY, "url-query"},
    {'g', CURL_GLOBOFF, "globoff"},
    {0, CURL_COMPRESSED, "compressed"},
    {':', CURL_NEXT, "next"},
    {0, CURL_OTHER_LOGIN, "digest"},
    {0, CURL_OTHER_LOGIN, "ntlm"},
    {0, CURL_OTHER_LOGIN, "ntlm-wb"},
    {0, CURL_OTHER_LOGIN, "negotiate"},
    {0, CURL_OTHER_LOGIN, "anyauth"},
    {'T', CURL_IN_FILE, "upload-file"},
    {'F', CURL_VALUE_NO_REPLAY, "form"},
    {0, CURL_VALUE_NO_REPLAY, "form-string"},
    {'K', CURL_VALUE_NO_REPLAY, "config"},
    {'z', CURL_VALUE_NO_REPLAY, "time-cond"},
    {'C', CURL_VALUE_NO_REPLAY, "continue-at"},
    {'Q', CURL_VALUE_NO_REPLAY, "quote"},
    {'t', CURL_VALUE_NO_REPLAY, "telnet-option"},
    {0, CURL_VALUE_NO_REPLAY, "etag-compare"},
    {0, CURL_VALUE_NO_REPLAY, "aws-sigv4"},
    {0, CURL_VALUE_NO_REPLAY, "request-target"},
    {0, CURL_VALUE_NO_REPLAY, "variable"},
    {'o', CURL_VALUE, "output"},
    {'m', CURL_VALUE, "max-time"},
    {'w', CURL_VALUE, "write-out"},
    {'x', CURL_VALUE, "proxy"},
    {'U', CURL_VALUE, "proxy-user"},
    {'c', CURL_VALUE, "cookie-jar"},
    {'D', CURL_VALUE, "dump-header"},
    {'E', CURL_VALUE, "cert"},
    {'P', CURL_VALUE, "ftp-port"},
    {'Y', CURL_VALUE, "speed-limit"},
    {'y', CURL_VALUE, "speed-time"},
    {'h', CURL_VALUE, "help"},
};

/* No letter, and nothing that a server gets to see, or not of a request. */
static const char *const values[] = {
    "abstract-unix-socket",
    "alt-svc",
    "cacert",
    "capath",
    "cert-type",
    "ciphers",
    "connect-timeout",
    "connect-to",
    "create-file-mode",
    "crlfile",
    "curves",
    "delegation",
    "dns-interface",
    "dns-ipv4-addr",
    "dns-ipv6-addr",
    "dns-servers",
    "doh-url",
    "ech",
    "egd-file",
    "engine",
    "etag-save",
    "expect100-timeout",
    "happy-eyeballs-timeout-ms",
    "haproxy-clientip",
    "hsts",
    "interface",
    "ip-tos",
    "keepalive-cnt",
    "keepalive-time",
    "key",
    "key-type",
    "krb",
    "libcurl",
    "limit-rate",
    "local-port",
    "login-options",
    "max-filesize",
    "max-redirs",
    "netrc-file",
    "noproxy",
    "output-dir",
    "parallel-max",
    "pass",
    "pinnedpubkey",
    "preproxy",
    "proto",
    "proto-default",
    "proto-redir",
    "proxy-cacert",
    "proxy-capath",
    "proxy-cert",
    "proxy-cert-type",
    "proxy-ciphers",
    "proxy-crlfile",
    "proxy-header",
    "proxy-key",
    "proxy-key-type",
    "proxy-pass",
    "proxy-pinnedpubkey",
    "proxy-service-name",
    "proxy-tls13-ciphers",
    "proxy-tlsauthtype",
    "proxy-tlspassword",
    "proxy-tlsuser",
    "proxy1.0",
    "pubkey",
    "random-file",
    "rate",
    "resolve",
    "retry",
    "retry-delay",
    "retry-max-time",
    "sasl-authzid",
    "service-name",
    "socks4",
    "socks4a",
    "socks5",
    "socks5-gssapi-service",
    "socks5-hostname",
    "stderr",
    "tls-max",
    "tls13-ciphers",
    "tlsauthtype",
    "tlspassword",
    "tlsuser",
    "trace",
    "trace-ascii",
    "trace-config",
    "unix-socket",
    "vlan-priority",
};

static const char *const flags[] = {
    "basic",
    "ca-native",
    "cert-status",
    "create-dirs",
    "disable",
    "disallow-username-in-url",
    "doh-cert-status",
    "doh-insecure",
    "fail",
    "fail-early",
    "fail-with-body",
    "false-start",
    "haproxy-protocol",
    "http0.9",
    "http1.0",
    "http1.1",
    "http2",
    "http2-prior-knowledge",
    "http3",
    "http3-only",
    "ignore-content-length",
    "include",
    "insecure",
    "ipv4",
    "ipv6",
    "junk-session-cookies",
    "location",
    "location-trusted",
    "netrc",
    "netrc-optional",
    "parallel",
    "parallel-immediate",
    "path-as-is",
    "post301",
    "post302",
    "post303",
    "progress-bar",
    "progress-meter",
    "proxy-anyauth",
    "proxy-basic",
    "proxy-digest",
    "proxy-insecure",
    "proxytunnel",
    "raw",
    "remote-header-name",
    "remote-name",
    "remote-name-all",
    "remote-time",
    "remove-on-error",
    "retry-all-errors",
    "retry-connrefused",
    "show-error",
    "silent",
    "show-headers",
    "ssl",
    "ssl-allow-beast",
    "ssl-no-revoke",
    "ssl-reqd",
    "sslv2",
    "sslv3",
    "styled-output",
    "suppress-connect-headers",
    "tcp-fastopen",
    "tcp-nodelay",
    "tlsv1",
    "tlsv1.0",
    "tlsv1.1",
    "tlsv1.2",
    "tlsv1.3",
    "tr-encoding",
    "trace-ids",
    "trace-time",
    "verbose",
    "xattr",
};
static const char flag_letters[] = "#012346afijJkLlMNnOpqRSsvVZB";

bool curl_takes_value(enum curl_kind kind)
{
    return kind == CURL_VALUE || kind == CURL_VALUE_NO_REPLAY || kind == CURL_IN_FILE || kind >= CURL_METHOD;
}

enum curl_kind curl_letter_kind(char letter)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].letter == letter && letter != '\0')
            return options[i].kind;
    return letter != '\0' && strchr(flag_letters, letter) != NULL ? CURL_FLAG : CURL_UNKNOWN;
}

static bool is_in(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

enum curl_kind curl_name_kind(const char *name)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].kind;
    if (is_in(values, sizeof values / sizeof *values, name))
        return CURL_VALUE;
    if (text_starts_with(name, "no-")) /* takes back a flag */
        return CURL_FLAG;
    return is_in(flags, sizeof flags / sizeof *flags, name) ? CURL_FLAG : CURL_UNKNOWN;
}
