#include "traffic/traits_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define NUMBER_DIGITS 17

struct value {
    char *text;
    int number;
    UT_hash_handle hh;
};

struct table_column {
    enum trait_place place;
    char *name; /* with its place before it */
    struct value *values;
    int *cells;     /* by row */
    size_t present; /* rows that have it */
    UT_hash_handle hh;
};

struct table {
    size_t rows;
    struct table_column *columns; /* in the order in which they came up */
};

static struct table_column *column_of(struct table *table, const struct field *field)
{
    const char *name = field->name - 1;
    struct table_column *column = NULL;
    HASH_FIND_STR(table->columns, name, column);
    if (column != NULL || HASH_COUNT(table->columns) == COLUMNS_MOST)
        return column;
    column = xcalloc(1, sizeof *column);
    column->place = field->place;
    column->name = xstrdup(name);
    column->cells = xmalloc(table->rows * sizeof *column->cells);
    for (size_t i = 0; i < table->rows; i++)
        column->cells[i] = TRAIT_ABSENT;
    HASH_ADD_KEYPTR(hh, table->columns, column->name, strlen(column->name), column);
    return column;
}

static int value_of(struct table_column *column, const char *text)
{
    struct value *value = NULL;
    HASH_FIND_STR(column->values, text, value);
    if (value == NULL) {
        value = xcalloc(1, sizeof *value);
        value->text = xstrdup(text);
        value->number = (int)HASH_COUNT(column->values);
        HASH_ADD_KEYPTR(hh, column->values, value->text, strlen(value->text), value);
    }
    return value->number;
}

static void fill_row(struct table *table, size_t row, const char *packed, size_t length)
{
    const char *end = packed + length;
    struct field field;
    while (fields_next(&packed, end, &field)) {
        struct table_column *column = column_of(table, &field);
        if (column == NULL)
            continue;
        column->present += column->cells[row] == TRAIT_ABSENT;
        column->cells[row] = value_of(column, field.value);
    }
}

static void free_column(struct table *table, struct table_column *column)
{
    struct value *value, *next;
    HASH_DEL(table->columns, column);
    HASH_ITER(hh, column->values, value, next)
    {
        HASH_DEL(column->values, value);
        free(value->text);
        free(value);
    }
    free(column->cells);
    free(column->name);
    free(column);
}

/* "-12.5": what a person would write as a number; 007 and 1e5 are names. */
static bool is_number(const char *text)
{
    const char *at = text + (*text == '-');
    size_t whole = strspn(at, "0123456789"), length = strlen(text);
    if (whole == 0 || (whole > 1 && *at == '0') || length > NUMBER_DIGITS)
        return false;
    at += whole;
    if (*at != '.')
        return *at == '\0';
    size_t fraction = strspn(at + 1, "0123456789");
    return fraction > 0 && at[1 + fraction] == '\0';
}

static bool all_numbers(const struct table_column *column)
{
    for (const struct value *value = column->values; value != NULL; value = value->hh.next)
        if (!is_number(value->text))
            return false;
    return true;
}

/* Alike in all requests, or of a place that stands for no content and different in each. */
static bool tells_nothing(const struct table *table, const struct table_column *column)
{
    size_t values = HASH_COUNT(column->values);
    bool different = values == column->present && column->present == table->rows;
    bool content = column->place == TRAIT_PATH || column->place == TRAIT_QUERY || column->place == TRAIT_BODY;
    if (values == 1 && column->present == table->rows)
        return true;
    return different && table->rows > 1 && !content && !all_numbers(column);
}

static void drop_telling_nothing(struct table *table)
{
    struct table_column *column, *next;
    HASH_ITER(hh, table->columns, column, next)
    {
        if (tells_nothing(table, column))
            free_column(table, column);
    }
}

/* The same requests have the same value, by whatever name. Numbers of values count up in the order of the rows, so equal
 * partitions have equal cells. */
static bool same_partition(const struct table *table, const struct table_column *a,
                           const struct table_column *b)
{
    return a->present == b->present && HASH_COUNT(a->values) == HASH_COUNT(b->values) &&
           memcmp(a->cells, b->cells, table->rows * sizeof *a->cells) == 0;
}

static bool is_repeated(const struct table *table, const struct table_column *column)
{
    const struct table_column *earlier = table->columns;
    while (earlier != column && !same_partition(table, earlier, column))
        earlier = earlier->hh.next;
    return earlier != column;
}

static void drop_repeated(struct table *table, size_t most)
{
    struct table_column *column, *next;
    HASH_ITER(hh, table->columns, column, next)
    {
        if (HASH_COUNT(table->columns) > most && is_repeated(table, column))
            free_column(table, column);
    }
}

