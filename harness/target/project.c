#include "target/project.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/new_file.h"
#include "base/strings.h"
#include "base/text.h"
#include "target/compose.h"
#include "target/compose_file.h"
#include "target/leftovers.h"
#include "target/owner.h"

struct project {
    const struct service *service;
    struct loop *loop;
    struct docker docker;
    char owner[OWNER_SIZE];
    char *name;             /* of the compose project */
    struct compose compose; /* of one that is ours */
    char *file;             /* of one that is ours, generated */
    bool ours, up;
    json_t *like, *inside;
    unsigned containers; /* so far */
};

static atomic_uint numbers;

static json_t *inspect(const struct project *project, const char *id, struct err *err)
{
    json_t *inspected = NULL;
    char *path = docker_inspect_path(id);
    docker_ask(project->loop, &project->docker, "GET", path, NULL, &inspected, err);
    free(path);
    return inspected;
}

static int look_inside(struct project *project, struct err *err)
{
    char id[CONTAINER_ID_SIZE];
    owner_name(project->owner);
    if (!owner_container(id))
        return 0;
    project->inside = inspect(project, id, err);
    return project->inside != NULL ? 0 : -1;
}

/* Of several replicas any one is like the others. */
static int find_like(struct project *project, struct err *err)
{
    const char *service = project->service->start.service;
    char *of_project = xasprintf("com.docker.compose.project=%s", project->name),
         *of_service = xasprintf("com.docker.compose.service=%s", service);
    const char *labels[] = {of_project, of_service, "com.docker.compose.oneoff=False"};
    char *filter = docker_label_filter(labels, sizeof labels / sizeof *labels),
         *path = xasprintf("/containers/json?all=true&filters=%s", filter);
    json_t *found = NULL;
    int failed = docker_ask(project->loop, &project->docker, "GET", path, NULL, &found, err);
    const char *id = json_text(json_array_get(found, 0), "Id");
    if (!failed && id == NULL)
        failed = err_set(err, ERR_USAGE, "the compose project '%s' has no container of service '%s'%s",
                         project->name, service, project->ours ? "" : " (depends_on makes it)");
    if (!failed)
        failed = (project->like = inspect(project, id, err)) == NULL ? -1 : 0;
    json_decref(found);
    free(of_project);
    free(of_service);
    free(filter);
    free(path);
    return failed;
}

static int find_own(struct project *project, struct err *err)
{
    const json_t *config = json_object_get(project->inside, "Config");
    const char *name = json_text(json_object_get(config, "Labels"), "com.docker.compose.project");
    if (name == NULL)
        return err_set(err, ERR_USAGE,
                       "start: `service` without `compose` is for a seep that runs in the same compose "
                       "project, and this "
                       "one runs %s; give `compose: FILE` as well",
                       project->inside != NULL ? "in none" : "in no container");
    project->name = xstrdup(name);
    return find_like(project, err);
}

/* The last part of the directory that the compose file is in. */
static char *images_of(const struct service *service)
{
    const char *slash = strrchr(service->start.directory, '/');
    struct text name = TEXT_EMPTY;
    text_add_string(&name, "seep-");
    for (const char *at = slash != NULL ? slash + 1 : service->start.directory; *at != '\0'; at++) {
        char small = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
        if ((small >= 'a' && small <= 'z') || (small >= '0' && small <= '9'))
            text_add_char(&name, small);
    }
    return text_take(&name);
}

static int generate(struct project *project, struct err *err)
{
    const struct service *service = project->service;
    static const char *const words[] = {"config", NULL};
    struct text printed = TEXT_EMPTY;
    char *images = images_of(service), *made = NULL;
    int failed =
        compose_run(&project->compose, project->name, service->start.compose, words, false, &printed, err);
    if (!failed)
        made = compose_file_apart(text_string(&printed), printed.length, service->start.compose, images,
                                  service->start.service, err);
    text_clear(&printed);
    text_add_string(&printed, made != NULL ? made : "");
    failed = made == NULL || new_file_write(project->file, &printed, err) != 0;
    text_release(&printed);
    free(images);
    free(made);
    return failed ? -1 : 0;
}

static int end_like(const struct project *project, struct err *err)
{
    char *path = xasprintf("/containers/%s/kill", json_text(project->like, "Id"));
    const json_t *state = json_object_get(project->like, "State");
    int failed = json_is_true(json_object_get(state, "Running"))
                     ? docker_ask(project->loop, &project->docker, "POST", path, NULL, NULL, err)
                     : 0;
    free(path);
    return failed;
}

static int bring_up(struct project *project, const char *directory, struct err *err)
{
    const struct service *service = project->service;
    const char *words[] = {"up", "-d", "--build", service->start.service, NULL};
    project->ours = true;
    project->name = leftovers_project(project->owner, atomic_fetch_add(&numbers, 1));
    project->file = xasprintf("%s/compose.json", directory);
    if (compose_find(&project->compose, project->loop, service->start.directory, directory, err) != 0 ||
        generate(project, err) != 0)
        return -1;
    project->up = true;
    if (compose_run(&project->compose, project->name, project->file, words, false, NULL, err) != 0)
        return -1;
    return find_like(project, err) != 0 ? -1 : end_like(project, err);
}

struct project *project_open(const struct service *service, struct loop *loop, const char *directory,
                             struct err *err)
{
    struct project *project = xcalloc(1, sizeof *project);
    project->service = service;
    project->loop = loop;
    int failed = docker_open(&project->docker, err) != 0 || look_inside(project, err) != 0;
    if (!failed) {
        leftovers_remove_once(project->loop, &project->docker);
        failed = service->start.compose != NULL ? bring_up(project, directory, err) : find_own(project, err);
    }
    if (!failed)
        return project;
    project_close(project);
    return NULL;
}

void project_close(struct project *project)
{
    static const char *const words[] = {"down", "-v", "--remove-orphans", "-t", "1", NULL};
    if (project == NULL)
        return;
    if (project->up)
        compose_run(&project->compose, project->name, project->file, words, true, NULL, NULL);
    if (project->file != NULL)
        unlink(project->file);
    compose_release(&project->compose);
    docker_release(&project->docker);
    json_decref(project->like);
    json_decref(project->inside);
    free(project->file);
    free(project->name);
    free(project);
}

const struct docker *project_docker(const struct project *project)
{
    return &project->docker;
}

const json_t *project_like(const struct project *project)
{
    return project->like;
}

const char *project_owner(const struct project *project)
{
    return project->owner;
}

bool project_is_ours(const struct project *project)
{
    return project->ours;
}

const json_t *project_inside(const struct project *project)
{
    return project->inside;
}

char *project_container_name(struct project *project)
{
    return xasprintf("%s-trial-%s-%u", project->name, project->owner + strlen(project->owner) - 8,
                     ++project->containers);
}
