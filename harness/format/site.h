/* What the name of an allocation site says of whose code it is. Pure. A name is a place in code, and where they are told
 * the places that called it, the nearest first: "/lib/x.py:12 < /app/app.py:40". */
#ifndef SEEP_FORMAT_SITE_H
#define SEEP_FORMAT_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/result.h"

#define SITE_CALLER " < " /* between a place and what called it */

/* Whose code the place is, by its path (site-packages and dist-packages, node_modules, shared libraries: dependency; the
 * standard library, <frozen ...>, the C library: runtime; else yours). */
enum whose site_whose(const char *site);

/* The snapshotter's own frame. */
bool site_is_snapshotters(const char *site);

/* How much of the name is the place alone, without callers. */
size_t site_place_length(const char *site);

/* The nearest caller that is yours, where the place itself is not, up to the end of its own place; NULL: none is told. */
const char *site_called_from(const char *site);

enum package_kind { PACKAGE_NONE, PACKAGE_PYTHON, PACKAGE_NODE, PACKAGE_GO, PACKAGE_LIBRARY };

/* Which package a place belongs to, as far as its path says. */
struct site_package {
    enum package_kind kind;
    char *
        name; /* the module in Python, the package's folder in Node, the module's path in Go, "libz" of a library */
    char *version; /* where the path says it (Go, pnpm, Yarn, the number behind ".so."); or NULL */
    char *path; /* Python: the folder of packages. Node: the package's own. A library: its file. Else NULL */
};

/* kind PACKAGE_NONE: the path names none. */
void site_package_of(const char *site, struct site_package *package);
void site_package_release(struct site_package *package);

#endif
