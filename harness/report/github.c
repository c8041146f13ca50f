/* For the log of a GitHub job: the report, and its answers as annotations.
 * Source: "Workflow commands for GitHub Actions" (docs.github.com); how a line is read: src/Runner.Common/ActionCommand.cs of
 * actions/runner, which takes "::" after leading space and "##[" anywhere in a line. So the report stands where commands
 * are not read, and what an annotation holds is escaped as there. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "report/escape.h"
#include "report/renderers.h"
#include "report/say.h"

enum { MOST = 10 }; /* annotations of one kind that GitHub shows of a step */

static void put_escaped(FILE *out, const char *string, bool property)
{
    char *plain = escape_taken(escape_plain, string);
    for (const char *at = plain; *at != '\0'; at++)
        if (*at == '%' || *at == '\r' || *at == '\n' || (property && (*at == ':' || *at == ',')))
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*at);
        else
            fputc(*at, out);
    free(plain);
}

static void put_annotation(FILE *out, const char *level, const char *title, const char *file, long line,
                           const char *message)
{
    fprintf(out, "::%s ", level);
    if (file != NULL) {
        fputs("file=", out);
        put_escaped(out, file, true);
        if (line > 0)
            fprintf(out, ",line=%ld", line);
        fputs(",", out);
    }
    fputs("title=", out);
    put_escaped(out, title, true);
    fputs("::", out);
    put_escaped(out, message, false);
    fputs("\n", out);
}

/* "DIR/FILE:LINE" or "DIR/FILE:LINE:COLUMN" of a file within the checkout: its path there, the caller's; else NULL. */
static char *within_checkout(const char *site, long *line)
{
    char root[PATH_MAX], path[PATH_MAX];
    const char *workspace = getenv("GITHUB_WORKSPACE");
    size_t length = strlen(site);
    *line = 0;
    for (int i = 0; i < 2; i++) {
        size_t digits = 0;
        while (digits < length && site[length - 1 - digits] >= '0' && site[length - 1 - digits] <= '9')
            digits++;
        if (digits == 0 || digits > 9 || digits == length || site[length - 1 - digits] != ':')
            break;
        *line = strtol(site + length - digits, NULL, 10);
        length -= digits + 1;
    }
    char *name = xstrndup(site, length), *found = NULL;
    bool known = realpath(workspace != NULL && workspace[0] != '\0' ? workspace : ".", root) != NULL &&
                 realpath(name, path) != NULL && access(path, R_OK) == 0;
    size_t prefix = known ? strlen(root) : 0;
    if (known && prefix > 1 && strncmp(path, root, prefix) == 0 && path[prefix] == '/')
        found = xstrdup(path + prefix + 1);
    free(name);
    return found;
}

/* The place in the checkout that the finding's growth comes from: a site, or what of yours called it. */
static char *place_of(const struct finding *finding, long *line)
{
    for (size_t i = 0; i < finding->site_count; i++) {
        const char *const places[] = {finding->sites[i].site, finding->sites[i].called_from};
        for (size_t p = 0; p < 2; p++) {
            char *file = places[p] != NULL ? within_checkout(places[p], line) : NULL;
            if (file != NULL)
                return file;
        }
    }
    *line = 0;
    return NULL;
}

static void put_finding(FILE *out, const struct finding *finding, const char *level)
{
    struct text message = TEXT_EMPTY;
    long line = 0;
    char *file = place_of(finding, &line);
    say_finding(&message, finding);
    if (finding->reproduce != NULL)
        text_addf(&message, "; again: %s", finding->reproduce);
    put_annotation(out, level, "seep: memory grows", file, line, message.bytes);
    text_release(&message);
    free(file);
}

static void put_verdict(FILE *out, const struct result *result, const char *level)
{
    static const char *const titles[] = {[VERDICT_INCONCLUSIVE] = "seep: inconclusive",
                                         [VERDICT_NO_GROWTH] = "seep: no growth",
                                         [VERDICT_GROWTH] = "seep: memory grows"};
    struct text answer = TEXT_EMPTY;
    say_answer(&answer, result);
    put_annotation(out, level, titles[result->verdict], NULL, 0, text_string(&answer));
    text_release(&answer);
}

static void put_limits(FILE *out, const struct result *result)
{
    size_t put = 0;
    for (size_t i = 0; i < result->threshold_count && put < MOST; i++) {
        const struct threshold_result *threshold = &result->thresholds[i];
        struct text message = TEXT_EMPTY;
        if (threshold->outcome != THRESHOLD_FAIL)
            continue;
        text_addf(&message, "%s: ", threshold->limit);
        say_threshold(&message, threshold);
        put_annotation(out, "error", "seep: a limit is crossed", NULL, 0, message.bytes);
        text_release(&message);
        put++;
    }
}

/* Growth that every limit allows is no error. */
static void put_annotations(FILE *out, const struct result *result)
{
    bool grows = result->verdict == VERDICT_GROWTH;
    const char *level = grows                                  ? result->exit_code == 0 ? "warning" : "error"
                        : result->verdict == VERDICT_NO_GROWTH ? "notice"
                                                               : "warning";
    for (size_t i = 0; grows && i < result->finding_count && i < MOST; i++)
        put_finding(out, &result->findings[i], level);
    if (!grows || result->finding_count == 0)
        put_verdict(out, result, level);
    put_limits(out, result);
}

int render_github(const struct report *report, FILE *out, struct err *err)
{
    char token[SECRET_TOKEN_SIZE];
    secret_token(token);
    bool color = terminal_style.color;
    terminal_style.color = false;
    fprintf(out, "::stop-commands::seep-%s\n", token);
    int status = render_terminal(report, out, err);
    fprintf(out, "::seep-%s::\n", token);
    terminal_style.color = color;
    put_annotations(out, &report->result);
    if (status == 0 && ferror(out))
        status = err_set(err, ERR_INTERNAL, "cannot write the annotations");
    return status;
}
