/* Inside routes: the tree that routes are looked up in. Included by routes*.c only. */
#ifndef SEEP_TRAFFIC_ROUTES_TREE_H
#define SEEP_TRAFFIC_ROUTES_TREE_H

#include "traffic/routes_inside.h"

/* How specific a segment is; the first is tried first. */
enum segment_kind { SEGMENT_LITERAL, SEGMENT_CHECKED, SEGMENT_AFFIXED, SEGMENT_ANY, SEGMENT_REST };

/* What a converter lets through. */
enum segment_check { CHECK_NONE, CHECK_INTEGER, CHECK_UUID };

/* A parameter and what stands before it: "v{major}.{minor}" is {"v", ...}, {".", ...} and the end "". */
struct segment_part {
    char *before;
    enum segment_check check;
};

struct segment_model {
    enum segment_kind kind;
    struct segment_part parts[4];
    size_t part_count;
    char *end; /* behind the last; of a literal all of it */
};

/* A route that ends at a node. */
struct route_end {
    char *methods; /* ",GET,POST,"; NULL: any */
    bool slash;    /* it ends with one */
    char *text;    /* MARK_ROUTE and "/cart/{id}" */
};

struct route_node {
    struct segment_model model;
    struct route_node *children; /* sorted: more specific ones first */
    size_t child_count;
    struct route_end *ends;
    size_t end_count;
};

struct routes {
    struct route_node root;
    size_t count;
};

/* A route into the tree. Copies everything. */
void routes_insert(struct routes *routes, const struct segment_model *models, size_t count,
                   const char *methods, bool slash, const char *text);

#endif
