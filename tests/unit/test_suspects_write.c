/* Production's suspects in a service.yaml that a person wrote: what is changed, and that nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "base/text.h"
#include "flow/endpoint_alike.h"
#include "flow/suspects_write.h"
#include "scenario/load.h"
#include "scenario/suspects.h"
#include "scratch_files.h"

static int make_directory(void **state)
{
    (void)state;
    return scratch_make();
}

static void put_endpoints(void)
{
    put("orders.yaml", "endpoint: GET /orders/{id}\nrecording: orders.jsonl\n");
    put("order.yaml", "endpoint: POST /orders\nrecording: order.jsonl\n");
    put("listed.yaml", "endpoint: GET /orders\nrecording: listed.jsonl\n");
    put("quote.yaml", "endpoint: GET /quote/{sku}\nrecording: quote.jsonl\n");
}

static void suspect(struct suspects *suspects, const char *names, double probability, double bytes,
                    double share)
{
    suspects->items = xrealloc(suspects->items, (suspects->count + 1) * sizeof *suspects->items);
    struct suspect *added = &suspects->items[suspects->count++];
    *added = (struct suspect){.bytes_per_request = bytes, .share = share, .probability = probability};
    char *copy = xstrdup(names), *rest = NULL;
    for (char *name = strtok_r(copy, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest))
        strings_add(&added->endpoints, name);
    free(copy);
}

/* Two suspects, of which one is two endpoints. */
static struct suspects two(double limit)
{
    struct suspects suspects = {.memory_limit_bytes = limit};
    suspect(&suspects, "GET /orders/:id", 0.93, 48, 0.62);
    suspect(&suspects, "POST /orders,GET /quote/<sku>", 0.41, NAN, NAN);
    return suspects;
}

#define TWO                                                                                                  \
    "  - {endpoints: [\"GET /orders/{id}\"], probability: 93%, growth: 48 B/request, share: 62%}\n"          \
    "  - {endpoints: [POST /orders, \"GET /quote/{sku}\"], probability: 41%}\n"
#define COMMENT                                                                                              \
    "# What production's memory suspects, the likeliest first: what `seep bisect` looks at first.\n"

