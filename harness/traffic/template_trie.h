/* Inside templates: the trie of paths, one per method. Included by template*.c only. */
#ifndef SEEP_TRAFFIC_TEMPLATE_TRIE_H
#define SEEP_TRAFFIC_TEMPLATE_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "traffic/segment.h"

/* How a path ends at a node: "/a", "/a/", deeper than is looked at. */
enum ending { END_PLAIN, END_SLASH, END_CUT, ENDINGS };

/* Requests of the GET trie are counted by method: [0] GET, [1] HEAD. Others use [0]. */
enum { TALLIES = 2 };

struct end {
    uint64_t requests[TALLIES];
    char *route[TALLIES]; /* "/cart/{id}"; set by the settling where there are requests */
};

struct node {
    char *segment;       /* the key among its siblings; NULL in roots and parameters */
    struct node *words;  /* hash of children: values that are no ids by shape */
    struct node *groups; /* hash of children: files by extension, made by the settling */
    struct node *shapes[SHAPES];
    /* Ids, and values beyond the cap; after settling all that is no word and no group. */
    struct node *parameter;
    uint64_t requests; /* that end here or go through */
    struct end ends[ENDINGS];
    char *name;      /* of the parameter ("id"); NULL: a literal */
    char *suffix;    /* behind it: ".html" or "" */
    bool overflowed; /* more distinct values than are kept */
    UT_hash_handle hh;
};

struct trie {
    char *method; /* GET for HEAD too */
    struct node root;
    UT_hash_handle hh;
};

struct templates {
    struct trie *tries; /* hash */
    uint64_t requests;
};

/* Moves everything in `from` into `into`; frees `from`. */
void node_merge(struct node *into, struct node *from);
struct node *node_new(const char *segment);
void node_free(struct node *node);

/* The key of the group that a file name belongs to: ".html" for pages, "*" for assets, NULL for no file. */
const char *node_group_key(const char *segment);

/* Calls `visit` for each child that there is after settling. */
void node_each_child(struct node *node, void (*visit)(struct node *child, void *owner), void *owner);

/* template_settle.c: parameters and their names; template_route.c: the routes, and what is left. */
void trie_settle(struct trie *trie);
void trie_write_routes(struct trie *trie);
void templates_fold_rare(struct templates *templates);

#endif
