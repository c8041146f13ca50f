#include "cmd/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "flow/recordings.h"
#include "flow/surroundings.h"
#include "scenario/write.h"

/* Stored with the run: credentials, as in DB_PASSWORD=..., are not. */
static char *join_arguments(int argc, char **argv)
{
    struct text text = TEXT_EMPTY;
    for (int i = 0; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        char *name = xstrndup(argv[i], equals != NULL ? (size_t)(equals - argv[i]) : 0);
        bool credential = equals != NULL && scenario_is_credential(name, equals + 1);
        text_addf(&text, "%s%s%s", i > 0 ? " " : "", credential ? name : argv[i], credential ? "=..." : "");
        free(name);
    }
    return text_take(&text);
}

int session_open(struct session *session, const struct globals *globals, const struct report_files *files,
                 const char *command, const char *directory, struct vault *secrets_take, struct err *err)
{
    *session = (struct session){.globals = globals, .command = command};
    session->service.secrets = secrets_take;
    if (report_files_check(files, err) != 0)
        return -1;
    session->view = progress_view_new(stderr, isatty(STDERR_FILENO) == 1, globals->quiet);
    session->listener = (struct listener){progress_view_tell, progress_view_note, session->view};
    if (recordings_load(directory, secrets_take, &session->service, &session->listener, err) != 0)
        return -1;
    recordings_say_lacking(&session->service, &session->result.caveats);
    result_say(&session->result.command, "%s", command);
    result_say(&session->result.service, "%s", directory);
    session->store = store_open(globals->db, err);
    return session->store != NULL ? 0 : -1;
}

static void tell_both(void *owner, const struct progress *progress)
{
    const struct session *session = owner;
    live_tell(session->live, progress);
    progress_view_tell(session->view, progress);
}

static void note_in_view(void *owner, const char *line)
{
    progress_view_note(((const struct session *)owner)->view, line);
}

void session_follow(struct session *session, struct live *live_take)
{
    session->live = live_take;
    if (live_take != NULL && session->view != NULL)
        session->listener = (struct listener){tell_both, note_in_view, session};
}

static void follow_run(struct session *session)
{
    if (session->live != NULL)
        live_follow(session->live, session->run);
}

/* That costs the page, not the run. */
static void say_lost_page(struct session *session)
{
    struct text how = TEXT_EMPTY;
    if (session->live != NULL && live_has_died(session->live, &how))
        strings_addf(&session->result.caveats,
                     "the process that served --live ended before the run (%s); the run went on without it",
                     text_string(&how));
    text_release(&how);
}

int session_new_run(struct session *session, const char *directory, const char *label, uint64_t seed,
                    int argc, char **argv, struct err *err)
{
    char *arguments = join_arguments(argc, argv);
    if (label == NULL)
        label = "";
    session->run = store_begin_run(session->store, session->command, directory, label, arguments, seed, err);
    free(arguments);
    if (session->run < 0)
        return -1;
    session->result.run = session->run;
    follow_run(session);
    result_say(&session->result.label, "%s", label);
    surroundings_say(&session->service, &session->result);
    return 0;
}

int session_resume_run(struct session *session, int64_t run, struct resumed *resumed, struct err *err)
{
    if (store_resume_run(session->store, run, resumed, err) != 0)
        return -1;
    session->run = session->result.run = run;
    surroundings_say(&session->service, &session->result);
    follow_run(session);
    return 0;
}

/* A run that failed still has a row that says why, and everything measured until then; a hunt may go on. */
static void say_failure(struct result *result, const struct err *err)
{
    result->verdict = VERDICT_INCONCLUSIVE;
    result->ended_early = true;
    result->exit_code = (int)err->code;
    result_say(&result->reason, "%s", err->message);
}

/* That time is left out of all that is told; only the target lived on. */
static void say_stops(struct session *session)
{
    int64_t stopped_ns = 0;
    char length[UNITS_SIZE];
    unsigned stops = clock_stops(&stopped_ns);
    if (stops == 0)
        return;
    units_duration(length, (double)stopped_ns / (double)CLOCK_NS_PER_S);
    strings_addf(
        &session->result.caveats,
        "seep itself was stopped %s, for %s%s (SIGSTOP, Ctrl-Z): nothing was sent, and that time counts "
        "nowhere; what grows with time alone grew on",
        stops == 1 ? "once" : "several times", length, stops == 1 ? "" : " in all");
}

/* The verdict was reached with them, and stands; what is read out of the store later lacks them. */
static void say_lost_rows(struct session *session)
{
    struct err lost = {0};
    if (store_flush(session->store, &lost) == 0)
        return;
    strings_addf(&session->result.caveats,
                 "what was measured is not all in the store: rows could not be written (%s)", lost.message);
    session->result.exit_code = (int)lost.code;
}

int session_end(struct session *session, const struct report_files *files, int failed, struct err *err)
{
    int code = failed ? (int)err->code : session->result.exit_code;
    if (session->view != NULL)
        progress_view_free(session->view);
    if (failed && session->run > 0)
        say_failure(&session->result, err);
    if (failed)
        command_fail(err);
    say_lost_page(session);
    say_stops(session);
    if (!failed && session->run > 0)
        say_lost_rows(session);
    struct err late = {0};
    if (session->run > 0 && store_end_run(session->store, session->run, &session->result, &late) != 0)
        code = failed && strcmp(late.message, err->message) == 0 ? code : command_fail(&late);
    else if (!failed && report_outputs(session->store, session->run, files, session->globals, &late) != 0)
        code = command_fail(&late);
    live_end(session->live);
    if (session->store != NULL)
        store_close(session->store);
    result_release(&session->result);
    recordings_release(&session->service);
    return code;
}
