#include "report/terminal_parts.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

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
        size_t bytes = 0;
        for (size_t columns = 0; columns < width - 3; columns++)
            do
                bytes++;
            while (((unsigned char)plain[bytes] & 0xc0) == 0x80);
        fprintf(out, "%.*s...", (int)bytes, plain);
    } else {
        fprintf(out, "%*s%s%*s", right ? (int)(width - has) : 0, "", plain, right ? 0 : (int)(width - has),
                "");
    }
    free(plain);
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
    size_t at = 0, width = 0, after_space = 0;
    while (plain[at] != '\0' && width < columns) {
        at++;
        while (((unsigned char)plain[at] & 0xc0) == 0x80)
            at++;
        width++;
        if (plain[at - 1] == ' ')
            after_space = at;
    }
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
    for (bool first = true; first || *at != '\0'; first = false) {
        if (!first)
            fprintf(out, "%*s", (int)indent, "");
        size_t length = line_length(at, width - (first && used < width - 20 ? used : indent));
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
