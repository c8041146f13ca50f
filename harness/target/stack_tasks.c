#include "target/stack_tasks.h"

#include <string.h>

static const struct {
    const char *state;
    enum stack_phase phase;
} states[] = {
    {"new", PHASE_WAITING},       {"allocated", PHASE_WAITING}, {"pending", PHASE_WAITING},
    {"assigned", PHASE_WAITING},  {"accepted", PHASE_WAITING},  {"preparing", PHASE_FETCHING},
    {"ready", PHASE_FETCHING},    {"starting", PHASE_STARTED},  {"running", PHASE_RUNNING},
    {"complete", PHASE_COMPLETE}, {"failed", PHASE_FAILED},     {"shutdown", PHASE_SHUT},
    {"remove", PHASE_SHUT},       {"orphaned", PHASE_SHUT},     {"rejected", PHASE_REJECTED},
};

static const char *word(const json_t *map, const char *key)
{
    const char *value = json_text(map, key);
    return value != NULL ? value : "";
}

static bool is_wanted(const json_t *task)
{
    const char *desired = word(task, "DesiredState");
    return strcmp(desired, "running") == 0 || strcmp(desired, "ready") == 0 ||
           strcmp(desired, "complete") == 0;
}

/* Without its 'Z', as RFC 3339 leaves zeros at the end out. */
static int compare_times(const json_t *task, const json_t *than)
{
    const char *one = word(task, "CreatedAt"), *other = word(than, "CreatedAt");
    size_t one_length = strcspn(one, "Z"), other_length = strcspn(other, "Z");
    int order = strncmp(one, other, one_length < other_length ? one_length : other_length);
    return order != 0 ? order : (one_length > other_length) - (one_length < other_length);
}

/* Of several the present one is wanted, else the last. */
static bool goes_before(const json_t *task, const json_t *than, enum stack_which which)
{
    if (which == STACK_FIRST)
        return compare_times(task, than) < 0;
    return is_wanted(task) != is_wanted(than) ? is_wanted(task) : compare_times(task, than) > 0;
}

static enum stack_phase phase_of(const json_t *task)
{
    const char *state = word(json_object_get(task, "Status"), "State");
    enum stack_phase phase = PHASE_WAITING;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i].state, state) == 0)
            phase = states[i].phase;
    return phase < PHASE_LEAVING && !is_wanted(task) ? PHASE_LEAVING : phase;
}

struct stack_task stack_task_of(const json_t *tasks, const char *service, enum stack_which which)
{
    const json_t *present = NULL;
    size_t index;
    json_t *each;
    json_array_foreach(tasks, index, each) if (strcmp(word(each, "ServiceID"), service) == 0 &&
                                               (present == NULL || goes_before(each, present, which)))
        present = each;
    if (present == NULL)
        return (struct stack_task){PHASE_NONE, -1, ""};
    const json_t *status = json_object_get(present, "Status");
    const char *error = word(status, "Err");
    return (struct stack_task){
        phase_of(present),
        (int)json_number(json_object_get(status, "ContainerStatus"), "ExitCode", -1),
        *error != '\0' ? error : word(status, "Message"),
    };
}

bool stack_task_ended(const struct stack_task *task)
{
    return task->phase >= PHASE_COMPLETE;
}

bool stack_task_meets(const struct stack_task *task, const char *condition)
{
    if (strcmp(condition, "completed") == 0)
        return task->phase == PHASE_COMPLETE;
    if (strcmp(condition, "healthy") == 0)
        return task->phase == PHASE_RUNNING;
    return task->phase == PHASE_STARTED || task->phase == PHASE_RUNNING || stack_task_ended(task);
}
