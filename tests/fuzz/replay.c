/* All fuzz targets in one program, without libFuzzer: each over its corpus once, then over bytes that are made of it, for a few
 * seconds. What is made is the same in every run (a fixed seed, the corpus in the order of its names); only how far it gets hangs
 * on the machine.
 *
 *     replay CORPUS JOBS TARGET...    CORPUS/TARGET/ of each; JOBS at a time, in processes of their own
 *     replay TARGET FILE...           these files, to see a crash again
 *
 * FUZZ_CORPUS_SECONDS (6) of CPU time for all that is made, shared evenly. Bytes that a target fails on are kept as
 * crash-TARGET in the working directory or FUZZ_CRASHES. Exit code: 0, or 1 where a target failed. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/random.h"

#include "fuzz.h"

#define INPUT_MOST ((size_t)4096) /* of what is made */
#define SECONDS_OF_ONE 10         /* for one input; a sanitizer makes it ten times what it is */

static struct fuzz_target *targets;

struct input {
    uint8_t *bytes;
    size_t length;
};

struct corpus {
    struct input *items;
    size_t count;
};

static struct {
    const char *target;
    struct input input; /* that is being tried */
} now;

void fuzz_announce(struct fuzz_target *target)
{
    target->next = targets;
    targets = target;
}

static const struct fuzz_target *find(const char *name)
{
    const struct fuzz_target *target = targets;
    while (target != NULL && strcmp(target->name, name) != 0)
        target = target->next;
    if (target == NULL) {
        fprintf(stderr, "replay: no target '%s'\n", name);
        exit(2);
    }
    return target;
}

/* Only what may be called in a signal's handler. */
static void keep(void)
{
    char path[256];
    const char *directory = getenv("FUZZ_CRASHES");
    if (now.target == NULL)
        return;
    snprintf(path, sizeof path, "%s/crash-%s", directory != NULL ? directory : ".", now.target);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0 || write(file, now.input.bytes, now.input.length) != (ssize_t)now.input.length)
        return;
    close(file);
    dprintf(STDERR_FILENO, "replay: %s failed on %zu bytes; again: %s %s %s\n", now.target, now.input.length,
            program_invocation_name, now.target, path);
    now.target = NULL;
}

static void fail(int number)
{
    if (number == SIGALRM)
        dprintf(STDERR_FILENO, "replay: one input took longer than %d s\n", SECONDS_OF_ONE);
    keep();
    signal(number, SIG_DFL);
    raise(number);
}

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void watch(void)
{
    static const int numbers[] = {SIGABRT, SIGALRM, SIGVTALRM};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        signal(numbers[i], fail);
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(keep);
}

/* From a block of exactly its size: one byte too far is seen. */
static void try(const struct fuzz_target *target, const uint8_t *bytes, size_t length)
{
    struct input input = {xmalloc(length > 0 ? length : 1), length};
    memcpy(input.bytes, bytes, length);
    now.input = input;
    now.target = target->name;
    alarm(SECONDS_OF_ONE);
    target->one(input.bytes, length);
    alarm(0);
    now.target = NULL;
    free(input.bytes);
}

static void take_file(struct corpus *corpus, const char *path)
{
    struct text text = TEXT_EMPTY;
    struct err err = {0};
    if (text_read_file(&text, path, SIZE_MAX, &err) != 0) {
        fprintf(stderr, "replay: %s\n", err.message);
        exit(2);
    }
    corpus->items = xrealloc(corpus->items, (corpus->count + 1) * sizeof *corpus->items);
    size_t length = text.length;
    corpus->items[corpus->count++] = (struct input){(uint8_t *)text_take(&text), length};
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static struct corpus read_corpus(const char *directory, const char *target)
{
    struct corpus corpus = {NULL, 0};
    struct dirent **entries = NULL;
    char *folder = xasprintf("%s/%s", directory, target);
    int count = scandir(folder, &entries, visible, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = xasprintf("%s/%s", folder, entries[i]->d_name);
        take_file(&corpus, path);
        free(path);
        free(entries[i]);
    }
    free(entries);
    free(folder);
    return corpus;
}

static void corpus_release(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++)
        free(corpus->items[i].bytes);
    free(corpus->items);
}

static size_t below(struct random *random, size_t limit)
{
    return limit > 0 ? (size_t)random_below(random, limit) : 0;
}

