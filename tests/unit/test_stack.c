/* Stacks of trials, as far as they are documents: what a compose file becomes, what tasks say, what a driver is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/random.h"
#include "target/errand.h"
#include "target/leftovers.h"
#include "target/owner.h"
#include "target/parcel.h"
#include "target/stack_file.h"
#include "target/stack_tasks.h"

static void assert_at(json_t *document, const char *pointer, const char *expected)
{
    json_t *value = json_at_pointer(document, pointer);
    char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if ((text == NULL) != (expected == NULL) || (text != NULL && strcmp(text, expected) != 0))
        fail_msg("%s is %s, not %s", pointer, text != NULL ? text : "not there",
                 expected != NULL ? expected : "not there");
    free(text);
}

static const char shop[] =
    "version: '3.9'\n"
    "name: shop\n"
    "services:\n"
    "  db:\n"
    "    image: postgres\n"
    "    restart: unless-stopped\n"
    "    mem_limit: 64m\n"
    "    cpus: 0.5\n"
    "    shm_size: 64m\n"
    "    volumes: ['data:/data', '/srv/x:/x:ro']\n"
    "    networks: {back: {aliases: [d], ipv4_address: 10.0.0.7}}\n"
    "    ports: ['5432:5432']\n"
    "  cache: {image: redis, networks: [back], privileged: false, devices: []}\n"
    "  web:\n"
    "    image: shop/web:7\n"
    "    build: {context: /src}\n"
    "    container_name: shop\n"
    "    command: null\n"
    "    environment: {A: 'true', B: x$$y, C: 12, D: null}\n"
    "    depends_on: {db: {condition: service_healthy}}\n"
    "    links: ['cache:store']\n"
    "    labels: [a=b, c]\n"
    "    networks: {back: null, front: null}\n"
    "    volumes:\n"
    "    - {type: volume, source: data, target: /data, read_only: true}\n"
    "    - {type: bind, source: /srv/y, target: /y, bind: {create_host_path: true}}\n"
    "    secrets: [key]\n"
    "    deploy: {resources: {limits: {memory: 1G}}, placement: {constraints: [node.role == worker]}}\n"
    "  other: {image: none, privileged: true}\n"
    "networks:\n"
    "  back: {name: shop_back, driver: bridge, driver_opts: {x: y}, ipam: {config: [{subnet: "
    "10.0.0.0/24}]}}\n"
    "  front: {external: true, name: outer}\n"
    "  unused: {}\n"
    "volumes: {data: {name: shop_data}, more: {}}\n"
    "secrets: {key: {file: /srv/key, name: shop_key}, spare: {file: /x}}\n";

static json_t *base_of(const char *text, const char *service)
{
    struct err err = {0};
    json_t *base = stack_file_base(text, strlen(text), "c.yml", service, &err);
    if (base == NULL)
        fail_msg("%s", err.message);
    return base;
}

static void what_stacks_have_in_common(void **state)
{
    (void)state;
    json_t *base = base_of(shop, "web");
    struct headers environment = {NULL, 0};
    assert_at(base, "/services/other", NULL);
    assert_at(base, "/after", "{\"web\":{\"cache\":\"started\",\"db\":\"healthy\"}}");
    assert_at(base, "/services/db/deploy",
              "{\"resources\":{\"limits\":{\"cpus\":\"0.5\",\"memory\":\"64m\"}},"
              "\"restart_policy\":{\"condition\":\"any\"}}");
    assert_at(base, "/services/db/volumes/2",
              "{\"target\":\"/dev/shm\",\"tmpfs\":{\"size\":67108864},\"type\":\"tmpfs\"}");
    assert_at(base, "/services/db/networks", "{\"back\":{\"aliases\":[\"d\"]}}");
    assert_at(base, "/services/cache/networks", "{\"back\":{\"aliases\":[\"store\"]}}");
    assert_at(base, "/services/cache/privileged", NULL);
    assert_at(base, "/services/web/networks", "{\"back\":{},\"front\":{}}");
    static const char *const gone[] = {"ports", "build", "container_name", "links", "depends_on", "command"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        char *pointer = xasprintf("/services/%s/%s", i == 0 ? "db" : "web", gone[i]);
        assert_at(base, pointer, NULL);
        free(pointer);
    }
    assert_at(base, "/services/web/volumes/1", "{\"source\":\"/srv/y\",\"target\":\"/y\",\"type\":\"bind\"}");
    assert_at(base, "/networks", "{\"back\":{},\"front\":{\"external\":true,\"name\":\"outer\"}}");
    assert_at(base, "/volumes", "{\"data\":{}}");
    assert_at(base, "/secrets", "{\"key\":{\"file\":\"/srv/key\"}}");
    stack_file_environment(base, "web", &environment);
    assert_int_equal(environment.count, 3);
    assert_string_equal(headers_find(&environment, "B"), "x$y");
    assert_string_equal(headers_find(&environment, "C"), "12");
    headers_release(&environment);
    json_decref(base);
}

static void one_trial(void **state)
{
    (void)state;
    struct headers environment = {NULL, 0};
    struct stack_file_mount agent = {(char *)"seep-1-agent", (char *)"/usr/local/lib/seep/a.py"},
                            task = {(char *)"seep-1-task", (char *)"/run/seep-trial/task-0000"};
    struct stack_file_mounts agents = {&agent, 1}, tasks = {&task, 1};
    headers_add(&environment, "B", "x$y");
    struct stack_file_trial trial = {.service = "web",
                                     .owner = "p1",
                                     .home = "n0",
                                     .node = "n7",
                                     .image = "seep",
                                     .environment = &environment,
                                     .agents = &agents,
                                     .secrets = {&tasks, NULL},
                                     .sockets = true,
                                     .unchecked = true};
    json_t *base = base_of(shop, "web");
    char *text = stack_file_make(base, &trial);
    json_t *file = json_loads(text, 0, NULL);
    assert_non_null(file);
    assert_at(file, "/after", NULL);
    assert_at(file, "/version", "\"3.8\"");
    assert_at(file, "/services/web/environment", "{\"B\":\"x$$y\"}");
    assert_at(file, "/services/web/healthcheck", "{\"disable\":true}");
    assert_at(file, "/services/web/labels",
              "{\"a\":\"b\",\"c\":\"\",\"seep.home\":\"n0\",\"seep.owner\":\"p1\"}");
    assert_at(
        file, "/services/web/deploy",
        "{\"endpoint_mode\":\"dnsrr\",\"labels\":{\"seep.home\":\"n0\",\"seep.owner\":\"p1\"},"
        "\"mode\":\"replicated\",\"placement\":{\"constraints\":[\"node.role == worker\",\"node.id == n7\"]},"
        "\"replicas\":0,\"resources\":{\"limits\":{\"memory\":\"1G\"}},"
        "\"restart_policy\":{\"condition\":\"none\"},"
        "\"update_config\":{\"failure_action\":\"continue\",\"order\":\"stop-first\",\"parallelism\":1}}");
    /* it has a volume in common with web */
    assert_at(file, "/services/db/deploy/placement", "{\"constraints\":[\"node.id == n7\"]}");
    assert_at(file, "/services/db/deploy/replicas", "1");
    assert_at(file, "/services/cache/deploy/placement", NULL);
    assert_at(file, "/services/web/configs",
              "[{\"mode\":292,\"source\":\"seep-1-agent\",\"target\":\"/usr/local/lib/seep/a.py\"}]");
    assert_at(file, "/configs/seep-1-agent", "{\"external\":true,\"name\":\"seep-1-agent\"}");
    assert_at(file, "/services/seep-driver/secrets/0/source", "\"seep-1-task\"");
    assert_at(file, "/services/seep-driver/deploy/replicas", "0");
    assert_at(file, "/services/seep-driver/environment", NULL);
    assert_at(file, "/services/seep-driver/networks", "{\"back\":{},\"front\":{}}");
    assert_at(file, "/services/seep-driver/volumes",
              "[{\"source\":\"seep-sockets\",\"target\":\"/run/seep\",\"type\":\"volume\"}]");
    assert_at(file, "/services/web/volumes/2/source", "\"seep-sockets\"");
    assert_at(file, "/volumes/seep-sockets/driver_opts/o", "\"size=1m,uid=0,gid=10001,mode=2770\"");
    assert_at(file, "/networks/back/labels/seep.owner", "\"p1\"");
    assert_at(file, "/networks/front", "{\"external\":true,\"name\":\"outer\"}");
    json_decref(file);
    free(text);
    json_decref(base);
    /* nothing before it, no agent: it starts at once, and the driver beside it */
    base = base_of("services: {web: {image: x}}", "web");
    trial.sockets = trial.unchecked = false;
    text = stack_file_make(base, &trial);
    file = json_loads(text, 0, NULL);
    assert_at(file, "/services/web/deploy/replicas", "1");
    assert_at(file, "/services/seep-driver/deploy/replicas", "1");
    assert_at(file, "/services/seep-driver/networks", "{\"default\":{}}");
    assert_at(file, "/services/web/volumes", NULL);
    assert_at(file, "/networks", "{\"default\":{\"labels\":{\"seep.home\":\"n0\",\"seep.owner\":\"p1\"}}}");
    json_decref(file);
    json_decref(base);
    free(text);
    headers_release(&environment);
}

