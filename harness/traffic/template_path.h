/* Inside templates: a URL's path in pieces, without a copy. Included by template*.c only. */
#ifndef SEEP_TRAFFIC_TEMPLATE_PATH_H
#define SEEP_TRAFFIC_TEMPLATE_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "traffic/segment.h"
#include "traffic/template.h"

/* How a path ends: "/a", "/a/", deeper than is looked at. */
enum ending { END_PLAIN, END_SLASH, END_CUT, ENDINGS };

struct piece {
    const char *bytes; /* in the URL, in the path's own room, or the caller's */
    size_t length;
    unsigned kind; /* enum shape, or NODE_MARKED */
};

#define MARK_ROUTE '\x01'  /* before the text of a route that was given; no URL holds it */
#define MARK_OPERATION '#' /* before the name of an operation; no path holds it */

#define PATH_ROOM 2048
#define PATH_MARKED 2 /* pieces that are no segments: a given route, an operation */

struct path {
    struct piece pieces[TEMPLATE_SEGMENTS + PATH_MARKED];
    size_t count;
    enum ending ending;
    size_t used;
    char room[PATH_ROOM]; /* segments whose escapes are written otherwise */
};

/* Without the query, and in each segment without what follows ';'. Percent-encodings are those of RFC 3986, section
 * 6.2.2: what needs none is decoded (%7E is ~), hexadecimal digits are capitals; %2F stays. Braces are encoded, but for
 * the placeholders of the redaction. Nothing is allocated. */
void path_split(struct path *path, const char *url);

uint64_t path_hash(const char *bytes, size_t length);

#endif
