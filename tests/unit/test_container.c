/* Containers of trials, as far as they are documents: what is made like what, what an answer of Docker says, whose it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "net/docker.h"
#include "target/clone.h"
#include "target/compose_file.h"
#include "target/container.h"
#include "target/leftovers.h"
#include "target/owner.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static json_t *parsed(const char *text)
{
    json_t *document = json_loads(text, 0, NULL);
    assert_non_null(document);
    return document;
}

static void assert_at(json_t *document, const char *pointer, const char *expected)
{
    json_t *value = json_at_pointer(document, pointer);
    char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    if (text == NULL || strcmp(text, expected) != 0)
        fail_msg("%s is %s, not %s", pointer, text != NULL ? text : "not there", expected);
    free(text);
}

static void a_project_can_be_up_twice(void **state)
{
    (void)state;
    static const char config[] = "services:\n"
                                 "  db:\n"
                                 "    image: postgres\n"
                                 "    ports: ['5432:5432']\n"
                                 "  web:\n"
                                 "    build: {context: /src}\n"
                                 "    container_name: shop\n"
                                 "    environment: {A: 'true', B: x$$y, C: '12'}\n"
                                 "    ports:\n"
                                 "    - published: 80\n"
                                 "      target: 8000\n"
                                 "    stop_grace_period: 1m30s\n"
                                 "    init: true\n"
                                 "networks:\n"
                                 "  default: {name: shop_net}\n"
                                 "  outer: {name: proxy, external: true}\n"
                                 "volumes:\n"
                                 "  data: {name: shop_data}\n"
                                 "  shared: {external: true, name: elsewhere}\n"
                                 "name: shop\n"
                                 "version: '3.9'\n";
    struct err err = {0};
    char *made = compose_file_apart(config, sizeof config - 1, "c.yml", "seep-shop", "web", &err);
    assert_non_null(made);
    json_t *project = parsed(made);
    assert_null(json_at_pointer(project, "/services/web/ports"));
    assert_null(json_at_pointer(project, "/services/db/ports"));
    assert_null(json_at_pointer(project, "/services/web/container_name"));
    assert_null(json_at_pointer(project, "/networks/default/name"));
    assert_null(json_at_pointer(project, "/volumes/data/name"));
    assert_null(json_at_pointer(project, "/name"));
    assert_at(project, "/networks/outer/name", "\"proxy\"");
    assert_at(project, "/volumes/shared/name", "\"elsewhere\"");
    assert_at(project, "/services/web/image", "\"seep-shop_web\"");
    assert_at(project, "/services/db/image", "\"postgres\"");
    assert_at(project, "/services/web/environment", "{\"A\":\"true\",\"B\":\"x$$y\",\"C\":\"12\"}");
    assert_at(project, "/services/web/init", "true");
    assert_at(project, "/services/web/stop_grace_period", "\"1m30s\"");
    json_decref(project);
    free(made);
}

static void mistakes_in_a_compose_file(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"services: {db: {image: x}, cache: {image: y}}", "c.yml has no service 'web' (services: db, cache;"},
        {"services: {web: {network_mode: host}}",
         "c.yml: service 'web' has network_mode: host; each trial needs"},
        {"x: 1", "c.yml: no services"},
        {"services: {web: [", "c.yml:"},
        {"", "c.yml:1:1: an empty document"},
        {"a: &a [*b]", "c.yml:"},
        {"? [x]\n: y", "c.yml:1:3: a key that is no scalar"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err err = {0};
        assert_null(compose_file_apart(wrong[i].text, strlen(wrong[i].text), "c.yml", "x", "web", &err));
        assert_int_equal(err.code, ERR_USAGE);
        if (strncmp(err.message, wrong[i].says, strlen(wrong[i].says)) != 0)
            fail_msg("%s\ngave '%s'\nnot  '%s'", wrong[i].text, err.message, wrong[i].says);
    }
}

/* Twelve levels of twice the one before: a small file that would be large once its aliases are followed. */
static void aliases_cannot_make_it_large(void **state)
{
    (void)state;
    struct text text = TEXT_EMPTY;
    struct err err = {0};
    text_add_string(&text, "a0: &a0 [x, x, x, x]\n");
    for (int i = 1; i < 20; i++)
        text_addf(&text, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1);
    assert_null(compose_file_apart(text.bytes, text.length, "c.yml", "x", "web", &err));
    assert_non_null(strstr(err.message, "too large"));
    text_release(&text);
}

