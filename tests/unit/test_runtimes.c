/* Runtimes that tell by themselves: what they say, taken apart; and the attach protocol against a process that speaks
 * HotSpot's side of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/elf.h"
#include "base/text.h"
#include "net/loop.h"
#include "sample/go.h"
#include "sample/jvm.h"
#include "sample/jvm_attach.h"
#include "sample/live.h"
#include "target/inject.h"

#define HEAD " num     #instances         #bytes  class name (module)\n"
#define HISTOGRAM HEAD "   1:  2  64  [B (java.base@17)\nTotal             2             64\n"

static void totals_of_a_histogram(void **state)
{
    double objects = 0, bytes = 0;
    (void)state;
    assert_int_equal(jvm_parse_total(HISTOGRAM, &objects, &bytes), 0);
    assert_true(objects > 1.5 && objects < 2.5 && bytes > 63.5 && bytes < 64.5);
    assert_int_equal(jvm_parse_total(HEAD "   1:  2  64  Total \n", &objects, &bytes), -1);
    assert_int_equal(jvm_parse_total(HEAD "\nTotal 2", &objects, &bytes), -1);
    assert_int_equal(jvm_parse_total("", &objects, &bytes), -1);
}

static void totals_of_a_heap_page(void **state)
{
    static const char page[] = "heap profile: 0: 0 [0: 0] @ heap/1048576\n\n# runtime.MemStats\n# Alloc = 7\n"
                               "# HeapAlloc = 8626176\n# HeapSys = 9\n# HeapObjects = 837\n";
    double objects = 0, bytes = 0;
    (void)state;
    assert_int_equal(go_parse_heap(page, &objects, &bytes), 0);
    assert_true(objects > 836.5 && objects < 837.5 && bytes > 8626175.5 && bytes < 8626176.5);
    assert_int_equal(go_parse_heap("\n# HeapAlloc = 1\n", &objects, &bytes), -1);
    assert_int_equal(go_parse_heap("\n# HeapAlloc = 1\n# HeapObjects = x\n", &objects, &bytes), -1);
    assert_int_equal(go_parse_heap("<html>", &objects, &bytes), -1);
}

static void who_a_process_is(void **state)
{
    static const char status[] = "Name:\tjava\nUid:\t1\t1000\t1\t1\nGid:\t2\t100\t2\t2\nNSpid:\t4711\t17\t3\n"
                                 "SigCgt:\t%s\nThreads:\t9\n";
    struct jvm_identity identity;
    char text[512];
    (void)state;
    snprintf(text, sizeof text, status, "2000000181005ccf");
    assert_int_equal(jvm_parse_identity(text, &identity), 0);
    assert_int_equal(identity.inner, 3);
    assert_int_equal(identity.user, 1000);
    assert_int_equal(identity.group, 100);
    assert_true(identity.catches_quit);
    snprintf(text, sizeof text, status, "0000000181005ccb");
    assert_int_equal(jvm_parse_identity(text, &identity), 0);
    assert_false(identity.catches_quit);
    assert_int_equal(jvm_parse_identity("Name:\tjava\nUid:\t1\t1\t1\t1\n", &identity), -1);
    assert_int_equal(jvm_parse_identity("", &identity), -1);
}

static void answers_have_a_code(void **state)
{
    static const struct {
        const char *answer, *body, *why;
    } cases[] = {
        {"0\nyes\n", "yes\n", NULL},
        {"0\n", "", NULL},
        {"1\njava.lang.IllegalArgumentException: Unknown\nmore", NULL,
         "it answered with code 1: java.lang.IllegalArgumentException: Unknown"},
        {"", NULL, "it closed the attach socket without an answer"},
        {"HTTP/1.1 400\n", NULL, "its answer starts with 'HTTP/1.1 400', no code"},
        {"0", NULL, "its answer starts with '0', no code"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text answer = TEXT_EMPTY;
        text_add_string(&answer, cases[i].answer);
        char *why = jvm_parse_answer(&answer);
        if (cases[i].why != NULL)
            assert_string_equal(why != NULL ? why : "(null)", cases[i].why);
        else
            assert_string_equal(text_string(&answer), cases[i].body);
        assert_int_equal(why == NULL, cases[i].why == NULL);
        free(why);
        text_release(&answer);
    }
}

/* A process with a file called libjvm.so mapped, in a directory of its own. */
struct fake {
    char directory[64];
    pid_t pid;
    const char *answer; /* NULL: ends at SIGQUIT */
    bool deaf;          /* does not catch SIGQUIT */
    bool uncalled;      /* listens already, as after an earlier call */
    struct loop *loop;
    struct text body;
    char *why;
};

