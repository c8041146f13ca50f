#include "traffic/curl_transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "traffic/curl_options.h"
#include "traffic/shell_words.h"

void curl_transfer_release(struct curl_transfer *transfer)
{
    strings_release(&transfer->urls);
    strings_release(&transfer->headers);
    free(transfer->method);
    free(transfer->user);
    free(transfer->bearer);
    free(transfer->agent);
    free(transfer->referer);
    free(transfer->range);
    text_release(&transfer->cookie);
    text_release(&transfer->data);
    text_release(&transfer->query);
    *transfer = (struct curl_transfer){.reason = SKIP_REASONS};
}

/* The first reason stands. What is behind the option's name may be a secret. */
static void refuse(struct curl_transfer *transfer, enum skip_reason reason, const char *option)
{
    if (transfer->reason != SKIP_REASONS)
        return;
    transfer->reason = reason;
    if (option != NULL)
        snprintf(transfer->option, sizeof transfer->option, "%.*s", (int)strcspn(option, "="), option);
}

static void set(char **place, const char *value)
{
    free(*place);
    *place = xstrdup(value);
}

/* As a form has it; "content", "=content", "name=content", and files behind '@'. Returns whether it is no file. */
static bool add_urlencoded(struct text *out, const char *value)
{
    const char *equals = strchr(value, '='), *at = equals == NULL ? strchr(value, '@') : NULL;
    const char *content = equals != NULL ? equals + 1 : value;
    if (at != NULL)
        return false;
    if (content - value > 1)
        text_add(out, value, (size_t)(content - value));
    char *escaped = curl_easy_escape(NULL, content, (int)strlen(content));
    for (const char *from = escaped; from != NULL && *from != '\0'; from++)
        if (strncmp(from, "%20", 3) == 0) {
            text_add_char(out, '+');
            from += 2;
        } else {
            text_add_char(out, *from);
        }
    curl_free(escaped);
    return true;
}

static void add_data(struct curl_transfer *transfer, enum curl_kind kind, const char *value)
{
    bool joined = transfer->has_data && kind != CURL_JSON;
    transfer->has_data = true;
    transfer->json = transfer->json || kind == CURL_JSON;
    if (joined)
        text_add_char(&transfer->data, '&');
    if (kind == CURL_DATA_URLENCODE ? !add_urlencoded(&transfer->data, value)
                                    : kind != CURL_DATA_RAW && value[0] == '@')
        refuse(transfer, SKIP_FILE, NULL);
    else if (kind != CURL_DATA_URLENCODE)
        text_add_string(&transfer->data, value);
}

/* "+name=value" is as it stands, all else as --data-urlencode. */
static void add_query(struct curl_transfer *transfer, const char *value)
{
    if (transfer->query.length > 0)
        text_add_char(&transfer->query, '&');
    if (value[0] == '+')
        text_add_string(&transfer->query, value + 1);
    else if (!add_urlencoded(&transfer->query, value))
        refuse(transfer, SKIP_FILE, NULL);
}

/* Without '=' it is the name of a file, of which nothing is known. */
static void add_cookie(struct curl_transfer *transfer, const char *value)
{
    if (strchr(value, '=') != NULL)
        text_addf(&transfer->cookie, "%s%s", transfer->cookie.length > 0 ? "; " : "", value);
}

static void add_header(struct curl_transfer *transfer, const char *value)
{
    if (value[0] == '@')
        refuse(transfer, SKIP_FILE, NULL);
    else
        strings_add(&transfer->headers, value);
}

static void take_value(struct curl_transfer *transfer, enum curl_kind kind, const char *value)
{
    bool is_data = (kind >= CURL_DATA && kind <= CURL_JSON) || kind == CURL_URL_QUERY;
    char **const places[] = {[CURL_METHOD] = &transfer->method,
                             [CURL_AGENT] = &transfer->agent,
                             [CURL_REFERER] = &transfer->referer,
                             [CURL_USER] = &transfer->user,
                             [CURL_BEARER] = &transfer->bearer,
                             [CURL_RANGE] = &transfer->range,
                             [CURL_URL_QUERY] = NULL};
    if (is_data && strchr(value, SHELL_ACTIVE) != NULL)
        refuse(transfer, SKIP_SHELL, NULL);
    else if (places[kind] != NULL)
        set(places[kind], value);
    else if (kind == CURL_HEADER)
        add_header(transfer, value);
    else if (kind == CURL_COOKIE)
        add_cookie(transfer, value);
    else if (kind == CURL_URL)
        strings_add(&transfer->urls, value);
    else if (kind == CURL_URL_QUERY)
        add_query(transfer, value);
    else if (is_data)
        add_data(transfer, kind, value);
}