/* What becomes of a service.yaml; its mode stays. */
static void expect(const char *before, double limit, const char *after)
{
    struct suspects suspects = two(limit);
    struct service service;
    struct stat status;
    struct err err = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/service.yaml", directory);
    put("service.yaml", before);
    assert_int_equal(chmod(path, 0640), 0);
    if (suspects_write(directory, &suspects, &err) != 0)
        fail_msg("%s\n%s", err.message, before);
    char *text = get("service.yaml");
    assert_string_equal(text, after);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_string_equal(suspects.written, directory);
    assert_int_equal(suspects.caveats.count, 0);
    if (scenario_load(directory, &service, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(service.suspects.count, 2);
    assert_string_equal(service.suspects.items[0].endpoints.items[0], "GET /orders/{id}");
    assert_float_equal(service.suspects.items[0].probability, 0.93, 1e-9);
    assert_float_equal(service.suspects.items[0].bytes_per_request, 48, 1e-9);
    assert_true(isnan(service.suspects.items[1].share));
    assert_int_equal(service.suspects.items[1].endpoints.count, 2);
    if (limit > 0)
        assert_float_equal(service.memory_limit_bytes, limit, 0.5);
    /* Once more, and nothing changes. */
    struct suspects again = two(limit);
    assert_int_equal(suspects_write(directory, &again, &err), 0);
    char *second = get("service.yaml");
    assert_string_equal(second, after);
    free(text);
    free(second);
    service_release(&service);
    suspects_release(&suspects);
    suspects_release(&again);
}

#define MIB512 536870912.0

static void what_is_missing_is_added_at_the_end(void **state)
{
    (void)state;
    put_endpoints();
    expect("target: http://127.0.0.1:5000\n", NAN,
           "target: http://127.0.0.1:5000\n\n" COMMENT "suspects:\n" TWO);
    expect("target: http://127.0.0.1:5000 # no line end", MIB512,
           "target: http://127.0.0.1:5000 # no line end\n\nmemory_limit: 512 MiB\n" COMMENT
           "suspects:\n" TWO);
    expect("target: http://127.0.0.1:5000\n\n# the last word\n", MIB512,
           "target: http://127.0.0.1:5000\n\n# the last word\n\nmemory_limit: 512 MiB\n" COMMENT
           "suspects:\n" TWO);
    expect("---\ntarget: http://127.0.0.1:5000\n...\n# after it\n", NAN,
           "---\ntarget: http://127.0.0.1:5000\n\n" COMMENT "suspects:\n" TWO "...\n# after it\n");
    expect("  target: http://127.0.0.1:5000\n  instances: 2\n", MIB512,
           "  target: http://127.0.0.1:5000\n  instances: 2\n\n  memory_limit: 512 MiB\n  " COMMENT
           "  suspects:\n"
           "    - {endpoints: [\"GET /orders/{id}\"], probability: 93%, growth: 48 B/request, share: 62%}\n"
           "    - {endpoints: [POST /orders, \"GET /quote/{sku}\"], probability: 41%}\n");
    expect("\xef\xbb\xbftarget: http://127.0.0.1:5000\n", NAN,
           "\xef\xbb\xbftarget: http://127.0.0.1:5000\n\n" COMMENT "suspects:\n" TWO);
}

static void what_is_there_is_replaced_where_it_stands(void **state)
{
    (void)state;
    put_endpoints();
    expect("# caf\xc3\xa9 \xe2\x82\xac\nsuspects:\n- {endpoints: [GET /orders], probability: 5%}\n"
           "# of the pod\nmemory_limit:   700 MiB   # of the pod\ntarget: http://127.0.0.1:5000\n",
           MIB512,
           "# caf\xc3\xa9 \xe2\x82\xac\nsuspects:\n"
           "- {endpoints: [\"GET /orders/{id}\"], probability: 93%, growth: 48 B/request, share: 62%}\n"
           "- {endpoints: [POST /orders, \"GET /quote/{sku}\"], probability: 41%}\n"
           "# of the pod\nmemory_limit:   512 MiB   # of the pod\ntarget: http://127.0.0.1:5000\n");
    expect("target: http://127.0.0.1:5000\nsuspects: # from production\n  # we know of this one\n"
           "    - endpoints:\n        - GET /orders\n      # it grew in May\n      probability: 5%\n"
           "  # behind it\n\ninstances: 2\n",
           NAN,
           "target: http://127.0.0.1:5000\nsuspects: # from production\n  # we know of this one\n"
           "      # it grew in May\n"
           "    - {endpoints: [\"GET /orders/{id}\"], probability: 93%, growth: 48 B/request, share: 62%}\n"
           "    - {endpoints: [POST /orders, \"GET /quote/{sku}\"], probability: 41%}\n"
           "  # behind it\n\ninstances: 2\n");
    expect("suspects: [{endpoints: [GET /orders],\n  # why\n  probability: 5%}] # one line\ntarget: "
           "http://127.0.0.1:5000\n",
           NAN, "suspects: # one line\n  # why\n" TWO "target: http://127.0.0.1:5000\n");
    expect("memory_limit: 1 GiB\ntarget: http://127.0.0.1:5000\nsuspects:\n  - {endpoints: [GET /orders], "
           "probability: 5%}",
           MIB512, "memory_limit: 512 MiB\ntarget: http://127.0.0.1:5000\nsuspects:\n" TWO);
    expect("\"suspects\" : []\n'memory_limit': \"1 GiB\"\ntarget: http://127.0.0.1:5000", MIB512,
           "\"suspects\" :\n" TWO "'memory_limit': 512 MiB\ntarget: http://127.0.0.1:5000");
}

static void line_ends_are_those_of_the_file(void **state)
{
    (void)state;
    put_endpoints();
    expect("target: http://127.0.0.1:5000\r\n", MIB512,
           "target: http://127.0.0.1:5000\r\n\r\nmemory_limit: 512 MiB\r\n"
           "# What production's memory suspects, the likeliest first: what `seep bisect` looks at "
           "first.\r\nsuspects:\r\n"
           "  - {endpoints: [\"GET /orders/{id}\"], probability: 93%, growth: 48 B/request, share: 62%}\r\n"
           "  - {endpoints: [POST /orders, \"GET /quote/{sku}\"], probability: 41%}\r\n");
    expect("suspects:\r\n  - {endpoints: [GET /orders], probability: 5%} # mine\r\n# next\r\ntarget: "
           "http://127.0.0.1:5000\r\n",
           NAN,
           "suspects:\r\n"
           "  - {endpoints: [\"GET /orders/{id}\"], probability: 93%, growth: 48 B/request, share: 62%}\r\n"
           "  - {endpoints: [POST /orders, \"GET /quote/{sku}\"], probability: 41%}\r\n# next\r\ntarget: "
           "http://127.0.0.1:5000\r\n");
}

static void what_cannot_be_edited_safely_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *before, *says;
    } cases[] = {
        {"{target: 'http://127.0.0.1:5000'}\n", ":1:1: keys in braces are not changed here"},
        {"target: http://127.0.0.1:5000\n---\ntarget: x\n", ":2:1: a second document"},
        {"target: http://127.0.0.1:5000\nsuspects: &a []\n", ":2:11: anchors"},
        {"target: http://127.0.0.1:5000\nsuspects: *a\n", ":2:11: aliases"},
        {"target: http://127.0.0.1:5000\n&k suspects: []\n", ":2:1: anchors"},
        {"target: http://127.0.0.1:5000\n? suspects\n: []\n", ":2:3: 'suspects' cannot be changed here"},
        {"target: http://127.0.0.1:5000\nsuspects: []\nsuspects: []\n",
         ":3:1: key 'suspects' is given twice"},
        {"target: http://127.0.0.1:5000\nname: |+\n  text\n\n", "cannot be changed line by line"},
        {"target: [\n", "not YAML"},
        {"# nothing\n", "expected `key: value` here"},
        {"", "expected `key: value` here"},
        {"- target\n", "expected `key: value` here"},
        {"\xff\xfet", ""},
    };
    put_endpoints();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct suspects suspects = two(MIB512);
        struct err err = {0};
        put("service.yaml", cases[i].before);
        assert_int_equal(suspects_write(directory, &suspects, &err), -1);
        if (strstr(err.message, cases[i].says) == NULL || strchr(err.message, '\n') != NULL)
            fail_msg("%s: %s", cases[i].before, err.message);
        assert_int_equal(err.code, ERR_USAGE);
        char *after = get("service.yaml");
        assert_string_equal(after, cases[i].before);
        assert_null(suspects.written);
        free(after);
        suspects_release(&suspects);
    }
    struct dirent **left;
    int count = scandir(directory, &left, NULL, NULL);
    for (int i = 0; i < count; i++) {
        assert_true(left[i]->d_name[0] != '.' || strspn(left[i]->d_name, ".") == strlen(left[i]->d_name));
        free(left[i]);
    }
    free(left);
}

