#include <string.h>

#include "base/text.h"
#include "format/snapshot.h"

/* What a path says about who keeps the code; the first row that fits holds. `at_start`: of the site, or of the
 * place that stands behind a function's name. */
static const struct {
    const char *part;
    bool at_start;
    enum whose whose;
} places[] = {
    {"/site-packages/", false, WHOSE_DEPENDENCY},
    {"/dist-packages/", false, WHOSE_DEPENDENCY},
    {"/node_modules/", false, WHOSE_DEPENDENCY},
    {"/usr/share/nodejs/", true, WHOSE_DEPENDENCY},
    {"/go/pkg/mod/", false, WHOSE_DEPENDENCY},
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
    {"/usr/lib/x86_64-linux-gnu/", false, WHOSE_RUNTIME},
    {"/lib/x86_64-linux-gnu/", false, WHOSE_RUNTIME},
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

enum whose site_whose(const char *site)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *found = strstr(site, places[i].part);
        if (found != NULL && (!places[i].at_start || found == site || found[-1] == ' '))
            return places[i].whose;
    }
    return WHOSE_YOURS;
}

bool site_is_snapshotters(const char *site)
{
    if (text_starts_with(site, "runtime/pprof."))
        return true;
    const char *slash = strrchr(site, '/');
    bool named = text_starts_with(slash != NULL ? slash + 1 : site, "tracemalloc.py:");
    /* A file of yours may have that name. */
    return named && (slash == NULL || site_whose(site) == WHOSE_RUNTIME);
}
