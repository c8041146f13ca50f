/* Who started what: a name for this seep, by which a later one can tell whether it still runs. */
#ifndef SEEP_TARGET_OWNER_H
#define SEEP_TARGET_OWNER_H

#include <stdbool.h>
#include <stddef.h>

#define OWNER_SIZE 96
#define CONTAINER_ID_SIZE 65

/* "c" and 64 digits: the container that this process is in; else "p", boot, pid namespace, pid and start time of the process.
 * Small letters, digits and dashes: it may stand in the name of a compose project. */
void owner_name(char name[OWNER_SIZE]);

enum owner_state {
    OWNER_LIVES,
    OWNER_IS_GONE,
    OWNER_CONTAINER, /* a container, whose id is in `container`: Docker has to be asked */
    OWNER_UNKNOWN,   /* in another pid namespace of this boot, or no such name */
};

/* Source: proc(5), stat (field 22) and sys/kernel/random/boot_id; pid_namespaces(7). */
enum owner_state owner_look(const char *name, char container[CONTAINER_ID_SIZE]);

/* The id of the container that this process is in; false: in none, as far as can be seen. Source: proc(5), mountinfo; Docker mounts
 * files of its own from a directory that is called by the id. */
bool owner_container(char id[CONTAINER_ID_SIZE]);

/* The same of the text of mountinfo. */
bool owner_parse_mounts(const char *text, char id[CONTAINER_ID_SIZE]);

#endif