static void a_link_stays_one(void **state)
{
    (void)state;
    char path[128];
    struct stat status;
    struct suspects suspects = two(NAN);
    struct err err = {0};
    put_endpoints();
    put("real.txt", "target: http://127.0.0.1:5000\n");
    snprintf(path, sizeof path, "%s/service.yaml", directory);
    unlink(path);
    assert_int_equal(symlink("real.txt", path), 0);
    assert_int_equal(suspects_write(directory, &suspects, &err), 0);
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    char *text = get("real.txt");
    assert_string_equal(text, "target: http://127.0.0.1:5000\n\n" COMMENT "suspects:\n" TWO);
    free(text);
    suspects_release(&suspects);
    unlink(path);
}

static void what_the_directory_has_not_is_a_caveat(void **state)
{
    (void)state;
    struct suspects suspects = {.memory_limit_bytes = NAN}, none = {.memory_limit_bytes = MIB512};
    struct err err = {0};
    put_endpoints();
    put("service.yaml", "target: http://127.0.0.1:5000\n");
    suspect(&suspects, "GET /gone,/orders/{n}", 0.7, 12, 0.1);
    suspect(&suspects, "GET /nowhere", 0.6, 12, 0.1);
    suspect(&suspects, "GET /orders/:id,get_quote", 0.5, -3, 2);
    suspect(&suspects, "GET /orders", 0, 1, 0);
    assert_int_equal(suspects_write(directory, &suspects, &err), 0);
    char *text = get("service.yaml");
    assert_string_equal(
        text, "target: http://127.0.0.1:5000\n\n" COMMENT "suspects:\n"
              "  - {endpoints: [\"GET /orders/{id}\"], probability: 70%, growth: 12 B/request, share: "
              "10%}\n"
              "  - {endpoints: [\"GET /quote/{sku}\"], probability: 50%, share: 100%}\n");
    assert_int_equal(suspects.caveats.count, 1);
    assert_non_null(strstr(suspects.caveats.items[0], "has no endpoint for GET /gone, GET /nowhere:"));
    free(text);
    /* Nothing was ranked: the list stays, the limit is told. */
    assert_int_equal(suspects_write(directory, &none, &err), 0);
    text = get("service.yaml");
    assert_non_null(strstr(text, "probability: 70%"));
    assert_non_null(strstr(text, "memory_limit: 512 MiB\n"));
    assert_non_null(strstr(none.caveats.items[0], "nothing was ranked"));
    free(text);
    suspects_release(&suspects);
    suspects_release(&none);
}