static volatile sig_atomic_t called;

static void on_quit(int number)
{
    (void)number;
    called = 1;
}

static void map_library(void)
{
    int file = open("libjvm.so", O_CREAT | O_RDWR, 0600);
    if (file < 0 || ftruncate(file, 4096) != 0 ||
        mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED)
        _exit(1);
}

static void socket_path(char path[64], pid_t pid)
{
    snprintf(path, 64, "/tmp/.java_pid%d", (int)pid);
}

/* One call: what was not asked for in protocol 1 is answered with code 101, as HotSpot does. */
static void answer_one(int listener, const char *answer)
{
    static const char expected[] = "1\0jcmd\0GC.class_histogram\0\0";
    char request[64];
    int client = accept(listener, NULL, NULL);
    size_t length = 0;
    for (ssize_t got;
         length < sizeof expected && (got = read(client, request + length, sizeof request - length)) > 0;)
        length += (size_t)got;
    if (length != sizeof expected || memcmp(request, expected, sizeof expected) != 0)
        answer = "101\nprotocol";
    size_t half = strlen(answer) / 2;
    if (write(client, answer, half) < 0 || usleep(1000) != 0 ||
        write(client, answer + half, strlen(answer) - half) < 0)
        _exit(1);
    close(client);
}

static int listen_as_jvm(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[64];
    socket_path(path, getpid());
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 5) != 0)
        _exit(1);
    return listener;
}

static void live_as_jvm(const struct fake *fake, int ready)
{
    struct sigaction action = {.sa_handler = fake->deaf ? SIG_IGN : on_quit};
    char file[64];
    sigset_t quit, none;
    sigemptyset(&quit);
    sigemptyset(&none);
    sigaddset(&quit, SIGQUIT);
    sigprocmask(SIG_BLOCK, &quit, NULL);
    sigaction(SIGQUIT, &action, NULL);
    if (chdir(fake->directory) != 0)
        _exit(1);
    map_library();
    int listener = fake->uncalled ? listen_as_jvm() : -1;
    if (write(ready, "r", 1) != 1)
        _exit(1);
    while (listener < 0 && !called)
        sigsuspend(&none);
    snprintf(file, sizeof file, ".attach_pid%d", (int)getpid());
    if (fake->answer == NULL || (listener < 0 && access(file, F_OK) != 0))
        _exit(2);
    answer_one(listener >= 0 ? listener : listen_as_jvm(), fake->answer);
    pause();
}

static void start(struct fake *fake)
{
    int ends[2];
    char word;
    snprintf(fake->directory, sizeof fake->directory, "/tmp/seep-fake-jvm-XXXXXX");
    assert_non_null(mkdtemp(fake->directory));
    assert_int_equal(pipe(ends), 0);
    fake->pid = fork();
    if (fake->pid == 0) {
        live_as_jvm(fake, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &word, 1), 1);
    close(ends[0]);
    fake->loop = loop_new(NULL);
}

static void keep(void *owner, struct text *body, char *why_take)
{
    struct fake *fake = owner;
    fake->body = *body;
    *body = TEXT_EMPTY;
    fake->why = why_take;
    loop_stop(fake->loop);
}

/* Ends it; nothing of ours is left beside it. */
static void stop(struct fake *fake)
{
    char path[128];
    kill(fake->pid, SIGKILL);
    waitpid(fake->pid, NULL, 0);
    socket_path(path, fake->pid);
    unlink(path);
    snprintf(path, sizeof path, "%s/libjvm.so", fake->directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(fake->directory), 0);
    loop_free(fake->loop);
    text_release(&fake->body);
    free(fake->why);
}

static void call(struct fake *fake)
{
    struct proc_stat process;
    assert_int_equal(proc_read_stat(fake->pid, &process), 0);
    assert_true(jvm_is_there(fake->pid));
    jvm_call_start(fake->loop, &process, "GC.class_histogram", keep, fake);
    assert_null(fake->why);
    assert_int_equal(loop_run(fake->loop), 0);
}

static void asks_a_jvm(void **state)
{
    struct fake fake = {.answer = "0\n" HISTOGRAM};
    (void)state;
    start(&fake);
    call(&fake);
    assert_string_equal(fake.why != NULL ? fake.why : "", "");
    assert_string_equal(text_string(&fake.body), HISTOGRAM);
    stop(&fake);
}

