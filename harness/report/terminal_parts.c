#include "report/terminal_parts.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

/* Where no LEAST_ROOM columns are left beside what stands there, words go on the next line, further left. */
enum { NARROW = 72, LEAST_ROOM = 16, INDENT_THERE = 4 };

const char *terminal_code(const char *code)
{
    return terminal_style.color ? code : "";
}

void terminal_heading(FILE *out, const char *heading)
{
    fprintf(out, "\n%s%s%s\n", BOLD, heading, RESET);
}

void terminal_column(FILE *out, const char *string, size_t width, bool right)
{
    char *plain = escape_taken(escape_plain, string);
    size_t has = escape_width(plain);
    if (has > width) {
        size_t fits = escape_fit(plain, width - 3);
        char *cut = xasprintf("%.*s...", (int)fits, plain);
        fprintf(out, "%s%*s", cut, (int)(width - escape_width(cut)),
                ""); /* half of a wide one is not shown */
        free(cut);
    } else {
        fprintf(out, "%*s%s%*s", right ? (int)(width - has) : 0, "", plain, right ? 0 : (int)(width - has),
                "");
    }
    free(plain);
}

bool terminal_narrow(void)
{
    return terminal_style.width < NARROW;
}

void terminal_name(FILE *out, const char *name, size_t width)
{
    fputs("  ", out);
    if (!terminal_narrow()) {
        terminal_column(out, name, width, false);
        return;
    }
    size_t room = terminal_style.width > 40 ? (size_t)terminal_style.width - 2 : 38;
    char *plain = escape_taken(escape_plain, name);
    size_t has = escape_width(plain);
    free(plain);
    terminal_column(out, name, has < room ? has : room, false);
    fputs("\n  ", out);
}

size_t terminal_name_width(const char *name, size_t width, size_t others)
{
    size_t room = terminal_style.width > 0 ? (size_t)terminal_style.width : 80;
    size_t most = room > others + 16 ? room - others : 16;
    char *plain = escape_taken(escape_plain, name);
    size_t has = escape_width(plain);
    free(plain);
    width = has > width ? has : width;
    return width < most ? width : most;
}

/* The bytes of `plain` that fill at most `columns`, ending after a space or a comma where there is one. */
static size_t line_length(const char *plain, size_t columns)
{
    size_t at = escape_fit(plain, columns), after_space = 0;
    for (size_t i = 0; i < at; i++)
        if (plain[i] == ' ')
            after_space = i + 1;
    at = at > 0 ? at : strlen(plain) > 0; /* whatever the width, it gets on */
    if (plain[at] == '\0' || plain[at] == ' ' || after_space == 0)
        return at;
    return after_space;
}

static void put_line(FILE *out, const char *plain, size_t length)
{
    while (length > 0 && plain[length - 1] == ' ')
        length--;
    for (size_t i = 0; i < length; i++)
        fputc(plain[i] == GLUE ? ' ' : plain[i], out);
    fputc('\n', out);
}

void terminal_wrapped_plain(FILE *out, const char *plain, size_t used, size_t indent)
{
    size_t width = terminal_style.width > 40 ? (size_t)terminal_style.width : 40;
    const char *at = plain;
    indent = indent + LEAST_ROOM > width ? INDENT_THERE : indent;
    if (used + LEAST_ROOM > width) {
        fprintf(out, "\n%*s", (int)indent, "");
        used = indent;
    }
    for (bool first = true; first || *at != '\0'; first = false) {
        if (!first)
            fprintf(out, "%*s", (int)indent, "");
        size_t length = line_length(at, width - (first ? used : indent));
        put_line(out, at, length);
        at += length;
        while (*at == ' ')
            at++;
    }
}

void terminal_wrapped(FILE *out, const char *string, size_t used, size_t indent)
{
    char *plain = escape_taken(escape_plain, string);
    terminal_wrapped_plain(out, plain, used, indent);
    free(plain);
}

void terminal_labelled(FILE *out, const char *label, const char *string)
{
    if (string == NULL || string[0] == '\0')
        return;
    fprintf(out, "  %s%-*s%s", DIM, LABEL_WIDTH - 2, label, RESET);
    terminal_wrapped(out, string, LABEL_WIDTH, LABEL_WIDTH);
}

void terminal_command(FILE *out, const char *label, const char *command)
{
    if (command == NULL || command[0] == '\0')
        return;
    char *plain = escape_taken(escape_plain, command);
    fprintf(out, "  %s%-*s%s%s%s%s\n", DIM, LABEL_WIDTH - 2, label, RESET, BOLD, plain, RESET);
    free(plain);
}
