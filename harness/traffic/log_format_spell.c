#include "traffic/log_format_spell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define AGENTS " \"%{Referer}i\" \"%{User-Agent}i\""
#define NGINX_COMBINED                                                                                       \
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" "     \
    "\"$http_user_agent\""

/* Source: nginx ngx_http_log_module (combined) and its packages' nginx.conf (main); Debian's apache2.conf (Apache's);
 * ingress-nginx, "Log format". */
static const struct {
    const char *name, *format;
} known[] = {
    {"combined", NGINX_COMBINED},
    {"main", NGINX_COMBINED " \"$http_x_forwarded_for\""},
    {"ingress-nginx", NGINX_COMBINED " $request_length $request_time [$proxy_upstream_name] "
                                     "[$proxy_alternative_upstream_name] $upstream_addr "
                                     "$upstream_response_length $upstream_response_time $upstream_status "
                                     "$req_id"},
    {"common", "%h %l %u %t \"%r\" %>s %b"},
    {"combinedio", "%h %l %u %t \"%r\" %>s %b" AGENTS " %I %O"},
    {"vhost_combined", "%v:%p %h %l %u %t \"%r\" %>s %O" AGENTS},
};

static const struct {
    const char *name;
    enum log_escape escape;
} escapes[] = {{"default", LOG_ESCAPE_SERVER}, {"json", LOG_ESCAPE_JSON}, {"none", LOG_ESCAPE_NONE}};

struct typed {
    const char *start, *at;
    struct spelled *spelled;
};

static void add(struct typed *typed, char character, const char *from)
{
    struct spelled *spelled = typed->spelled;
    text_add_char(&spelled->format, character);
    spelled->columns = xrealloc(spelled->columns, spelled->format.length * sizeof *spelled->columns);
    spelled->columns[spelled->format.length - 1] = (size_t)(from - typed->start) + 1;
}

/* One character of a format, from its backslash where it has one. */
static void take_character(struct typed *typed)
{
    static const char hidden[] = "\"'\\tnr", meant[] = "\"'\\\t\n\r";
    const char *at = typed->at, *found = at[0] == '\\' && at[1] != '\0' ? strchr(hidden, at[1]) : NULL;
    add(typed, found != NULL ? meant[found - hidden] : *at, at);
    typed->at += found != NULL ? 2 : 1;
}

static void skip_blanks(struct typed *typed)
{
    while (isspace((unsigned char)*typed->at))
        typed->at++;
}

/* An argument of a directive, in quotes or as one word. */
static int take_argument(struct typed *typed, struct err *err)
{
    const char *start = typed->at;
    char quote = *start == '"' || *start == '\'' ? *start : '\0';
    typed->at += quote != '\0';
    while (*typed->at != '\0' && *typed->at != quote &&
           (quote != '\0' || !(isspace((unsigned char)*typed->at) || *typed->at == ';')))
        take_character(typed);
    if (quote != '\0' && *typed->at != quote)
        return err_set(err, ERR_USAGE, "--log-format: column %zu: this quote is not closed",
                       (size_t)(start - typed->start) + 1);
    typed->at += quote != '\0';
    return 0;
}

/* "escape=json"; false: this is none. */
static bool take_escape(struct typed *typed, int *failed, struct err *err)
{
    if (!text_starts_with(typed->at, "escape="))
        return false;
    const char *name = typed->at + strlen("escape=");
    size_t length = strcspn(name, " \t\r\n;");
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (strlen(escapes[i].name) == length && memcmp(escapes[i].name, name, length) == 0) {
            typed->spelled->escape = escapes[i].escape;
            typed->at = name + length;
            return true;
        }
    *failed = err_set(err, ERR_USAGE,
                      "--log-format: column %zu: unknown 'escape=%.*s' (known: default, json, none)",
                      (size_t)(typed->at - typed->start) + 1, (int)length, name);
    return false;
}

static void skip_word(struct typed *typed)
{
    char quote = *typed->at == '"' ? '"' : '\0';
    typed->at += quote != '\0';
    while (*typed->at != '\0' && (quote != '\0' ? *typed->at != quote : !isspace((unsigned char)*typed->at)))
        typed->at++;
    typed->at += quote != '\0' && *typed->at == quote;
    skip_blanks(typed);
}

/* All the arguments that nginx joins. */
static int take_joined(struct typed *typed, struct err *err)
{
    int failed = 0;
    for (skip_blanks(typed); *typed->at != '\0' && *typed->at != ';' && !failed; skip_blanks(typed))
        if (!take_escape(typed, &failed, err) && !failed)
            failed = take_argument(typed, err);
    return failed;
}

static int take_bare(struct typed *typed, struct err *err)
{
    int failed = 0;
    if (take_escape(typed, &failed, err))
        skip_blanks(typed);
    while (*typed->at != '\0' && !failed)
        take_character(typed);
    return failed;
}

/* The words in front of the format, by directive; -1: there is no directive. */
static int words_before(const char *given)
{
    static const struct {
        const char *directive;
        int words;
    } directives[] = {{"log_format", 2}, {"LogFormat", 1}, {"CustomLog", 2}};
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        size_t length = strlen(directives[i].directive);
        if (strncasecmp(given, directives[i].directive, length) == 0 && isspace((unsigned char)given[length]))
            return directives[i].words;
    }
    return -1;
}

static bool has_variable(const struct text *format)
{
    for (size_t i = 0; i + 1 < format->length; i++)
        if (format->bytes[i] == '$' &&
            (isalpha((unsigned char)format->bytes[i + 1]) || format->bytes[i + 1] == '{'))
            return true;
    return false;
}

static const char *by_name(const char *given)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, given) == 0)
            return known[i].format;
    return given;
}

static int no_variable(const char *given, struct err *err)
{
    struct text names = TEXT_EMPTY;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        text_addf(&names, "%s%s", i > 0 ? ", " : "", known[i].name);
    err_set(
        err, ERR_USAGE,
        "--log-format: '%s' has neither a $variable of nginx nor a %%directive of Apache, and is no known "
        "name (%s)",
        given, text_string(&names));
    text_release(&names);
    return -1;
}

int log_format_spell(const char *given, struct spelled *spelled, struct err *err)
{
    *spelled = (struct spelled){.escape = LOG_ESCAPE_SERVER};
    const char *start = by_name(given);
    struct typed typed = {start, start, spelled};
    skip_blanks(&typed);
    int words = words_before(typed.at), failed;
    bool joined =
        words >= 0 ? tolower((unsigned char)typed.at[0]) == 'l' && typed.at[3] == '_' : typed.at[0] == '\'';
    for (int i = 0; i < words; i++)
        skip_word(&typed);
    failed = joined       ? take_joined(&typed, err)
             : words >= 0 ? take_argument(&typed, err)
                          : take_bare(&typed, err);
    if (failed)
        return -1;
    spelled->nginx = has_variable(&spelled->format);
    if (!spelled->nginx &&
        (spelled->format.length == 0 || memchr(spelled->format.bytes, '%', spelled->format.length) == NULL))
        return no_variable(given, err);
    return 0;
}

void spelled_release(struct spelled *spelled)
{
    text_release(&spelled->format);
    free(spelled->columns);
    *spelled = (struct spelled){.columns = NULL};
}
