#include "flow/quick_command.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "net/allow.h"
#include "target/fill.h"

static const char placeholder[] = "${PORT}";

/* What is typed for "this machine" -> the address at which its servers are. */
static const struct {
    const char *typed, *meant;
} hosts[] = {{"localhost", "127.0.0.1"}, {"0.0.0.0", "127.0.0.1"}, {"[::]", "[::1]"}, {"*", "127.0.0.1"}};

static bool only_digits(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* "5000", ":5000", "localhost:5000" -> a URL; the caller's. */
static char *url_of(const char *given)
{
    const char *authority = strstr(given, "://");
    size_t scheme = authority != NULL ? (size_t)(authority - given) + 3 : 0;
    const char *rest = given + scheme;
    if (text_starts_with(given, "unix:"))
        return xstrdup(given);
    if (scheme == 0 && (only_digits(given) || strcmp(given, placeholder) == 0))
        return xasprintf("http://127.0.0.1:%s", given);
    if (scheme == 0 && given[0] == ':')
        return xasprintf("http://127.0.0.1%s", given);
    char *front = scheme > 0 ? xstrndup(given, scheme) : xstrdup("http://"), *url = NULL;
    for (size_t i = 0; url == NULL && i < sizeof hosts / sizeof *hosts; i++) {
        size_t length = strlen(hosts[i].typed);
        if (strncasecmp(rest, hosts[i].typed, length) == 0 && strchr(":/", rest[length]) != NULL)
            url = xasprintf("%s%s%s", front, hosts[i].meant, rest + length);
    }
    if (url == NULL)
        url = xasprintf("%s%s", front, rest);
    free(front);
    if (text_ends_with(url, "/"))
        url[strlen(url) - 1] = '\0';
    return url;
}

/* "http://127.0.0.1" -> "127.0.0.1"; of "[::1]:80" what is between the brackets. */
static void allow_origin(struct service *service, const struct origin *origin)
{
    strings_release(&service->allow);
    if (origin_is_unix(origin)) {
        strings_add(&service->allow, service->target);
        return;
    }
    bool bracket = origin->text[0] == '[';
    char *address = xstrndup(origin->text + bracket, strcspn(origin->text + bracket, bracket ? "]" : ":"));
    strings_add(&service->allow, address);
    free(address);
}

int quick_target(struct service *service, const char *given, struct err *err)
{
    struct strings own = {NULL, 0};
    struct origin origin;
    char *url = url_of(given), *filled = fill_port(url, 1);
    strings_add(&own, "127.0.0.0/8");
    strings_add(&own, "::1");
    if (text_starts_with(url, "unix:"))
        strings_add(&own, url);
    struct allow *allow = allow_new(&own, err);
    int failed = allow != NULL ? origin_resolve(&origin, filled, allow, err) : -1;
    if (!failed) {
        free(service->target);
        service->target = xstrdup(url);
        allow_origin(service, &origin);
    } else if (err->code == ERR_REFUSED) {
        err_set(
            err, ERR_REFUSED,
            "--target %.200s is not this machine: nothing was sent. Requests go elsewhere only from a "
            "service directory whose `allow` names it: seep import FILE -o DIR, set `target` and `allow` in "
            "DIR/service.yaml, then DIR instead of FILE and --target",
            given);
    } else {
        err_prefix(err, "--target");
    }
    allow_free(allow);
    strings_release(&own);
    free(filled);
    free(url);
    return failed;
}

/* An option, or the name in front of a '=', that a port or an address is given to. */
static bool is_about_port(const char *name, size_t length)
{
    static const char *const parts[] = {"port", "bind", "listen", "addr",  "http",
                                        "host", "url",  "socket", "server"};
    char *copy = xstrndup(name, length);
    bool found = copy[0] == '-' && copy[1] != '-' && copy[1] != '\0' && copy[2] == '\0' &&
                 strchr("pPblaL", copy[1]) != NULL;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        found = found || strcasestr(copy, parts[i]) != NULL;
    free(copy);
    return found;
}

/* Where the word begins that ends before `at`: words are parted by blanks and quotes. */
static size_t word_before(const char *text, size_t at)
{
    while (at > 0 && strchr(" \t\n'\"", text[at - 1]) == NULL)
        at--;
    return at;
}

/* By what stands in front of the digits at `at`. */
static bool may_be_port(const char *text, size_t at, const char *before)
{
    size_t start = word_before(text, at), name = start;
    if (at > start && (text[at - 1] == ':' ||
                       (at == start + 2 && text[start] == '-' && isalpha((unsigned char)text[at - 1]))))
        return text[at - 1] == ':' || is_about_port(text + start, 2);
    if (at > start && text[at - 1] == '=')
        return is_about_port(text + start, at - 1 - start);
    if (at > start)
        return false;
    while (name > 0 && strchr(" \t\n'\"", text[name - 1]) != NULL)
        name--;
    if (name == 0)
        return before[0] != '-' || is_about_port(before, strlen(before));
    start = word_before(text, name);
    return text[start] != '-' || is_about_port(text + start, name - start);
}

char *quick_port_word(const char *word, const char *before, int port)
{
    char digits[16];
    struct text out = TEXT_EMPTY;
    size_t length = (size_t)snprintf(digits, sizeof digits, "%d", port), from = 0;
    for (const char *found = word; (found = strstr(found, digits)) != NULL; found += length) {
        size_t at = (size_t)(found - word);
        if ((at > 0 && isdigit((unsigned char)word[at - 1])) ||
            (word[at + length] != '\0' && strchr(" \t\n'\";&|),/", word[at + length]) == NULL) ||
            !may_be_port(word, at, before))
            continue;
        text_add(&out, word + from, at - from);
        text_add_string(&out, placeholder);
        from = at + length;
    }
    if (from == 0)
        return NULL;
    text_add_string(&out, word + from);
    return text_take(&out);
}

static bool is_assignment(const char *word)
{
    size_t name = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    return name > 0 && word[name] == '=' && !isdigit((unsigned char)word[0]);
}

/* How many words in front are the environment's: "env A=1 B=2" or "A=1 B=2"; of `env` with options none. */
static size_t environment_words(char *const *words, size_t count)
{
    size_t first = count > 1 && strcmp(words[0], "env") == 0, end = first;
    while (end < count && is_assignment(words[end]))
        end++;
    return end > first && end < count && words[end][0] != '-' ? end : 0;
}

static void add_environment(struct service *service, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(words[i], '=');
        if (equals == NULL)
            continue;
        char *name = xstrndup(words[i], (size_t)(equals - words[i]));
        headers_add(&service->start.environment, name, equals + 1);
        free(name);
    }
}