static void take_flag(struct curl_transfer *transfer, enum curl_kind kind)
{
    transfer->get = transfer->get || kind == CURL_GET;
    transfer->head = transfer->head || kind == CURL_HEAD;
    transfer->globoff = transfer->globoff || kind == CURL_GLOBOFF;
    transfer->compressed = transfer->compressed || kind == CURL_COMPRESSED;
    transfer->other_login = transfer->other_login || kind == CURL_OTHER_LOGIN;
}

/* `value`: what follows; NULL: nothing. */
static void take(struct curl_transfer *transfer, enum curl_kind kind, const char *value, const char *option)
{
    if (!curl_takes_value(kind))
        take_flag(transfer, kind);
    else if (value == NULL)
        refuse(transfer, SKIP_GRAMMAR, option);
    else if (kind == CURL_VALUE_NO_REPLAY || kind == CURL_IN_FILE)
        refuse(transfer, kind == CURL_IN_FILE ? SKIP_FILE : SKIP_OPTION, option);
    else
        take_value(transfer, kind, value);
}

/* One that is not known may have a value: it has none where another option or the URL follows. */
static bool has_no_value(const struct strings *words, size_t next)
{
    return next == words->count || words->items[next][0] == '-' || strstr(words->items[next], "://") != NULL;
}

/* "--name [value]"; returns how many words it is. */
static size_t read_long(struct curl_transfer *transfer, const struct strings *words, size_t at, bool *next)
{
    const char *word = words->items[at];
    enum curl_kind kind = curl_name_kind(word + 2);
    *next = kind == CURL_NEXT;
    if (kind == CURL_UNKNOWN && !has_no_value(words, at + 1)) {
        refuse(transfer, SKIP_OPTION, word);
        return 2;
    }
    take(transfer, kind, at + 1 < words->count ? words->items[at + 1] : NULL, word);
    return curl_takes_value(kind) ? 2 : 1;
}

/* "-sSLXPOST" is -s, -S, -L and -X with its value. */
static size_t read_letters(struct curl_transfer *transfer, const struct strings *words, size_t at, bool *next)
{
    const char *word = words->items[at];
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const char option[] = {'-', *letter, '\0'};
        enum curl_kind kind = curl_letter_kind(*letter);
        *next = *next || kind == CURL_NEXT;
        if (kind == CURL_UNKNOWN)
            refuse(transfer, SKIP_OPTION, option);
        bool behind = letter[1] != '\0';
        const char *value = behind ? letter + 1 : at + 1 < words->count ? words->items[at + 1] : NULL;
        take(transfer, kind, value, option);
        if (curl_takes_value(kind))
            return behind ? 1 : 2;
    }
    return 1;
}

void curl_transfer_read(struct curl_transfer *transfer, const struct strings *words, size_t *at)
{
    bool options_end = false, next = false;
    *transfer = (struct curl_transfer){.reason = SKIP_REASONS};
    while (*at < words->count && !next) {
        const char *word = words->items[*at];
        if (word[0] == SHELL_ACTIVE && word[1] == '\0') { /* of a shell that continues lines with it */
            refuse(transfer, SKIP_SHELL, NULL);
            (*at)++;
        } else if (options_end || word[0] != '-' || word[1] == '\0') {
            strings_add(&transfer->urls, word);
            (*at)++;
        } else if (strcmp(word, "--") == 0) {
            options_end = true;
            (*at)++;
        } else {
            *at += word[1] == '-' ? read_long(transfer, words, *at, &next)
                                  : read_letters(transfer, words, *at, &next);
        }
    }
    if (*at > words->count)
        *at = words->count;
}
