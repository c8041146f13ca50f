/* One trial on a swarm: its stack, from the file to the last of it that is removed. */
#include "target/swarm_inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/new_file.h"
#include "target/errand.h"
#include "target/helper.h"
#include "target/inside.h"
#include "target/stack_tasks.h"
#include "target/swarm_log.h"

#define NAMESPACE "com.docker.stack.namespace"
#define NODE_AGAIN_NS CLOCK_NS_PER_S
#define TICK_NS (250 * CLOCK_NS_PER_MS)
#define DEPLOY_LIMIT_NS (120 * CLOCK_NS_PER_S)
#define PLACE_LIMIT_NS (120 * CLOCK_NS_PER_S) /* for a node to take a task */
#define FETCH_MINUTES 15                      /* for images, and for what others wait for */
#define FETCH_LIMIT_NS (FETCH_MINUTES * 60 * CLOCK_NS_PER_S)
#define LEAVE_LIMIT_NS (15 * CLOCK_NS_PER_S)   /* for a task that is to end; then its node does not answer */
#define SILENCE_LIMIT_NS (60 * CLOCK_NS_PER_S) /* of the engine */
#define LAST_LINES 20
#define LAST_BYTES 600

struct trial {
    struct swarm *swarm;
    struct loop *loop;
    struct docker docker; /* of this thread */
    char name[STACK_NAME_MOST + 1];
    const char *node;              /* NULL: none was taken */
    struct stack_file_mounts task; /* secrets */
    char *path;                    /* of the stack file */
    json_t *stack;                 /* what it says; NULL: nothing was deployed */
    json_t *ids;                   /* of services, by their names in the file */
    json_t *after;                 /* what has to start yet, and after what */
    struct swarm_log log;
    unsigned renewed;
    int64_t begun_ns, answered_ns, leaving_ns;
    bool (*stopped)(void *owner);
    void *owner;
    enum stack_end *end;
    struct text *why;
    bool over;
};

static const char *target_of(const struct trial *trial)
{
    return trial->swarm->options.service->start.service;
}

static bool has_sockets(const struct trial *trial)
{
    return injection_any(trial->swarm->options.injection);
}

