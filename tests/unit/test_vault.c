#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/placeholder.h"
#include "base/text.h"
#include "base/vault.h"

static char directory[] = "/tmp/seep-vault-XXXXXX";

static struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void assert_holds(const struct vault *vault, const char *hash, const char *value, size_t length)
{
    struct span found = vault_get(vault, hash, strlen(hash));
    assert_non_null(found.bytes);
    assert_int_equal(found.length, length);
    assert_memory_equal(found.bytes, value, length);
}

static char *write_file(const char *name, const char *text, mode_t mode)
{
    char *path = xasprintf("%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

/* Whatever bytes a value has, and whatever the umask is. */
static void a_file_gives_back_what_was_kept(void **state)
{
    (void)state;
    static const char bytes[] = "a\\b\nc\r\0d=e#";
    struct vault *vault = vault_new(), *again = vault_new();
    struct err err = {0};
    struct stat status;
    char *path = xasprintf("%s/new", directory);
    assert_true(vault_put(vault, "0123456789ab", 12, (struct span){bytes, sizeof bytes - 1}));
    assert_true(vault_put(vault, "ff", 2, span_of("")));
    assert_true(vault_put(vault, "ff", 2, span_of("later"))); /* the first stays */
    mode_t before = umask(0);
    assert_int_equal(vault_save(vault, path, &err), 0);
    umask(before);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(vault_load(again, path, &err), 0);
    assert_int_equal(vault_count(again), 2);
    assert_holds(again, "0123456789ab", bytes, sizeof bytes - 1);
    assert_holds(again, "ff", "", 0);
    assert_null(vault_get(again, "0123456789a", 11).bytes);
    assert_null(vault_get(NULL, "ff", 2).bytes);
    assert_int_equal(vault_save(vault, path, &err), -1); /* never over what is there */
    assert_int_equal(err.code, ERR_REFUSED);
    vault_free(vault);
    vault_free(again);
    free(path);
}

static void it_is_bounded(void **state)
{
    (void)state;
    struct vault *vault = vault_new();
    char hash[VAULT_HASH_DIGITS + 1];
    for (size_t i = 0; i < VAULT_MOST_VALUES; i++) {
        snprintf(hash, sizeof hash, "%012zx", i);
        assert_true(vault_put(vault, hash, VAULT_HASH_DIGITS, span_of("x")));
    }
    assert_false(vault_overflowed(vault));
    assert_false(vault_put(vault, "ffffffffffff", VAULT_HASH_DIGITS, span_of("x")));
    assert_true(vault_put(vault, hash, VAULT_HASH_DIGITS, span_of("x"))); /* it is there */
    assert_true(vault_overflowed(vault));
    vault_free(vault);
    char *large = xcalloc(VAULT_MOST_BYTES, 1);
    vault = vault_new();
    assert_true(vault_put(vault, "1", 1, (struct span){large, VAULT_MOST_BYTES}));
    assert_false(vault_put(vault, "2", 1, span_of("x")));
    vault_free(vault);
    free(large);
}

/* The flags of the mapping that an address lies in; the caller's. */
static char *flags_of(const void *address)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    char line[4096];
    bool inside = false;
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t from, to;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
            inside = (uintptr_t)address >= from && (uintptr_t)address < to;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            break;
    }
    fclose(maps);
    return xstrdup(line);
}

/* "dd": do not dump. Values small and large, each as it was put. */
static void no_core_dump_shows_it(void **state)
{
    (void)state;
    struct vault *vault = vault_new();
    size_t sizes[] = {0, 1, 100, 40000, 200000, 30000, 65536, 7};
    char hash[2] = "a", *value = xmalloc(200000);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++, hash[0]++) {
        memset(value, 'A' + (int)i, sizes[i]);
        assert_true(vault_put(vault, hash, 1, (struct span){value, sizes[i]}));
    }
    hash[0] = 'a';
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++, hash[0]++) {
        memset(value, 'A' + (int)i, sizes[i]);
        assert_holds(vault, hash, value, sizes[i]);
        char *flags = flags_of(vault_get(vault, hash, 1).bytes);
        assert_non_null(strstr(flags, " dd"));
        free(flags);
    }
    char *flags = flags_of(value);
    assert_null(strstr(flags, " dd"));
    free(flags);
    free(value);
    vault_free(vault);
}

