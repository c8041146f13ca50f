#include "target/compose_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"
#include "base/yaml_json.h"

bool compose_file_external(const json_t *part)
{
    const json_t *external = json_object_get(part, "external");
    return json_is_true(external) || json_is_object(external);
}

int compose_file_find(const json_t *services, const char *file, const char *name, struct err *err)
{
    if (!json_is_object(services))
        return err_set(err, ERR_USAGE, "%s: no services", file);
    if (json_is_object(json_object_get(services, name)))
        return 0;
    struct strings names = {NULL, 0};
    const char *each;
    json_t *part;
    json_object_foreach((json_t *)services, each, part) strings_add(&names, each);
    char *list = strings_join(&names, ", ");
    err_set(err, ERR_USAGE, "%s has no service '%s' (services: %s; one of a profile takes COMPOSE_PROFILES)",
            file, name, list);
    strings_release(&names);
    free(list);
    return -1;
}

/* networks and volumes: `kind`. */
static void forget_names(json_t *project, const char *kind)
{
    const char *name;
    json_t *part;
    json_object_foreach(json_object_get(project, kind), name,
                        part) if (json_is_object(part) && !compose_file_external(part))
        json_object_del(part, "name");
}

static void set_apart(const char *name, json_t *service, const char *images)
{
    json_object_del(service, "ports");
    json_object_del(service, "container_name");
    if (json_object_get(service, "build") == NULL || json_object_get(service, "image") != NULL)
        return;
    char *image = xasprintf("%s_%s", images, name);
    json_object_set_new(service, "image", json_string(image));
    free(image);
}

static int check(const json_t *project, const char *name, const char *service, struct err *err)
{
    const json_t *services = json_object_get(project, "services");
    const json_t *tried = json_object_get(services, service);
    if (compose_file_find(services, name, service, err) != 0)
        return -1;
    const char *mode = json_text(tried, "network_mode");
    if (mode != NULL && strcmp(mode, "bridge") != 0)
        return err_set(err, ERR_USAGE,
                       "%s: service '%s' has network_mode: %s; each trial needs an address of its own", name,
                       service, mode);
    return 0;
}

char *compose_file_apart(const char *text, size_t length, const char *name, const char *images,
                         const char *service, struct err *err)
{
    json_t *project = yaml_json_read(text, length, name, err);
    const char *each;
    json_t *part;
    char *made = NULL;
    if (project != NULL && check(project, name, service, err) == 0) {
        json_object_del(project, "name");
        forget_names(project, "networks");
        forget_names(project, "volumes");
        json_object_foreach(json_object_get(project, "services"), each, part) set_apart(each, part, images);
        made = json_dumps(project, JSON_INDENT(1));
    }
    json_decref(project);
    return made;
}
