#include "report/markdown_parts.h"

#include <stdlib.h>

#include "report/escape.h"

void markdown_put(FILE *out, const char *string)
{
    char *escaped = escape_taken(escape_markdown, string);
    fputs(escaped, out);
    free(escaped);
}

void markdown_code(FILE *out, const char *string)
{
    char *plain = escape_taken(escape_plain, string);
    for (char *at = plain; *at != '\0'; at++)
        if (*at == '`')
            *at = '\'';
    fprintf(out, "`%s`", plain);
    free(plain);
}

void markdown_cell(FILE *out, struct text *text)
{
    markdown_put(out, text_string(text));
    fputs(" | ", out);
    text_clear(text);
}

void markdown_paragraph(FILE *out, struct text *text)
{
    if (text->length > 0) {
        markdown_put(out, text->bytes);
        fputs("\n\n", out);
    }
    text_clear(text);
}