static void names_of_production_mean_endpoints(void **state)
{
    (void)state;
    static const char *const names[] = {
        "GET /orders/{id}", "POST /orders", "GET /orders",       "GET /quote/{sku}",  "GET /a/{x}",
        "GET /a/{y}",       "GET /",        "GET /files/{rest}", "POST /quote/{sku}", "GET /v{major}/info"};
    static const struct {
        const char *name, *means;
    } cases[] = {
        {"GET /orders/{id}", "GET /orders/{id}"},
        {"GET /orders/{order_id}", "GET /orders/{id}"},
        {"GET /orders/<int:order_id>", "GET /orders/{id}"},
        {"GET /orders/<id>/", "GET /orders/{id}"},
        {"GET /orders/:id", "GET /orders/{id}"},
        {"GET /orders/:id?", "GET /orders/{id}"},
        {"GET /orders/[id]", "GET /orders/{id}"},
        {"GET /orders/*", "GET /orders/{id}"},
        {"GET  /orders/{id:[0-9]{1,9}}", "GET /orders/{id}"},
        {"GET /orders/:id(.:format)", "GET /orders/{id}"},
        {"GET /orders/{id}?page=1", "GET /orders/{id}"},
        {"GET //orders//{id}", "GET /orders/{id}"},
        {"/orders/:id", "GET /orders/{id}"},
        {"/orders", "POST /orders|GET /orders"},
        {"/quote/:sku", "GET /quote/{sku}|POST /quote/{sku}"},
        {"DELETE /orders/{id}", ""},
        {"GET /orders/{id}/items", ""},
        {"GET /order/{id}", ""},
        {"GET /Orders/{id}", ""},
        {"GET /a/{x}", "GET /a/{x}"},
        {"GET /a/{z}", ""},
        {"GET /", "GET /"},
        {"/", "GET /"},
        {"GET /files/<path:rest>", "GET /files/{rest}"},
        {"GET /files/{*path}", "GET /files/{rest}"},
        {"GET /v:n/info", ""},
        {"GET /v<n>/info", "GET /v{major}/info"},
        {"get_orders_id", "GET /orders/{id}"},
        {"getOrdersId", "GET /orders/{id}"},
        {"OrdersPost", "POST /orders"},
        {"orders_post", "POST /orders"},
        {"orders", ""},
        {"POST orders", "POST /orders"},
        {"GET quote", "GET /quote/{sku}"},
        {"get_quote", "GET /quote/{sku}"},
        {"quote", ""},
        {"", ""},
        {"GET ", ""},
        {"?", ""},
        {"{", ""},
        {"GET /orders/{id", "GET /orders/{id}"},
    };
    struct strings endpoints = {NULL, 0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        strings_add(&endpoints, names[i]);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strings found = {NULL, 0};
        endpoint_alike(cases[i].name, &endpoints, &found);
        char *joined = strings_join(&found, "|");
        if (strcmp(joined, cases[i].means) != 0)
            fail_msg("'%s' means '%s', not '%s'", cases[i].name, joined, cases[i].means);
        free(joined);
        strings_release(&found);
    }
    strings_release(&endpoints);
}

