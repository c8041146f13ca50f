#include "cmd/shard_given.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "metrics/moment.h"

#define SHARDS_MOST 1000
#define NODE_ID_LENGTH 25 /* of a Swarm node: letters and digits */

const char shards_page[] = "One run that several drivers send at once, on one machine or on many:\n"
                           "\n"
                           "  seep run DIR --shard 0/3 --start-at TIME --db 0.db      (and 1/3, 2/3)\n"
                           "  seep merge 0.db 1.db 2.db -o results/seep.db\n"
                           "\n"
                           "Shards are counted from 0, as Kubernetes counts. Each is given the same DIR,\n"
                           "load and seed, those of the whole run: --rate, --connections and --requests are\n"
                           "of all shards together. Each request of the whole run is sent by exactly one\n"
                           "shard, all requests of a session by the same one; without a session its place\n"
                           "in the recording decides. What `after` and `setup` send beside the mix, each\n"
                           "shard sends for itself.\n"
                           "\n"
                           "--shard auto/N takes the number from the environment:\n"
                           "  JOB_COMPLETION_INDEX  set by Kubernetes in an Indexed Job\n"
                           "  SEEP_SHARD_SLOT       for tasks of Docker Swarm, set it to {{.Task.Slot}}: a\n"
                           "                        service counts them from 1, so shard 0 is one by itself\n"
                           "                        (docker/swarm); a job counts from 0, where Docker 20.10\n"
                           "                        gives the node's id for slot 0, which is taken so\n"
                           "\n"
                           "--start-at is when all begin: late enough for the slowest to be ready. Who is\n"
                           "ready later begins then, and says so. Clocks have to agree (NTP).\n"
                           "\n"
                           "Only shard 0 reads memory. No shard has a verdict, since none knows what all\n"
                           "sent: each ends with 125 and says so, and `seep merge` judges. A shard sends\n"
                           "its part to the end: it neither ends early nor goes on. Then shard 0 waits a\n"
                           "moment, and looks whether what grows stays without traffic (--hold), and what\n"
                           "time alone adds; merging leaves that out where others were sending still.\n"
                           "\n"
                           "The target has to run before: what seep starts itself would end with the shard\n"
                           "that started it. With `start: {restart: ...}` shard 0 restarts it, the others\n"
                           "attach. --connections has to be N at least.\n"
                           "\n"
                           "A shard that was restarted sends its part again: its store then has it twice,\n"
                           "and `seep merge` refuses that. Let no engine repeat a shard that had begun: a\n"
                           "Swarm job repeats whatever did not end with 0.\n";

static int bad(const char *text, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "--shard '%.60s': expected I/N or auto/N, with N from 1 to %d and I from 0 to N - 1", text,
                   SHARDS_MOST);
}

/* Digits alone, up to SHARDS_MOST. */
static bool number_of(const char *text, size_t length, size_t *number)
{
    *number = 0;
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)text[i]) || *number > SHARDS_MOST)
            return false;
        *number = *number * 10 + (size_t)(text[i] - '0');
    }
    return length > 0;
}

static bool is_node_id(const char *text)
{
    size_t length = 0;
    while (islower((unsigned char)text[length]) || isdigit((unsigned char)text[length]))
        length++;
    return length == NODE_ID_LENGTH && text[length] == '\0';
}

static int from_environment(const char *text, struct shard *shard, struct err *err)
{
    static const char *const names[] = {"JOB_COMPLETION_INDEX", "SEEP_SHARD_SLOT"};
    const char *name = names[0], *value = getenv(name);
    if (value == NULL)
        value = getenv(name = names[1]);
    if (value == NULL)
        return err_set(err, ERR_USAGE, "--shard %.60s: neither %s nor %s is in the environment", text,
                       names[0], names[1]);
    if (name == names[1] && is_node_id(value))
        shard->index = 0;
    else if (!number_of(value, strlen(value), &shard->index) || shard->index >= shard->count)
        return err_set(err, ERR_USAGE, "--shard %.60s: %s is '%.60s': expected a number from 0 to %zu", text,
                       name, value, shard->count - 1);
    return 0;
}

static int parse_shard(const char *text, struct shard *shard, struct err *err)
{
    const char *slash = strchr(text, '/');
    if (slash == NULL || !number_of(slash + 1, strlen(slash + 1), &shard->count) || shard->count < 1 ||
        shard->count > SHARDS_MOST)
        return bad(text, err);
    if (text_starts_with(text, "auto/"))
        return from_environment(text, shard, err);
    if (!number_of(text, (size_t)(slash - text), &shard->index) || shard->index >= shard->count)
        return bad(text, err);
    return 0;
}

int shard_given(const char *shard_text, const char *start_at, struct shard *shard, struct err *err)
{
    double at_s = 0;
    if (parse_shard(shard_text, shard, err) != 0)
        return -1;
    if (start_at == NULL)
        return 0;
    if (moment_parse(start_at, &at_s) != 0 || !(at_s > 0) || at_s > 1e11)
        return err_set(err, ERR_USAGE,
                       "--start-at '%.60s': expected a moment such as 2026-01-31T12:00:00Z, or seconds since "
                       "1970",
                       start_at);
    shard->start_us = llround(at_s * 1e6);
    return 0;
}
