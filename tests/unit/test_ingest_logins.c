#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "flow/ingest_logins.h"

enum { LOGIN, ACCOUNT, OTHER, ENDPOINTS };

struct made {
    struct ingest_logins logins;
    struct ingest ingest;
};

static struct made make(const char *login)
{
    const char *const names[ENDPOINTS] = {login, "GET /account", "GET /other"};
    struct made made = {.logins = {.sessions = NULL}};
    made.ingest.endpoints = xcalloc(ENDPOINTS, sizeof *made.ingest.endpoints);
    made.ingest.endpoint_count = ENDPOINTS;
    for (size_t i = 0; i < ENDPOINTS; i++)
        made.ingest.endpoints[i].name = xstrdup(names[i]);
    return made;
}

static void release(struct made *made)
{
    ingest_logins_release(&made->logins);
    for (size_t i = 0; i < ENDPOINTS; i++) {
        free(made->ingest.endpoints[i].name);
        strings_release(&made->ingest.endpoints[i].after);
        strings_release(&made->ingest.endpoints[i].after_why);
    }
    free(made->ingest.endpoints);
}

static void answer(struct made *made, size_t endpoint, unsigned session, int status)
{
    char key[16] = "";
    if (session != 0)
        snprintf(key, sizeof key, "%08x", session);
    const struct request request = {.session = key, .status = status};
    ingest_logins_add(&made->logins, endpoint, made->ingest.endpoints[endpoint].name, &request);
}

/* What comes after the login in `with` sessions, and without it in `without` others. */
struct contrast {
    const char *login;
    int login_status;
    unsigned with, without;
    int status_with, status_without;
    bool opened;
};

static void a_login_is_told_by_its_name_and_its_contrast(void **state)
{
    (void)state;
    static const struct contrast rows[] = {
        {"POST /login", 302, 4, 4, 200, 401, true},
        {"POST /user/login.php", 200, 4, 4, 304, 403, true},
        {"GET /sign-in", 200, 4, 4, 200, 401, true},
        {"POST /api/oauth_token", 200, 4, 4, 200, 401, true},
        {"PUT /login", 200, 4, 4, 200, 401, false},
        {"POST /blogin", 200, 4, 4, 200, 401, false},
        {"POST /login/help", 200, 4, 4, 200, 401, false},
        {"POST /login", 401, 4, 4, 200, 401, false}, /* it let nobody in */
        {"POST /login", 302, 2, 4, 200, 401, false}, /* three of each at least */
        {"POST /login", 302, 4, 2, 200, 401, false},
        {"POST /login", 302, 4, 4, 200, 404, false}, /* not refused */
        {"POST /login", 302, 4, 4, 200, 200, false},
        {"POST /login", 302, 4, 4, 401, 401, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made made = make(rows[i].login);
        for (unsigned session = 1; session <= rows[i].with; session++) {
            answer(&made, LOGIN, session, rows[i].login_status);
            answer(&made, ACCOUNT, session, rows[i].status_with);
        }
        for (unsigned session = 101; session <= 100 + rows[i].without; session++)
            answer(&made, ACCOUNT, session, rows[i].status_without);
        ingest_logins_finish(&made.logins, &made.ingest);
        const struct strings *after = &made.ingest.endpoints[ACCOUNT].after;
        if (after->count != rows[i].opened)
            fail_msg("row %zu: %zu", i, after->count);
        if (rows[i].opened) {
            assert_string_equal(after->items[0], rows[i].login);
            assert_string_equal(made.ingest.endpoints[ACCOUNT].after_why.items[0],
                                "4 of 4 requests that were answered came after it, 4 of 4 that were refused "
                                "without it");
        }
        release(&made);
    }
}

/* Nine of ten on each side; one session alone, and requests without one, say nothing. */
static void nearly_all_on_both_sides(void **state)
{
    (void)state;
    for (unsigned stray = 1; stray <= 2; stray++) {
        struct made made = make("POST /login");
        for (unsigned session = 1; session <= 9; session++) {
            answer(&made, LOGIN, session, 200);
            answer(&made, ACCOUNT, session, 200);
            answer(&made, OTHER, 1, 200); /* all in one session */
            answer(&made, OTHER, 100 + session, 401);
            answer(&made, ACCOUNT, 100 + session, 401);
            answer(&made, ACCOUNT, 0, 200);
            answer(&made, ACCOUNT, 200 + session, 0);
        }
        for (unsigned i = 0; i < stray; i++)
            answer(&made, ACCOUNT, 300 + i, 200); /* without having logged in */
        ingest_logins_finish(&made.logins, &made.ingest);
        assert_int_equal(made.ingest.endpoints[ACCOUNT].after.count, stray == 1);
        assert_int_equal(made.ingest.endpoints[OTHER].after.count, 0);
        assert_int_equal(made.ingest.endpoints[LOGIN].after.count, 0);
        release(&made);
    }
}

/* What the answers themselves told comes first. */
static void what_is_known_already_stays(void **state)
{
    (void)state;
    for (size_t known = LOGIN; known <= ACCOUNT; known++) {
        struct made made = make("POST /login");
        for (unsigned session = 1; session <= 4; session++) {
            answer(&made, LOGIN, session, 200);
            answer(&made, ACCOUNT, session, 200);
            answer(&made, ACCOUNT, 100 + session, 401);
        }
        strings_add(&made.ingest.endpoints[known].after, "GET /other");
        ingest_logins_finish(&made.logins, &made.ingest);
        assert_int_equal(made.ingest.endpoints[ACCOUNT].after.count, known == ACCOUNT);
        assert_int_equal(made.ingest.endpoints[ACCOUNT].after_why.count, 0);
        release(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_login_is_told_by_its_name_and_its_contrast),
                                       cmocka_unit_test(nearly_all_on_both_sides),
                                       cmocka_unit_test(what_is_known_already_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
