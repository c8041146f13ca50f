/* The allow-list and origins: nothing but what is named, whatever the spelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "net/allow.h"

static struct allow *list(const char *a, const char *b, struct err *err)
{
    struct strings entries = {NULL, 0};
    if (a != NULL)
        strings_add(&entries, a);
    if (b != NULL)
        strings_add(&entries, b);
    struct allow *allow = allow_new(&entries, err);
    strings_release(&entries);
    return allow;
}

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(&storage, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(&storage, &v6, sizeof v6);
    else
        fail_msg("not an address: %s", text);
    return storage;
}

static bool permits(const char *entry, const char *text)
{
    struct err err = {0};
    struct allow *allow = list(entry, NULL, &err);
    struct sockaddr_storage address = address_of(text);
    assert_non_null(allow);
    bool result = allow_permits(allow, (struct sockaddr *)&address);
    allow_free(allow);
    return result;
}

static void test_entries(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *address;
        bool permitted;
    } rows[] = {
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.1", "0.0.0.0",
         false}, /* connects to this machine all the same, but is not what was named */
        {"127.0.0.1", "::1", false},
        {"127.0.0.1", "::ffff:127.0.0.1", true},
        {"127.0.0.1", "::127.0.0.1", false},
        {"10.1.0.0/16", "10.1.255.255", true},
        {"10.1.0.0/16", "10.2.0.0", false},
        {"10.1.2.3/16", "10.1.9.9", true},
        {"10.1.0.0/17", "10.1.127.1", true},
        {"10.1.0.0/17", "10.1.128.1", false},
        {"10.1.2.3/32", "10.1.2.3", true},
        {"10.1.2.3/32", "10.1.2.2", false},
        {"0.0.0.0/0", "8.8.8.8", true},
        {"0.0.0.0/0", "::1", false},
        {"::1", "::1", true},
        {"::1", "::2", false},
        {"fd00::/8", "fdff::1", true},
        {"fd00::/8", "fe00::1", false},
        {"::ffff:10.0.0.0/104", "10.9.9.9", true},
        {"::ffff:10.0.0.0/104", "11.0.0.0", false},
        {"::ffff:0:0/96", "10.9.9.9", true},
        {"::ffff:0:0/95", "10.9.9.9", false},
        {"::/0", "10.9.9.9", false}, /* not by the way: 0.0.0.0/0 says so */
        {"::/64", "::ffff:10.9.9.9", false},
        {"::/64", "::1", true},
        {"::/0", "2001:db8::1", true},
        {"localhost", "127.0.0.1", true},
        {"localhost", "127.0.0.2", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (permits(rows[i].entry, rows[i].address) != rows[i].permitted)
            fail_msg("%s and %s", rows[i].entry, rows[i].address);
}

static void test_bad_entries(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",     "127.0.0.1/33", "127.0.0.1/", "127.0.0.1/-1", "127.0.0.1/8x",        "::1/129", "localhost/8",
        "10.1", "2130706433",   "0x7f.1",     "no such.host", "no-such-host.invalid"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        struct allow *allow = list("127.0.0.1", rows[i], &err);
        if (allow != NULL)
            fail_msg("'%s' was taken", rows[i]);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.message, rows[i]));
    }
}

static void test_empty_list_permits_nothing(void **state)
{
    (void)state;
    struct err err = {0};
    struct allow *allow = list(NULL, NULL, &err);
    struct sockaddr_storage address = address_of("127.0.0.1");
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    assert_false(allow_permits(allow, (struct sockaddr *)&address));
    assert_false(allow_permits(NULL, (struct sockaddr *)&address));
    allow_free(allow);
    allow = list("0.0.0.0/0", "::/0", &err);
    assert_true(allow_permits(allow, (struct sockaddr *)&address));
    assert_false(allow_permits(allow, (struct sockaddr *)&local));
    allow_free(allow);
}

