/* Inside templates: the trie of paths, one per method. Included by template*.c only.
 *
 * One table finds the child of a node by what stands for it, so that a node is its counts, its segment and three
 * pointers. What the trie holds follows from the set of the requests, whatever their order; see template_bound.h for how
 * that is kept where the set is too large. */
#ifndef SEEP_TRAFFIC_TEMPLATE_TRIE_H
#define SEEP_TRAFFIC_TEMPLATE_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "traffic/segment.h"
#include "traffic/template_bound.h"
#include "traffic/template_path.h"
#include "traffic/template_values.h"

/* Requests of the GET trie are counted by method: [0] GET, [1] HEAD. Others use [0]. */
enum { TALLIES = 2 };

enum node_kind {
    /* Below: ids of one shape, SHAPE_INTEGER and so on. */
    NODE_WORD = SHAPE_WORD, /* a value that is no id by shape */
    NODE_PARAMETER,         /* values of a position with too many; after settling all that vary */
    NODE_GROUP,             /* what has a parameter of its own beside that one, by key */
    NODE_MARKED,            /* a route that was given, or that of all assets: MARK_ROUTE and its text */
    NODE_ROOT
};

#define BELOW_EXACT 2

#define ASSETS_ROUTE "\x01/{asset...}"

extern const char template_two_digits[]; /* the name of a parameter of two digits: "id", or a month or day */

#define GROUP_ASSETS "*"     /* files that are no pages; pages have their extension, ".html" */
#define GROUP_LOCALES "@"    /* languages */
#define GROUP_OPERATIONS "#" /* operations, where there are too many */

struct node {
    struct node *parent, *first, *next, **back; /* children in a list; *back is this one */
    uint64_t requests;                          /* that end here or go through */
    uint64_t ends[ENDINGS][TALLIES];
    struct values
        *values; /* of a parameter: what stood there; of a marked node: one for each of its parameters */
    struct template **named; /* [ENDINGS][TALLIES], set by the settling where there are requests */
    const char *name;        /* of the parameter ("id"), static; NULL: a literal */
    char *suffix;            /* behind it: ".html"; NULL */
    uint64_t hash;           /* of the segment */
    uint16_t length;         /* of the segment */
    uint8_t kind;            /* a shape, or enum node_kind */
    uint8_t why;             /* enum template_why of a parameter */
    bool grouped;            /* has groups among its children */
    bool collapsed;          /* one parameter for all that follows: there is too much */
    char segment[];          /* NUL-terminated */
};

struct trie {
    char *method; /* GET for HEAD too */
    struct node *root;
    UT_hash_handle hh;
};

struct told {
    struct template template;
    UT_hash_handle hh; /* by its name */
};

struct templates {
    struct trie *tries; /* hash */
    uint64_t requests;
    struct node **table; /* of all nodes but roots, open addressing */
    size_t table_size, node_count;
    size_t bytes; /* of the nodes */
    struct bound bound;
    size_t
        exact; /* depth down to which every word is kept; below it a position has one parameter, no more than
                     BELOW_EXACT deep */
    size_t kept; /* values of a parameter, see template_values.h */
    const struct routes *routes;
    bool operations, groups_assets;
    struct template **items; /* by index */
    size_t count;
    struct told *by_name; /* hash */
};

struct node *node_root(void);
void node_free(struct node *node); /* with everything below */

/* The child of that kind; `hash` is path_hash(). NULL, or it is made. */
struct node *node_find(const struct templates *templates, const struct node *parent, unsigned kind,
                       const char *segment, size_t length, uint64_t hash);
struct node *node_child(struct templates *templates, struct node *parent, unsigned kind, const char *segment,
                        size_t length, uint64_t hash);
struct node *node_group(struct templates *templates, struct node *parent, const char *key);

/* Where everything below a collapsed node goes: its parameter, operations to one of their own. */
struct node *node_home(struct templates *templates, struct node *parent, const char *segment, size_t length);

/* Moves everything of `from`, which has no place in the trie, into `into` and frees it. A word becomes one of the values
 * of a parameter. */
void node_merge(struct templates *templates, struct node *into, struct node *from);
void node_move(struct templates *templates, struct node *child, struct node *into); /* from its place */

/* Children in an order that does not depend on that of the requests. */
void node_sort(struct node *node);

/* One for a parameter, as many as a marked node has; made when they are not there. */
size_t node_values_count(const struct node *node);
struct values *node_values(struct node *node);

/* Takes off what is no longer kept, as `exact` and `kept` say. */
void trie_limit(struct templates *templates, struct trie *trie);

/* The group that a word belongs to, of those that there are; NULL: none. */
struct node *node_group_of(const struct templates *templates, struct node *parent, const char *segment,
                           size_t length);

/* The key of the group that a word belongs to: ".html" for pages, "*" for assets, "#" for operations; NULL: none. */
extern const char *const node_group_keys[]; /* of files, NULL-terminated */
const char *node_group_key(const char *segment, size_t length);

/* template_settle.c: which positions are parameters, and their names. Leaves children sorted. */
void trie_settle(struct templates *templates, struct trie *trie);

/* template_told.c: the endpoints; template_rare.c: which of them have next to no requests. */
void templates_tell(struct templates *templates);
void templates_forget(struct templates *templates);

/* A way through the trie, without the root. */
struct route {
    const struct node *nodes[TEMPLATE_SEGMENTS + PATH_MARKED];
    size_t count;
};

/* template_route.c: "/cart/{id}"; the caller's. */
char *route_text(const struct route *route, enum ending ending);
/* Its parameters, an array of the caller's; names are owned, examples are borrowed. */
struct template_parameter *route_parameters(const struct templates *templates, const struct route *route,
                                            size_t *count);
bool node_is_operation(const struct node *node);
bool node_is_assets(const struct node *node); /* the marked node of all assets, which no file gave */

/* Where requests end. */
struct leaf {
    struct node *node;
    size_t end; /* index of node->named */
    const char *method;
    uint64_t requests;
    char *route;
    struct template_parameter *parameters;
    size_t parameter_count;
    char *folded;      /* what it becomes part of; NULL: it stays as it is */
    bool given, fixed; /* by a file; never folded */
};

struct leaves {
    struct leaf *items;
    size_t count, capacity;
};

/* `requests`: of all leaves. */
void leaves_fold_rare(struct leaves *leaves, uint64_t requests);

#endif
