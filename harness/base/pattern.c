#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/pattern.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Enough for any line of a log; a pattern that backtracks through more is ended. */
#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 20000
#define HEAP_LIMIT_KIB 16384
#define JIT_STACK_MOST (1024 * 1024)

struct pattern {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    char *source;
    const char *subject;
    size_t groups; /* of the last match that can have taken part; 0: it did not match */
};

struct pattern *pattern_new(const char *source, struct err *err)
{
    int code;
    PCRE2_SIZE offset;
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)source, PCRE2_ZERO_TERMINATED,
                                         PCRE2_NEVER_UTF | PCRE2_USE_OFFSET_LIMIT, &code, &offset, NULL);
    if (compiled == NULL) {
        PCRE2_UCHAR what[200] = "";
        pcre2_get_error_message(code, what, sizeof what);
        err_set(err, ERR_USAGE, "pattern, offset %zu: %s", (size_t)offset, (const char *)what);
        return NULL;
    }
    struct pattern *pattern = xcalloc(1, sizeof *pattern);
    pattern->code = compiled;
    pattern->source = xstrdup(source);
    pattern->data = pcre2_match_data_create_from_pattern(compiled, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    if (pattern->data == NULL || pattern->context == NULL) {
        pattern_free(pattern);
        err_set(err, ERR_INTERNAL, "pattern: out of memory");
        return NULL;
    }
    pcre2_set_match_limit(pattern->context, MATCH_LIMIT);
    pcre2_set_depth_limit(pattern->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(pattern->context, HEAP_LIMIT_KIB);
    if (pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE) == 0) {
        /* the default stack of 32 KiB turns long lines into false mismatches */
        pattern->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_MOST, NULL);
        pcre2_jit_stack_assign(pattern->context, NULL, pattern->stack);
    }
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_jit_stack_free(pattern->stack);
    pcre2_match_context_free(pattern->context);
    pcre2_match_data_free(pattern->data);
    pcre2_code_free(pattern->code);
    free(pattern->source);
    free(pattern);
}

void pattern_begin_within(struct pattern *pattern, size_t bytes)
{
    pcre2_set_offset_limit(pattern->context, bytes);
}

const char *pattern_source(const struct pattern *pattern)
{
    return pattern->source;
}

size_t pattern_groups(const struct pattern *pattern)
{
    uint32_t count = 0;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

bool pattern_match(struct pattern *pattern, const char *subject, size_t length)
{
    if (subject == NULL)
        subject = "";
    int groups =
        pcre2_match(pattern->code, (PCRE2_SPTR)subject, length, 0, 0, pattern->data, pattern->context);
    pattern->subject = subject;
    pattern->groups = groups > 0 ? (size_t)groups : 0;
    return groups > 0;
}

struct span pattern_group(const struct pattern *pattern, size_t number)
{
    if (number >= pattern->groups)
        return (struct span){NULL, 0};
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(pattern->data) + 2 * number;
    if (ends[0] == PCRE2_UNSET || ends[1] < ends[0])
        return (struct span){NULL, 0};
    return (struct span){pattern->subject + ends[0], ends[1] - ends[0]};
}

static int number_of(const struct pattern *pattern, const char *name)
{
    return pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);
}

struct span pattern_named(const struct pattern *pattern, const char *name)
{
    int number = number_of(pattern, name);
    return number > 0 ? pattern_group(pattern, (size_t)number) : (struct span){NULL, 0};
}

bool pattern_has_name(const struct pattern *pattern, const char *name)
{
    return number_of(pattern, name) > 0;
}

const char *pattern_name(const struct pattern *pattern, size_t index, size_t *number)
{
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = NULL;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table);
    if (index >= count)
        return NULL;
    const unsigned char *entry = table + index * size; /* the number in two bytes, then the name */
    *number = (size_t)entry[0] << 8 | entry[1];
    return (const char *)entry + 2;
}
