/* What a hunt was asked for is what it goes on with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/settings.h"

static char path[64];
static struct store *store;

static int setup(void **state)
{
    (void)state;
    struct err err = {0};
    snprintf(path, sizeof path, "/tmp/seep-settings-XXXXXX");
    int file = mkstemp(path);
    if (file < 0)
        return -1;
    close(file);
    store = store_open(path, &err);
    return store != NULL && store_begin_run(store, "bisect", "s", "", "", 1, &err) == 1 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    store_close(store);
    return unlink(path);
}

#define NOTHING                                                                                              \
    (struct settings)                                                                                        \
    {                                                                                                        \
        .confirm = SETTINGS_NOT_GIVEN, .connections = SETTINGS_NOT_GIVEN, .seed = SETTINGS_NOT_GIVEN         \
    }

static void keep_and_read(struct settings *settings_take, struct settings *kept)
{
    struct err err = {0};
    if (settings_keep(store, 1, settings_take, &err) < 0 || settings_read(store, 1, kept, &err) < 0)
        fail_msg("%s", err.message);
    settings_release(settings_take);
}

static struct settings some(void)
{
    struct settings settings = NOTHING;
    strings_add(&settings.endpoints, "GET /\"a\"@2");
    strings_add(&settings.endpoints, "GET /b");
    settings.signal = xstrdup("heap");
    settings.confirm = 2000;
    settings.seed = UINT64_MAX - 1;
    settings.whole = xstrdup("abc");
    return settings;
}

static void they_are_kept(void **state)
{
    (void)state;
    struct settings settings = some(), kept;
    keep_and_read(&settings, &kept);
    assert_int_equal(kept.endpoints.count, 2);
    assert_string_equal(kept.endpoints.items[0], "GET /\"a\"@2");
    assert_int_equal(kept.methods.count, 0);
    assert_string_equal(kept.signal, "heap");
    assert_null(kept.strategy);
    assert_true(kept.confirm == 2000 && kept.seed == UINT64_MAX - 1);
    assert_true(kept.connections == SETTINGS_NOT_GIVEN);
    assert_string_equal(kept.whole, "abc");
    settings_release(&kept);
}

static void a_run_that_kept_none(void **state)
{
    (void)state;
    struct err err = {0};
    struct settings kept;
    assert_int_equal(settings_read(store, 1, &kept, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, "run 1 has kept nothing to go on from"));
}

static void what_is_not_given_is_as_before(void **state)
{
    (void)state;
    struct err err = {0};
    struct settings settings = some(), kept, given = NOTHING;
    keep_and_read(&settings, &kept);
    given.signal = xstrdup("heap"); /* given again */
    given.whole = xstrdup("of now");
    if (settings_join(&given, &kept, 1, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(given.endpoints.count, 2);
    assert_true(given.confirm == 2000 && given.seed == UINT64_MAX - 1);
    assert_true(given.connections == SETTINGS_NOT_GIVEN && given.strategy == NULL);
    assert_string_equal(given.whole, "of now");
    settings_release(&given);
    settings_release(&kept);
}

static void refuse(struct settings *given_take, const struct settings *kept, const char *why)
{
    struct err err = {0};
    assert_int_equal(settings_join(given_take, kept, 7, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.message, why);
    settings_release(given_take);
}

static void what_is_given_otherwise_is_refused(void **state)
{
    (void)state;
    struct settings settings = some(), kept, given = NOTHING;
    keep_and_read(&settings, &kept);
    given.signal = xstrdup("rss");
    refuse(&given, &kept, "--signal: run 7 began with 'heap', and goes on with it");
    given = NOTHING;
    given.connections = 8;
    refuse(&given, &kept, "--connections: run 7 began without, and goes on so");
    given = NOTHING;
    given.confirm = 2001;
    refuse(&given, &kept, "--confirm: run 7 began with '2000', and goes on with it");
    given = NOTHING;
    strings_add(&given.endpoints, "GET /b");
    refuse(&given, &kept, "--endpoint: run 7 began with 'GET /\"a\"@2, GET /b', and goes on with it");
    settings_release(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_that_kept_none, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_given_is_as_before, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_given_otherwise_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
