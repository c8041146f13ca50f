/* For fish: a line for each option, offered once its command was typed. */
#include "cmd/complete.h"

static const char before[] = "# fish completion for seep, made by `seep help fish`\n"
                             "function __seep_command # what was typed of it, else nothing\n"
                             "    set -l skip\n"
                             "    for word in (commandline -opc)[2..-1]\n"
                             "        if set -q skip[1]\n"
                             "            set -e skip[1]\n"
                             "        else if contains -- $word --db --color\n"
                             "            set skip 1\n"
                             "        else if not string match -q -- '-*' $word\n"
                             "            echo $word\n"
                             "            return\n"
                             "        end\n"
                             "    end\n"
                             "end\n"
                             "function __seep_is\n"
                             "    test \"$argv[1]\" = \"$(__seep_command)\"\n"
                             "end\n"
                             "function __seep_runs\n"
                             "    set -l words (commandline -opc)\n"
                             "    set -l store\n"
                             "    if set -l at (contains -i -- --db $words)\n"
                             "        set store --db $words[(math $at + 1)]\n"
                             "    end\n"
                             "    echo last\n"
                             "    $words[1] runs $store 2>/dev/null | sed -n \\\n"
                             "        -e 'h;s/^ *\\([0-9]\\{1,\\}\\)  .*/\\1/p;g' \\\n"
                             "        -e 's/^ *[0-9]\\{1,\\}  \\(.*[^ ]\\)  "
                             "*[0-9]\\{4\\}-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]  .*/\\1/p'\n"
                             "end\n"
                             "complete -c seep -f\n";

static void add_quoted(struct text *out, const char *string)
{
    text_add_char(out, '\'');
    for (; *string != '\0'; string++) {
        if (*string == '\'' || *string == '\\')
            text_add_char(out, '\\');
        text_add_char(out, *string);
    }
    text_add_char(out, '\'');
}

static void add_action(struct text *out, enum complete_kind kind, const struct text *words)
{
    switch (kind) {
    case COMPLETE_NOTHING:
        break;
    case COMPLETE_FILES:
        text_add_string(out, " -F");
        break;
    case COMPLETE_DIRECTORIES:
        text_add_string(out, " -a '(__fish_complete_directories)'");
        break;
    case COMPLETE_WORDS:
        text_addf(out, " -a '%s'", text_string(words));
        break;
    case COMPLETE_RUNS:
        text_add_string(out, " -k -a '(__seep_runs)'");
        break;
    }
}

static void add_options(struct text *out, const struct command *command, const struct option_row *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        struct text words = TEXT_EMPTY;
        text_add_string(out, "complete -c seep");
        if (command != NULL)
            text_addf(out, " -n '__seep_is %s'", command->name);
        text_addf(out, " -l %s", rows->name);
        if (rows->letter != 0)
            text_addf(out, " -s %c", rows->letter);
        if (rows->kind != OPTION_FLAG) {
            enum complete_kind kind = complete_option(command, rows, &words);
            text_add_string(out, kind == COMPLETE_FILES ? " -r" : " -x");
            add_action(out, kind, &words);
        }
        text_add_string(out, " -d ");
        add_quoted(out, rows->help);
        text_add_char(out, '\n');
        text_release(&words);
    }
}

void complete_fish(struct text *out)
{
    text_add_string(out, before);
    for (const struct command *command = commands; command->name != NULL; command++) {
        text_addf(out, "complete -c seep -n '__seep_is \"\"' -a %s -d ", command->name);
        add_quoted(out, command->summary);
        text_add_char(out, '\n');
    }
    add_options(out, NULL, global_rows);
    for (const struct command *command = commands; command->name != NULL; command++) {
        struct text words = TEXT_EMPTY;
        enum complete_kind kind = complete_operand(command, &words);
        add_options(out, command, command->rows);
        if (kind != COMPLETE_NOTHING) {
            text_addf(out, "complete -c seep -n '__seep_is %s'", command->name);
            add_action(out, kind, &words);
            text_add_char(out, '\n');
        }
        text_release(&words);
    }
}
