#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/operation.h"
#include "traffic/template.h"

static struct request post(const char *url, const char *body)
{
    return (struct request){.method = (char *)(uintptr_t) "POST",
                            .url = (char *)(uintptr_t)url,
                            .body = (unsigned char *)(uintptr_t)body,
                            .body_length = strlen(body)};
}

static void names(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"operationName\":\"GetCart\",\"query\":\"query Other { cart { id } }\"}", "GetCart"},
        {"{\"operationName\":null,\"query\":\"query GetCart($id: ID!) { cart(id: $id) { id } }\"}",
         "GetCart"},
        {"{\"query\":\"# a comment {\\n mutation Add{ add }\"}", "Add"},
        {"{\"query\":\"fragment F on Cart { a(x: \\\"}\\\") { b } } query UseF { ...F }\"}", "UseF"},
        {"{\"query\":\"{ mine: cart { id } }\"}", "query.cart"},
        {"{\"query\":\"mutation { addItem }\"}", "mutation.addItem"},
        {"{\"query\":\"subscription($a: Int) { ticks }\"}", "subscription.ticks"},
        {"[{\"query\":\"query A { a }\"},{\"query\":\"query A { a }\"}]", "batch.A"},
        {"[{\"query\":\"query A { a }\"},{\"query\":\"query B { a }\"}]", "batch"},
        {"{\"jsonrpc\":\"2.0\",\"method\":\"eth_call\",\"params\":[{\"a\":[1,2]}],\"id\":1}", "eth_call"},
        {"{\"method\":\"getblock\",\"params\":[],\"id\":\"x\"}", "getblock"},
        {"[{\"jsonrpc\":\"2.0\",\"method\":\"a/b\",\"id\":1}]", "batch.a/b"},
        {"{\"operationName\":\"a b\\nc{d}@2\"}", "a_b_c_d__2"},
        {"{\"query\":\"shoes\"}", NULL},             /* a search */
        {"{\"query\":\"query shoes\"}", NULL},       /* likewise */
        {"{\"method\":\"pay\",\"amount\":1}", NULL}, /* a form */
        {"{\"query\":\"query A { a }\"", NULL},      /* cut short */
        {"[1,2]", NULL},
        {"[]", NULL},
        {"a=b&c=d", NULL},
        {"\"x\"", NULL},
        {"{\"query\":\"{\"}", NULL},
        {"{\"query\":\"fragment F on\"}", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct request request = post("/graphql", cases[i][0]);
        char name[OPERATION_SIZE];
        bool found = operation_name(&request, name);
        if (found != (cases[i][1] != NULL) || (found && strcmp(name, cases[i][1]) != 0))
            fail_msg("%s: '%s'", cases[i][0], found ? name : "(none)");
    }
}

static void names_in_urls_and_texts(void **state)
{
    (void)state;
    char name[OPERATION_SIZE];
    struct request get = post("/graphql?query=query%20GetCart%7Bcart%7D", "");
    assert_true(operation_name(&get, name));
    assert_string_equal(name, "GetCart");
    get.url = (char *)(uintptr_t) "/graphql?variables=%7B%7D&operationName=Get%20It&query=x";
    assert_true(operation_name(&get, name));
    assert_string_equal(name, "Get_It");
    get.url = (char *)(uintptr_t) "/search?query=shoes";
    assert_false(operation_name(&get, name));
    struct request text = post("/graphql", "query GetText { a }");
    assert_false(operation_name(&text, name));
    headers_add(&text.headers, "content-type", "application/graphql; charset=utf-8");
    assert_true(operation_name(&text, name));
    assert_string_equal(name, "GetText");
    headers_release(&text.headers);
}

/* A long name is cut, and one that somebody makes up for each request does not make endpoints without end. */
static void endpoints(void **state)
{
    (void)state;
    struct templates *templates = templates_new();
    templates_use_operations(templates);
    struct request cart = post("/graphql/", "{\"operationName\":\"GetCart\"}"),
                   plain = post("/graphql/", "{}");
    templates_add_request(templates, &cart);
    templates_add_request(templates, &plain);
    for (int i = 0; i < 300; i++) {
        char *body = xasprintf("{\"jsonrpc\":\"2.0\",\"method\":\"m%d\",\"params\":[],\"id\":1}", i);
        struct request request = post("/rpc", body);
        templates_add_request(templates, &request);
        free(body);
    }
    templates_settle(templates);
    char *name = templates_name_request(templates, &cart);
    assert_string_equal(name, "POST /graphql/#GetCart");
    free(name);
    name = templates_name_request(templates, &plain);
    assert_string_equal(name, "POST /graphql/");
    free(name);
    struct request call = post("/rpc", "{\"jsonrpc\":\"2.0\",\"method\":\"m7\",\"id\":1}");
    name = templates_name_request(templates, &call);
    assert_string_equal(name, "POST /rpc#{operation}");
    free(name);
    templates_free(templates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(names_in_urls_and_texts),
        cmocka_unit_test(endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
