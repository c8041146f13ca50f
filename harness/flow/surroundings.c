#include "flow/surroundings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"
#include "base/withheld.h"

/* The variable whose value stands at `at`, the longest of them: "NAME=VALUE"; or NULL. */
static const char *variable_at(const char *at)
{
    const char *found = NULL;
    size_t longest = 0;
    for (char **variable = environ; *variable != NULL; variable++) {
        const char *equals = strchr(*variable, '=');
        if (equals == NULL || strncmp(*variable, "_=", 2) == 0)
            continue;
        size_t length = strlen(equals + 1);
        if (length >= withheld_least(*variable, (size_t)(equals - *variable)) && length > longest &&
            strncmp(at, equals + 1, length) == 0)
            found = *variable, longest = length;
    }
    return found;
}

static void add_without_values(struct text *out, const char *word)
{
    while (*word != '\0') {
        const char *variable = variable_at(word);
        if (variable == NULL) {
            text_add_char(out, *word++);
            continue;
        }
        size_t name = strcspn(variable, "=");
        text_addf(out, "${%.*s}", (int)name, variable);
        word += strlen(variable + name + 1);
    }
}

/* Of "--token", "--token=x", "TOKEN=x": how long the part up to the value is; 0: no value is given by name. */
static size_t named(const char *word, bool *secret, bool *variable)
{
    size_t dashes = strspn(word, "-"), length = strcspn(word + dashes, "=");
    *secret = length > 0 && secret_key_name(word + dashes, length);
    *variable = dashes == 0 && word[length] == '=' && length > 0 &&
                strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == length;
    return word[dashes + length] == '=' ? dashes + length + 1 : 0;
}

static void add_command(struct text *out, const struct strings *command)
{
    bool hide = false;
    for (size_t i = 0; i < command->count; i++) {
        const char *word = command->items[i];
        bool secret = false, variable = false;
        size_t value = named(word, &secret, &variable);
        struct text with_variables = TEXT_EMPTY, shown = TEXT_EMPTY;
        if (hide) {
            text_add_string(&shown, "...");
        } else if (value > 0 && (secret || variable)) {
            text_addf(&shown, "%.*s...", (int)value, word);
        } else {
            add_without_values(&with_variables, word);
            secret_hide(&shown, text_string(&with_variables));
        }
        hide = !hide && secret && value == 0 && word[0] == '-';
        text_add_string(out, i > 0 ? " " : "");
        text_add_word(out, text_string(&shown));
        text_release(&with_variables);
        text_release(&shown);
    }
}

static void add_environment(struct text *out, const struct headers *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        text_addf(out, "%s%s", i == 0 ? "; environment: " : ", ", environment->items[i].name);
}

static const char *agent_word(enum agent_kind agent)
{
    static const char *const words[] = {
        [AGENT_PYTHON] = "python", [AGENT_NODE] = "node", [AGENT_MALLOC] = "malloc",
        [AGENT_JVM] = "jvm",       [AGENT_GO] = "go",     [AGENT_NONE] = "none"};
    return agent == AGENT_AUTO ? NULL : words[agent];
}

static char *target_words(const struct service *service)
{
    struct text out = TEXT_EMPTY;
    const struct start *start = &service->start;
    if (start->kind == START_COMMAND)
        add_command(&out, &start->command);
    else if (start->kind == START_CONTAINER && start->service != NULL)
        text_addf(&out, "the service %s of a compose project", start->service);
    else
        withheld_hide(&out, service->target != NULL ? service->target : "");
    if (start->kind == START_NONE)
        text_add_string(&out, ", which seep did not start");
    if (start->kind == START_RESTART) {
        text_add_string(&out, ", renewed by ");
        add_command(&out, &start->restart);
    }
    add_environment(&out, &start->environment);
    const char *agent = agent_word(service->agent);
    if (agent != NULL)
        text_addf(&out, "; agent %s", agent);
    return text_take(&out);
}

void surroundings_say(const struct service *service, struct result *result)
{
    struct utsname names;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    free(result->target);
    result->target = target_words(service);
    if (uname(&names) == 0)
        result_say(&result->machine, "%s %s %s, %ld processor%s", names.sysname, names.release, names.machine,
                   processors, processors == 1 ? "" : "s");
}
