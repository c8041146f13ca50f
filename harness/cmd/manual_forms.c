/* The two forms of the manual: man macros and Markdown. */
#include <ctype.h>
#include <string.h>

#include "cmd/manual.h"

enum { ROFF_LINE = 76 };

/* Escapes one character of text; code in backquotes is bold. */
static void roff_char(struct text *out, char character, bool *code)
{
    static const struct {
        char character;
        const char *escape;
    } escapes[] = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
                   {'^', "\\(ha"}, {'~', "\\(ti"}, {'"', "\\(dq"}};
    if (character == '`' && code != NULL) {
        text_add_string(out, *code ? "\\fP" : "\\fB");
        *code = !*code;
        return;
    }
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i].character == character) {
            text_add_string(out, escapes[i].escape);
            return;
        }
    text_add_char(out, character);
}

/* A line that begins with a dot would be a request. */
static void roff_begin(struct text *out, char first)
{
    if (first == '.')
        text_add_string(out, "\\&");
}

/* Filled text: each sentence begins a line, and no line is long. */
static void roff_filled(struct text *out, const char *text, size_t length)
{
    size_t column = 0;
    bool code = false, ended = false;
    struct text escaped = TEXT_EMPTY;
    for (size_t at = 0; at < length;) {
        size_t word = strcspn(text + at, " \n");
        word = word < length - at ? word : length - at;
        text_clear(&escaped);
        for (size_t i = 0; i < word; i++)
            roff_char(&escaped, text[at + i], &code);
        at += word + 1;
        if (word == 0)
            continue;
        bool breaks = ended || column + 1 + escaped.length > ROFF_LINE;
        if (column > 0)
            text_add_char(out, breaks ? '\n' : ' ');
        if (column == 0 || breaks) {
            roff_begin(out, escaped.bytes[0]);
            column = 0;
        }
        text_add_string(out, escaped.bytes);
        column += escaped.length + 1;
        ended = strchr(".!?", text[at - 2]) != NULL;
    }
    text_add_char(out, '\n');
    text_release(&escaped);
}

static void roff_section(struct text *out, const char *title)
{
    text_add_string(out, ".SH ");
    for (; *title != '\0'; title++)
        text_add_char(out, (char)toupper((unsigned char)*title));
    text_add_char(out, '\n');
}

static void roff_subsection(struct text *out, const char *title)
{
    text_addf(out, ".SS %s\n", title);
}

/* A paragraph right behind a heading needs no macro, and mandoc says so. */
static void roff_apart(struct text *out)
{
    const char *last = out->bytes + out->length - 1;
    while (last > out->bytes && last[-1] != '\n')
        last--;
    if (!text_starts_with(last, ".SH") && !text_starts_with(last, ".SS"))
        text_add_string(out, ".PP\n");
}

static void roff_paragraph(struct text *out, const char *text, size_t length)
{
    roff_apart(out);
    roff_filled(out, text, length);
}

static void roff_literal(struct text *out, const char *lines, size_t length)
{
    size_t indent = strspn(lines, " ");
    roff_apart(out);
    text_add_string(out, ".RS 4\n.nf\n");
    for (const char *at = lines, *end = lines + length; at < end;) {
        size_t line = strcspn(at, "\n"), from = 0;
        while (from < line && from < indent && at[from] == ' ')
            from++;
        if (from < line)
            roff_begin(out, at[from]);
        for (; from < line; from++)
            roff_char(out, at[from], NULL);
        text_add_char(out, '\n');
        at += line + 1;
    }
    text_add_string(out, ".fi\n.RE\n");
}

static void roff_begin_terms(struct text *out, const char *left)
{
    (void)out, (void)left;
}

static void roff_term(struct text *out, const char *name, const char *says)
{
    text_add_string(out, ".TP\n\\fB");
    for (; *name != '\0'; name++)
        roff_char(out, *name, NULL);
    text_add_string(out, "\\fP\n");
    roff_filled(out, says, strlen(says));
}

static void roff_end_terms(struct text *out)
{
    (void)out;
}

const struct manual_form manual_form_roff = {roff_section,     roff_subsection, roff_paragraph, roff_literal,
                                             roff_begin_terms, roff_term,       roff_end_terms};

/* Text of a paragraph or a cell: what stands in backquotes is code already; a bar in a cell would end it. */
static void markdown_text(struct text *out, const char *text, size_t length, bool cell)
{
    bool code = false;
    for (size_t i = 0; i < length; i++) {
        code ^= text[i] == '`';
        if ((cell && text[i] == '|') || (!code && strchr("*_<[\\", text[i]) != NULL))
            text_add_char(out, '\\');
        text_add_char(out, text[i]);
    }
}

static void markdown_section(struct text *out, const char *title)
{
    text_addf(out, "\n## %s\n", title);
}

static void markdown_subsection(struct text *out, const char *title)
{
    text_addf(out, "\n### %s\n", title);
}

static void markdown_paragraph(struct text *out, const char *text, size_t length)
{
    while (length > 0 && text[length - 1] == '\n')
        length--;
    text_add_char(out, '\n');
    markdown_text(out, text, length, false);
    text_add_char(out, '\n');
}

static void markdown_literal(struct text *out, const char *lines, size_t length)
{
    size_t indent = strspn(lines, " ");
    text_add_string(out, "\n```\n");
    for (const char *at = lines, *end = lines + length; at < end;) {
        size_t line = strcspn(at, "\n"), from = 0;
        while (from < line && from < indent && at[from] == ' ')
            from++;
        text_addf(out, "%.*s\n", (int)(line - from), at + from);
        at += line + 1;
    }
    text_add_string(out, "```\n");
}

static void markdown_begin_terms(struct text *out, const char *left)
{
    text_addf(out, "\n| %s | |\n|---|---|\n", left);
}

static void markdown_term(struct text *out, const char *name, const char *says)
{
    text_add_string(out, "| `");
    for (; *name != '\0'; name++)
        text_addf(out, *name == '|' ? "\\%c" : "%c", *name);
    text_add_string(out, "` | ");
    markdown_text(out, says, strlen(says), true);
    text_add_string(out, " |\n");
}

static void markdown_end_terms(struct text *out)
{
    (void)out;
}

const struct manual_form manual_form_markdown = {markdown_section,  markdown_subsection,  markdown_paragraph,
                                                 markdown_literal,  markdown_begin_terms, markdown_term,
                                                 markdown_end_terms};
