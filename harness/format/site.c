#include "format/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What a path says about who keeps the code; the first row that fits holds. `at_start`: of the place, or of the path that
 * stands behind a function's name. */
static const struct {
    const char *part;
    bool at_start;
    enum whose whose;
} places[] = {
    {"/site-packages/", false, WHOSE_DEPENDENCY},
    {"/dist-packages/", false, WHOSE_DEPENDENCY},
    {"/node_modules/", false, WHOSE_DEPENDENCY},
    {"/usr/share/nodejs/", true, WHOSE_DEPENDENCY},
    {"file:///usr/share/nodejs/", true, WHOSE_DEPENDENCY},
    {"/pkg/mod/", false, WHOSE_DEPENDENCY},
    {"/vendor/", false, WHOSE_DEPENDENCY},
    {"<frozen ", true, WHOSE_RUNTIME},
    {"node:", true, WHOSE_RUNTIME},
    {"/lib/python2.", false, WHOSE_RUNTIME},
    {"/lib/python3", false, WHOSE_RUNTIME}, /* python3/, python3.11/; its packages were caught above */
    {"/usr/local/go/src/", false, WHOSE_RUNTIME},
    {"/usr/lib/go-", false, WHOSE_RUNTIME},
    {"/usr/lib/jvm/", false, WHOSE_RUNTIME},
    {"(V8 API)", true, WHOSE_RUNTIME},
    {"(GC)", true, WHOSE_RUNTIME},
    {" (built in)", false, WHOSE_RUNTIME},
    /* shared libraries, by path or by name */
    {"libc.so", false, WHOSE_RUNTIME},
    {"libstdc++.so", false, WHOSE_RUNTIME},
    {"libm.so", false, WHOSE_RUNTIME},
    {"libpthread.so", false, WHOSE_RUNTIME},
    {"libpython3.", false, WHOSE_RUNTIME},
    {"libnode.so", false, WHOSE_RUNTIME},
    {"ld-linux", false, WHOSE_RUNTIME},
    {"ld-musl", false, WHOSE_RUNTIME},
    {".so.", false, WHOSE_DEPENDENCY},
    {"/usr/lib/", false, WHOSE_DEPENDENCY},
    {"/lib/x86_64-linux-gnu/", false, WHOSE_DEPENDENCY},
    {"/lib/aarch64-linux-gnu/", false, WHOSE_DEPENDENCY},
    /* classes */
    {"java.lang.", true, WHOSE_RUNTIME},
    {"java.util.", true, WHOSE_RUNTIME},
    {"java.io.", true, WHOSE_RUNTIME},
    {"java.net.", true, WHOSE_RUNTIME},
    {"java.nio.", true, WHOSE_RUNTIME},
    {"java.security.", true, WHOSE_RUNTIME},
    {"java.time.", true, WHOSE_RUNTIME},
    {"jdk.internal.", true, WHOSE_RUNTIME},
    {"sun.", true, WHOSE_RUNTIME},
    {"com.sun.", true, WHOSE_RUNTIME},
    {"System.", true, WHOSE_RUNTIME},
    {"Microsoft.", true, WHOSE_DEPENDENCY},
};

size_t site_place_length(const char *site)
{
    const char *caller = strstr(site, SITE_CALLER);
    return caller != NULL ? (size_t)(caller - site) : strlen(site);
}

enum whose site_whose(const char *site)
{
    size_t length = site_place_length(site);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *found = memmem(site, length, places[i].part, strlen(places[i].part));
        if (found != NULL && (!places[i].at_start || found == site || found[-1] == ' '))
            return places[i].whose;
    }
    return WHOSE_YOURS;
}

const char *site_called_from(const char *site)
{
    if (site_whose(site) == WHOSE_YOURS)
        return NULL;
    for (const char *at = site; (at = strstr(at, SITE_CALLER)) != NULL;) {
        at += strlen(SITE_CALLER);
        if (site_whose(at) == WHOSE_YOURS)
            return at;
    }
    return NULL;
}

bool site_is_snapshotters(const char *site)
{
    if (text_starts_with(site, "runtime/pprof."))
        return true;
    char *place = xstrndup(site, site_place_length(site));
    const char *slash = strrchr(place, '/');
    bool named = text_starts_with(slash != NULL ? slash + 1 : place, "tracemalloc.py:");
    /* A file of yours may have that name. */
    bool is = named && (slash == NULL || site_whose(place) == WHOSE_RUNTIME);
    free(place);
    return is;
}