static void lose(struct trial *trial, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void lose(struct trial *trial, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_clear(trial->why);
    text_addv(trial->why, format, arguments);
    va_end(arguments);
    *trial->end = STACK_LOST;
    trial->over = true;
}

static void stop(struct trial *trial)
{
    *trial->end = STACK_STOPPED;
    trial->over = true;
}

static void set_name(struct trial *trial)
{
    struct swarm *swarm = trial->swarm;
    pthread_mutex_lock(&swarm->lock);
    unsigned number = ++swarm->stacks;
    pthread_mutex_unlock(&swarm->lock);
    snprintf(trial->name, sizeof trial->name, "seep-%s-%u", swarm->tag, number);
}

static char *make_file(const struct trial *trial)
{
    const struct swarm *swarm = trial->swarm;
    struct stack_file_trial about = {.service = target_of(trial),
                                     .owner = swarm->owner,
                                     .home = swarm->home,
                                     .node = trial->node,
                                     .image = swarm->image,
                                     .environment = &swarm->environment,
                                     .agents = &swarm->agents,
                                     .secrets = {&swarm->errand, &trial->task},
                                     .sockets = has_sockets(trial),
                                     .unchecked = swarm->options.service->ready_path != NULL};
    return stack_file_make(swarm->base, &about);
}

static int write_file(struct trial *trial, struct err *err)
{
    char *made = make_file(trial);
    struct text text = TEXT_EMPTY;
    text_add_string(&text, made);
    trial->path = xasprintf("%s/%s.json", trial->swarm->options.private, trial->name);
    int failed = new_file_write(trial->path, &text, err);
    trial->stack = failed ? NULL : json_loads(made, 0, NULL);
    text_release(&text);
    free(made);
    return failed;
}

static int run_client(const struct trial *trial, struct err *err)
{
    const char *const words[] = {"docker",          "stack", "deploy", "--with-registry-auth",
                                 "--resolve-image", "never", "-c",     trial->path,
                                 trial->name};
    char *log = xasprintf("%s/%s.log", trial->swarm->options.private, trial->name);
    struct helper helper = {.loop = trial->loop,
                            .directory = trial->swarm->options.private,
                            .log = log,
                            .limit_ns = DEPLOY_LIMIT_NS};
    struct strings command = {NULL, 0};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        strings_add(&command, words[i]);
    int failed = helper_run(&helper, &command, "`docker stack deploy`", err);
    strings_release(&command);
    unlink(log);
    free(log);
    return failed;
}

/* {"web": "ID"}: tasks name their services by these. */
static int find_ids(struct trial *trial, struct err *err)
{
    const char *name;
    json_t *service;
    trial->ids = json_object();
    json_object_foreach(json_object_get(trial->stack, "services"), name, service)
    {
        json_t *about = NULL;
        char *path = xasprintf("/services/%s_%s", trial->name, name);
        int failed = docker_ask(trial->loop, &trial->docker, "GET", path, NULL, &about, err);
        json_object_set(trial->ids, name, json_object_get(about, "ID"));
        json_decref(about);
        free(path);
        if (failed)
            return -1;
    }
    return 0;
}

/* Rests for a while; over where the caller, or a signal, wants no more. */
static void rest(struct trial *trial, int64_t ns)
{
    if ((trial->stopped != NULL && trial->stopped(trial->owner)) || loop_sleep(trial->loop, ns) != 0)
        stop(trial);
}

/* Where none takes tasks, one may in a moment: drained nodes come back. */
static int take_node(struct trial *trial, struct err *err)
{
    int64_t end = clock_now_ns() + PLACE_LIMIT_NS;
    while (!trial->over) {
        if (swarm_look(trial->swarm, trial->loop, &trial->docker, err) != 0)
            return -1;
        trial->node = swarm_take_node(trial->swarm);
        if (trial->node != NULL)
            return 0;
        if (clock_now_ns() > end)
            lose(trial, "no node of the swarm takes tasks (`docker node ls` lists them)");
        else
            rest(trial, NODE_AGAIN_NS);
    }
    return 0;
}

/* Once a stack was deployed, the configuration is good: what fails then is a moment's. */
static int deploy_file(struct trial *trial, struct err *err)
{
    struct swarm *swarm = trial->swarm;
    int failed = run_client(trial, err) != 0 || find_ids(trial, err) != 0 ? -1 : 0;
    pthread_mutex_lock(&swarm->lock);
    bool before = swarm->deployed;
    swarm->deployed = before || !failed;
    pthread_mutex_unlock(&swarm->lock);
    if (failed && before && interrupt_signal() == 0) {
        lose(trial, "%s", err->message);
        *err = (struct err){0};
        return 0;
    }
    return failed;
}

static int deploy(struct trial *trial, const struct text *task, struct err *err)
{
    struct swarm *swarm = trial->swarm;
    if (take_node(trial, err) != 0 || trial->over)
        return trial->over ? 0 : -1;
    if (swarm_put_parcel(swarm, trial->loop, &trial->docker, trial->name, ERRAND_TASK, task, target_of(trial),
                         &trial->task, err) != 0 ||
        write_file(trial, err) != 0)
        return -1;
    char *driver = xasprintf("%s_" STACK_DRIVER, trial->name);
    swarm_log_open(&trial->log, driver, swarm->options.private);
    free(driver);
    return deploy_file(trial, err);
}

/* What has no replica yet (target/stack_file.h). */
static void list_waiting(struct trial *trial)
{
    const json_t *after = json_object_get(trial->swarm->base, "after");
    const char *name;
    json_t *waits;
    trial->after = json_object();
    json_object_foreach((json_t *)after, name, waits) if (json_object_size(waits) > 0)
        json_object_set(trial->after, name, waits);
    if (json_object_get(trial->after, target_of(trial)) != NULL)
        json_object_set_new(trial->after, STACK_DRIVER, json_pack("{s:s}", target_of(trial), "started"));
    else if (has_sockets(trial))
        json_object_set_new(trial->after, target_of(trial), json_object());
}

/* Changes the definition of a service: `change` is called with it. True: done; false: it was changed by others meanwhile. */
static bool update(struct trial *trial, const char *service, void (*change)(json_t *spec))
{
    json_t *about = NULL;
    char *path = xasprintf("/services/%s_%s", trial->name, service), *post = NULL;
    bool done = docker_ask(trial->loop, &trial->docker, "GET", path, NULL, &about, NULL) == 0;
    if (done) {
        json_t *spec = json_object_get(about, "Spec");
        change(spec);
        post = xasprintf("%s/update?version=%lld", path,
                         (long long)json_number(json_object_get(about, "Version"), "Index", 0));
        done = docker_ask(trial->loop, &trial->docker, "POST", post, spec, NULL, NULL) == 0;
    }
    json_decref(about);
    free(path);
    free(post);
    return done;
}

static void one_replica(json_t *spec)
{
    json_object_set_new(json_object_get(json_object_get(spec, "Mode"), "Replicated"), "Replicas",
                        json_integer(1));
}

static void one_replica_of_target(json_t *spec)
{
    json_t *container = json_object_get(json_object_get(spec, "TaskTemplate"), "ContainerSpec"),
           *groups = json_object_get(container, "Groups");
    char *group = xasprintf("%d", INSIDE_GROUP);
    if (!json_is_array(groups))
        json_object_set_new(container, "Groups", groups = json_array());
    json_array_append_new(groups, json_string(group));
    free(group);
    one_replica(spec);
}

static void renew(json_t *spec)
{
    json_t *template = json_object_get(spec, "TaskTemplate");
    json_object_set_new(template, "ForceUpdate",
                        json_integer(1 + (json_int_t)json_number(template, "ForceUpdate", 0)));
}

static struct stack_task task_of(const struct trial *trial, const json_t *tasks, const char *service,
                                 enum stack_which which)
{
    const char *id = json_text(trial->ids, service);
    return stack_task_of(tasks, id != NULL ? id : "", which);
}

/* Services whose turn it is, by `after`. */
static void start_next(struct trial *trial, const json_t *tasks)
{
    const char *name, *other;
    json_t *waits, *condition;
    void *next;
    json_object_foreach_safe(trial->after, next, name, waits)
    {
        bool ready = true;
        json_object_foreach(waits, other, condition)
        {
            struct stack_task task = task_of(trial, tasks, other, STACK_PRESENT);
            ready = ready && json_object_get(trial->after, other) == NULL &&
                    stack_task_meets(&task, json_string_value(condition));
        }
        bool target = has_sockets(trial) && strcmp(name, target_of(trial)) == 0;
        if (ready && update(trial, name, target ? one_replica_of_target : one_replica))
            json_object_del(trial->after, name);
    }
}

/* Of services that others wait for, or that are tried: whether one cannot start, or not in time. */
static void check_placed(struct trial *trial, const json_t *tasks)
{
    int64_t since_ns = clock_now_ns() - trial->begun_ns;
    const char *name;
    json_t *id;
    json_object_foreach(trial->ids, name, id)
    {
        struct stack_task task = stack_task_of(tasks, json_string_value(id), STACK_PRESENT);
        if (trial->over || json_object_get(trial->after, name) != NULL)
            continue;
        if (task.phase == PHASE_REJECTED)
            lose(trial, "service '%s' was rejected: %s", name, task.says);
        else if (task.phase <= PHASE_WAITING && since_ns > PLACE_LIMIT_NS)
            lose(trial, "service '%s' was not placed: %s", name, task.says);
        else if (task.phase == PHASE_FETCHING && since_ns > FETCH_LIMIT_NS)
            lose(trial, "service '%s' was not ready to start in %d minutes: %s", name, FETCH_MINUTES,
                 task.says);
    }
    if (!trial->over && json_object_size(trial->after) > 0 && since_ns > FETCH_LIMIT_NS)
        lose(trial, "what depends on others did not start in %d minutes: %s", FETCH_MINUTES,
             json_object_iter_key(json_object_iter(trial->after)));
}

/* The driver ended: all is here, or it is lost, or it said why there is nothing. */
static int conclude(struct trial *trial, const struct stack_task *task, struct err *err)
{
    struct text words = TEXT_EMPTY, lacks = TEXT_EMPTY;
    int failed = swarm_log_finish(&trial->log, err);
    if (!failed && frames_state(trial->log.frames) == FRAMES_WHOLE)
        return 0;
    swarm_log_words(&trial->log, &words);
    frames_explain(trial->log.frames, &lacks);
    int code = task->phase == PHASE_FAILED ? task->exit_code : 0;
    if (!failed && (code == ERR_TARGET || code == ERR_USAGE || code == ERR_REFUSED))
        failed =
            err_set(err, (enum err_code)code, "the driver of a trial on the swarm: %s", text_string(&words));
    else if (!failed)
        lose(trial, "the driver's task ended (%s) before it had sent all: %s%s%s", task->says,
             text_string(&lacks), words.length > 0 ? "; " : "", text_string(&words));
    text_release(&words);
    text_release(&lacks);
    return failed;
}

static void check_leaving(struct trial *trial, const struct stack_task *driver)
{
    int64_t now = clock_now_ns();
    trial->leaving_ns = driver->phase != PHASE_LEAVING ? 0 : trial->leaving_ns == 0 ? now : trial->leaving_ns;
    if (trial->leaving_ns != 0 && now - trial->leaving_ns > LEAVE_LIMIT_NS)
        lose(trial, "the driver's task was to end, and its node does not say that it did: %s", driver->says);
}

static json_t *list_tasks(struct trial *trial, struct err *err)
{
    json_t *tasks = NULL;
    char *label = xasprintf(NAMESPACE "=%s", trial->name);
    const char *labels[] = {label};
    char *filter = docker_label_filter(labels, 1), *path = xasprintf("/tasks?filters=%s", filter);
    docker_ask(trial->loop, &trial->docker, "GET", path, NULL, &tasks, err);
    free(label);
    free(filter);
    free(path);
    return tasks;
}

/* An engine that restarts does not answer for a moment; its tasks go on. */
static int look(struct trial *trial, struct err *err)
{
    struct err refused = {0};
    json_t *tasks = list_tasks(trial, &refused);
    if (tasks == NULL) {
        if (clock_now_ns() - trial->answered_ns < SILENCE_LIMIT_NS)
            return 0;
        *err = refused;
        return -1;
    }
    trial->answered_ns = clock_now_ns();
    struct stack_task driver = task_of(trial, tasks, STACK_DRIVER, STACK_FIRST);
    int failed = 0;
    start_next(trial, tasks);
    if (stack_task_ended(&driver) && driver.phase != PHASE_REJECTED)
        failed = conclude(trial, &driver, err);
    else if (driver.phase >= PHASE_STARTED && driver.phase <= PHASE_LEAVING)
        failed = swarm_log_look(&trial->log, err);
    if (!failed && !trial->over && !frames_any(trial->log.frames))
        check_placed(trial, tasks);
    if (!failed && !trial->over)
        check_leaving(trial, &driver);
    unsigned asked = frames_asked(trial->log.frames);
    if (!failed && !trial->over && asked > trial->renewed && update(trial, target_of(trial), renew))
        trial->renewed = asked;
    json_decref(tasks);
    return failed;
}

/* How the target ended by itself: a crash is a result, and its last lines say which. */
static void add_target_words(struct trial *trial)
{
    json_t *tasks = list_tasks(trial, NULL);
    struct stack_task task = task_of(trial, tasks, target_of(trial), STACK_PRESENT);
    struct text body = TEXT_EMPTY, lines = TEXT_EMPTY;
    if (tasks != NULL && (task.phase == PHASE_FAILED || task.phase == PHASE_COMPLETE)) {
        char *path = xasprintf("/services/%s_%s/logs?stdout=true&stderr=true&tail=%d", trial->name,
                               target_of(trial), LAST_LINES);
        if (docker_ask_text(trial->loop, &trial->docker, path, &body) == 200)
            docker_log_text(&body, &lines);
        size_t from = lines.length > LAST_BYTES ? lines.length - LAST_BYTES : 0;
        text_addf(trial->why, "'%s' ended (%s)%s", target_of(trial), task.says, lines.length > 0 ? ": " : "");
        if (lines.length > 0)
            process_add_clean(trial->why, lines.bytes + from, lines.length - from);
        for (char *at = trial->why->bytes; (at = strchr(at, '\n')) != NULL;)
            *at = ' ';
        free(path);
    }
    text_release(&body);
    text_release(&lines);
    json_decref(tasks);
}

static int await(struct trial *trial, struct text *result, struct err *err)
{
    trial->begun_ns = trial->answered_ns = clock_now_ns();
    list_waiting(trial);
    start_next(trial, NULL);
    while (!trial->over) {
        if (look(trial, err) != 0)
            return -1;
        if (trial->over)
            break;
        if (frames_state(trial->log.frames) == FRAMES_WHOLE) {
            frames_bytes(trial->log.frames, result);
            *trial->end = STACK_ENDED;
            add_target_words(trial);
            break;
        }
        rest(trial, TICK_NS);
    }
    return 0;
}

/* The swarm would take some seconds to end and remove them one after the other. Returns how many there were, on this node. */
static size_t remove_containers(struct trial *trial)
{
    json_t *list = NULL, *each;
    size_t index;
    char *label = xasprintf(NAMESPACE "=%s", trial->name);
    const char *labels[] = {label};
    char *filter = docker_label_filter(labels, 1),
         *path = xasprintf("/containers/json?all=true&filters=%s", filter);
    docker_ask(trial->loop, &trial->docker, "GET", path, NULL, &list, NULL);
    json_array_foreach(list, index, each)
    {
        const char *id = json_text(each, "Id");
        char *one = xasprintf("/containers/%s?force=true&v=true", id != NULL ? id : "");
        docker_delete(trial->loop, &trial->docker, one);
        free(one);
    }
    size_t count = json_array_size(list);
    json_decref(list);
    free(label);
    free(filter);
    free(path);
    return count;
}

static void add_paths(const struct trial *trial, struct strings *paths, const char *kind, const char *path)
{
    const char *name;
    json_t *part;
    json_object_foreach(json_object_get(trial->stack, kind), name,
                        part) if (json_object_get(part, "external") == NULL)
        strings_addf(paths, "/%s/%s_%s", path, trial->name, name);
}

/* Services first, so that no task comes again; then what they used, once it is free. */
static void remove_all(struct trial *trial)
{
    static const char *const used[] = {"networks", "secrets", "configs"};
    struct strings paths = {NULL, 0};
    trial->docker.deaf = true;
    add_paths(trial, &paths, "services", "services");
    swarm_remove(trial->loop, &trial->docker, &paths);
    strings_release(&paths);
    int64_t end = clock_now_ns() + LEAVE_LIMIT_NS;
    while (remove_containers(trial) > 0 && clock_now_ns() < end)
        nanosleep(&(struct timespec){0, TICK_NS / 4}, NULL);
    for (size_t i = 0; i < trial->task.count; i++)
        strings_addf(&paths, "/secrets/%s", trial->task.items[i].name);
    for (size_t i = 0; i < sizeof used / sizeof *used; i++)
        add_paths(trial, &paths, used[i], used[i]);
    add_paths(trial, &paths, "volumes", "volumes");
    swarm_remove(trial->loop, &trial->docker, &paths);
    strings_release(&paths);
}

static void release(struct trial *trial)
{
    swarm_log_close(&trial->log);
    remove_all(trial);
    if (trial->node != NULL)
        swarm_leave_node(trial->swarm, trial->node);
    if (trial->path != NULL)
        unlink(trial->path);
    swarm_mounts_release(&trial->task);
    json_decref(trial->stack);
    json_decref(trial->ids);
    json_decref(trial->after);
    docker_release(&trial->docker);
    free(trial->path);
}

int swarm_run(struct swarm *swarm, struct loop *loop, const struct text *task, struct text *result,
              bool (*stopped)(void *owner), void *owner, enum stack_end *end, struct text *why,
              struct err *err)
{
    struct trial trial = {
        .swarm = swarm, .loop = loop, .stopped = stopped, .owner = owner, .end = end, .why = why};
    text_clear(result);
    text_clear(why);
    set_name(&trial);
    int failed = docker_open(&trial.docker, err) != 0 || deploy(&trial, task, err) != 0 ||
                 (!trial.over && await(&trial, result, err) != 0);
    if (failed && interrupt_signal() != 0) {
        stop(&trial);
        failed = 0;
    }
    release(&trial);
    return failed ? -1 : 0;
}