static void sizes_are_exact(void **state)
{
    (void)state;
    static const struct {
        double bytes;
        const char *says;
    } cases[] = {{MIB512, "512 MiB"},      {1073741824, "1 GiB"}, {1e9, "1 GB"}, {5e8, "500 MB"},
                 {1610612736, "1536 MiB"}, {1000, "1 kB"},        {1, "1 B"},    {123456789, "123456789 B"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text = TEXT_EMPTY;
        scenario_add_size(&text, cases[i].bytes);
        assert_string_equal(text.bytes, cases[i].says);
        text_release(&text);
    }
}

/* The lines of a file of which neither key nor what stands below it is told. */
static void assert_others_stay(const char *before, const char *after)
{
    struct err err = {0};
    struct text one = TEXT_EMPTY, other = TEXT_EMPTY, meaning = TEXT_EMPTY, meant = TEXT_EMPTY;
    text_add_string(&one, before);
    text_add_string(&other, after);
    scenario_add_meaning(&meaning, &one);
    scenario_add_meaning(&meant, &other);
    assert_string_equal(text_string(&meaning), text_string(&meant));
    struct yaml *root = yaml_read_text(after, strlen(after), "after", &err);
    if (root == NULL)
        fail_msg("%s\n%s", err.message, after);
    yaml_node_free(root);
    text_release(&one);
    text_release(&other);
    text_release(&meaning);
    text_release(&meant);
}

/* Comments of `before` that are lines of their own are there after. */
static void assert_comments_stay(const char *before, const char *after)
{
    for (const char *at = before; *at != '\0';) {
        size_t length = strcspn(at, "\n"), space = strspn(at, " ");
        if (at[space] == '#') {
            char *line = xstrndup(at, length);
            if (strstr(after, line) == NULL)
                fail_msg("'%s' is gone:\n%s", line, after);
            free(line);
        }
        at += length + (at[length] == '\n');
    }
}

/* A text with a random line of another kind put in, the line ends changed or the last one cut off. */
static char *disturbed(const char *text, struct random *random)
{
    static const char *const lines[] = {
        "# a comment",
        "",
        "suspects: []",
        "suspects:\n  - {endpoints: [GET /orders], probability: 3%}",
        "suspects:\n- endpoints: [GET /orders]\n  probability: 3%\n  # inside",
        "memory_limit: 3 GiB # here",
        "memory_limit:",
        "suspects: # none yet",
        "  # indented",
        "\xc3\xa9: \xe2\x82\xac",
        "..."};
    size_t count = 0, at = 0, want;
    for (const char *c = text; *c != '\0'; c++)
        count += *c == '\n';
    want = random_below(random, count + 1);
    for (; want > 0; want--)
        at += strcspn(text + at, "\n") + 1;
    struct text out = TEXT_EMPTY;
    text_add(&out, text, at);
    text_addf(&out, "%s\n%s", lines[random_below(random, sizeof lines / sizeof *lines)], text + at);
    if (random_below(random, 4) == 0 && out.length > 0)
        out.bytes[--out.length] = '\0';
    if (random_below(random, 4) > 0)
        return text_take(&out);
    struct text carried = TEXT_EMPTY;
    for (size_t i = 0; i < out.length; i++) {
        if (out.bytes[i] == '\n')
            text_add_char(&carried, '\r');
        text_add_char(&carried, out.bytes[i]);
    }
    text_release(&out);
    return text_take(&carried);
}

static size_t try_on(const char *text, struct random *random)
{
    struct suspects suspects = two(random_below(random, 2) ? MIB512 : NAN);
    struct err err = {0};
    char *before = disturbed(text, random);
    put("service.yaml", before);
    int failed = suspects_write(directory, &suspects, &err);
    char *after = get("service.yaml");
    if (failed) {
        assert_string_equal(after, before);
        assert_int_equal(err.code, ERR_USAGE);
    } else {
        assert_others_stay(before, after);
        assert_comments_stay(before, after);
        assert_non_null(strstr(after, "\"GET /orders/{id}\"], probability: 93%"));
        if (suspects.memory_limit_bytes > 0)
            assert_non_null(strstr(after, "memory_limit: 512 MiB"));
    }
    free(before);
    free(after);
    suspects_release(&suspects);
    return !failed;
}

/* The services that come with seep, each disturbed in many ways. */
static void shipped_services_keep_all_else(void **state)
{
    (void)state;
    static const char *const files[] = {"scenarios/pricing/service.yaml",
                                        "scenarios/pricing/service.hunt.yaml",
                                        "scenarios/pricing/service.soak.yaml"};
    size_t written = 0, tried = 0;
    struct random random;
    random_init(&random, 7);
    put_endpoints();
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        struct text text = TEXT_EMPTY;
        assert_int_equal(text_read_file(&text, files[f], 1000000, NULL), 0);
        for (size_t i = 0; i < 200; i++, tried++)
            written += try_on(text_string(&text), &random);
        text_release(&text);
    }
    print_message("%zu of %zu disturbed files were edited, the rest refused and left\n", written, tried);
    assert_true(written * 2 > tried);
}