static void test_origins(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host, *text;
        bool tls, loopback;
    } rows[] = {
        {"http://127.0.0.1:5000", "127.0.0.1:5000", "127.0.0.1:5000", false, true},
        {"http://127.0.0.1:5000/", "127.0.0.1:5000", "127.0.0.1:5000", false, true},
        {"http://127.0.0.1", "127.0.0.1", "127.0.0.1:80", false, true},
        {"https://127.0.0.1", "127.0.0.1", "127.0.0.1:443", true, true},
        {"http://[::1]:81", "[::1]:81", "[::1]:81", false, true},
        {"http://[::ffff:127.0.0.1]:81", "[::ffff:127.0.0.1]:81", "[::ffff:127.0.0.1]:81", false, true},
        {"http://10.0.0.1:81", "10.0.0.1:81", "10.0.0.1:81", false, false},
        {"http://localhost:81", "localhost:81", NULL, false, true},
    };
    struct err err = {0};
    struct allow *allow = list("0.0.0.0/0", "::/0", &err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct origin origin;
        if (origin_resolve(&origin, rows[i].url, allow, &err) != 0)
            fail_msg("%s: %s", rows[i].url, err.message);
        assert_string_equal(origin.host, rows[i].host);
        if (rows[i].text != NULL)
            assert_string_equal(origin.text, rows[i].text);
        assert_int_equal(origin.tls, rows[i].tls);
        assert_int_equal(origin_is_loopback(&origin), rows[i].loopback);
    }
    allow_free(allow);
}

static void test_bad_origins(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "127.0.0.1:80",
        "ftp://127.0.0.1",
        "http://",
        "http:///x",
        "http://127.0.0.1/path",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:",
        "http://127.0.0.1:8x",
        "http://user@127.0.0.1",
        "http://127.0.0.1?x",
        "http://127.0.0.1\r\nX: y",
        "http://[::1",
        "http://a b",
        "http://no-such-host.invalid",
    };
    struct err err = {0};
    struct allow *allow = list("0.0.0.0/0", "::/0", &err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct origin origin;
        if (origin_resolve(&origin, rows[i], allow, &err) == 0)
            fail_msg("'%s' was taken", rows[i]);
        assert_int_equal(err.code, ERR_USAGE);
    }
    allow_free(allow);
}

static void test_refused_origin_says_why(void **state)
{
    (void)state;
    struct err err = {0};
    struct origin origin;
    struct allow *allow = list("10.0.0.0/8", NULL, &err);
    assert_int_equal(origin_resolve(&origin, "http://localhost:80", allow, &err), -1);
    assert_int_equal(err.code, ERR_REFUSED);
    assert_non_null(strstr(err.message, "localhost is "));
    assert_non_null(strstr(err.message, "nothing was sent"));
    assert_int_equal(origin_resolve(&origin, "http://127.0.0.1:80", allow, &err), -1);
    assert_non_null(strstr(err.message, "127.0.0.1 is not an address that `allow` names"));
    allow_free(allow);
}

static void test_sockets(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *url;
        bool permitted;
    } rows[] = {
        {"unix:/run/a.sock", "unix:/run/a.sock", true},
        {"unix:/run/a.sock", "unix:///run/a.sock", true},
        {"unix:///run/a.sock", "unix:/run/a.sock", true},
        {"unix:/run/a.sock", "unix:/run/a.sock2", false},
        {"unix:/run/a.sock", "unix:/run/a.soc", false},
        {"unix:/run/a-${PORT}.sock", "unix:/run/a-4711.sock", true},
        {"unix:/run/a-${PORT}.sock", "unix:/run/a-.sock", false},
        {"unix:/run/a-${PORT}.sock", "unix:/run/a-1/x.sock", false},
        {"0.0.0.0/0", "unix:/run/a.sock", false},
        {"::/0", "unix:/run/a.sock", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        struct origin origin;
        struct allow *allow = list(rows[i].entry, NULL, &err);
        assert_non_null(allow);
        int failed = origin_resolve(&origin, rows[i].url, allow, &err);
        if ((failed == 0) != rows[i].permitted)
            fail_msg("%s, %s: %s", rows[i].entry, rows[i].url, err.message);
        assert_int_equal(err.code, failed == 0 ? ERR_NONE : ERR_REFUSED);
        if (failed == 0) {
            assert_string_equal(origin.host, "localhost");
            assert_true(origin_is_unix(&origin) && origin_is_loopback(&origin) && origin_is_plain(&origin));
        }
        allow_free(allow);
    }
}

