/* What a driver needs of the service directory: one file for tar, in parts; and the variables that the directory names. */
#include "target/swarm_inside.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/new_file.h"
#include "target/errand.h"
#include "target/helper.h"
#include "target/parcel.h"

#define PACK_LIMIT_NS (120 * CLOCK_NS_PER_S)
#define YAML_BYTES ((size_t)16 << 20)

/* `path`: absolute, or NULL; once each, relative to the directory. */
static int add_file(const struct swarm *swarm, const char *what, const char *path, struct strings *names,
                    struct err *err)
{
    char directory[PATH_MAX], whole[PATH_MAX];
    if (path == NULL)
        return 0;
    const char *slash = strrchr(path, '/');
    char *folder = slash != NULL ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
    bool found = realpath(swarm->options.directory, directory) != NULL && realpath(folder, whole) != NULL;
    free(folder);
    if (!found)
        return err_file(err, path);
    size_t length = strlen(directory);
    if (strncmp(whole, directory, length) != 0 || (whole[length] != '\0' && whole[length] != '/'))
        return err_set(err, ERR_USAGE,
                       "%s %s is outside of the service directory, of which alone a driver on a swarm has a "
                       "copy",
                       what, path);
    char *name = xasprintf(".%s/%s", whole + length, slash != NULL ? slash + 1 : path);
    if (!strings_has(names, name))
        strings_add(names, name);
    free(name);
    return 0;
}

/* Scenario files, also of endpoints that take no part now: their numbers are those of the driver. */
static int add_of_directory(const struct swarm *swarm, struct strings *names, struct err *err)
{
    static const char *const ends[] = {".yaml", ".yml", ".jsonl"};
    DIR *open = opendir(swarm->options.directory);
    struct dirent *entry;
    if (open == NULL)
        return err_file(err, swarm->options.directory);
    while ((entry = readdir(open)) != NULL)
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            if (entry->d_name[0] != '.' && text_ends_with(entry->d_name, ends[i]))
                strings_addf(names, "./%s", entry->d_name);
    closedir(open);
    return 0;
}

static int list_files(const struct swarm *swarm, struct strings *names, struct err *err)
{
    const struct service *service = swarm->options.service;
    int failed = add_of_directory(swarm, names, err) != 0 ||
                 add_file(swarm, "secrets:", service->secrets_file, names, err) != 0 ||
                 add_file(swarm, "tls: ca:", service->tls.ca, names, err) != 0 ||
                 add_file(swarm, "tls: cert:", service->tls.cert, names, err) != 0 ||
                 add_file(swarm, "tls: key:", service->tls.key, names, err) != 0;
    for (size_t i = 0; i < service->endpoint_count && !failed; i++)
        failed = add_file(swarm, "recording", service->endpoints[i].recording_path, names, err);
    return failed ? -1 : 0;
}

static int write_list(const char *path, const struct strings *names, struct err *err)
{
    struct text text = TEXT_EMPTY;
    for (size_t i = 0; i < names->count; i++)
        text_add(&text, names->items[i], strlen(names->items[i]) + 1);
    int failed = new_file_write(path, &text, err);
    text_release(&text);
    return failed;
}

static int run_tar(const struct swarm *swarm, const char *list, const char *packed, struct err *err)
{
    const char *const words[] = {
        "tar",    "-czhf", packed, "-C", swarm->options.directory, "--owner=0", "--group=0", "--no-recursion",
        "--null", "-T",    list};
    char *log = xasprintf("%s/tar.log", swarm->options.private);
    struct helper helper = {
        .loop = swarm->loop, .directory = swarm->options.private, .log = log, .limit_ns = PACK_LIMIT_NS};
    struct strings command = {NULL, 0};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        strings_add(&command, words[i]);
    int failed = helper_run(&helper, &command, "`tar -czf`", err);
    strings_release(&command);
    unlink(log);
    free(log);
    return failed;
}

static int pack_directory(struct swarm *swarm, const struct strings *names, struct err *err)
{
    char *list = xasprintf("%s/directory.list", swarm->options.private),
         *packed = xasprintf("%s/directory.tar.gz", swarm->options.private);
    struct text bytes = TEXT_EMPTY;
    int failed = write_list(list, names, err) != 0 || run_tar(swarm, list, packed, err) != 0 ||
                 text_read_file(&bytes, packed, SIZE_MAX / 2, err) != 0;
    if (!failed && bytes.length > ERRAND_MOST_BYTES)
        failed =
            err_set(err, ERR_USAGE,
                    "%s packs to %zu MB, and a swarm hands %zu MB to a driver at most: choose endpoints, or "
                    "import fewer requests",
                    swarm->options.directory, bytes.length >> 20, ERRAND_MOST_BYTES >> 20);
    if (!failed)
        failed = swarm_put_parcel(swarm, swarm->loop, &swarm->docker, NULL, ERRAND_DIRECTORY, &bytes,
                                  swarm->options.file, &swarm->errand, err);
    unlink(list);
    unlink(packed);
    free(list);
    free(packed);
    text_release(&bytes);
    return failed ? -1 : 0;
}

static size_t name_length(const char *text)
{
    size_t length = 0;
    if (isdigit((unsigned char)*text))
        return 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    return length;
}

/* ${NAME} of a scenario file, but for ${PORT}, which is each trial's own; $${ is none. */
static void add_variables(const char *text, struct strings *names)
{
    for (const char *at = text; (at = strstr(at, "${")) != NULL; at += 2) {
        size_t length = name_length(at + 2);
        if ((at > text && at[-1] == '$') || length == 0 || at[2 + length] != '}')
            continue;
        char *name = xstrndup(at + 2, length);
        if (strcmp(name, "PORT") != 0 && !strings_has(names, name))
            strings_add(names, name);
        free(name);
    }
}

static int pack_environment(struct swarm *swarm, const struct strings *files, struct err *err)
{
    struct strings names = {NULL, 0};
    struct text text = TEXT_EMPTY;
    int failed = 0;
    for (size_t i = 0; i < files->count && !failed; i++) {
        if (!text_ends_with(files->items[i], ".yaml") && !text_ends_with(files->items[i], ".yml"))
            continue;
        struct text yaml = TEXT_EMPTY;
        char *path = xasprintf("%s/%s", swarm->options.directory, files->items[i]);
        failed = text_read_file(&yaml, path, YAML_BYTES, err);
        if (!failed)
            add_variables(text_string(&yaml), &names);
        text_release(&yaml);
        free(path);
    }
    for (size_t i = 0; i < names.count; i++)
        if (getenv(names.items[i]) != NULL) {
            text_addf(&text, "%s=%s", names.items[i], getenv(names.items[i]));
            text_add_char(&text, '\0');
        }
    if (!failed && text.length > PARCEL_PART_BYTES)
        failed = err_set(err, ERR_USAGE, "the variables that %s names are too long for a swarm",
                         swarm->options.directory);
    if (!failed && text.length > 0)
        failed = swarm_put(swarm, swarm->loop, &swarm->docker, "secrets", NULL, ERRAND_ENVIRONMENT,
                           ERRAND_AT "/" ERRAND_ENVIRONMENT, &text, &swarm->errand, err);
    strings_release(&names);
    text_release(&text);
    return failed;
}

int swarm_pack(struct swarm *swarm, struct err *err)
{
    struct strings names = {NULL, 0};
    int failed = list_files(swarm, &names, err) != 0 || pack_directory(swarm, &names, err) != 0 ||
                 pack_environment(swarm, &names, err) != 0;
    strings_release(&names);
    return failed ? -1 : 0;
}
