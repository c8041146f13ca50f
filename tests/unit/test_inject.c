/* What a command is before it runs, and which agent its server gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "target/inject.h"
#include "target/program.h"

static char directory[] = "/tmp/seep-inject-XXXXXX";

static void put(const char *name, const char *content, mode_t mode)
{
    char *path = xasprintf("%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    chmod(path, mode);
    free(path);
}

static void make_directory(const char *name)
{
    char *path = xasprintf("%s/%s", directory, name);
    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
}

static int begin(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    put("by-python", "#!/usr/bin/python3 -u\n", 0700);
    put("by-env", "#!/usr/bin/env -S A=1 node --x\n", 0700);
    put("by-script", "#!by-python\n", 0700);
    put("by-itself", "#!by-itself\n", 0700);
    put("by-shell", "#!/bin/sh\n", 0700);
    put("nothing", "", 0700);
    make_directory("agents");
    make_directory("agents/python");
    make_directory("agents/node");
    put("agents/python/sitecustomize.py", "", 0600);
    put("agents/node/agent.js", "", 0600);
    put("libseep-malloc.so", "", 0600);
    setenv("SEEP_AGENTS", directory, 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    char *command = xasprintf("rm -r '%s'", directory);
    int failed = system(command);
    free(command);
    return failed;
}

static void split(struct strings *words, const char *command)
{
    char *copy = xstrdup(command), *rest = copy;
    for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
        strings_add(words, word);
    free(copy);
}

static enum runtime runtime_of(const char *command)
{
    struct strings words = {NULL, 0};
    split(&words, command);
    enum runtime runtime = program_runtime(&words, directory);
    strings_release(&words);
    return runtime;
}

static void test_runtimes(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        enum runtime runtime;
    } cases[] = {
        {"/usr/bin/python3.11 app.py", RUNTIME_PYTHON},
        {"python3 -m gunicorn", RUNTIME_PYTHON},
        {"./by-python", RUNTIME_PYTHON},
        {"by-script", RUNTIME_UNKNOWN}, /* looked for in PATH, and not there */
        {"./by-env", RUNTIME_NODE},
        {"/usr/bin/env A=1 B=2 python3 x", RUNTIME_PYTHON},
        {"env", RUNTIME_UNKNOWN},
        {"./by-itself", RUNTIME_UNKNOWN},
        {"./by-shell", RUNTIME_UNKNOWN},
        {"./nothing", RUNTIME_UNKNOWN},
        {"./not-there", RUNTIME_UNKNOWN},
        {"/opt/jdk-17/bin/java -jar x.jar", RUNTIME_JVM},
        {"nodejs-18 x", RUNTIME_NODE},
        {"node_exporter", RUNTIME_UNKNOWN}, /* Go, but not here to be looked at */
        {"ruby3.1 app.rb", RUNTIME_COLLECTED},
        {"/bin/cat", RUNTIME_NATIVE},
        {"cat", RUNTIME_NATIVE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (runtime_of(cases[i].command) != cases[i].runtime)
            fail_msg("%s is %d", cases[i].command, runtime_of(cases[i].command));
}

static struct service service_of(enum agent_kind agent, const char *command)
{
    struct service service = {.file = xstrdup("x/service.yaml"),
                              .directory = xstrdup(directory),
                              .agent = agent,
                              .start.kind = START_COMMAND};
    split(&service.start.command, command);
    return service;
}

/* "pn-": python, node, no malloc */
static void assert_chosen(enum agent_kind agent, const char *command, const char *wanted)
{
    struct service service = service_of(agent, command);
    struct injection injection;
    struct err err = {0};
    assert_int_equal(inject_choose(&injection, &service, &err), 0);
    char got[4] = {injection.python ? 'p' : '-', injection.node ? 'n' : '-', injection.malloc ? 'm' : '-', 0};
    assert_string_equal(got, wanted);
    assert_int_equal(injection_any(&injection), strcmp(wanted, "---") != 0);
    injection_release(&injection);
    service_release(&service);
}

static void test_which_agent(void **state)
{
    (void)state;
    assert_chosen(AGENT_AUTO, "./by-python", "p--");
    assert_chosen(AGENT_AUTO, "node x.js", "-n-");
    assert_chosen(AGENT_AUTO, "/bin/cat", "--m");
    assert_chosen(AGENT_AUTO, "./by-shell", "pn-"); /* never malloc with python */
    assert_chosen(AGENT_AUTO, "java -jar x", "---");
    assert_chosen(AGENT_AUTO, "ruby x", "---");
    assert_chosen(AGENT_NONE, "/bin/cat", "---");
    assert_chosen(AGENT_MALLOC, "./by-python", "--m");
    assert_chosen(AGENT_NODE, "/bin/cat", "-n-");
}

static void test_a_service_that_tells_itself_gets_none(void **state)
{
    (void)state;
    struct service service = service_of(AGENT_AUTO, "./by-python");
    struct injection injection;
    service.signals = xcalloc(1, sizeof *service.signals);
    service.signal_count = 1;
    service.signals[0].name = xstrdup("live_objects");
    assert_int_equal(inject_choose(&injection, &service, NULL), 0);
    assert_false(injection_any(&injection));
    injection_release(&injection);
    service_release(&service);
}

static void test_an_agent_that_is_not_installed(void **state)
{
    (void)state;
    struct service service = service_of(AGENT_NODE, "node x");
    struct injection injection;
    struct err err = {0};
    setenv("SEEP_AGENTS", "/nowhere", 1);
    assert_int_equal(inject_choose(&injection, &service, &err), -1);
    assert_non_null(strstr(err.message, "the node agent is not installed beside /nowhere"));
    injection_release(&injection);
    service.agent = AGENT_AUTO;
    assert_int_equal(inject_choose(&injection, &service, &err), 0);
    assert_false(injection_any(&injection));
    injection_release(&injection);
    service_release(&service);
    setenv("SEEP_AGENTS", directory, 1);
}

static void test_the_environment_is_extended(void **state)
{
    (void)state;
    struct injection injection = {.python = true, .node = true, .malloc = true, .files = xstrdup("/a b")};
    struct headers given = {NULL, 0};
    headers_add(&given, "PYTHONPATH", "/app");
    headers_add(&given, "NODE_OPTIONS", "");
    inject_environment(&injection, "/run/x", &given);
    assert_string_equal(headers_find(&given, "SEEP_AGENT_DIR"), "/run/x");
    assert_string_equal(headers_find(&given, "PYTHONPATH"), "/a b/agents/python:/app");
    assert_string_equal(headers_find(&given, "NODE_OPTIONS"), "--require \"/a b/agents/node/agent.js\"");
    assert_non_null(strstr(headers_find(&given, "LD_PRELOAD"), "/a b/libseep-malloc.so"));
    assert_null(headers_find(&given, "SEEP_AGENT_STEADY"));
    injection.steady = true;
    inject_environment(&injection, "/run/x", &given);
    assert_string_equal(headers_find(&given, "SEEP_AGENT_STEADY"), "1");
    headers_release(&given);
    headers_add(&given, "SEEP_AGENT_STEADY", "0");
    inject_environment(&injection, "/run/x", &given);
    assert_string_equal(headers_find(&given, "SEEP_AGENT_STEADY"), "0");
    headers_release(&given);
    injection_release(&injection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runtimes),
        cmocka_unit_test(test_which_agent),
        cmocka_unit_test(test_a_service_that_tells_itself_gets_none),
        cmocka_unit_test(test_an_agent_that_is_not_installed),
        cmocka_unit_test(test_the_environment_is_extended),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