static void files_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mode_t mode;
        enum err_code code;
        const char *says;
    } rows[] = {
        {"redacted:1=secret-7\n", 0640, ERR_REFUSED, "chmod 600"},
        {"redacted:1=secret-7\n", 0602, ERR_REFUSED, "chmod 600"},
        {"\n# x\nredacted:1z=secret-7\n", 0600, ERR_USAGE, ":3: expected hex digits"},
        {"redacted:=secret-7\n", 0600, ERR_USAGE, ":1: expected hex digits"},
        {"redacted:0123456789abc=secret-7\n", 0600, ERR_USAGE, ":1: expected hex digits"},
        {"secret-7\n", 0600, ERR_USAGE, ":1: expected redacted:HASH=VALUE"},
        {"redacted:1=ok\nredacted:2=secret-7\\x\n", 0600, ERR_USAGE, ":2: expected n, r, 0"},
        {"redacted:2=secret-7\\", 0600, ERR_USAGE, ":1: expected n, r, 0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vault *vault = vault_new();
        struct err err = {0};
        char *path = write_file("wrong", rows[i].text, rows[i].mode);
        assert_int_equal(vault_load(vault, path, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_non_null(strstr(err.message, rows[i].says));
        assert_null(strstr(err.message, "secret-7"));
        vault_free(vault);
        free(path);
    }
    struct err err = {0};
    assert_int_equal(vault_load(NULL, directory, &err), -1);
    assert_non_null(strstr(err.message, "not a regular file"));
    assert_int_equal(vault_load(NULL, "/tmp/seep-vault-nowhere", &err), -1);
}

static void places_for_a_file(void **state)
{
    (void)state;
    struct err err = {0};
    char *open = xasprintf("%s/open", directory), *path = xasprintf("%s/file", open);
    assert_int_equal(vault_check_path(path, &err), -1); /* no such directory */
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(mkdir(open, 0700), 0);
    assert_int_equal(vault_check_path(path, &err), 0);
    assert_int_equal(chmod(open, 0777), 0);
    assert_int_equal(vault_check_path(path, &err), -1);
    assert_int_equal(err.code, ERR_REFUSED);
    assert_int_equal(chmod(open, 01777), 0); /* as /tmp is */
    assert_int_equal(vault_check_path(path, &err), 0);
    rmdir(open);
    free(open);
    free(path);
}

static void placeholders(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at, length; /* length 0: none */
        const char *hash;
    } rows[] = {
        {"a={{redacted:1f}}&b", 2, 15, "1f"},
        {"{{redacted:zz}}{{redacted:0123456789ab}}", 15, 25, "0123456789ab"},
        {"{\"pin\":\"{{redacted:1f:bare}}\"}", 7, 22, "1f"},
        {"{{redacted:1f:bare}}", 0, 0, NULL},
        {"{{redacted:}}", 0, 0, NULL},
        {"{{redacted:1f}", 0, 0, NULL},
        {"{{redacted:1f", 0, 0, NULL},
        {"{{redacted:", 0, 0, NULL},
        {"", 0, 0, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct placeholder found;
        assert_int_equal(placeholder_next(span_of(rows[i].text), 0, &found), rows[i].length > 0);
        if (rows[i].length == 0)
            continue;
        assert_int_equal(found.at, rows[i].at);
        assert_int_equal(found.length, rows[i].length);
        assert_int_equal(found.hash.length, strlen(rows[i].hash));
        assert_memory_equal(found.hash.bytes, rows[i].hash, found.hash.length);
    }
    assert_true(placeholder_is("{{redacted:1f}}", 15));
    assert_true(placeholder_is("{{redacted:1f:bare}}", 20));
    assert_false(placeholder_is("{{redacted:1f}}x", 16)); /* nobody hides behind it */
    assert_false(placeholder_is("{{redacted:secret}}", 19));
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    static const char *const names[] = {"new", "wrong"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = xasprintf("%s/%s", directory, names[i]);
        unlink(path);
        free(path);
    }
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gives_back_what_was_kept),
        cmocka_unit_test(it_is_bounded),
        cmocka_unit_test(no_core_dump_shows_it),
        cmocka_unit_test(files_that_are_refused),
        cmocka_unit_test(places_for_a_file),
        cmocka_unit_test(placeholders),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
