#include "traffic/shell_words.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define CODE_MOST 0x10ffffu

struct reading {
    const char *at, *end;
};

void shell_words_clear(struct shell_words *shell)
{
    strings_release(&shell->words);
    text_release(&shell->word);
    *shell = (struct shell_words){.end = 0};
}

static void add(struct shell_words *shell, char character)
{
    bool never = character == '\0' || character == SHELL_ACTIVE; /* a word could not hold it, or would lie */
    text_add_char(&shell->word, never ? SHELL_ACTIVE : character);
    shell->in_word = true;
    shell->bytes++;
}

static void end_word(struct shell_words *shell)
{
    if (shell->in_word && !shell->drop)
        strings_add(&shell->words, text_string(&shell->word));
    shell->drop = shell->drop && !shell->in_word;
    shell->in_word = false;
    text_clear(&shell->word);
}

/* '$' or '`', outside of single quotes. */
static void read_active(struct shell_words *shell, struct reading *reading)
{
    char next = reading->at < reading->end ? *reading->at : '\0';
    bool active = reading->at[-1] == '`' || isalnum((unsigned char)next) ||
                  (next != '\0' && strchr("_{(@*#?$!-", next) != NULL);
    add(shell, active ? SHELL_ACTIVE : '$');
}

/* UTF-8. Source: RFC 3629. */
static void add_code(struct shell_words *shell, uint32_t code)
{
    if (code < 0x80) {
        add(shell, (char)code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    add(shell, (char)(first[more] | code >> (6 * more)));
    while (more-- > 0)
        add(shell, (char)(0x80 | (code >> (6 * more) & 0x3f)));
}

static int digit_of(char character, unsigned base)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = character != '\0' ? strchr(digits, tolower((unsigned char)character)) : NULL;
    return at != NULL && (unsigned)(at - digits) < base ? (int)(at - digits) : -1;
}

static uint32_t read_number(struct reading *reading, unsigned base, int digits)
{
    uint32_t value = 0;
    for (; digits > 0 && reading->at < reading->end && digit_of(*reading->at, base) >= 0; digits--)
        value = value * base + (uint32_t)digit_of(*reading->at++, base);
    return value;
}

/* Behind the backslash in $'...'. */
static void read_ansi(struct shell_words *shell, struct reading *reading)
{
    static const char letters[] = "abeEfnrtv", meant[] = "\a\b\x1b\x1b\f\n\r\t\v";
    static const struct {
        char letter;
        int digits;
    } numbers[] = {{'x', 2}, {'u', 4}, {'U', 8}};
    char letter = *reading->at;
    const char *known = letter != '\0' ? strchr(letters, letter) : NULL;
    if (digit_of(letter, 8) >= 0) {
        add(shell, (char)read_number(reading, 8, 3));
        return;
    }
    reading->at++;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].letter == letter && reading->at < reading->end && digit_of(*reading->at, 16) >= 0) {
            uint32_t code = read_number(reading, 16, numbers[i].digits);
            if (letter == 'x')
                add(shell, (char)code);
            else
                add_code(shell, code <= CODE_MOST ? code : 0);
            return;
        }
    if (known == NULL && strchr("\\'\"?", letter) == NULL)
        add(shell, '\\');
    add(shell, known != NULL ? meant[known - letters] : letter);
}

/* Behind a backslash that is not at the line's end. */
static void read_escaped(struct shell_words *shell, struct reading *reading)
{
    if (shell->quote == SHELL_ANSI) {
        read_ansi(shell, reading);
        return;
    }
    if (shell->quote == SHELL_DOUBLE && (*reading->at == '\0' || strchr("$`\"\\", *reading->at) == NULL))
        add(shell, '\\');
    add(shell, *reading->at++);
}

static void read_quoted(struct shell_words *shell, struct reading *reading, char character)
{
    static const char closing[] = {0, '\'', '"', '\''};
    if (character == closing[shell->quote])
        shell->quote = SHELL_PLAIN;
    else if (shell->quote == SHELL_DOUBLE && (character == '$' || character == '`'))
        read_active(shell, reading);
    else
        add(shell, character);
}

/* '>' and '<', with the digits in front and the '&' behind that belong to them. */
static void read_redirection(struct shell_words *shell, struct reading *reading)
{
    if (shell->in_word && shell->word.length == strspn(text_string(&shell->word), "0123456789")) {
        shell->in_word = false;
        text_clear(&shell->word);
    }
    end_word(shell);
    while (reading->at < reading->end && strchr("<>&|", *reading->at) != NULL && *reading->at != '\0')
        reading->at++;
    shell->drop = true;
}

static bool open_quote(struct shell_words *shell, struct reading *reading, char character)
{
    bool dollar = character == '$' && reading->at < reading->end && strchr("'\"", *reading->at) != NULL &&
                  *reading->at != '\0';
    char quote = dollar ? *reading->at : character;
    if (quote != '\'' && quote != '"')
        return false;
    shell->quote = quote == '"' ? SHELL_DOUBLE : dollar ? SHELL_ANSI : SHELL_SINGLE;
    shell->in_word = true;
    reading->at += dollar;
    return true;
}

/* True: it ends the command. */
static bool read_plain(struct shell_words *shell, struct reading *reading, char character)
{
    bool next = reading->at < reading->end;
    if (open_quote(shell, reading, character))
        return false;
    if (character == ' ' || character == '\t') {
        end_word(shell);
    } else if (character == '#' && !shell->in_word) {
        reading->at = reading->end;
    } else if (character == '>' || character == '<' || (character == '&' && next && *reading->at == '>')) {
        read_redirection(shell, reading);
    } else if (character == ';' || character == '|' || character == '&') {
        shell->end = character;
        if (next && *reading->at == character) {
            reading->at++;
            shell->end = ';'; /* both are commands of their own */
        }
        return true;
    } else if (character == '$' || character == '`') {
        read_active(shell, reading);
    } else if (character == '(' || character == ')' || (character == '^' && !next)) {
        add(shell, SHELL_ACTIVE); /* the latter: a line that Windows' shell continues */
    } else {
        add(shell, character);
    }
    return false;
}

bool shell_words_read(struct shell_words *shell, const char **at, const char *end)
{
    struct reading reading = {*at, end};
    bool whole = false, escapes = false;
    while (!whole && reading.at < reading.end) {
        char character = *reading.at++;
        escapes = character == '\\' && shell->quote != SHELL_SINGLE;
        if (escapes && reading.at == reading.end)
            break;
        if (escapes)
            read_escaped(shell, &reading);
        else if (shell->quote != SHELL_PLAIN)
            read_quoted(shell, &reading, character);
        else
            whole = read_plain(shell, &reading, character);
        escapes = false;
    }
    *at = reading.at;
    if (!whole && shell->quote != SHELL_PLAIN && !(escapes && shell->quote == SHELL_DOUBLE)) {
        if (escapes)
            add(shell, '\\');
        add(shell, '\n');
    }
    if (!whole && (escapes || shell->quote != SHELL_PLAIN))
        return false;
    if (!whole)
        shell->end = '\n';
    end_word(shell);
    return true;
}