static const char inspected[] =
    "{\"Id\":\"" ID "\",\"Image\":\"sha256:1\",\"Config\":{\"Hostname\":\"0123456789ab\",\"User\":\"app\","
    "\"Env\":[\"PATH=/bin\",\"A=b=c\",\"EMPTY=\"],\"Cmd\":[\"serve\"],\"ExposedPorts\":{\"80/tcp\":{}},"
    "\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]},\"Labels\":{\"com.docker.compose.project\":\"shop\"}},"
    "\"HostConfig\":{\"Binds\":[\"data:/data:rw\",\"/old:/run/seep\"],\"PortBindings\":{\"80/tcp\":[{}]},"
    "\"RestartPolicy\":{\"Name\":\"always\"},\"Memory\":67108864,\"GroupAdd\":[\"7\"],\"NetworkMode\":\"shop_"
    "default\"},"
    "\"NetworkSettings\":{\"Networks\":{\"shop_default\":{\"IPAddress\":\"172.18.0.2\",\"IPAMConfig\":{"
    "\"IPv4Address\":"
    "\"172.18.0.2\"}},\"back\":{\"IPAddress\":\"172.19.0.2\"}}},"
    "\"State\":{\"Running\":true,\"Pid\":77,\"OOMKilled\":false,\"ExitCode\":0}}";

static void a_trial_gets_a_container_like_it(void **state)
{
    (void)state;
    json_t *like = parsed(inspected);
    const struct clone_mount mounts[] = {{NULL, "/tmp/seep-1", "/run/seep", false},
                                         {"agents", NULL, "/lib/a", true}};
    struct clone_spec spec = {.like = like,
                              .mounts = mounts,
                              .mount_count = 2,
                              .alias = "web",
                              .owner = "me",
                              .group = 10001,
                              .unchecked = true};
    struct err err = {0};
    json_t *body = clone_body(&spec, &err);
    assert_non_null(body);
    assert_at(body, "/Image", "\"sha256:1\"");
    assert_at(body, "/Cmd", "[\"serve\"]");
    assert_at(body, "/User", "\"app\"");
    assert_at(body, "/Healthcheck", "{\"Test\":[\"NONE\"]}");
    assert_null(json_at_pointer(body, "/Hostname"));
    assert_null(json_at_pointer(body, "/HostConfig/PortBindings"));
    assert_at(body, "/HostConfig/RestartPolicy/Name", "\"no\"");
    assert_at(body, "/HostConfig/Memory", "67108864");
    assert_at(body, "/HostConfig/GroupAdd", "[\"7\",\"10001\"]");
    assert_at(body, "/HostConfig/Binds", "[\"data:/data:rw\"]");
    assert_at(body, "/HostConfig/Mounts/0/Source", "\"/tmp/seep-1\"");
    assert_at(body, "/HostConfig/Mounts/1",
              "{\"Type\":\"volume\",\"Source\":\"agents\",\"Target\":\"/lib/a\",\"ReadOnly\":true}");
    assert_at(body, "/NetworkingConfig/EndpointsConfig", "{\"shop_default\":{\"Aliases\":[\"web\"]}}");
    assert_at(body, "/Labels/com.docker.compose.oneoff", "\"True\"");
    assert_at(body, "/Labels/seep.owner", "\"me\"");
    const char *name = NULL;
    json_t *network = clone_network(&spec, 0, "c1", &name);
    assert_string_equal(name, "back");
    assert_at(network, "/Container", "\"c1\"");
    assert_null(clone_network(&spec, 1, "c1", &name));
    assert_at(like, "/HostConfig/RestartPolicy/Name", "\"always\""); /* the other one is as it was */
    assert_null(json_at_pointer(like, "/Config/Labels/seep.owner"));
    json_decref(network);
    json_decref(body);
    json_decref(like);
}

