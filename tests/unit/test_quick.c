/* What is typed on the first command line, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "flow/quick_command.h"
#include "target/listening.h"

static void ports_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *before, *word, *becomes; /* NULL: it names no port */
    } cases[] = {
        {"-b", "127.0.0.1:5000", "127.0.0.1:${PORT}"},
        {"-b", ":5000", ":${PORT}"},
        {"", "--port=5000", "--port=${PORT}"},
        {"--port", "5000", "${PORT}"},
        {"-p", "5000", "${PORT}"},
        {"", "-p5000", "-p${PORT}"},
        {"http.server", "5000", "${PORT}"},
        {"-c", "PORT=5000 exec node server.js", "PORT=${PORT} exec node server.js"},
        {"-c", "cd app && flask run --port 5000", "cd app && flask run --port ${PORT}"},
        {"-c", "serve -l '127.0.0.1:5000'; echo 5000ms", "serve -l '127.0.0.1:${PORT}'; echo 5000ms"},
        {"", "-Dserver.port=5000", "-Dserver.port=${PORT}"},
        {"", "http://127.0.0.1:5000/", "http://127.0.0.1:${PORT}/"},
        {"--timeout", "5000", NULL},
        {"-w", "5000", NULL},
        {"", "--max-old-space-size=5000", NULL},
        {"-b", "127.0.0.1:50001", NULL},
        {"-b", "127.0.0.1:15000", NULL},
        {"", "/srv/5000/app.js", NULL},
        {"", "app-5000.js", NULL},
        {"-c", "node app.js --size 5000", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = quick_port_word(cases[i].word, cases[i].before, 5000);
        if ((got == NULL) != (cases[i].becomes == NULL) ||
            (got != NULL && strcmp(got, cases[i].becomes) != 0))
            fail_msg("%s %s: got %s", cases[i].before, cases[i].word, got != NULL ? got : "nothing");
        free(got);
    }
}

static void targets(void **state)
{
    (void)state;
    static const struct {
        const char *given, *target, *allow;
    } cases[] = {{"5000", "http://127.0.0.1:5000", "127.0.0.1"},
                 {":5000", "http://127.0.0.1:5000", "127.0.0.1"},
                 {"localhost:5000", "http://127.0.0.1:5000", "127.0.0.1"},
                 {"http://LocalHost:5000/", "http://127.0.0.1:5000", "127.0.0.1"},
                 {"http://0.0.0.0:80", "http://127.0.0.1:80", "127.0.0.1"},
                 {"http://127.0.0.2:80", "http://127.0.0.2:80", "127.0.0.2"},
                 {"[::]:80", "http://[::1]:80", "::1"},
                 {"https://[::1]:8443", "https://[::1]:8443", "::1"},
                 {"http://127.0.0.1:${PORT}", "http://127.0.0.1:${PORT}", "127.0.0.1"},
                 {"${PORT}", "http://127.0.0.1:${PORT}", "127.0.0.1"},
                 {"unix:/run/app.sock", "unix:/run/app.sock", "unix:/run/app.sock"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct service service = {0};
        struct err err = {0};
        if (quick_target(&service, cases[i].given, &err) != 0)
            fail_msg("%s: %s", cases[i].given, err.message);
        assert_string_equal(service.target, cases[i].target);
        assert_int_equal(service.allow.count, 1);
        assert_string_equal(service.allow.items[0], cases[i].allow);
        service_release(&service);
    }
}

static void targets_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        enum err_code code;
    } cases[] = {{"http://192.0.2.1:80", ERR_REFUSED},
                 {"192.0.2.1", ERR_REFUSED},
                 {"http://[2001:db8::1]:80", ERR_REFUSED},
                 {"ftp://127.0.0.1:21", ERR_USAGE},
                 {"http://127.0.0.1:0", ERR_USAGE},
                 {"127.0.0.1:5000/api", ERR_USAGE},
                 {"", ERR_USAGE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct service service = {0};
        struct err err = {0};
        assert_int_equal(quick_target(&service, cases[i].given, &err), -1);
        if (err.code != cases[i].code)
            fail_msg("%s: %d, %s", cases[i].given, (int)err.code, err.message);
        assert_non_null(strstr(err.message, "--target"));
        assert_null(service.target);
        service_release(&service);
    }
}

static void commands(void **state)
{
    (void)state;
    char *words[] = {(char *)"env", (char *)"PORT=5000", (char *)"MODE=a=b", (char *)"node",
                     (char *)"server.js"};
    struct service service = {0};
    struct err err = {0};
    assert_int_equal(quick_target(&service, "5000", &err), 0);
    assert_int_equal(quick_command(&service, words, 5, &err), 0);
    assert_int_equal(service.start.command.count, 2);
    assert_string_equal(service.start.command.items[0], "node");
    assert_int_equal(service.start.environment.count, 2);
    assert_string_equal(service.start.environment.items[0].value, "${PORT}");
    assert_string_equal(service.start.environment.items[1].value, "a=b");
    assert_string_equal(service.target, "http://127.0.0.1:${PORT}");
    quick_fix_port(&service, 5000);
    assert_string_equal(service.start.environment.items[0].value, "5000");
    assert_string_equal(service.target, "http://127.0.0.1:5000");
    service_release(&service);
}

/* The port is nowhere in the command: who knows whether it takes another. */
static void command_without_port(void **state)
{
    (void)state;
    char *words[] = {(char *)"/opt/serve-5000"};
    struct service service = {0};
    struct err err = {0};
    assert_int_equal(quick_target(&service, "5000", &err), 0);
    assert_int_equal(quick_command(&service, words, 1, &err), 0);
    assert_string_equal(service.start.command.items[0], "/opt/serve-5000");
    assert_string_equal(service.target, "http://127.0.0.1:5000");
    service_release(&service);
    words[0] = (char *)"flask run -p 5000";
    assert_int_equal(quick_target(&service, "5000", &err), 0);
    assert_int_equal(quick_command(&service, words, 1, &err), -1);
    assert_non_null(strstr(err.message, "without quotes"));
    service_release(&service);
}

static void lines_of_the_kernel(void **state)
{
    (void)state;
    static const struct {
        const char *line, *place;
    } cases[] = {
        {"   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 "
         "x",
         "127.0.0.1:8000"},
        {"   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 "
         "x",
         "0.0.0.0:80"},
        {"   2: 00000000000000000000000001000000:1388 00000000000000000000000000000000:0000 0A "
         "00000000:00000000 "
         "00:00000000 00000000     0        0 4711 1 x",
         "[::1]:5000"},
        {"   3: 0100007F:1F40 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4711 1 "
         "x",
         NULL},
        {"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
         NULL},
        {"", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t inode = 0;
        char *place = listening_of_line(cases[i].line, &inode);
        if (cases[i].place == NULL) {
            assert_null(place);
            continue;
        }
        assert_string_equal(place, cases[i].place);
        assert_int_equal(inode, 4711);
        free(place);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_in_words),        cmocka_unit_test(targets),
        cmocka_unit_test(targets_that_are_none), cmocka_unit_test(commands),
        cmocka_unit_test(command_without_port),  cmocka_unit_test(lines_of_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