/* Few values first; of those, the more telling place. */
static int by_use(const struct table_column *a, const struct table_column *b)
{
    unsigned x = HASH_COUNT(a->values), y = HASH_COUNT(b->values);
    if (x != y)
        return x < y ? -1 : 1;
    return (int)a->place - (int)b->place;
}

static int by_place(const struct table_column *a, const struct table_column *b)
{
    return (int)a->place - (int)b->place;
}

static void drop_beyond(struct table *table, size_t most)
{
    struct table_column *column, *next;
    size_t place = 0;
    HASH_SORT(table->columns, by_use);
    HASH_ITER(hh, table->columns, column, next)
    {
        if (place++ >= most)
            free_column(table, column);
    }
}

static double *numbers_of(const struct attribute *attribute)
{
    double *numbers = xcalloc(attribute->value_count, sizeof *numbers);
    for (size_t v = 0; v < attribute->value_count; v++)
        numbers[v] = strtod(attribute->values[v], NULL);
    return numbers;
}

/* Any part of a pointer: what stands under "/auth" is as secret. "password (2)" is named as the first. */
static bool names_secret(enum trait_place place, const char *name)
{
    if (place == TRAIT_HEADER)
        return secret_header(name);
    if (place == TRAIT_STATUS || place == TRAIT_SIZE || place == TRAIT_SESSION)
        return false; /* a session here is a name that the import made up */
    for (const char *at = name; *at != '\0'; at += *at == '/') {
        size_t length = strcspn(at, "/");
        if (secret_key_name(at, length) || secret_key_name(at, strcspn(at, " /")))
            return true;
        at += length;
    }
    return false;
}

/* Takes the values over. */
static void take_attribute(struct attribute *attribute, struct table_column *column)
{
    attribute->place = column->place;
    attribute->name = xstrdup(column->name + 1);
    attribute->value_count = HASH_COUNT(column->values);
    attribute->values = xcalloc(attribute->value_count, sizeof *attribute->values);
    for (struct value *value = column->values; value != NULL; value = value->hh.next)
        attribute->values[value->number] = xstrdup(value->text);
    attribute->secret = names_secret(attribute->place, attribute->name);
    attribute->numbers = all_numbers(column) ? numbers_of(attribute) : NULL;
}

struct request_row {
    int *values;
    size_t request;
    UT_hash_handle hh;
};

/* The row as a request; one that is there already is recorded more often. */
static void take_row(struct traits *traits, struct request_row **known, struct request_row *mine,
                     const struct row *row)
{
    struct request_row *same = NULL;
    size_t bytes = traits->attribute_count * sizeof *traits->values, at = traits->request_count;
    HASH_FIND(hh, *known, mine->values, bytes, same);
    if (same != NULL) {
        traits->times[same->request] += row->times;
        return;
    }
    mine->request = traits->request_count++;
    memcpy(traits->values + at * traits->attribute_count, mine->values, bytes);
    traits->times[at] = row->times;
    traits->first[at] = row->first;
    HASH_ADD_KEYPTR(hh, *known, mine->values, bytes, mine);
}

static void take_requests(const struct table *table, struct row *const *rows, struct traits *traits)
{
    size_t width = traits->attribute_count;
    struct request_row *known = NULL, *all = xcalloc(table->rows, sizeof *all);
    int *cells = xcalloc(table->rows * width, sizeof *cells);
    for (size_t row = 0; row < table->rows; row++) {
        size_t a = 0;
        all[row].values = cells + row * width;
        for (const struct table_column *column = table->columns; column != NULL; column = column->hh.next)
            all[row].values[a++] = column->cells[row];
        take_row(traits, &known, &all[row], rows[row]);
    }
    HASH_CLEAR(hh, known);
    free(cells);
    free(all);
}

void traits_table(struct row *const *rows, size_t count, size_t most, struct traits *traits)
{
    struct table table = {.rows = count};
    for (size_t row = 0; row < count; row++)
        fill_row(&table, row, rows[row]->packed, rows[row]->length);
    drop_telling_nothing(&table);
    drop_repeated(&table, most);
    if (HASH_COUNT(table.columns) > most)
        drop_beyond(&table, most);
    HASH_SORT(table.columns, by_place);
    size_t attributes = HASH_COUNT(table.columns), a = 0;
    *traits = (struct traits){.attribute_count = attributes};
    traits->attributes = xcalloc(attributes, sizeof *traits->attributes);
    traits->values = xcalloc(count * attributes, sizeof *traits->values);
    traits->times = xcalloc(count, sizeof *traits->times);
    traits->first = xcalloc(count, sizeof *traits->first);
    for (struct table_column *column = table.columns; column != NULL; column = column->hh.next)
        take_attribute(&traits->attributes[a++], column);
    take_requests(&table, rows, traits);
    while (table.columns != NULL)
        free_column(&table, table.columns);
}
