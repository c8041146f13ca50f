#include "target/owner.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/driver.h"
#include "base/text.h"

#define BOOT_DIGITS 8
#define ID_DIGITS (CONTAINER_ID_SIZE - 1)
#define MOUNTS_BYTES ((size_t)4 << 20)

/* The first of the line whose path has a directory that is an id, as /var/lib/docker/containers/ID/hostname. */
bool owner_parse_mounts(const char *text, char id[CONTAINER_ID_SIZE])
{
    static const char place[] = "/containers/";
    for (const char *at = text; (at = strstr(at, place)) != NULL;) {
        at += sizeof place - 1;
        if (strspn(at, "0123456789abcdef") != ID_DIGITS || at[ID_DIGITS] != '/')
            continue;
        memcpy(id, at, ID_DIGITS);
        id[ID_DIGITS] = '\0';
        return true;
    }
    return false;
}

/* On the host itself such mounts are there too, for all containers: none of them is at /etc/hostname. */
bool owner_container(char id[CONTAINER_ID_SIZE])
{
    struct text text = TEXT_EMPTY;
    bool found = false;
    if (text_read_file(&text, "/proc/self/mountinfo", MOUNTS_BYTES, NULL) == 0)
        for (char *line = text.bytes, *end; !found && line != NULL && *line != '\0'; line = end) {
            end = strchr(line, '\n');
            if (end != NULL)
                *end++ = '\0';
            found = strstr(line, " /etc/hostname ") != NULL && owner_parse_mounts(line, id);
        }
    text_release(&text);
    return found;
}

static unsigned long long pid_namespace(void)
{
    struct stat status;
    return stat("/proc/self/ns/pid", &status) == 0 ? (unsigned long long)status.st_ino : 0;
}

void owner_name(char name[OWNER_SIZE])
{
    struct driver self;
    char id[CONTAINER_ID_SIZE];
    if (owner_container(id)) {
        snprintf(name, OWNER_SIZE, "c%s", id);
        return;
    }
    driver_self(&self);
    snprintf(name, OWNER_SIZE, "p%.*s-%llu-%lld-%lld", BOOT_DIGITS, self.boot, pid_namespace(),
             (long long)self.pid, (long long)self.start);
}

enum owner_state owner_look(const char *name, char container[CONTAINER_ID_SIZE])
{
    char boot[BOOT_DIGITS + 1] = "";
    unsigned long long namespace = 0;
    long long pid = 0, start = 0;
    struct driver self;
    if (name[0] == 'c' && strspn(name + 1, "0123456789abcdef") == ID_DIGITS) {
        memcpy(container, name + 1, ID_DIGITS);
        container[ID_DIGITS] = '\0';
        return OWNER_CONTAINER;
    }
    if (sscanf(name, "p%8[0-9a-f]-%llu-%lld-%lld", boot, &namespace, &pid, &start) != 4)
        return OWNER_UNKNOWN;
    driver_self(&self);
    if (strncmp(boot, self.boot, BOOT_DIGITS) != 0)
        return OWNER_IS_GONE;
    if (namespace != pid_namespace())
        return OWNER_UNKNOWN;
    struct driver owner = {.pid = pid, .start = start};
    memcpy(owner.boot, self.boot, sizeof owner.boot);
    return driver_lives(&owner) ? OWNER_LIVES : OWNER_IS_GONE;
}
