/* For zsh: specifications of _arguments, one function for each command. */
#include "cmd/complete.h"

#include <string.h>

static const char before[] =
    "#compdef seep\n"
    "# zsh completion for seep, made by `seep help zsh`\n"
    "__seep_stored() { # not _seep_NAME: these are of commands\n"
    "    local -a runs store\n"
    "    [[ -n ${opt_args[--db]:-$_seep_db} ]] && store=(--db ${(Q)${opt_args[--db]:-$_seep_db}})\n"
    "    runs=(last ${(f)\"$(${(Q)_seep_program} runs $store 2>/dev/null | sed -n \\\n"
    "        -e 'h;s/^ *\\([0-9]\\{1,\\}\\)  .*/\\1/p;g' \\\n"
    "        -e 's/^ *[0-9]\\{1,\\}  \\(.*[^ ]\\)  *[0-9]\\{4\\}-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9] "
    " .*/\\1/p')\"})\n"
    "    compadd -a runs\n"
    "}\n";

/* Within a quoted specification: no quote, no bracket, no colon ends it early. */
static void add_escaped(struct text *out, const char *string)
{
    for (; *string != '\0'; string++) {
        if (*string == '\'')
            text_add_string(out, "'\\'");
        else if (strchr("[]:\\", *string) != NULL)
            text_add_char(out, '\\');
        text_add_char(out, *string);
    }
}

static void add_action(struct text *out, enum complete_kind kind, const struct text *words)
{
    static const char *const actions[] = {[COMPLETE_NOTHING] = " ",
                                          [COMPLETE_FILES] = "_files",
                                          [COMPLETE_DIRECTORIES] = "_files -/",
                                          [COMPLETE_RUNS] = "__seep_stored"};
    if (kind == COMPLETE_WORDS)
        text_addf(out, "(%s)", text_string(words));
    else
        text_add_string(out, actions[kind]);
}

static void add_option(struct text *out, const struct command *command, const struct option_row *row,
                       bool letter)
{
    struct text words = TEXT_EMPTY;
    text_add_string(out, " \\\n        '");
    if (row->kind == OPTION_LIST)
        text_add_char(out, '*');
    if (letter)
        text_addf(out, "-%c", row->letter);
    else
        text_addf(out, "--%s", row->name);
    if (row->kind != OPTION_FLAG)
        text_add_string(out, letter ? "+" : "=");
    text_add_char(out, '[');
    add_escaped(out, row->help);
    text_add_char(out, ']');
    if (row->kind != OPTION_FLAG) {
        text_add_char(out, ':');
        add_escaped(out, row->argument);
        text_add_char(out, ':');
        add_action(out, complete_option(command, row, &words), &words);
    }
    text_add_char(out, '\'');
    text_release(&words);
}

static void add_options(struct text *out, const struct command *command, const struct option_row *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        add_option(out, command, rows, false);
        if (rows->letter != 0)
            add_option(out, command, rows, true);
    }
}

void complete_zsh(struct text *out)
{
    text_add_string(out, before);
    for (const struct command *command = commands; command->name != NULL; command++) {
        struct text words = TEXT_EMPTY;
        text_addf(out, "_seep_%s() {\n    _arguments -s", command->name);
        add_options(out, command, command->rows);
        add_options(out, NULL, global_rows);
        text_add_string(out, " \\\n        '*::operand:");
        add_action(out, complete_operand(command, &words), &words);
        text_add_string(out, "'\n}\n");
        text_release(&words);
    }
    text_add_string(out, "_seep() {\n"
                         "    local curcontext=$curcontext state line _seep_program=$words[1] _seep_db\n"
                         "    typeset -A opt_args\n"
                         "    _arguments -s -C -A '-*'");
    add_options(out, NULL, global_rows);
    text_add_string(out, " \\\n        '1:command:->command' '*::argument:->argument'\n"
                         "    case $state in\n"
                         "    command)\n"
                         "        local -a commands=(");
    for (const struct command *command = commands; command->name != NULL; command++) {
        text_addf(out, "\n            '%s:", command->name);
        add_escaped(out, command->summary);
        text_add_char(out, '\'');
    }
    text_add_string(out, ")\n"
                         "        _describe command commands ;;\n"
                         "    argument)\n"
                         "        _seep_db=${opt_args[--db]}\n"
                         "        (( $+functions[_seep_$line[1]] )) && _seep_$line[1] ;;\n"
                         "    esac\n"
                         "}\n"
                         "if [[ $funcstack[1] == _seep ]]; then _seep \"$@\"; else compdef _seep seep; fi\n");
}