/* The port that the target names, behind its last colon; 0: none, or it is ${PORT} already. */
static int named_port(const char *target)
{
    const char *colon = text_starts_with(target, "unix:") ? NULL : strrchr(target, ':');
    return colon != NULL && only_digits(colon + 1) ? atoi(colon + 1) : 0;
}

static void free_target_port(struct service *service)
{
    char *front = xstrndup(service->target, (size_t)(strrchr(service->target, ':') - service->target));
    free(service->target);
    service->target = xasprintf("%s:%s", front, placeholder);
    free(front);
}

static bool replace(char **word, const char *before, int port)
{
    char *replaced = quick_port_word(*word, before, port);
    if (replaced == NULL)
        return false;
    free(*word);
    *word = replaced;
    return true;
}

/* The first word is the program: "./serve-5000" names none. */
static void find_port(struct service *service)
{
    struct strings *command = &service->start.command;
    struct headers *environment = &service->start.environment;
    int port = named_port(service->target);
    bool found = false;
    for (size_t i = 0; port > 0 && i < environment->count; i++)
        found |= is_about_port(environment->items[i].name, strlen(environment->items[i].name)) &&
                 replace(&environment->items[i].value, "", port);
    for (size_t i = 1; port > 0 && i < command->count; i++)
        found |= replace(&command->items[i], i > 1 ? command->items[i - 1] : "", port);
    if (found)
        free_target_port(service);
}

int quick_command(struct service *service, char *const *words, size_t count, struct err *err)
{
    size_t first = environment_words(words, count);
    if (count == 1 && strchr(words[0], ' ') != NULL && access(words[0], F_OK) != 0)
        return err_set(err, ERR_USAGE,
                       "'%.200s' is one word: write the command without quotes, or -- sh -c '%.200s'",
                       words[0], words[0]);
    add_environment(service, words, first);
    for (size_t i = first; i < count; i++)
        strings_add(&service->start.command, words[i]);
    service->start.kind = START_COMMAND;
    service->start.directory = getcwd(NULL, 0);
    find_port(service);
    return 0;
}

static void fix(char **text, int port)
{
    char *filled = fill_port(*text, port);
    free(*text);
    *text = filled;
}

void quick_fix_port(struct service *service, int port)
{
    fix(&service->target, port);
    for (size_t i = 0; i < service->start.command.count; i++)
        fix(&service->start.command.items[i], port);
    for (size_t i = 0; i < service->start.environment.count; i++)
        fix(&service->start.environment.items[i].value, port);
}
