/* For bash, without the bash-completion package: a function that looks at the words typed. */
#include "cmd/complete.h"

/* Labels are data: they are never expanded, only quoted. A label with a colon is left out: bash breaks words there. */
static const char before[] = "# bash completion for seep, made by `seep help bash`\n"
                             "_seep_runs() { # PROGRAM [STORE]: a line for each number and label\n"
                             "    echo last\n"
                             "    \"$1\" runs ${2:+--db \"$2\"} 2>/dev/null | sed -n \\\n"
                             "        -e 'h;s/^ *\\([0-9]\\{1,\\}\\)  .*/\\1/p;g' \\\n"
                             "        -e 's/^ *[0-9]\\{1,\\}  \\([^:]*[^: ]\\)  "
                             "*[0-9]\\{4\\}-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]  .*/\\1/p'\n"
                             "}\n"
                             "_seep_lines() { # CURRENT: of the lines of standard input those that begin so\n"
                             "    local line\n"
                             "    COMPREPLY=()\n"
                             "    while IFS= read -r line; do\n"
                             "        [[ $line == \"$1\"* ]] && COMPREPLY+=(\"$(printf %q \"$line\")\")\n"
                             "    done\n"
                             "}\n"
                             "_seep_paths() { # CURRENT [-d]\n"
                             "    local IFS=$'\\n'\n"
                             "    compopt -o filenames 2>/dev/null\n"
                             "    COMPREPLY=($(compgen ${2:--f} -- \"$1\"))\n"
                             "}\n"
                             "_seep() {\n"
                             "    local current=${COMP_WORDS[COMP_CWORD]} "
                             "previous=${COMP_WORDS[COMP_CWORD-1]} command= store= word i\n"
                             "    [[ $current == '=' ]] && current=\n"
                             "    [[ $previous == '=' ]] && previous=${COMP_WORDS[COMP_CWORD-2]}\n"
                             "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                             "        word=${COMP_WORDS[i]}\n"
                             "        case $word in\n"
                             "        --) COMPREPLY=(); return ;;\n"
                             "        --db)\n"
                             "            [[ ${COMP_WORDS[i+1]} == '=' ]] && ((i++))\n"
                             "            store=${COMP_WORDS[++i]/#\\~\\//$HOME/} ;;\n"
                             "        --color)\n"
                             "            [[ ${COMP_WORDS[i+1]} == '=' ]] && ((i++))\n"
                             "            ((i++)) ;;\n"
                             "        -*) ;;\n"
                             "        *) [[ -z $command ]] && command=$word ;;\n"
                             "        esac\n"
                             "    done\n"
                             "    case \"$command $previous\" in\n";

static void add_action(struct text *out, enum complete_kind kind, const struct text *words)
{
    switch (kind) {
    case COMPLETE_NOTHING:
        text_add_string(out, "COMPREPLY=()");
        break;
    case COMPLETE_FILES:
        text_add_string(out, "_seep_paths \"$current\"");
        break;
    case COMPLETE_DIRECTORIES:
        text_add_string(out, "_seep_paths \"$current\" -d");
        break;
    case COMPLETE_WORDS:
        text_addf(out, "COMPREPLY=($(compgen -W '%s' -- \"$current\"))", text_string(words));
        break;
    case COMPLETE_RUNS:
        text_add_string(
            out, "_seep_lines \"$current\" < <(_seep_runs \"${COMP_WORDS[0]/#\\~\\//$HOME/}\" \"$store\")");
        break;
    }
}

static void add_options(struct text *out, const struct command *command, const struct option_row *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        struct text words = TEXT_EMPTY;
        const char *of = command != NULL ? command->name : "*";
        if (rows->kind == OPTION_FLAG)
            continue;
        text_add_string(out, "    ");
        if (command != NULL)
            text_addf(out, "'%s --%s'", of, rows->name);
        else
            text_addf(out, "*' --%s'", rows->name);
        if (rows->letter != 0 && command != NULL)
            text_addf(out, " | '%s -%c'", of, rows->letter);
        text_add_string(out, ") ");
        add_action(out, complete_option(command, rows, &words), &words);
        text_add_string(out, "; return ;;\n");
        text_release(&words);
    }
}

static void add_names(struct text *out, const struct option_row *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        text_addf(out, " --%s", rows->name);
        if (rows->letter != 0)
            text_addf(out, " -%c", rows->letter);
    }
}

void complete_bash(struct text *out)
{
    text_add_string(out, before);
    for (const struct command *command = commands; command->name != NULL; command++)
        add_options(out, command, command->rows);
    add_options(out, NULL, global_rows);
    text_add_string(out, "    esac\n    case $command:$current in\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        struct text words = TEXT_EMPTY;
        text_addf(out, "    %s:-*) COMPREPLY=($(compgen -W '", command->name);
        add_names(out, command->rows);
        add_names(out, global_rows);
        text_addf(out, "' -- \"$current\")) ;;\n    %s:*) ", command->name);
        add_action(out, complete_operand(command, &words), &words);
        text_add_string(out, " ;;\n");
        text_release(&words);
    }
    text_add_string(out, "    :-*) COMPREPLY=($(compgen -W '");
    add_names(out, global_rows);
    text_add_string(out, "' -- \"$current\")) ;;\n    :*) COMPREPLY=($(compgen -W '");
    for (const struct command *command = commands; command->name != NULL; command++)
        text_addf(out, " %s", command->name);
    text_add_string(out, "' -- \"$current\")) ;;\n    esac\n}\ncomplete -F _seep seep\n");
}
