/* What somebody saved of production's monitoring: a file of memory, a line "%%", one of requests, as CSV or as Prometheus answers,
 * read and judged as `seep suspects` does. Refused in one line, or a result with a reason, told in its forms: JSON that can be
 * read, no escape sequence. */
#include <jansson.h>
#include <math.h>

#include "flow/suspects.h"
#include "report/suspects.h"

#include "fuzz.h"

static void tell(const struct suspects *suspects)
{
    view_writer *const forms[] = {suspects_json, suspects_terminal};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct err err = {0};
        char *bytes = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&bytes, &length);
        hold(forms[i](suspects, out, &err) == 0);
        fclose(out);
        hold(memchr(bytes, '\x1b', length) == NULL);
        json_t *read = i == 0 ? json_loadb(bytes, length, 0, NULL) : NULL;
        hold(i > 0 || read != NULL);
        json_decref(read);
        free(bytes);
    }
}

static void check(const struct suspects *suspects)
{
    hold(suspects->reason != NULL && strpbrk(suspects->reason, "\r\n") == NULL);
    hold(suspects->exit_code == 0 || suspects->exit_code == 125);
    hold(isfinite(suspects->from_s) && isfinite(suspects->to_s) && suspects->step_s > 0);
}

/* A bootstrap over more takes seconds, and tries nothing else. */
#define LINES_MOST 64

static bool is_long(struct span left)
{
    size_t lines = 0;
    for (; left.length > 0; lines++)
        fuzz_line(&left);
    return lines > LINES_MOST;
}

FUZZ_TARGET(suspects)
{
    struct span left = {(const char *)data, size};
    if (is_long(left))
        return 0;
    struct span memory = fuzz_part(&left, "%%");
    char memory_path[96], requests_path[96];
    struct suspects suspects;
    struct err err = {0};
    snprintf(memory_path, sizeof memory_path, "%s/memory", fuzz_directory());
    snprintf(requests_path, sizeof requests_path, "%s/requests", fuzz_directory());
    fuzz_write(memory_path, memory, 0600);
    fuzz_write(requests_path, left, 0600);
    struct suspects_question question = {.memory_file = memory_path,
                                         .requests_file = requests_path,
                                         .from_s = NAN,
                                         .until_s = NAN,
                                         .since_s = 14 * 86400.0,
                                         .step_s = NAN,
                                         .kind = PROMQL_UNKNOWN,
                                         .limit_bytes = NAN,
                                         .seed = 1};
    if (suspects_ask(&question, &suspects, &err) != 0)
        hold_one_line(&err);
    else {
        check(&suspects);
        tell(&suspects);
    }
    suspects_release(&suspects);
    return 0;
}
