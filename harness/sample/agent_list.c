#include "sample/agent_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define LOOK_MS 100
#define LOOKS_MOST 20
#define READ_BYTES ((size_t)1 << 20)
#define SITES_BYTES ((size_t)256 << 20)

static bool parse_name(const char *file, struct agent *agent)
{
    int pid = 0, used = 0;
    unsigned long long start = 0;
    if (sscanf(file, "%15[a-z]-%d-%llu.sock%n", agent->name, &pid, &start, &used) != 3 || used == 0 ||
        file[used] != '\0' || pid <= 0)
        return false;
    agent->pid = pid;
    agent->start_time = start;
    return true;
}

static int aim(struct agent *agent, struct err *err)
{
    struct strings entries = {NULL, 0};
    char *url = xasprintf("unix:%s", agent->path);
    strings_add(&entries, url);
    agent->allow = allow_new(&entries, err);
    int failed = agent->allow == NULL || origin_resolve(&agent->origin, url, agent->allow, err) != 0;
    strings_release(&entries);
    free(url);
    return failed ? -1 : 0;
}

static void agent_release(struct agent *agent)
{
    allow_free(agent->allow);
    free(agent->path);
}

void agents_release(struct agents *agents)
{
    for (size_t i = 0; i < agents->count; i++)
        agent_release(&agents->items[i]);
    free(agents->items);
    *agents = (struct agents){NULL, 0};
}

static int by_start(const void *a, const void *b)
{
    const struct agent *one = a, *other = b;
    if (one->start_time != other->start_time)
        return one->start_time < other->start_time ? -1 : 1;
    return (one->pid > other->pid) - (one->pid < other->pid);
}

/* A link might lead to any socket of this machine, and would be asked. */
static bool is_socket(const char *path)
{
    struct stat file;
    return lstat(path, &file) == 0 && S_ISSOCK(file.st_mode);
}

void agents_list(struct agents *agents, const char *directory)
{
    *agents = (struct agents){NULL, 0};
    DIR *listing = opendir(directory);
    for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
        struct agent agent = {0};
        if (!parse_name(entry->d_name, &agent))
            continue;
        agent.path = xasprintf("%s/%s", directory, entry->d_name);
        if (!is_socket(agent.path) || aim(&agent, NULL) != 0) {
            agent_release(&agent);
            continue;
        }
        agents->items = xrealloc(agents->items, (agents->count + 1) * sizeof *agents->items);
        agents->items[agents->count++] = agent;
    }
    if (listing != NULL)
        closedir(listing);
    if (agents->count > 0)
        qsort(agents->items, agents->count, sizeof *agents->items, by_start);
}

struct fetch_request agent_request(const struct agent *agent, const char *path, int64_t timeout_ns)
{
    return (struct fetch_request){.method = "GET",
                                  .origin = &agent->origin,
                                  .path = path,
                                  .allow = agent->allow,
                                  .timeout_ns = timeout_ns,
                                  .limit = SITES_BYTES};
}

bool agent_is_silent(const struct agent *agent)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool refused =
        probe >= 0 &&
        connect(probe, (const struct sockaddr *)&agent->origin.address, agent->origin.address_length) != 0 &&
        (errno == ECONNREFUSED || errno == ENOENT);
    if (probe >= 0)
        close(probe);
    return refused;
}

struct asking {
    struct loop *loop;
    struct agents_question question;
    char *directory;
    struct agents agents;
    size_t next, asked;
    unsigned looks; /* at the directory, before the first question */
};

static void ask_next(struct asking *asking);

static void on_answer(void *owner, struct fetch_answer *answer)
{
    struct asking *asking = owner;
    const struct agents_question *question = &asking->question;
    if (!question->dropped(question->owner))
        question->each(question->owner, &asking->agents.items[asking->next++], answer);
    ask_next(asking);
}

static void finish(struct asking *asking)
{
    struct agents_question question = asking->question;
    size_t found = asking->agents.count, asked = asking->asked;
    agents_release(&asking->agents);
    free(asking->directory);
    free(asking);
    question.done(question.owner, found, asked);
}

static void ask_next(struct asking *asking)
{
    const struct agents_question *question = &asking->question;
    const struct agents *agents = &asking->agents;
    bool dropped = question->dropped(question->owner);
    while (!dropped && asking->next < agents->count && agent_is_silent(&agents->items[asking->next]))
        asking->next++; /* its owner misses it, if it told before */
    if (dropped || asking->next == agents->count) {
        finish(asking);
        return;
    }
    asking->asked++;
    struct fetch_request request =
        agent_request(&agents->items[asking->next], question->path, question->timeout_ns);
    request.limit = READ_BYTES;
    fetch_start(asking->loop, &request, on_answer, asking);
}

static void look(evutil_socket_t descriptor, short what, void *owner);

static void look_again(struct asking *asking)
{
    struct timeval wait = {0, LOOK_MS * 1000};
    event_base_once(loop_base(asking->loop), -1, EV_TIMEOUT, look, asking, &wait);
}

/* An agent comes a moment after its process: waits until no more of them appear. */
static void look(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct asking *asking = owner;
    size_t before = asking->agents.count;
    if (!asking->question.dropped(asking->question.owner)) {
        agents_release(&asking->agents);
        agents_list(&asking->agents, asking->directory);
        bool settled = asking->agents.count > 0 && asking->agents.count == before;
        if (!settled && ++asking->looks < LOOKS_MOST) {
            look_again(asking);
            return;
        }
    }
    ask_next(asking);
}

void agents_ask(struct loop *loop, const char *directory, bool first, const struct agents_question *question)
{
    struct asking *asking = xcalloc(1, sizeof *asking);
    *asking = (struct asking){.loop = loop, .question = *question, .directory = xstrdup(directory)};
    agents_list(&asking->agents, directory);
    if (first)
        look_again(asking);
    else
        ask_next(asking);
}