static void what_a_stack_cannot_have(void **state)
{
    (void)state;
    static const struct {
        const char *web, *says;
    } wrong[] = {
        {"{build: .}", "c.yml: service 'web' is built, and nodes of a swarm need an image"},
        {"{}", "c.yml: service 'web' is built"},
        {"{image: x, privileged: true}", "c.yml: service 'web' has privileged, which a stack cannot have"},
        {"{image: x, devices: [/dev/kvm]}", "c.yml: service 'web' has devices, which"},
        {"{image: x, pid: host}", "c.yml: service 'web' has pid, which"},
        {"{image: x, network_mode: host}", "c.yml: service 'web' has network_mode: host; in a stack"},
        {"{image: x, depends_on: [db]}", "c.yml has no service 'db' (services: web;"},
        {"{image: x, links: [db]}", "c.yml: service 'web': links: there is no service 'db'"},
        {"{image: x, shm_size: much}", "c.yml: service 'web': shm_size: 'much' is no size"},
        {"{image: x, depends_on: [seep-driver]}, seep-driver: {image: x}",
         "c.yml: a service is called 'seep-driver'"},
        {"{image: x, depends_on: [a23456789a123456789a123456789a123456789]}, "
         "a23456789a123456789a123456789a123456789: {image: x}",
         "c.yml: service 'a23456789a123456789a123456789a123456789': a name in a stack has 38"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err err = {0};
        char *text = xasprintf("services: {web: %s}", wrong[i].web);
        assert_null(stack_file_base(text, strlen(text), "c.yml", "web", &err));
        assert_int_equal(err.code, ERR_USAGE);
        if (strncmp(err.message, wrong[i].says, strlen(wrong[i].says)) != 0)
            fail_msg("%s\ngave '%s'\nnot  '%s'", text, err.message, wrong[i].says);
        free(text);
    }
}

static void services_may_depend_on_each_other(void **state)
{
    (void)state;
    json_t *base = base_of("services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}}", "a");
    assert_at(base, "/after", "{\"a\":{\"b\":\"started\"},\"b\":{\"a\":\"started\"}}");
    json_decref(base);
}

static void what_tasks_say(void **state)
{
    (void)state;
    static const struct {
        const char *tasks;
        enum stack_which which;
        enum stack_phase phase;
        int code;
        const char *says;
    } rows[] = {
        {"", STACK_PRESENT, PHASE_NONE, -1, ""},
        {"{'ServiceID':'t','DesiredState':'running','Status':{'State':'running'}}", STACK_PRESENT, PHASE_NONE,
         -1, ""},
        {"{'ServiceID':'s','DesiredState':'running','Status':{'State':'pending','Message':'pending task "
         "scheduling','Err':'no suitable node'}}",
         STACK_PRESENT, PHASE_WAITING, -1, "no suitable node"},
        {"{'ServiceID':'s','DesiredState':'running','Status':{'State':'running','Message':'started'}}",
         STACK_PRESENT, PHASE_RUNNING, -1, "started"},
        {"{'ServiceID':'s','DesiredState':'shutdown','Status':{'State':'running','Message':'started'}}",
         STACK_PRESENT, PHASE_LEAVING, -1, "started"},
        {"{'ServiceID':'s','DesiredState':'shutdown','Status':{'State':'failed','Err':'task: non-zero exit "
         "(3)','ContainerStatus':{'ExitCode':3}}}",
         STACK_PRESENT, PHASE_FAILED, 3, "task: non-zero exit (3)"},
        {"{'ServiceID':'s','DesiredState':'shutdown','CreatedAt':'2026-01-01T00:00:00.12Z','Status':{'State':"
         "'"
         "shutdown'}},"
         "{'ServiceID':'s','DesiredState':'running','CreatedAt':'2026-01-01T00:00:00.123Z','Status':{'State':"
         "'"
         "starting'}}",
         STACK_PRESENT, PHASE_STARTED, -1, ""},
        {"{'ServiceID':'s','DesiredState':'running','CreatedAt':'2026-01-01T00:00:00.123Z','Status':{'State':"
         "'"
         "pending'}},"
         "{'ServiceID':'s','DesiredState':'shutdown','CreatedAt':'2026-01-01T00:00:00.12Z','Status':{'State':"
         "'"
         "shutdown'}}",
         STACK_FIRST, PHASE_SHUT, -1, ""},
        {"{'ServiceID':'s','DesiredState':'shutdown','CreatedAt':'2026-01-01T00:00:00.123Z','Status':{'State'"
         ":'"
         "complete'}},"
         "{'ServiceID':'s','DesiredState':'shutdown','CreatedAt':'2026-01-01T00:00:00.12Z','Status':{'State':"
         "'"
         "rejected'}}",
         STACK_PRESENT, PHASE_COMPLETE, -1, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = xasprintf("[%s]", rows[i].tasks);
        for (char *at = text; (at = strchr(at, '\'')) != NULL;)
            *at = '"';
        json_t *tasks = json_loads(text, 0, NULL);
        assert_non_null(tasks);
        struct stack_task task = stack_task_of(tasks, "s", rows[i].which);
        assert_int_equal(task.phase, rows[i].phase);
        assert_int_equal(task.exit_code, rows[i].code);
        assert_string_equal(task.says, rows[i].says);
        json_decref(tasks);
        free(text);
    }
}

static void who_may_start(void **state)
{
    (void)state;
    static const struct {
        enum stack_phase phase;
        bool started, healthy, completed;
    } rows[] = {
        {PHASE_NONE, false, false, false},     {PHASE_WAITING, false, false, false},
        {PHASE_FETCHING, false, false, false}, {PHASE_STARTED, true, false, false},
        {PHASE_RUNNING, true, true, false},    {PHASE_COMPLETE, true, false, true},
        {PHASE_FAILED, true, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stack_task task = {rows[i].phase, -1, ""};
        assert_int_equal(stack_task_meets(&task, "started"), rows[i].started);
        assert_int_equal(stack_task_meets(&task, "healthy"), rows[i].healthy);
        assert_int_equal(stack_task_meets(&task, "completed"), rows[i].completed);
    }
}

static void whose_a_stack_is(void **state)
{
    (void)state;
    char owner[OWNER_SIZE];
    json_t *labels = json_pack("{s:s,s:s,s:s}", LEFTOVERS_OWNER, "p1", LEFTOVERS_HOME, "n0",
                               "com.docker.stack.namespace", "seep-1-1"),
           *others = json_pack("{s:s}", "com.docker.stack.namespace", "seep-1-1"),
           *local = json_pack("{s:s}", LEFTOVERS_OWNER, "p1");
    leftovers_owner(labels, owner);
    assert_string_equal(owner, "p1");
    leftovers_owner(others, owner);
    assert_string_equal(owner, "");
    assert_true(leftovers_here(labels, "n0"));
    assert_false(leftovers_here(labels, "n1")); /* a seep on another node, which lives for all we know */
    assert_false(leftovers_here(labels, ""));
    assert_true(leftovers_here(local, ""));
    assert_true(leftovers_here(local, "n1"));
    json_decref(labels);
    json_decref(others);
    json_decref(local);
}

static void write_file(const char *directory, const char *name, const void *bytes, size_t length)
{
    char *path = xasprintf("%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    free(path);
}

static void write_parts(const char *directory, const char *kind, const struct text *bytes, const char *name)
{
    struct text parcel = TEXT_EMPTY;
    parcel_write(bytes->bytes, bytes->length, name, &parcel);
    for (size_t i = 0; i < parcel_parts(&parcel); i++) {
        size_t from = i * PARCEL_PART_BYTES, left = parcel.length - from;
        char *part = parcel_part_name(kind, i);
        write_file(directory, part, parcel.bytes + from, left < PARCEL_PART_BYTES ? left : PARCEL_PART_BYTES);
        free(part);
    }
    text_release(&parcel);
}

static char *scratch(void)
{
    const char *given = getenv("TMPDIR");
    char *directory = xasprintf("%s/seep-test-stack-XXXXXX", given != NULL ? given : "/tmp");
    assert_non_null(mkdtemp(directory));
    return directory;
}

static void clear(char *directory_take)
{
    char *command = xasprintf("rm -rf '%s'", directory_take);
    assert_int_equal(system(command), 0);
    free(command);
    free(directory_take);
}

static void in_parts_and_back(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 499000, 500000, 1000000, 1234567};
    struct random random;
    char *directory = scratch(), *name = NULL;
    struct text bytes = TEXT_EMPTY, got = TEXT_EMPTY;
    struct err err = {0};
    random_init(&random, 3);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        while (bytes.length < lengths[i])
            text_add_char(&bytes, (char)random_next(&random));
        write_parts(directory, "task", &bytes, "a name");
        assert_int_equal(parcel_read(directory, "task", &got, &name, &err), 0);
        assert_int_equal(got.length, bytes.length);
        assert_true(got.length == 0 || memcmp(got.bytes, bytes.bytes, got.length) == 0);
        assert_string_equal(name, "a name");
        free(name);
    }
    write_file(directory, "task-0001", "other", 5);
    assert_int_equal(parcel_read(directory, "task", &got, NULL, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    char *part = xasprintf("%s/task-0002", directory);
    unlink(part);
    write_parts(directory, "task", &bytes, "a name");
    unlink(part);
    assert_int_equal(parcel_read(directory, "task", &got, NULL, &err), -1);
    assert_non_null(strstr(err.message, "task-0002: No such file"));
    write_file(directory, "task-0000", "{}\nx", 4);
    assert_int_equal(parcel_read(directory, "task", &got, NULL, &err), -1);
    assert_non_null(strstr(err.message, "task-0000: not the beginning"));
    free(part);
    text_release(&bytes);
    text_release(&got);
    clear(directory);
}

static void pack(const char *from, struct text *bytes)
{
    char *command =
             xasprintf("tar -C '%s' -czf '%s.tgz' . && mv '%s.tgz' '%s/packed'", from, from, from, from),
         *path = xasprintf("%s/packed", from);
    struct err err = {0};
    assert_int_equal(system(command), 0);
    assert_int_equal(text_read_file(bytes, path, 1 << 20, &err), 0);
    free(command);
    free(path);
}

static void an_errand(void **state)
{
    (void)state;
    static const char variables[] = "SEEP_TEST_ONE=a=b\nc\0SEEP_TEST_TWO=\0";
    char *at = scratch(), *from = scratch();
    struct text packed = TEXT_EMPTY, task = TEXT_EMPTY, read = TEXT_EMPTY;
    struct errand errand;
    struct err err = {0};
    assert_int_equal(errand_open(&errand, at, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    errand_release(&errand);
    write_file(from, "service.x.yaml", "target: x\n", 10);
    pack(from, &packed);
    text_add(&task, "a\0b", 3);
    write_parts(at, ERRAND_TASK, &task, "");
    write_parts(at, ERRAND_DIRECTORY, &packed, "service.x.yaml");
    write_file(at, ERRAND_ENVIRONMENT, variables, sizeof variables - 1);
    if (errand_open(&errand, at, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(errand.task.length, 3);
    assert_memory_equal(errand.task.bytes, "a\0b", 3);
    assert_int_equal(text_read_file(&read, errand.file, 100, &err), 0);
    assert_string_equal(read.bytes, "target: x\n");
    assert_string_equal(getenv("SEEP_TEST_ONE"), "a=b\nc");
    assert_string_equal(getenv("SEEP_TEST_TWO"), "");
    char *directory = xstrdup(errand.directory);
    struct stat status;
    assert_int_equal(stat(directory, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    errand_release(&errand);
    assert_int_equal(access(directory, F_OK), -1);
    write_parts(at, ERRAND_DIRECTORY, &task, "service.x.yaml"); /* not packed */
    assert_int_equal(errand_open(&errand, at, &err), -1);
    assert_non_null(strstr(err.message, "tar"));
    errand_release(&errand);
    write_parts(at, ERRAND_DIRECTORY, &packed, "../service.x.yaml");
    assert_int_equal(errand_open(&errand, at, &err), -1);
    errand_release(&errand);
    free(directory);
    text_release(&packed);
    text_release(&task);
    text_release(&read);
    clear(at);
    clear(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stacks_have_in_common),
        cmocka_unit_test(one_trial),
        cmocka_unit_test(what_a_stack_cannot_have),
        cmocka_unit_test(services_may_depend_on_each_other),
        cmocka_unit_test(what_tasks_say),
        cmocka_unit_test(who_may_start),
        cmocka_unit_test(whose_a_stack_is),
        cmocka_unit_test(in_parts_and_back),
        cmocka_unit_test(an_errand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