static void test_bad_sockets(void **state)
{
    (void)state;
    static const char *const rows[] = {"unix:",      "unix:/",      "unix:run/a.sock", "unix://run/a.sock",
                                       "unix:/run/", "unix:/a\r\nb"};
    char deep[200] = "unix:/";
    struct err err = {0};
    struct origin origin;
    struct allow *allow = list("unix:/run/a.sock", NULL, &err);
    memset(deep + 6, 'a', 110);
    for (size_t i = 0; i <= sizeof rows / sizeof *rows; i++) {
        const char *row = i < sizeof rows / sizeof *rows ? rows[i] : deep;
        assert_null(list(row, NULL, &err));
        assert_int_equal(err.code, ERR_USAGE);
        if (origin_resolve(&origin, row, allow, &err) == 0)
            fail_msg("'%s' was taken", row);
        assert_int_equal(err.code, ERR_USAGE);
    }
    allow_free(allow);
}

static void test_what_the_service_says(void **state)
{
    (void)state;
    struct err err = {0};
    struct origin origin;
    struct allow *allow = list("127.0.0.0/8", "10.0.0.1", &err);
    struct service service = {.host = (char *)"shop.example",
                              .tls = {.name = (char *)"staging.example"},
                              .proxy = (char *)"socks5://127.0.0.1:1080",
                              .http = HTTP_2};
    assert_int_equal(origin_of_service(&origin, &service, "https://127.0.0.1:8443/", NULL, allow, &err), 0);
    assert_string_equal(origin.host, "shop.example");
    assert_string_equal(origin.authority, "127.0.0.1:8443");
    assert_string_equal(origin.name, "staging.example");
    assert_string_equal(origin.proxy.text, "127.0.0.1:1080");
    assert_int_equal(origin.http, HTTP_2);
    assert_true(origin_is_loopback(&origin) && !origin_is_plain(&origin));
    service.proxy = (char *)"http://10.0.0.1:3128"; /* its 127.0.0.1 is not ours */
    assert_int_equal(origin_of_service(&origin, &service, "http://127.0.0.1:80", NULL, allow, &err), 0);
    assert_false(origin_is_loopback(&origin));
    service.proxy = (char *)"http://192.0.2.1:3128";
    assert_int_equal(origin_of_service(&origin, &service, "http://127.0.0.1:80", NULL, allow, &err), -1);
    assert_int_equal(err.code, ERR_REFUSED);
    assert_string_equal(err.message,
                        "proxy: 192.0.2.1 is not an address that `allow` names; nothing was sent");
    allow_free(allow);
}

static void test_proxies(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum proxy_kind kind;
        const char *host;
        int port;
    } rows[] = {
        {"http://127.0.0.1:3128", PROXY_HTTP, "127.0.0.1", 3128},
        {"http://proxy.example:3128/", PROXY_HTTP, "proxy.example", 3128},
        {"socks5://[::1]:1080", PROXY_SOCKS5, "::1", 1080},
        {"socks5h://127.0.0.1:1080", PROXY_NONE, "", 0},
        {"https://127.0.0.1:1080", PROXY_NONE, "", 0},
        {"socks4://127.0.0.1:1080", PROXY_NONE, "", 0},
        {"http://127.0.0.1", PROXY_NONE, "", 0}, /* which port a proxy has is not for us to guess */
        {"http://user:word@127.0.0.1:80", PROXY_NONE, "", 0},
        {"127.0.0.1:80", PROXY_NONE, "", 0},
        {"", PROXY_NONE, "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        struct proxy proxy;
        int failed = proxy_parse(&proxy, rows[i].url, &err);
        assert_int_equal(failed == 0, rows[i].kind != PROXY_NONE);
        assert_int_equal(proxy.kind, rows[i].kind);
        if (failed == 0) {
            assert_string_equal(proxy.host, rows[i].host);
            assert_int_equal(proxy.port, rows[i].port);
        } else {
            assert_int_equal(err.code, ERR_USAGE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_bad_entries),
        cmocka_unit_test(test_empty_list_permits_nothing),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_bad_origins),
        cmocka_unit_test(test_refused_origin_says_why),
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_bad_sockets),
        cmocka_unit_test(test_what_the_service_says),
        cmocka_unit_test(test_proxies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
