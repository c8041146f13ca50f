/* The reader "pattern": any log with one request in a line, by a PCRE2 pattern whose named groups say what is what.
 *
 * A line that does not match, or on which the matching takes too long (base/pattern.h), or not in its first 4 KiB, is not
 * in this format. Escapes of
 * nginx and Apache are undone; in a body only \xHH, since JSON has the others too. */
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/pattern.h"
#include "base/text.h"
#include "traffic/log_lines.h"

#define BEGIN_BYTES ((size_t)4096) /* of a line, within which a match begins */
#define HEADER "header_"           /* and the name, with '_' for each '-' */

static const struct {
    const char *name;
    enum log_field field;
} names[] = {
    {"time", LOG_TIME},       {"request", LOG_REQUEST},
    {"method", LOG_METHOD},   {"target", LOG_TARGET},
    {"path", LOG_PATH},       {"query", LOG_QUERY},
    {"status", LOG_STATUS},   {"host", LOG_HOST},
    {"referer", LOG_REFERER}, {"agent", LOG_AGENT},
    {"address", LOG_ADDRESS}, {"session", LOG_SESSION},
    {"body", LOG_BODY},       {"content_type", LOG_CONTENT_TYPE},
};
#define NAMES (sizeof names / sizeof *names)

struct group {
    size_t number;
    enum log_field field; /* LOG_FIELDS: the header at `header` */
    size_t header;
};

struct log_pattern {
    struct pattern *pattern;
    struct group *groups;
    size_t group_count;
    struct log_header *headers; /* their names are ours */
    size_t header_count;
    bool has[LOG_FIELDS];
    struct text room;
};

static void release(struct log_pattern *with)
{
    for (size_t i = 0; i < with->header_count; i++)
        free((char *)with->headers[i].name);
    free(with->headers);
    free(with->groups);
    pattern_free(with->pattern);
    text_release(&with->room);
}

static int unknown_group(const char *name, struct err *err)
{
    const char *known[NAMES + 1] = {NULL};
    struct text all = TEXT_EMPTY;
    for (size_t i = 0; i < NAMES; i++) {
        known[i] = names[i].name;
        text_addf(&all, "%s, ", names[i].name);
    }
    const char *near = options_nearest(name, known);
    err_set(err, ERR_USAGE, "--pattern: unknown group '%s' (%s%s%sknown: %s" HEADER "NAME)", name,
            near != NULL ? "did you mean '" : "", near != NULL ? near : "", near != NULL ? "'? " : "",
            text_string(&all));
    text_release(&all);
    return -1;
}

static void add_header(struct log_pattern *with, struct group *group, const char *name)
{
    char *spelled = xstrdup(name);
    for (char *at = spelled; *at != '\0'; at++)
        if (*at == '_')
            *at = '-';
    group->field = log_header_field(spelled);
    if (group->field != LOG_FIELDS) {
        free(spelled);
        return;
    }
    group->header = with->header_count;
    with->headers[with->header_count++] = (struct log_header){spelled, {NULL, 0}};
}

static int take_group(struct log_pattern *with, const char *name, size_t number, struct err *err)
{
    struct group group = {.number = number, .field = LOG_FIELDS};
    bool header = text_starts_with(name, HEADER) && name[strlen(HEADER)] != '\0';
    if (header)
        add_header(with, &group, name + strlen(HEADER));
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(names[i].name, name) == 0)
            group.field = names[i].field;
    if (!header && group.field == LOG_FIELDS)
        return unknown_group(name, err);
    if (group.field != LOG_FIELDS)
        with->has[group.field] = true;
    with->groups[with->group_count++] = group;
    return 0;
}

static int compile(struct log_pattern *with, const char *source, struct err *err)
{
    with->pattern = pattern_new(source, err);
    if (with->pattern == NULL)
        return err_prefix(err, "--pattern");
    pattern_begin_within(with->pattern, BEGIN_BYTES);
    const char *name;
    size_t number, count = 0;
    while (pattern_name(with->pattern, count, &number) != NULL)
        count++;
    with->groups = xcalloc(count + 1, sizeof *with->groups);
    with->headers = xcalloc(count + 1, sizeof *with->headers);
    for (size_t i = 0; (name = pattern_name(with->pattern, i, &number)) != NULL; i++)
        if (take_group(with, name, number, err) != 0)
            return -1;
    const bool *has = with->has;
    if (has[LOG_REQUEST] || (has[LOG_METHOD] && (has[LOG_TARGET] || has[LOG_PATH])))
        return 0;
    return err_set(err, ERR_USAGE,
                   "--pattern: nothing makes a request of a line: it takes the group (?<request>...), or "
                   "(?<method>...) and (?<target>...), or (?<method>...), (?<path>...) and (?<query>...)%s",
                   count == 0 ? "; it has no named group" : "");
}

static enum skip_reason parse_line(void *owner, const struct line *line, struct request *request)
{
    struct log_pattern *with = owner;
    struct log_fields fields = {.headers = with->headers, .header_count = with->header_count};
    memset(request, 0, sizeof *request);
    if (!pattern_match(with->pattern, line->bytes, line->length))
        return SKIP_GRAMMAR;
    text_clear(&with->room);
    if (memchr(line->bytes, '\\', line->length) != NULL) /* groups may lie in one another */
        text_reserve(&with->room, with->group_count * line->length);
    for (size_t i = 0; i < with->header_count; i++)
        with->headers[i].value = (struct log_value){NULL, 0};
    for (size_t i = 0; i < with->group_count; i++) {
        const struct group *group = &with->groups[i];
        struct span span = pattern_group(with->pattern, group->number);
        if (span.bytes == NULL)
            continue;
        const struct log_value value = {span.bytes, span.length};
        enum log_escape escape = group->field == LOG_BODY ? LOG_ESCAPE_HEX : LOG_ESCAPE_SERVER;
        struct log_value *into =
            group->field == LOG_FIELDS ? &with->headers[group->header].value : &fields.of[group->field];
        *into = log_unescape(&value, escape, &with->room);
    }
    enum skip_reason reason = log_fields_request(&fields, !with->has[LOG_TIME], request);
    if (reason == SKIP_REASONS && !with->has[LOG_TIME])
        request->t_us = log_lines_untimed_us(line);
    return reason;
}

int log_pattern_read(struct input *input, const struct reader_options *options, const struct sink *sink,
                     struct err *err)
{
    struct log_pattern with = {.pattern = NULL};
    int result = -1;
    if (options->pattern == NULL)
        return err_set(err, ERR_USAGE, "--format pattern: --pattern PCRE2 is missing");
    if (compile(&with, options->pattern, err) == 0)
        result = log_lines_read(input, parse_line, &with, sink, err);
    if (result == 0 && !with.has[LOG_TIME])
        sink->note(sink->owner, log_lines_untimed_note);
    release(&with);
    return result;
}
