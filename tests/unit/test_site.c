/* What a site's name says: whose code it is, who called it, which package that is; and what is installed there. */
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
#include "flow/packages.h"
#include "format/site.h"

static void whose_code(void **state)
{
    (void)state;
    static const struct {
        const char *site;
        enum whose whose;
    } cases[] = {
        {"/app/log.py:128", WHOSE_YOURS},
        {"/opt/conda/lib/python3.8/site-packages/codetiming/_timers.py:26", WHOSE_DEPENDENCY},
        {"/usr/lib/python3/dist-packages/flask/app.py:1", WHOSE_DEPENDENCY},
        {"/opt/conda/lib/python3.8/json/decoder.py:353", WHOSE_RUNTIME},
        {"/usr/lib/python3.11/threading.py:9", WHOSE_RUNTIME},
        {"<frozen importlib._bootstrap>:241", WHOSE_RUNTIME},
        {"<string>:1", WHOSE_YOURS},
        {"/srv/app/node_modules/winston/lib/winston.js:3", WHOSE_DEPENDENCY},
        {"node:internal/timers:5", WHOSE_RUNTIME},
        {"net/http.(*conn).serve /usr/local/go/src/net/http/server.go:2009", WHOSE_RUNTIME},
        {"main.handler /app/main.go:31", WHOSE_YOURS},
        {"github.com/x/y.Do /root/go/pkg/mod/github.com/x/y@v1.2.3/do.go:7", WHOSE_DEPENDENCY},
        {"processTimers node:internal/timers:5", WHOSE_RUNTIME},
        {"handler file:///app/node:x.js:5", WHOSE_YOURS},
        {"java.util.HashMap$Node[]", WHOSE_RUNTIME},
        {"com.example.Quote", WHOSE_YOURS},
        {"libz.so.1.2.13+0x41", WHOSE_DEPENDENCY},
        {"deflateInit2_+0x41 (/usr/lib/x86_64-linux-gnu/libz.so.1.2.13)", WHOSE_DEPENDENCY},
        {"start+0x41 (/app/plugins/shop.so)", WHOSE_YOURS},
        {"libc.so.6+0x891f4", WHOSE_RUNTIME},
        {"keep+0x21 (native) < libc.so.6+0x891f4", WHOSE_YOURS},
        {"/app/a.py:1 < /usr/lib/python3.11/threading.py:9", WHOSE_YOURS},
        {"/usr/lib/python3.11/logging/__init__.py:9 < /app/a.py:1", WHOSE_RUNTIME},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (site_whose(cases[i].site) != cases[i].whose)
            fail_msg("%s: %s", cases[i].site, whose_name(site_whose(cases[i].site)));
}

static void the_nearest_caller_that_is_yours(void **state)
{
    (void)state;
    assert_null(site_called_from("/app/a.py:1 < /app/b.py:2"));
    assert_null(site_called_from("node:events:5"));
    assert_null(site_called_from("f+0x1 (/usr/lib/libz.so.1) < libc.so.6+0x2"));
    assert_string_equal(site_called_from("/usr/lib/python3.11/logging/__init__.py:9 < /app/a.py:1"),
                        "/app/a.py:1");
    const char *chain =
        "f+0x1 (/usr/lib/libz.so.1) < g+0x2 (/usr/lib/libz.so.1) < h+0x3 (app) < main+0x4 (app)";
    assert_string_equal(site_called_from(chain), "h+0x3 (app) < main+0x4 (app)");
    assert_int_equal(site_place_length(site_called_from(chain)), strlen("h+0x3 (app)"));
}

static void packages_by_path(void **state)
{
    (void)state;
    static const struct {
        const char *site;
        enum package_kind kind;
        const char *name, *version, *path;
    } cases[] = {
        {"/app/a.py:1", PACKAGE_NONE, NULL, NULL, NULL},
        {"/usr/lib/python3.11/threading.py:9", PACKAGE_NONE, NULL, NULL, NULL},
        {"/app/a.py:1 < /v/site-packages/flask/app.py:2", PACKAGE_NONE, NULL, NULL, NULL},
        {"/v/lib/python3.8/site-packages/flask/app.py:2", PACKAGE_PYTHON, "flask", NULL,
         "/v/lib/python3.8/site-packages"},
        {"/usr/lib/python3/dist-packages/six.py:9", PACKAGE_PYTHON, "six", NULL,
         "/usr/lib/python3/dist-packages"},
        {"log file:///srv/node_modules/winston/lib/winston.js:3", PACKAGE_NODE, "winston", NULL,
         "/srv/node_modules/winston"},
        {"f file:///srv/node_modules/a/node_modules/@b/c/i.js:3", PACKAGE_NODE, "@b/c", NULL,
         "/srv/node_modules/a/node_modules/@b/c"},
        {"f file:///srv/node_modules/.pnpm/winston@3.11.0/node_modules/winston/lib/w.js:3", PACKAGE_NODE,
         "winston", "3.11.0", "/srv/node_modules/.pnpm/winston@3.11.0/node_modules/winston"},
        {"f file:///srv/node_modules/.pnpm/@b+c@1.2.3_react@18.0.0/node_modules/@b/c/w.js:3", PACKAGE_NODE,
         "@b/c", "1.2.3", "/srv/node_modules/.pnpm/@b+c@1.2.3_react@18.0.0/node_modules/@b/c"},
        {"f file:///srv/.yarn/cache/winston-npm-3.11.0-0c8fa7.zip/node_modules/winston/w.js:3", PACKAGE_NODE,
         "winston", "3.11.0", "/srv/.yarn/cache/winston-npm-3.11.0-0c8fa7.zip/node_modules/winston"},
        {"f file:///usr/share/nodejs/express/lib/express.js:3", PACKAGE_NODE, "express", NULL,
         "/usr/share/nodejs/express"},
        {"f /root/go/pkg/mod/github.com/!burnt!sushi/toml@v1.2.3/d.go:7", PACKAGE_GO,
         "github.com/BurntSushi/toml", "v1.2.3", NULL},
        {"f+0x1 (/usr/lib/x86_64-linux-gnu/libz.so.1.2.13) < g+0x2 (app)", PACKAGE_LIBRARY, "libz", "1.2.13",
         "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13"},
        {"libz.so.1.2.13+0x41", PACKAGE_LIBRARY, "libz", "1.2.13", "libz.so.1.2.13"},
        {"f+0x1 (/lib/x86_64-linux-gnu/libc.so.6)", PACKAGE_NONE, NULL, NULL, NULL},
        {"f /srv/plugins.so.d/a.js:3", PACKAGE_NONE, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct site_package package;
        site_package_of(cases[i].site, &package);
        if (package.kind != cases[i].kind)
            fail_msg("%s: kind %d", cases[i].site, (int)package.kind);
        const char *got[] = {package.name, package.version, package.path},
                   *wanted[] = {cases[i].name, cases[i].version, cases[i].path};
        for (size_t k = 0; k < 3; k++)
            if ((got[k] == NULL) != (wanted[k] == NULL) || (got[k] != NULL && strcmp(got[k], wanted[k]) != 0))
                fail_msg("%s: %s", cases[i].site, got[k] != NULL ? got[k] : "NULL");
        site_package_release(&package);
    }
}

/* A folder with files, as pip, dpkg and npm leave them. */
static char room[] = "/tmp/seep-test-site-XXXXXX";

static void put(const char *folder, const char *file, const char *content)
{
    char *path = xasprintf("%s/%s", room, folder), *at = path + strlen(room);
    while ((at = strchr(at + 1, '/')) != NULL) {
        *at = '\0';
        mkdir(path, 0700);
        *at = '/';
    }
    mkdir(path, 0700);
    free(path);
    path = xasprintf("%s/%s/%s", room, folder, file);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(content, out);
    fclose(out);
    free(path);
}

static void assert_package(const char *format, const char *name, const char *version)
{
    char *site = xasprintf("%s%s", format[0] == '/' ? room : "", format), *found_name, *found_version;
    if (format[0] != '/') { /* a function before its path */
        free(site);
        site = xasprintf("f file://%s/%s", room, format);
    }
    packages_find(site, &found_name, &found_version);
    assert_string_equal(found_name != NULL ? found_name : "(none)", name);
    assert_string_equal(found_version != NULL ? found_version : "(none)", version);
    free(found_name);
    free(found_version);
    free(site);
}

static void packages_that_are_installed(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(room));
    put("site-packages/Flask-2.2.2.egg-info", "PKG-INFO",
        "Metadata-Version: 1.1\nName: Flask\nVersion: 2.2.2\n");
    put("site-packages/flask_cors-4.0.dist-info", "METADATA",
        "Name: Flask-Cors\nVersion: 4.0\n\nVersion: no\n");
    put("site-packages/PyYAML-6.0.dist-info", "METADATA", "Name: PyYAML\r\nVersion: 6.0\r\n");
    put("site-packages/PyYAML-6.0.dist-info", "top_level.txt", "_yaml\nyaml\n");
    put("site-packages", "six-1.16.0.egg-info", "Name: six\nVersion: 1.16.0\n");
    put("node_modules/winston", "package.json", "{\"name\": \"winston\", \"version\": \"3.11.0\"}");
    put("node_modules/@b/c", "package.json", "{\"name\": \"@b/c\", \"version\": \"1.0.0\"}");
    put("node_modules/broken", "package.json", "{\"name\": ");
    assert_package("/site-packages/flask/app.py:1", "Flask", "2.2.2");
    assert_package("/site-packages/flask_cors/core.py:1", "Flask-Cors", "4.0");
    assert_package("/site-packages/yaml/nodes.py:1", "PyYAML", "6.0");
    assert_package("/site-packages/six.py:1", "six", "1.16.0");
    assert_package("/site-packages/absent/a.py:1", "absent", "(none)");
    assert_package("node_modules/winston/lib/w.js:3", "winston", "3.11.0");
    assert_package("node_modules/@b/c/i.js:3", "@b/c", "1.0.0");
    assert_package("node_modules/broken/i.js:3", "broken", "(none)");
    assert_package("node_modules/absent/i.js:3", "absent", "(none)");
    assert_package("/app.py:1", "(none)", "(none)");
    char *remove = xasprintf("rm -r %s", room);
    assert_int_equal(system(remove), 0);
    free(remove);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_code),
        cmocka_unit_test(the_nearest_caller_that_is_yours),
        cmocka_unit_test(packages_by_path),
        cmocka_unit_test(packages_that_are_installed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
