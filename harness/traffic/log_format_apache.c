/* Apache: %X, %>X, %400,501X, %!200X, %{ARGUMENT}X, %{ARGUMENT}^XX. Source: mod_log_config, "Custom Log Formats". */
#include <ctype.h>
#include <string.h>

#include "traffic/log_format.h"
#include "traffic/log_format_spell.h"

static const struct {
    char letter;
    enum log_piece_kind kind;
    enum log_field field;
    bool weak;
} letters[] = {
    {'h', PIECE_FIELD, LOG_ADDRESS, false}, {'a', PIECE_FIELD, LOG_ADDRESS, false},
    {'r', PIECE_FIELD, LOG_REQUEST, false}, {'m', PIECE_FIELD, LOG_METHOD, false},
    {'U', PIECE_FIELD, LOG_PATH, false},    {'q', PIECE_FIELD, LOG_QUERY, false},
    {'s', PIECE_FIELD, LOG_STATUS, true},   {'v', PIECE_FIELD, LOG_HOST, true},
    {'V', PIECE_FIELD, LOG_HOST, true},     {'H', PIECE_PROTOCOL, LOG_FIELDS, false},
    {'b', PIECE_NUMBER, LOG_FIELDS, false}, {'B', PIECE_NUMBER, LOG_FIELDS, false},
    {'I', PIECE_NUMBER, LOG_FIELDS, false}, {'O', PIECE_NUMBER, LOG_FIELDS, false},
    {'D', PIECE_NUMBER, LOG_FIELDS, false}, {'T', PIECE_NUMBER, LOG_FIELDS, false},
    {'p', PIECE_PORT, LOG_FIELDS, false},
};

/* %{...}t, where it is no format of strftime(). */
static const struct {
    const char *name, *format;
} clocks[] = {{"sec", "%s"}, {"msec", "%s"}, {"usec", "%s"}, {"msec_frac", "%f"}, {"usec_frac", "%f"}};

struct directive {
    const char *argument; /* NULL: there is none */
    size_t length;
    char letter;
    bool trailer; /* '^' and two letters */
    bool last;    /* '>': what came of internal redirects */
    size_t column;
};

/* The format that strftime() would take; %t is "[17/May/2015:10:05:03 +0000]", and %{end:...}t is of the end as %{begin:...}t
 * is of the begin. */
static const char *clock_format(const struct directive *directive, size_t *length)
{
    static const char usual[] = "[" LOG_CLOCK_COMMON "]";
    const char *given = directive->argument != NULL ? directive->argument : usual;
    *length = directive->argument != NULL ? directive->length : strlen(usual);
    size_t prefix = *length >= 6 && memcmp(given, "begin:", 6) == 0 ? 6
                    : *length >= 4 && memcmp(given, "end:", 4) == 0 ? 4
                                                                    : 0;
    given += prefix;
    *length -= prefix;
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++)
        if (*length == strlen(clocks[i].name) && memcmp(given, clocks[i].name, *length) == 0) {
            *length = strlen(clocks[i].format);
            return clocks[i].format;
        }
    return given;
}

static int add_clock(struct log_format *format, const struct directive *directive, struct err *err)
{
    struct text template = TEXT_EMPTY;
    char unknown = '\0';
    size_t length;
    const char *given = clock_format(directive, &length);
    int failed = log_clock_compile(given, length, &template, &format->clock_tells, &unknown);
    if (failed)
        err_set(
            err, ERR_USAGE,
            "--log-format: column %zu: a time with %%%c cannot be read back; %%Y %%m %%d %%H %%M %%S %%z and "
            "the like can",
            directive->column, unknown);
    else
        log_format_add(format, PIECE_CLOCK, text_string(&template), template.length, directive->column);
    text_release(&template);
    return failed;
}

/* %{Referer}i and the like; false: it is none of these. */
static bool add_named(struct log_format *format, const struct directive *directive)
{
    const char *name = directive->argument;
    size_t length = directive->length, column = directive->column;
    if (directive->trailer)
        log_format_add(format, PIECE_OTHER, NULL, 0, column);
    else if (name != NULL && directive->letter == 'i')
        log_format_add_header(format, name, length, column);
    else if (name != NULL && directive->letter == 'C')
        log_format_add(format, PIECE_COOKIE, name, length, column);
    else
        return false;
    return true;
}

static int add_directive(struct log_format *format, const struct directive *directive, struct err *err)
{
    enum log_piece_kind kind = PIECE_OTHER;
    if (add_named(format, directive))
        return 0;
    if (directive->letter == 't')
        return add_clock(format, directive, err);
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (letters[i].letter != directive->letter)
            continue;
        kind = letters[i].kind;
        if (kind == PIECE_FIELD)
            log_format_add_field(format, letters[i].field, letters[i].weak && !directive->last,
                                 directive->column);
    }
    if (kind == PIECE_PORT && directive->argument != NULL) /* %{remote}p is the client's */
        kind = PIECE_NUMBER;
    if (kind != PIECE_FIELD)
        log_format_add(format, kind, NULL, 0, directive->column);
    return 0;
}

/* From behind the '%' to behind the directive; NULL: it has no end. */
static const char *take(const char *at, const char *end, struct directive *directive)
{
    for (; at < end && (isdigit((unsigned char)*at) || strchr("!,<>", *at) != NULL); at++)
        directive->last = directive->last || *at == '>';
    if (at < end && *at == '{') {
        const char *close = memchr(at, '}', (size_t)(end - at));
        if (close == NULL)
            return NULL;
        directive->argument = at + 1;
        directive->length = (size_t)(close - at - 1);
        at = close + 1;
    }
    if (at + 2 < end && *at == '^') {
        directive->trailer = true;
        return at + 3;
    }
    if (at == end || !isalpha((unsigned char)*at))
        return NULL;
    directive->letter = *at;
    return at + 1;
}

int log_format_apache(struct log_format *format, const struct spelled *spelled, struct err *err)
{
    const char *at = spelled->format.bytes, *end = at + spelled->format.length;
    while (at < end) {
        bool percent = at + 1 < end && at[0] == '%' && at[1] == '%';
        if (*at != '%' || percent) {
            log_format_add_literal(format, *at);
            at += 1 + percent;
            continue;
        }
        struct directive directive = {.column = spelled->columns[at - spelled->format.bytes]};
        at = take(at + 1, end, &directive);
        if (at == NULL)
            return err_set(err, ERR_USAGE,
                           "--log-format: column %zu: '%%' begins no directive that ends; a percent sign is "
                           "'%%%%'",
                           directive.column);
        if (add_directive(format, &directive, err) != 0)
            return -1;
    }
    return 0;
}
