#include "report/terminal_parts.h"

#include <stdlib.h>

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
