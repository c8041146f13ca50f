/* Limits of memory: as the kernel and command lines write them, and of a process that has one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "numbers.h"
#include "base/text.h"
#include "sample/memory_limits.h"

#define MIB 1048576.0

static void test_rlimits(void **state)
{
    (void)state;
    const char *text = "Limit                     Soft Limit           Hard Limit           Units     \n"
                       "Max data size             unlimited            unlimited            bytes     \n"
                       "Max address space         536870912            unlimited            bytes     \n";
    assert_near(memory_limits_parse_rlimit(text, "Max address space"), 512 * MIB, 0);
    assert_true(isinf(memory_limits_parse_rlimit(text, "Max data size")));
    assert_true(isinf(memory_limits_parse_rlimit(text, "Max stack size")));
    assert_true(isinf(memory_limits_parse_rlimit("", "Max data size")));
}

static void test_heaps(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        size_t length;
        double bytes; /* NaN: none */
    } rows[] = {
#define WORDS(text) text, sizeof text
        {WORDS("java\0-Xmx512m\0-jar\0app.jar"), 512 * MIB},
        {WORDS("java\0-Xmx1g\0-Xmx2G\0Main"), 2048 * MIB},
        {WORDS("java\0-Xmx1048576\0Main"), MIB},
        {WORDS("PATH=/bin\0JAVA_TOOL_OPTIONS=-Xms64k -Xmx128k"), 131072},
        {WORDS("node\0--max-old-space-size=256\0app.js"), 256 * MIB},
        {WORDS("NODE_OPTIONS=--require x --max_old_space_size=64"), 64 * MIB},
        {WORDS("java\0-Xms512m\0Main"), NAN},
        {WORDS("java\0-Xmx\0Main"), NAN},
        {"", 0, NAN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double bytes = memory_limits_parse_heap(rows[i].words, rows[i].length);
        if (isnan(rows[i].bytes) ? !isnan(bytes) : !(fabs(bytes - rows[i].bytes) < 1))
            fail_msg("%s: %g", rows[i].words, bytes);
    }
}

/* A child with a limit, alive until its standard input ends. */
static pid_t limited_child(int *hold)
{
    int ends[2], told[2];
    char byte;
    assert_int_equal(pipe(ends) | pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {1 << 30, 1 << 30};
        close(ends[1]);
        setrlimit(RLIMIT_AS, &limit);
        _exit(write(told[1], "x", 1) != 1 || read(ends[0], &byte, 1) != 0);
    }
    assert_int_equal(read(told[0], &byte, 1), 1);
    close(ends[0]), close(told[0]), close(told[1]);
    *hold = ends[1];
    return child;
}

static void test_a_process_with_a_limit(void **state)
{
    (void)state;
    int hold;
    pid_t child = limited_child(&hold);
    struct memory_limits limits;
    bool found = false;
    memory_limits_read(&limits, child);
    for (size_t i = 0; i < limits.count; i++) {
        const struct memory_limit *limit = &limits.items[i];
        if (text_starts_with(limit->what, "`ulimit -v` of process ")) {
            found = true;
            assert_near(limit->limit_bytes, 1 << 30, 0);
            assert_true(limit->used_bytes > 0 && limit->used_bytes < limit->limit_bytes);
        }
    }
    assert_true(found);
    close(hold);
    assert_int_equal(waitpid(child, NULL, 0), child);
    memory_limits_read(&limits, -1);
    assert_int_equal(limits.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rlimits),
        cmocka_unit_test(test_heaps),
        cmocka_unit_test(test_a_process_with_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