static void its_environment_is_taken_apart(void **state)
{
    (void)state;
    json_t *like = parsed(inspected);
    struct headers environment = {NULL, 0};
    clone_environment(like, &environment);
    assert_int_equal(environment.count, 3);
    assert_string_equal(headers_find(&environment, "A"), "b=c");
    assert_string_equal(headers_find(&environment, "EMPTY"), "");
    struct clone_spec spec = {.like = like, .environment = &environment, .owner = "me"};
    json_t *body = clone_body(&spec, NULL);
    assert_at(body, "/Env", "[\"PATH=/bin\",\"A=b=c\",\"EMPTY=\"]");
    json_decref(body);
    headers_release(&environment);
    json_decref(like);
}

static void one_without_an_address_is_refused(void **state)
{
    (void)state;
    static const char *const networks[] = {"{}", "{\"host\":{}}", "{\"none\":{}}"};
    for (size_t i = 0; i < 3; i++) {
        json_t *like = parsed(inspected);
        json_object_set_new(json_object_get(like, "NetworkSettings"), "Networks", parsed(networks[i]));
        struct err err = {0};
        struct clone_spec spec = {.like = like, .owner = "me"};
        assert_null(clone_body(&spec, &err));
        assert_non_null(strstr(err.message, "no network where it has an address of its own"));
        json_decref(like);
    }
}

