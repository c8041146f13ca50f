/* Inside templates: the trie of paths. Included by template*.c only. */
#ifndef SEEP_TRAFFIC_TEMPLATE_TRIE_H
#define SEEP_TRAFFIC_TEMPLATE_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "traffic/segment.h"

/* Requests of a GET trie are counted by method: [0] GET, [1] HEAD. Others use [0]. */
enum { TALLIES = 2 };

struct node {
    char *segment;       /* the key among its siblings; NULL in roots and parameters */
    struct node *words;  /* hash of children: values that are no ids by shape */
    struct node *groups; /* hash of children: files by extension, made by the settling */
    struct node *shapes[SHAPES];
    struct node
        *parameter; /* ids, and values beyond the cap; after settling all that is no word and no group */
    uint64_t requests[TALLIES];
    char *name;           /* of the parameter ("id"); NULL: a literal */
    char *suffix;         /* behind it: ".html" or "" */
    bool overflowed;      /* more distinct values than are kept */
    char *route[TALLIES]; /* of a path that ends here: "/cart/{id}" */
    UT_hash_handle hh;
};

struct trie {
    char *key;    /* "GET 3/": method, number of segments, '/' with a trailing slash */
    char *family; /* the method; GET for HEAD too */
    size_t segments;
    bool slash, cut; /* a trailing slash; deeper than TEMPLATE_SEGMENTS */
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
uint64_t node_requests(const struct node *node);
/* The key of the group that a file name belongs to: ".html" for pages, "*" for assets, NULL for no file. */
const char *node_group_key(const char *segment);

/* template_settle.c: parameters, names and routes of one trie; template_rare.c: what is left. */
void trie_settle(struct trie *trie);
void templates_fold_rare(struct templates *templates);

#endif
