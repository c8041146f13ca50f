/* Whose requests for the pages of a live run are answered, and which form of the metrics an Accept header asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/strings.h"
#include "net/visitor.h"
#include "report/openmetrics.h"

static int check(const char *local, const char *host, const char *more)
{
    char *names[] = {(char *)"seep", (char *)"live.example:80"};
    const struct strings known = {names, 2};
    const struct visitor_rule rule = {.port = 9464, .names = &known};
    struct request_head request;
    const char *why = NULL;
    char bytes[512];
    int length =
        snprintf(bytes, sizeof bytes, "GET / HTTP/1.1\r\nHost: %s\r\n%s\r\n", host, more != NULL ? more : "");
    assert_int_equal(request_head_read(&request, bytes, (size_t)length, &why), 0);
    return visitor_check(&rule, local, &request, &why);
}

static void host_is_ours_or_named(void **state)
{
    static const struct {
        const char *local, *host;
        int status;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1:9464", 0},
        {"127.0.0.1", "localhost:9464", 0},
        {"::1", "[::1]:9464", 0},
        {"::1", "[0:0:0:0:0:0:0:1]:9464", 0},
        {"10.1.2.3", "10.1.2.3:9464", 0},
        {"2001:db8::1", "[2001:db8::1]:9464", 0},
        {"10.1.2.3", "seep", 0},
        {"10.1.2.3", "Seep:1234", 0},
        {"10.1.2.3", "live.example", 0},
        {"10.1.2.3", "live.example:80", 0},
        {"10.1.2.3", "live.example:9464", 403}, /* it was given with its port */
        {"10.1.2.3", "10.1.2.4:9464", 403},
        {"127.0.0.1", "127.0.0.1", 403}, /* that is port 80 */
        {"127.0.0.1", "localhost:9465", 403},
        {"127.0.0.1", "evil.example:9464", 403},
        {"127.0.0.1", "localhost.evil.example:9464", 403},
        {"127.0.0.1", "127.0.0.1.nip.example:9464", 403},
        {"127.0.0.1", "0.0.0.0:9464", 403},
        {"127.0.0.1", "2130706433:9464", 403}, /* 127.0.0.1, as some resolvers read it */
        {"127.0.0.1", "seep.:9464", 403},
        {"127.0.0.1", "", 400},
        {"127.0.0.1", "seep:", 400},
        {"127.0.0.1", "seep:70000", 400},
        {"127.0.0.1", "[::1", 400},
        {"127.0.0.1", "user@seep", 400},
        {"127.0.0.1", "seep/x", 400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (check(cases[i].local, cases[i].host, NULL) != cases[i].status)
            fail_msg("Host: %s at %s: not %d", cases[i].host, cases[i].local, cases[i].status);
}

static void other_origins_are_refused(void **state)
{
    static const struct {
        const char *more;
        int status;
    } cases[] = {
        {"Origin: http://localhost:9464\r\n", 0},
        {"Origin: http://localhost:9465\r\n", 403},
        {"Origin: https://localhost:9464\r\n", 403},
        {"Origin: http://localhost:9464.evil.example\r\n", 403},
        {"Origin: null\r\n", 403},
        {"Origin: \r\n", 403},
        {"Sec-Fetch-Site: same-origin\r\n", 0},
        {"Sec-Fetch-Site: none\r\n", 0},
        {"Sec-Fetch-Site: same-site\r\n", 403},
        {"Sec-Fetch-Site: cross-site\r\n", 403},
        {"Origin: http://localhost:9464\r\nSec-Fetch-Site: cross-site\r\n", 403},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (check("127.0.0.1", "localhost:9464", cases[i].more) != cases[i].status)
            fail_msg("%s: not %d", cases[i].more, cases[i].status);
}

static void the_form_is_negotiated(void **state)
{
    static const struct {
        const char *accept;
        enum metrics_form form;
    } cases[] = {
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         METRICS_OPEN},
        {"application/openmetrics-text", METRICS_OPEN},
        {"Application/OpenMetrics-Text ; version=1.0.0", METRICS_OPEN},
        {"text/plain;q=0.2, application/openmetrics-text;version=1.0.0;q=0.3", METRICS_OPEN},
        {"text/plain;q=0.3, application/openmetrics-text;version=1.0.0;q=0.2", METRICS_CLASSIC},
        {"application/openmetrics-text;q=0", METRICS_CLASSIC},
        {"application/openmetrics-text-not", METRICS_CLASSIC},
        {"text/html,*/*;q=0.8", METRICS_CLASSIC},
        {",,;q=,", METRICS_CLASSIC},
        {"", METRICS_CLASSIC},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (metrics_form_of(cases[i].accept) != cases[i].form)
            fail_msg("Accept: %s", cases[i].accept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_is_ours_or_named),
        cmocka_unit_test(other_origins_are_refused),
        cmocka_unit_test(the_form_is_negotiated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