static void how_it_ended(void **state)
{
    (void)state;
    static const struct {
        const char *state, *how;
        bool running;
        enum container_health health;
    } rows[] = {
        {"{\"Running\":true,\"Pid\":5}", "", true, HEALTH_UNCHECKED},
        {"{\"Running\":false,\"ExitCode\":3}", "exited with status 3", false, HEALTH_UNCHECKED},
        {"{\"Running\":false,\"ExitCode\":0}", "exited with status 0", false, HEALTH_UNCHECKED},
        {"{\"Running\":false,\"ExitCode\":137}", "killed by signal 9 (Killed)", false, HEALTH_UNCHECKED},
        {"{\"Running\":false,\"ExitCode\":137,\"OOMKilled\":true}", "killed for memory (its limit is 64 MiB)",
         false, HEALTH_UNCHECKED},
        {"{\"Running\":true,\"OOMKilled\":true}", "lost a process, killed for memory (its limit is 64 MiB)",
         true, HEALTH_UNCHECKED},
        {"{\"Running\":false,\"ExitCode\":127,\"Error\":\"no such file\"}",
         "exited with status 127: no such file", false, HEALTH_UNCHECKED},
        {"{\"Running\":true,\"Health\":{\"Status\":\"starting\"}}", "", true, HEALTH_STARTING},
        {"{\"Running\":true,\"Health\":{\"Status\":\"healthy\"}}", "", true, HEALTH_GOOD},
        {"{\"Running\":true,\"Health\":{\"Status\":\"unhealthy\",\"Log\":[{\"Output\":\"old\"},{\"Output\":"
         "\"first\\nlast\\n\"}]}}",
         "", true, HEALTH_BAD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *document = parsed(inspected);
        struct container_state got;
        json_object_set_new(document, "State", parsed(rows[i].state));
        assert_int_equal(container_parse(document, &got, NULL), 0);
        assert_string_equal(got.how, rows[i].how);
        assert_int_equal(got.running, rows[i].running);
        assert_int_equal(got.health, rows[i].health);
        assert_string_equal(got.address, "172.18.0.2");
        if (got.health == HEALTH_BAD)
            assert_string_equal(got.checked, "first last");
        json_decref(document);
    }
    json_t *nothing = parsed("{}");
    struct container_state got;
    struct err err = {0};
    assert_int_equal(container_parse(nothing, &got, &err), -1);
    json_decref(nothing);
}

static void a_log_in_frames(void **state)
{
    (void)state;
    static const char framed[] = "\1\0\0\0\0\0\0\4one\n\2\0\0\0\0\0\0\4two\n\1\0\0\0\0\0\0\11thr";
    static const struct {
        const char *bytes;
        size_t length;
        const char *text;
    } rows[] = {{framed, sizeof framed - 1, "one\ntwo\nthr"},
                {"plain\n", 6, "plain\n"},
                {"", 0, ""},
                {"\1\0\0", 3, "\1"}};
    for (size_t i = 0; i < 3; i++) {
        struct text body = TEXT_EMPTY, text = TEXT_EMPTY;
        text_add(&body, rows[i].bytes, rows[i].length);
        docker_log_text(&body, &text);
        assert_string_equal(text_string(&text), rows[i].text);
        text_release(&body);
        text_release(&text);
    }
}

static void who_left_it(void **state)
{
    (void)state;
    char self[OWNER_SIZE], owner[OWNER_SIZE], container[CONTAINER_ID_SIZE], id[CONTAINER_ID_SIZE];
    owner_name(self);
    char *project = leftovers_project(self, 3);
    json_t *by_project = json_pack("{s:s}", "com.docker.compose.project", project),
           *by_label = json_pack("{s:s,s:s}", "com.docker.compose.project", "shop", "seep.owner", self);
    leftovers_owner(by_project, owner);
    assert_string_equal(owner, self);
    leftovers_owner(by_label, owner);
    assert_string_equal(owner, self);
    if (!owner_container(id)) {
        assert_int_equal(owner_look(self, container), OWNER_LIVES);
        char other[OWNER_SIZE], *last = strrchr(self, '-');
        snprintf(other, sizeof other, "%.*s-1", (int)(last - self),
                 self); /* the same number, started earlier */
        assert_int_equal(owner_look(other, container), OWNER_IS_GONE);
        snprintf(other, sizeof other, "p00000000-1-1-1"); /* before the last boot */
        assert_int_equal(owner_look(other, container), OWNER_IS_GONE);
        snprintf(other, sizeof other, "%.9s-1-1-1", self); /* another pid namespace: nobody can tell */
        assert_int_equal(owner_look(other, container), OWNER_UNKNOWN);
    }
    assert_int_equal(owner_look("c" ID, container), OWNER_CONTAINER);
    assert_string_equal(container, ID);
    static const char *const others[] = {
        "{}", "{\"com.docker.compose.project\":\"shop-1\"}", "{\"com.docker.compose.project\":\"seep-\"}",
        "{\"com.docker.compose.project\":\"seep-demo\"}", "{\"com.docker.compose.project\":\"seep-1\"}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        json_t *labels = parsed(others[i]);
        leftovers_owner(labels, owner);
        assert_true(owner[0] == '\0' || owner_look(owner, container) == OWNER_UNKNOWN);
        json_decref(labels);
    }
    json_decref(by_project);
    json_decref(by_label);
    free(project);
}

static void which_container_this_is(void **state)
{
    (void)state;
    char id[CONTAINER_ID_SIZE] = "";
    assert_true(
        owner_parse_mounts("1 2 8:1 /var/lib/docker/containers/" ID "/hostname /etc/hostname rw", id));
    assert_string_equal(id, ID);
    assert_false(owner_parse_mounts("1 2 8:1 /containers/0123/hostname /etc/hostname rw", id));
    assert_false(owner_parse_mounts("", id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_project_can_be_up_twice),
        cmocka_unit_test(mistakes_in_a_compose_file),
        cmocka_unit_test(aliases_cannot_make_it_large),
        cmocka_unit_test(a_trial_gets_a_container_like_it),
        cmocka_unit_test(its_environment_is_taken_apart),
        cmocka_unit_test(one_without_an_address_is_refused),
        cmocka_unit_test(how_it_ended),
        cmocka_unit_test(a_log_in_frames),
        cmocka_unit_test(who_left_it),
        cmocka_unit_test(which_container_this_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
