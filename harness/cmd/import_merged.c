#include "cmd/import_merged.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cmd/command.h"

#define LEARNED_SHOWN 5

static const char *reason(enum template_why why)
{
    static const char *const reasons[WHYS] = {
        [WHY_SHAPE] = "ids by their shape",
        [WHY_VALUES] = "many values, few requests each",
        [WHY_LOCALE] = "languages that share routes",
        [WHY_FILES] = "files of one kind",
        [WHY_LIMIT] = "more values than are told apart",
        [WHY_ROUTE] = "as the routes say",
    };
    return (unsigned)why < WHYS ? reasons[why] : "?";
}

static void show_examples(const char *const examples[TEMPLATE_EXAMPLES], bool more)
{
    for (size_t i = 0; i < TEMPLATE_EXAMPLES && examples[i] != NULL; i++)
        printf("%s%s", i > 0 ? ", " : "", command_plain(examples[i]));
    fputs(more ? ", ..." : "", stdout);
}

static void show_parameter(const struct template_parameter *parameter)
{
    char number[UNITS_SIZE];
    printf("  %-8s %s%s %s: ", command_plain(parameter->name), parameter->exact ? "" : "about ",
           units_count(number, parameter->distinct), parameter->distinct == 1 ? "value" : "values");
    show_examples(parameter->examples, parameter->distinct > TEMPLATE_EXAMPLES);
    printf("  (%s)\n", reason(parameter->why));
}

static bool is_merged(const struct template *template)
{
    return template->parameter_count > 0 || template->merged > 0;
}

static void show_template(const struct template *template)
{
    char number[UNITS_SIZE];
    puts(command_plain(template->name));
    if (template->merged > 0) {
        printf("  %s routes with next to no requests: ", units_count(number, template->merged));
        show_examples((const char *const *)template->routes, template->merged > TEMPLATE_EXAMPLES);
        putchar('\n');
    }
    for (size_t i = 0; i < template->parameter_count; i++)
        show_parameter(&template->parameters[i]);
}

/* Two lines that would take one value out of a parameter: the first learned one that has but one. */
static void show_overrule(const struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        const struct template *template = templates_named(ingest->templates, ingest->endpoints[i].name);
        if (template == NULL || template->given || template->parameter_count != 1 ||
            template->parameters[0].examples[0] == NULL || strstr(template->name, "...}") != NULL)
            continue;
        const char *open = strchr(template->name, '{'), *close = open != NULL ? strchr(open, '}') : NULL;
        if (close == NULL)
            continue;
        bool whole = open[-1] == '/'; /* examples of files have their extension */
        printf("--routes FILE overrules it; to keep one apart, say so in two lines:\n  %.*s%s%s\n  %s\n",
               (int)(open - template->name), template->name, template->parameters[0].examples[0],
               whole && template->parameters[0].why != WHY_FILES ? close + 1 : "", template->name);
        return;
    }
    puts("--routes FILE overrules it, with a line like GET /cart/{id} for each route");
}

static void show_learned(const struct ingest *ingest, const char *routes_file)
{
    size_t learned = 0;
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        const struct template *template = templates_named(ingest->templates, ingest->endpoints[i].name);
        if (template != NULL && template->given)
            continue;
        if (learned++ == 0)
            printf("not in %s, learned from data: ", routes_file);
        if (learned <= LEARNED_SHOWN)
            printf("%s%s", learned > 1 ? ", " : "", command_plain(ingest->endpoints[i].name));
    }
    if (learned > LEARNED_SHOWN)
        printf(" and %zu more", learned - LEARNED_SHOWN);
    if (learned > 0)
        putchar('\n');
}

void import_show_merged(const struct ingest *ingest, const char *routes_file, bool whole)
{
    size_t merged = 0;
    for (size_t i = 0; i < ingest->endpoint_count; i++) {
        const struct template *template = templates_named(ingest->templates, ingest->endpoints[i].name);
        if (template == NULL || !is_merged(template))
            continue;
        merged++;
        if (whole)
            show_template(template);
    }
    if (routes_file != NULL)
        show_learned(ingest, routes_file);
    if (merged > 0 && whole)
        show_overrule(ingest);
    else if (merged > 0)
        printf("%zu of %zu endpoints stand for several paths each: -v shows what was merged, and why; "
               "--routes FILE "
               "overrules it\n",
               merged, ingest->endpoint_count);
    if (merged > 0 || routes_file != NULL)
        putchar('\n');
}
