#include "cmd/manual.h"

#include <ctype.h>
#include <string.h>

#include "cmd/command.h"

#define MANUAL_DATE "2026-11-27"

static size_t line_length(const char *at)
{
    size_t length = strcspn(at, "\n");
    return length + (at[length] == '\n');
}

/* Text as help has it: paragraphs broken into lines, and what is indented as it stands. A line indented by spaces alone
 * goes on with the indented lines before it; an empty line between two of these stays. */
static void put_text(const struct manual_form *form, struct text *out, const char *text)
{
    while (*text != '\0') {
        size_t length = 0, blank = 0;
        if (*text == '\n') {
            text++;
            continue;
        }
        bool literal = *text == ' ';
        for (const char *at = text; *at != '\0'; at += line_length(at)) {
            if (*at == '\n' && !literal)
                break;
            if (*at == '\n') {
                blank++;
            } else if ((*at == ' ') == literal) {
                length = (size_t)(at - text) + line_length(at);
                blank = 0;
            } else {
                break;
            }
        }
        (literal ? form->literal : form->paragraph)(out, text, length);
        text += length;
    }
}

static void put_sentence(const struct manual_form *form, struct text *out, const char *text)
{
    struct text sentence = TEXT_EMPTY;
    text_add_string(&sentence, text);
    if (sentence.length > 0) {
        sentence.bytes[0] = (char)toupper((unsigned char)sentence.bytes[0]);
        if (!text_ends_with(sentence.bytes, "?"))
            text_add_char(&sentence, '.');
    }
    form->paragraph(out, text_string(&sentence), sentence.length);
    text_release(&sentence);
}

static void put_options(const struct manual_form *form, struct text *out, const struct option_row *rows)
{
    if (rows == NULL || rows->name == NULL)
        return;
    form->begin_terms(out, "option");
    for (; rows->name != NULL; rows++) {
        struct text name = TEXT_EMPTY;
        if (rows->letter != 0)
            text_addf(&name, "-%c, ", rows->letter);
        text_addf(&name, "--%s", rows->name);
        if (rows->argument != NULL)
            text_addf(&name, " %s", rows->argument);
        form->term(out, text_string(&name), rows->help);
        text_release(&name);
    }
    form->end_terms(out);
}

/* "run DIR\n       seep run FILE ...": as literal lines, each with the program's name. */
static void put_usage(const struct manual_form *form, struct text *out, const char *usage)
{
    struct text lines = TEXT_EMPTY;
    text_addf(&lines, "    seep %s\n", usage);
    for (char *at = lines.bytes; (at = strstr(at, "\n       seep")) != NULL; at++)
        memmove(at + 5, at + 8, strlen(at + 8) + 1);
    form->literal(out, lines.bytes, strlen(lines.bytes));
    text_release(&lines);
}

static void put_commands(const struct manual_form *form, struct text *out)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        struct text title = TEXT_EMPTY;
        text_addf(&title, "seep %s", command->name);
        form->subsection(out, text_string(&title));
        text_release(&title);
        put_usage(form, out, command->usage);
        put_sentence(form, out, command->summary);
        if (command->about != NULL)
            put_text(form, out, command->about);
        put_options(form, out, command->rows);
    }
    form->subsection(out, "For every command");
    put_options(form, out, global_rows);
}

static void put_terms(const struct manual_form *form, struct text *out, const char *left,
                      const struct term *terms)
{
    bool begun = false;
    for (; terms->says != NULL; terms++) {
        if (terms->name == NULL && begun)
            form->end_terms(out);
        if (terms->name == NULL) {
            form->subsection(out, terms->says);
            begun = false;
            continue;
        }
        if (!begun)
            form->begin_terms(out, left);
        begun = true;
        form->term(out, terms->name, terms->says);
    }
    if (begun)
        form->end_terms(out);
}

static void put_examples(const struct manual_form *form, struct text *out)
{
    for (const struct term *example = example_terms; example->says != NULL; example++) {
        put_sentence(form, out, example->says);
        struct text lines = TEXT_EMPTY;
        for (const char *at = example->name; *at != '\0'; at += line_length(at))
            text_addf(&lines, "    %.*s\n", (int)strcspn(at, "\n"), at);
        form->literal(out, text_string(&lines), lines.length);
        text_release(&lines);
    }
}

static void put_all(const struct manual_form *form, struct text *out, bool topics_too)
{
    form->section(out, "Commands");
    put_commands(form, out);
    form->section(out, "Values");
    put_terms(form, out, "value", value_terms);
    form->section(out, "Files");
    put_terms(form, out, "file", file_terms);
    form->section(out, "Environment");
    put_terms(form, out, "variable", environment_terms);
    form->section(out, "Exit status");
    put_terms(form, out, "code", exit_terms);
    put_text(form, out, exit_rest);
    form->section(out, "How to read a finding");
    put_text(form, out, finding_intro);
    put_terms(form, out, "on the report", finding_terms);
    for (const struct topic *topic = topics; topics_too && topic->name != NULL; topic++) {
        if (topic->form || strcmp(topic->name, "exit") == 0 || strcmp(topic->name, "finding") == 0)
            continue;
        struct text title = TEXT_EMPTY, text = TEXT_EMPTY;
        text_addf(&title, "%c%s: %s", toupper((unsigned char)topic->name[0]), topic->name + 1,
                  topic->summary);
        form->section(out, text_string(&title));
        topic->write(&text);
        put_text(form, out, text_string(&text));
        text_release(&title);
        text_release(&text);
    }
    form->section(out, "Examples");
    put_examples(form, out);
}

void manual_roff(struct text *out)
{
    const struct manual_form *form = &manual_form_roff;
    text_add_string(out, ".TH SEEP 1 \"" MANUAL_DATE "\" \"seep " SEEP_VERSION "\" \"User Commands\"\n");
    form->section(out, "Name");
    text_add_string(out, "seep \\- find memory leaks of servers by replaying recorded traffic\n");
    form->section(out, "Synopsis");
    text_add_string(out, ".B seep\n[\\fIOPTIONS\\fP]\n\\fICOMMAND\\fP\n\\&...\n");
    form->section(out, "Description");
    put_text(form, out, manual_about);
    put_all(form, out, false);
    form->section(out, "See also");
    put_text(form, out, "`seep help TOPIC` explains the rest:\n");
    form->begin_terms(out, "topic");
    for (const struct topic *topic = topics; topic->name != NULL; topic++)
        if (!topic->form)
            form->term(out, topic->name, topic->summary);
    form->end_terms(out);
    text_add_string(out, ".PP\n.BR git\\-bisect (1),\n.BR prometheus (1),\n.BR sqlite3 (1)\n");
}

void manual_markdown(struct text *out)
{
    text_add_string(out,
                    "# Reference\n\nMade by `make reference` from the tables that `seep help` reads, and "
                    "held to them by a test: edit the tables.\n");
    put_all(&manual_form_markdown, out, true);
}
