#include "base/options.h"

#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/units.h"

#define HELP_COLUMN 30
#define HELP_WIDTH 79
#define NAMES_MOST 128

/* A row and the struct that it fills. */
struct place {
    const struct option_row *row;
    void *field;
};

static struct place find(const struct option_row *const *tables, void *const *intos, const char *name,
                         size_t length, char letter)
{
    for (size_t t = 0; tables[t] != NULL; t++)
        for (const struct option_row *row = tables[t]; row->name != NULL; row++) {
            bool same = name != NULL ? strlen(row->name) == length && memcmp(row->name, name, length) == 0
                                     : row->letter != 0 && row->letter == letter;
            if (same)
                return (struct place){row, (char *)intos[t] + row->offset};
        }
    return (struct place){NULL, NULL};
}

static int add_to_list(struct option_list *list, const char *value, struct err *err)
{
    if (list->count == OPTION_LIST_MOST)
        return err_set(err, ERR_USAGE, "given more than %d times", OPTION_LIST_MOST);
    list->items[list->count++] = value;
    return 0;
}

static int set(const struct place *place, const char *value, struct err *err)
{
    void *field = place->field;
    switch (place->row->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return 0;
    case OPTION_STRING:
        *(const char **)field = value;
        return 0;
    case OPTION_LIST:
        return add_to_list(field, value, err);
    case OPTION_COUNT:
        return units_parse_count(value, field, err);
    case OPTION_DURATION:
        return units_parse_duration(value, field, err);
    case OPTION_BYTES:
        return units_parse_bytes(value, field, err);
    case OPTION_RATE:
        return units_parse_rate(value, field, err);
    case OPTION_SPEED:
        return units_parse_speed(value, field, err);
    case OPTION_PERCENT:
        return units_parse_percent(value, field, err);
    }
    return err_set(err, ERR_INTERNAL, "an option of no known kind");
}

static int set_named(const struct place *place, const char *value, struct err *err)
{
    if (set(place, value, err) == 0)
        return 0;
    return err_prefix(err, "--%s", place->row->name);
}

static int needs_value(const struct option_row *row, struct err *err)
{
    return err_set(err, ERR_USAGE, "option '--%s' needs a value: --%s %s", row->name, row->name,
                   row->argument != NULL ? row->argument : "VALUE");
}

static int unknown_long(const struct option_row *const *tables, const char *name, size_t length,
                        struct err *err)
{
    const char *names[NAMES_MOST + 1];
    size_t count = 0;
    for (size_t t = 0; tables[t] != NULL; t++)
        for (const struct option_row *row = tables[t]; row->name != NULL && count < NAMES_MOST; row++)
            names[count++] = row->name;
    names[count] = NULL;
    char word[80];
    size_t shown = length < sizeof word - 1 ? length : sizeof word - 1;
    memcpy(word, name, shown);
    word[shown] = '\0';
    const char *near = options_nearest(word, names);
    if (near != NULL)
        return err_set(err, ERR_USAGE, "unknown option '--%s' (did you mean '--%s'?)", word, near);
    return err_set(err, ERR_USAGE, "unknown option '--%s'", word);
}

/* argv[*at] is "--name" or "--name=value"; takes the next argument as well where a value is due. */
static int parse_long(const struct option_row *const *tables, void *const *intos, int argc, char **argv,
                      int *at, struct err *err)
{
    const char *name = argv[*at] + 2, *equals = strchr(name, '=');
    size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
    struct place place = find(tables, intos, name, length, 0);
    if (place.row == NULL)
        return unknown_long(tables, name, length, err);
    if (place.row->kind == OPTION_FLAG) {
        if (equals != NULL)
            return err_set(err, ERR_USAGE, "option '--%s' takes no value", place.row->name);
        return set_named(&place, NULL, err);
    }
    if (equals != NULL)
        return set_named(&place, equals + 1, err);
    if (*at + 1 >= argc)
        return needs_value(place.row, err);
    return set_named(&place, argv[++*at], err);
}

/* argv[*at] is "-x", "-xyz" (flags in one word) or "-nvalue". */
static int parse_short(const struct option_row *const *tables, void *const *intos, int argc, char **argv,
                       int *at, struct err *err)
{
    for (const char *letter = argv[*at] + 1; *letter != '\0'; letter++) {
        struct place place = find(tables, intos, NULL, 0, *letter);
        if (place.row == NULL)
            return err_set(err, ERR_USAGE, "unknown option '-%c' in '%.60s'", *letter, argv[*at]);
        if (place.row->kind != OPTION_FLAG) {
            if (letter[1] != '\0')
                return set_named(&place, letter + 1, err);
            if (*at + 1 >= argc)
                return needs_value(place.row, err);
            return set_named(&place, argv[++*at], err);
        }
        if (set_named(&place, NULL, err) != 0)
            return -1;
    }
    return 0;
}

int options_parse(const struct option_row *const *tables, void *const *intos, int argc, char **argv,
                  struct operands *rest, struct err *err)
{
    *rest = (struct operands){.items = argc > 0 ? argv + 1 : argv};
    for (int i = 1; i < argc; i++) {
        char *word = argv[i];
        if (strcmp(word, "--") == 0) {
            rest->after = argv + i + 1;
            rest->after_count = (size_t)(argc - i - 1);
            return 0;
        }
        int failed = 0;
        if (word[0] != '-' || word[1] == '\0')
            rest->items[rest->count++] = word;
        else if (word[1] == '-')
            failed = parse_long(tables, intos, argc, argv, &i, err);
        else
            failed = parse_short(tables, intos, argc, argv, &i, err);
        if (failed)
            return -1;
    }
    return 0;
}

/* Adds `help` from the present column on, broken at spaces. */
static void add_wrapped(struct text *out, const char *help)
{
    size_t column = HELP_COLUMN;
    for (bool first = true; *help != '\0'; first = false) {
        size_t length = strcspn(help, " ");
        if (!first && column + 1 + length > HELP_WIDTH) {
            text_addf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (!first) {
            text_add_char(out, ' ');
            column++;
        }
        text_add(out, help, length);
        column += length;
        help += length + (help[length] == ' ');
    }
    text_add_char(out, '\n');
}

void options_help(const struct option_row *rows, struct text *out)
{
    for (; rows->name != NULL; rows++) {
        struct text left = TEXT_EMPTY;
        if (rows->letter != 0)
            text_addf(&left, "  -%c, --%s", rows->letter, rows->name);
        else
            text_addf(&left, "      --%s", rows->name);
        if (rows->argument != NULL)
            text_addf(&left, " %s", rows->argument);
        text_add_string(out, text_string(&left));
        if (left.length + 2 > HELP_COLUMN)
            text_addf(out, "\n%*s", HELP_COLUMN, "");
        else
            text_addf(out, "%*s", (int)(HELP_COLUMN - left.length), "");
        text_release(&left);
        add_wrapped(out, rows->help);
    }
}

#define WORD_MOST 64

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Damerau-Levenshtein distance in its optimal string alignment form; both words at most WORD_MOST long. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][WORD_MOST + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t changed = before[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = least(changed, least(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *options_nearest(const char *word, const char *const *names)
{
    size_t length = strlen(word), best = length / 3 > 1 ? length / 3 : 1;
    const char *nearest = NULL;
    if (length < 2 || length > WORD_MOST)
        return NULL;
    for (; *names != NULL; names++) {
        size_t other = strlen(*names);
        if (other > WORD_MOST)
            continue;
        size_t far = distance(word, length, *names, other);
        if (far < best || (far == best && nearest == NULL)) {
            best = far;
            nearest = *names;
        }
    }
    return nearest;
}
