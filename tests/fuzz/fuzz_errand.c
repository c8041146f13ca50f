/* What goes between a hunt and its drivers on a swarm. First byte: 'f' the log of a driver, in pieces: never more than was sent, and
 * whole only if its digest says so; 'd' what a driver sent; 't' a task; 's' what a compose client says of a project, as a stack that
 * publishes nothing. Each is understood, or refused in one line. */
#include <math.h>

#include "base/frames.h"
#include "base/json.h"
#include "flow/hunt_errand.h"
#include "target/stack_file.h"

#include "fuzz.h"

static void take_log(struct span log)
{
    struct frames *frames = frames_new();
    struct text bytes = TEXT_EMPTY, why = TEXT_EMPTY, again = TEXT_EMPTY;
    for (size_t at = 0, piece = 1; at < log.length; at += piece, piece = piece % 97 + 1)
        frames_take(frames, log.bytes + at, piece < log.length - at ? piece : log.length - at);
    frames_cut(frames);
    enum frames_state state = frames_state(frames);
    frames_explain(frames, &why);
    frames_asked(frames);
    hold(strlen(frames_foreign(frames)) <= 2048);
    if (state == FRAMES_WHOLE) {
        frames_bytes(frames, &bytes);
        hold(bytes.length <= log.length);
        struct frames *same = frames_new();
        frames_write(text_string(&bytes), bytes.length, &again);
        frames_take(same, text_string(&again), again.length);
        hold(frames_state(same) == FRAMES_WHOLE);
        frames_free(same);
    }
    text_release(&bytes);
    text_release(&why);
    text_release(&again);
    frames_free(frames);
}

static void take_sent(struct span sent)
{
    struct text text = TEXT_EMPTY, store = TEXT_EMPTY;
    struct err err = {0};
    json_t *told = NULL;
    text_add(&text, sent.bytes, sent.length);
    if (errand_unpack(&text, &told, &store, &err) != 0)
        hold_one_line(&err);
    else
        hold(json_is_object(told));
    json_decref(told);
    text_release(&text);
    text_release(&store);
}

static void take_task(struct span task)
{
    struct text text = TEXT_EMPTY;
    struct err err = {0};
    struct asked asked;
    text_add(&text, task.bytes, task.length);
    if (asked_read(&asked, &text, &err) != 0)
        hold_one_line(&err);
    else
        hold(json_is_array(asked.questions) && json_is_array(asked.probes) && !isnan(asked.left_s));
    asked_release(&asked);
    text_release(&text);
}

static void hold_published(const json_t *stack)
{
    const char *name;
    json_t *service;
    json_object_foreach(json_object_get(stack, "services"), name, service)
        hold(json_object_get(service, "ports") == NULL && json_object_get(service, "container_name") == NULL);
}

static void take_project(struct span project)
{
    struct err err = {0};
    struct headers environment = {NULL, 0};
    json_t *base = stack_file_base(project.bytes, project.length, "compose.yaml", "web", &err);
    if (base == NULL) {
        hold_one_line(&err);
        return;
    }
    stack_file_environment(base, "web", &environment);
    struct stack_file_mounts none = {NULL, 0};
    struct stack_file_trial trial = {.service = "web",
                                     .owner = "p1",
                                     .home = "here",
                                     .node = "there",
                                     .image = "seep",
                                     .environment = &environment,
                                     .agents = &none,
                                     .secrets = {&none, NULL},
                                     .sockets = true,
                                     .unchecked = true};
    char *text = stack_file_make(base, &trial);
    json_t *stack = json_read(text, strlen(text), "the stack", &err);
    hold(stack != NULL);
    hold_published(stack);
    json_decref(stack);
    free(text);
    headers_release(&environment);
    json_decref(base);
}

FUZZ_TARGET(errand)
{
    struct span rest = {(const char *)data + 1, size - 1};
    if (size < 1)
        return 0;
    switch (data[0]) {
    case 'f':
        take_log(rest);
        break;
    case 'd':
        take_sent(rest);
        break;
    case 't':
        take_task(rest);
        break;
    case 's':
        take_project(rest);
        break;
    }
    return 0;
}