/* Two keys say nothing of a measurement; all others do. */
static void the_meaning_is_that_of_all_other_keys(void **state)
{
    (void)state;
    static const char *const same[] = {
        "target: x\nstart: {command: [a]}\n",
        "# c\ntarget: x\n\nstart:\n  command: [a]\nmemory_limit: 1 GiB\n",
        "suspects:\n- {endpoints: [a], probability: 1%}\ntarget:   x # y\nstart: {command: [a]}\n"};
    static const char *const others[] = {"target: x\nstart: {command: [b]}\n",
                                         "target: x\n",
                                         "target: \"x\"\nstart: {command: [a]}\n",
                                         "target: x\nstart: {command: [a]}\nagent: none\n",
                                         "target: x\nstart: {command: a}\n",
                                         "target: [\n",
                                         ""};
    char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        struct text text = TEXT_EMPTY, meaning = TEXT_EMPTY;
        text_add_string(&text, same[i]);
        scenario_add_meaning(&meaning, &text);
        if (first == NULL)
            first = xstrdup(meaning.bytes);
        assert_string_equal(meaning.bytes, first);
        text_release(&text);
        text_release(&meaning);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct text text = TEXT_EMPTY, meaning = TEXT_EMPTY;
        text_add_string(&text, others[i]);
        scenario_add_meaning(&meaning, &text);
        assert_string_not_equal(text_string(&meaning), first);
        text_release(&text);
        text_release(&meaning);
    }
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_missing_is_added_at_the_end, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(what_is_there_is_replaced_where_it_stands, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(line_ends_are_those_of_the_file, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(what_cannot_be_edited_safely_is_refused, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(a_link_stays_one, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(what_the_directory_has_not_is_a_caveat, make_directory,
                                        remove_directory),
        cmocka_unit_test(names_of_production_mean_endpoints),
        cmocka_unit_test(sizes_are_exact),
        cmocka_unit_test_setup_teardown(shipped_services_keep_all_else, make_directory, remove_directory),
        cmocka_unit_test(the_meaning_is_that_of_all_other_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