/* Its SIGQUIT would end a process that found no .attach_pidN, see live_as_jvm(). */
static void sends_no_signal_to_one_that_listens(void **state)
{
    struct fake fake = {.answer = "0\n" HISTOGRAM, .uncalled = true};
    (void)state;
    start(&fake);
    call(&fake);
    assert_string_equal(text_string(&fake.body), HISTOGRAM);
    assert_int_equal(waitpid(fake.pid, NULL, WNOHANG), 0);
    stop(&fake);
}

static void says_why_not(void **state)
{
    static const struct {
        struct fake fake;
        const char *why;
    } cases[] = {
        {{.answer = "1\nUnknown diagnostic command\n"},
         "it answered with code 1: Unknown diagnostic command"},
        {{.answer = ""}, "it closed the attach socket without an answer"},
        {{.answer = NULL}, "it ended"},
        {{.answer = "", .deaf = true}, "it neither listens nor catches SIGQUIT: it has only just started"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fake fake = cases[i].fake;
        start(&fake);
        call(&fake);
        assert_string_equal(fake.why != NULL ? fake.why : "", cases[i].why);
        stop(&fake);
    }
}

static void a_call_can_be_given_up(void **state)
{
    struct fake fake = {.answer = "0\n" HISTOGRAM};
    struct proc_stat process;
    (void)state;
    start(&fake);
    assert_int_equal(proc_read_stat(fake.pid, &process), 0);
    jvm_call_cancel(jvm_call_start(fake.loop, &process, "GC.class_histogram", keep, &fake));
    assert_int_equal(loop_sleep(fake.loop, 1000000), 0);
    assert_null(fake.body.bytes);
    stop(&fake);
}

static void take_body(void *owner, const char *name, const struct text *body)
{
    struct fake *fake = owner;
    text_add_string(&fake->body, name);
    text_add(&fake->body, body->bytes, body->length);
}

static void the_histogram_is_a_snapshot(void **state)
{
    struct fake fake = {.answer = "0\n" HISTOGRAM};
    struct family family = {0};
    struct snapshot_taker taker = {take_body, &fake};
    struct err err = {0};
    (void)state;
    start(&fake);
    family_attach(&family, fake.pid);
    struct watched watched = {.pid = fake.pid, .family = &family};
    assert_true(live_jvm.fits(&watched));
    assert_int_equal(live_jvm.snapshot(&watched, fake.loop, SNAPSHOT_START, NULL, &err), 0);
    assert_int_equal(live_jvm.snapshot(&watched, fake.loop, SNAPSHOT_TAKE, &taker, &err), 0);
    char *expected = xasprintf("JVM of process %d%s", (int)fake.pid, HISTOGRAM);
    assert_string_equal(text_string(&fake.body), expected);
    free(expected);
    stop(&fake);
    family_attach(&family, fake.pid);
    assert_false(live_jvm.fits(&watched));
    assert_int_equal(live_jvm.snapshot(&watched, NULL, SNAPSHOT_TAKE, &taker, &err), -1);
    assert_string_equal(err.message, "the JVM ended");
    family_release(&family);
}

static void others_are_no_jvm(void **state)
{
    int file = open("/proc/self/exe", O_RDONLY);
    (void)state;
    assert_false(jvm_is_there(getpid()));
    assert_int_equal(elf_kind(file), ELF_GLIBC);
    close(file);
}

static void nothing_is_injected_into_them(void **state)
{
    static const enum agent_kind kinds[] = {AGENT_JVM, AGENT_GO};
    char *words[] = {"python3"};
    struct service service = {.start = {.kind = START_COMMAND, .command = {words, 1}}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct injection injection;
        service.agent = kinds[i];
        assert_int_equal(inject_choose(&injection, &service, NULL), 0);
        assert_false(injection_any(&injection));
        injection_release(&injection);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_of_a_histogram),
        cmocka_unit_test(totals_of_a_heap_page),
        cmocka_unit_test(who_a_process_is),
        cmocka_unit_test(answers_have_a_code),
        cmocka_unit_test(asks_a_jvm),
        cmocka_unit_test(sends_no_signal_to_one_that_listens),
        cmocka_unit_test(says_why_not),
        cmocka_unit_test(a_call_can_be_given_up),
        cmocka_unit_test(the_histogram_is_a_snapshot),
        cmocka_unit_test(others_are_no_jvm),
        cmocka_unit_test(nothing_is_injected_into_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