/* One change: a byte, a number that is often on an edge, a part taken out, doubled, or taken from another input. */
static size_t change(struct random *random, const struct corpus *corpus, uint8_t bytes[INPUT_MOST],
                     size_t length)
{
    static const uint8_t edges[] = {0,    1,    0x7f, 0x80, 0xff, '0', '9', '"',
                                    '\\', '\n', '\r', ' ',  '{',  ']', ':', '%'};
    const struct input *other = &corpus->items[below(random, corpus->count)];
    size_t at = below(random, length + 1), much = 1 + below(random, 16);
    switch (below(random, 6)) {
    case 0:
        if (at < length)
            bytes[at] ^= (uint8_t)(1u << below(random, 8));
        return length;
    case 1:
        if (at < length)
            bytes[at] = edges[below(random, sizeof edges)];
        return length;
    case 2: /* out */
        much = at + much > length ? length - at : much;
        memmove(bytes + at, bytes + at + much, length - at - much);
        return length - much;
    case 3: /* in again */
        much = at + much > length ? length - at : much;
        if (length + much > INPUT_MOST)
            return length;
        memmove(bytes + at + much, bytes + at, length - at);
        return length + much;
    case 4: /* of another, over what is there */
        if (other->length == 0)
            return length;
        for (size_t from = below(random, other->length); from < other->length && at < length && much > 0;
             much--)
            bytes[at++] = other->bytes[from++];
        return length;
    default: /* the end of another */
        if (other->length == 0)
            return length;
        for (size_t from = below(random, other->length); from < other->length && at < INPUT_MOST; from++)
            bytes[at++] = other->bytes[from];
        return at;
    }
}

static size_t make(struct random *random, const struct corpus *corpus, uint8_t bytes[INPUT_MOST])
{
    const struct input *input = &corpus->items[below(random, corpus->count)];
    size_t length = input->length < INPUT_MOST ? input->length : INPUT_MOST;
    memcpy(bytes, input->bytes, length);
    for (size_t changes = 1 + below(random, 4); changes > 0; changes--)
        length = change(random, corpus, bytes, length);
    return length;
}

static double cpu_s(void)
{
    struct timespec now_is;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now_is);
    return (double)now_is.tv_sec + (double)now_is.tv_nsec / 1e9;
}

static void run_target(const struct fuzz_target *target, const char *directory, double seconds)
{
    static uint8_t bytes[INPUT_MOST];
    struct corpus corpus = read_corpus(directory, target->name);
    struct random random;
    size_t made = 0;
    random_init(&random, 12);
    for (size_t i = 0; i < corpus.count; i++)
        try(target, corpus.items[i].bytes, corpus.items[i].length);
    for (double until = cpu_s() + seconds; corpus.count > 0 && cpu_s() < until; made++) {
        size_t length = make(&random, &corpus, bytes);
        try(target, bytes, length);
    }
    printf("ok %-12s %4zu of its corpus, %7zu made of it\n", target->name, corpus.count, made);
    hold(corpus.count > 0);
    corpus_release(&corpus);
}

/* Waits for one; 1 where it failed. */
static int wait_one(int *running)
{
    int status = 0;
    if (wait(&status) < 0)
        return 1;
    (*running)--;
    return status != 0;
}

static int run_all(const char *directory, int jobs, char **names, int count)
{
    const char *given = getenv("FUZZ_CORPUS_SECONDS");
    double seconds = (given != NULL ? strtod(given, NULL) : 6) / count;
    char scratch[32];
    int failed = 0, running = 0;
    snprintf(scratch, sizeof scratch, "%s/seep-replay-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    hold(mkdtemp(scratch) != NULL && setenv("TMPDIR", scratch, 1) == 0);
    for (int i = 0; i < count; i++) {
        const struct fuzz_target *target = find(names[i]);
        while (running >= jobs)
            failed += wait_one(&running);
        fflush(stdout);
        pid_t child = fork();
        hold(child >= 0);
        if (child == 0) {
            run_target(target, directory, seconds);
            exit(0); /* leaks are looked for */
        }
        running++;
    }
    while (running > 0)
        failed += wait_one(&running);
    fuzz_remove(scratch); /* also what those that failed left there */
    printf("%d fuzz targets, %d failed\n", count, failed);
    return failed > 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "replay CORPUS JOBS TARGET... | replay TARGET FILE...\n");
        return 2;
    }
    watch();
    if (atoi(argv[2]) > 0)
        return run_all(argv[1], atoi(argv[2]), argv + 3, argc - 3);
    struct corpus corpus = {NULL, 0};
    for (int i = 2; i < argc; i++)
        take_file(&corpus, argv[i]);
    for (size_t i = 0; i < corpus.count; i++)
        try(find(argv[1]), corpus.items[i].bytes, corpus.items[i].length);
    corpus_release(&corpus);
    return 0;
}
