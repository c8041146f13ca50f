#include "flow/ingest_logins.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define SESSIONS ((size_t)1 << 14) /* a power of two */

struct login_session {
    uint64_t session;
    size_t login_plus_1; /* the first one that let it in; 0: none */
};

struct login_tally {
    bool known, login;
    size_t by_plus_1; /* the login that most of its sessions have called, as far as a majority is kept */
    uint64_t votes;
    uint64_t ok_with, ok_without, refused_with, refused_without;
    uint64_t last_session, sessions; /* that have called the login and were answered */
};

void ingest_logins_release(struct ingest_logins *logins)
{
    free(logins->sessions);
    free(logins->tallies);
    *logins = (struct ingest_logins){.sessions = NULL};
}

static bool is_login_word(const char *word, size_t length)
{
    static const char *const words[] = {"login",  "logon", "signin", "session", "sessions",    "token",
                                        "tokens", "auth",  "oauth",  "sso",     "authenticate"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && strncasecmp(word, words[i], length) == 0)
            return true;
    return false;
}

/* Some word of its last segment: "POST /user/login.php", "POST /sign-in". */
static bool names_login(const char *name)
{
    const char *at = strrchr(name, '/');
    if (at == NULL || (strncmp(name, "POST ", 5) != 0 && strncmp(name, "GET ", 4) != 0))
        return false;
    if (strcasecmp(at, "/sign-in") == 0 || strcasecmp(at, "/sign_in") == 0)
        return true;
    for (at++; *at != '\0'; at += *at != '\0') {
        size_t length = strcspn(at, ".-_");
        if (is_login_word(at, length))
            return true;
        at += length;
    }
    return false;
}

static struct login_tally *tally_of(struct ingest_logins *logins, size_t index, const char *name)
{
    if (index >= logins->count) {
        size_t count = 2 * index + 16;
        logins->tallies = xrealloc(logins->tallies, count * sizeof *logins->tallies);
        memset(logins->tallies + logins->count, 0, (count - logins->count) * sizeof *logins->tallies);
        logins->count = count;
    }
    struct login_tally *tally = &logins->tallies[index];
    if (!tally->known)
        tally->login = names_login(name);
    tally->known = true;
    return tally;
}

static struct login_session *session_of(struct ingest_logins *logins, const struct request *request)
{
    if (logins->sessions == NULL)
        logins->sessions = xcalloc(SESSIONS, sizeof *logins->sessions);
    uint64_t session = strtoull(request->session, NULL, 16) + 1;
    struct login_session *held = &logins->sessions[session & (SESSIONS - 1)];
    if (held->session != session)
        *held = (struct login_session){.session = session};
    return held;
}

/* Boyer and Moore's vote: the login that has more than half of them, if one has. */
static void vote(struct login_tally *tally, size_t login_plus_1)
{
    if (tally->votes == 0)
        tally->by_plus_1 = login_plus_1;
    if (tally->by_plus_1 == login_plus_1)
        tally->votes++;
    else
        tally->votes--;
}

static void count_ok(struct login_tally *tally, const struct login_session *session)
{
    if (session->login_plus_1 == 0) {
        tally->ok_without++;
        return;
    }
    tally->ok_with++;
    tally->sessions += tally->last_session != session->session;
    tally->last_session = session->session;
    vote(tally, session->login_plus_1);
}

void ingest_logins_add(struct ingest_logins *logins, size_t index, const char *name,
                       const struct request *request)
{
    int status = request->status;
    if (request->session[0] == '\0' || status == 0)
        return;
    struct login_tally *tally = tally_of(logins, index, name);
    struct login_session *session = session_of(logins, request);
    if (tally->login && status >= 200 && status < 400 && session->login_plus_1 == 0)
        session->login_plus_1 = index + 1;
    if (tally->login)
        return;
    if (status == 401 || status == 403)
        *(session->login_plus_1 != 0 ? &tally->refused_with : &tally->refused_without) += 1;
    else if ((status >= 200 && status < 300) || status == 304)
        count_ok(tally, session);
}

static bool is_opened(const struct login_tally *tally)
{
    double ok = (double)(tally->ok_with + tally->ok_without);
    double refused = (double)(tally->refused_with + tally->refused_without);
    return tally->ok_with >= INGEST_LOGINS_LEAST && tally->refused_without >= INGEST_LOGINS_LEAST &&
           tally->sessions >= 2 && (double)tally->ok_with >= INGEST_LOGINS_SHARE * ok &&
           (double)tally->refused_without >= INGEST_LOGINS_SHARE * refused &&
           (double)tally->votes >= INGEST_LOGINS_SHARE / 2 * (double)tally->ok_with;
}

void ingest_logins_finish(const struct ingest_logins *logins, struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->endpoint_count && i < logins->count; i++) {
        const struct login_tally *tally = &logins->tallies[i];
        struct ingest_endpoint *endpoint = &ingest->endpoints[i];
        if (endpoint->after.count > 0 || !is_opened(tally))
            continue;
        const struct ingest_endpoint *login = &ingest->endpoints[tally->by_plus_1 - 1];
        if (login->after.count > 0)
            continue;
        strings_add(&endpoint->after, login->name);
        strings_addf(&endpoint->after_why,
                     "%llu of %llu requests that were answered came after it, %llu of %llu that were refused "
                     "without it",
                     (unsigned long long)tally->ok_with,
                     (unsigned long long)(tally->ok_with + tally->ok_without),
                     (unsigned long long)tally->refused_without,
                     (unsigned long long)(tally->refused_with + tally->refused_without));
    }
}
