#include "traffic/traits_rows.h"

#include <stdlib.h>
#include <string.h>

/* The values of an attribute seen so far, by hash. */
struct row_name {
    char *name; /* place and name */
    size_t count;
    uint64_t values[RARE_VALUES];
    UT_hash_handle hh;
};

/* FNV-1a, then the mixer of SplitMix64: any part of its range is an even choice. */
static uint64_t mark_of(const char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
    return hash ^ hash >> 31;
}

void rows_init(struct rows *rows)
{
    *rows = (struct rows){.most = UINT64_MAX};
}

static void remove_row(struct rows *rows, struct row *row)
{
    HASH_DEL(rows->table, row);
    free(row->packed);
    free(row);
}

void rows_release(struct rows *rows)
{
    struct row *row, *next_row;
    struct row_name *name, *next_name;
    HASH_ITER(hh, rows->table, row, next_row)
    {
        remove_row(rows, row);
    }
    HASH_ITER(hh, rows->names, name, next_name)
    {
        HASH_DEL(rows->names, name);
        free(name->name);
        free(name);
    }
}

static struct row_name *name_of(struct rows *rows, const struct field *field)
{
    struct row_name *found = NULL;
    const char *name = field->name - 1; /* with its place before it */
    HASH_FIND_STR(rows->names, name, found);
    if (found == NULL && HASH_COUNT(rows->names) < RARE_NAMES) {
        found = xcalloc(1, sizeof *found);
        found->name = xstrdup(name);
        HASH_ADD_KEYPTR(hh, rows->names, found->name, strlen(found->name), found);
    }
    return found;
}

/* Whether the value is the first of its kind, of an attribute that has few. */
static bool is_new(struct rows *rows, const struct field *field)
{
    struct row_name *name = name_of(rows, field);
    uint64_t value = mark_of(field->value, strlen(field->value));
    if (name == NULL || name->count == RARE_VALUES)
        return false;
    for (size_t i = 0; i < name->count; i++)
        if (name->values[i] == value)
            return false;
    name->values[name->count++] = value;
    return true;
}

static bool holds_new(struct rows *rows, const struct fields *fields)
{
    const char *at = text_string(&fields->packed), *end = at + fields->packed.length;
    struct field field;
    bool any = false;
    while (fields_next(&at, end, &field))
        any |= is_new(rows, &field);
    return any;
}

/* Lowers the mark until there is room. */
static void make_room(struct rows *rows)
{
    struct row *row, *next;
    while (HASH_COUNT(rows->table) > ROWS_MOST) {
        rows->most /= 2;
        HASH_ITER(hh, rows->table, row, next)
        {
            if (!row->rare && row->mark > rows->most)
                remove_row(rows, row);
        }
    }
}

static void insert(struct rows *rows, const struct fields *fields, size_t index, uint64_t mark, bool rare)
{
    struct row *row = xcalloc(1, sizeof *row);
    row->packed = xmalloc(fields->packed.length + 1);
    memcpy(row->packed, text_string(&fields->packed), fields->packed.length + 1);
    row->length = fields->packed.length;
    row->times = 1;
    row->first = index;
    row->mark = mark;
    row->rare = rare;
    rows->rare_count += rare;
    HASH_ADD_KEYPTR(hh, rows->table, row->packed, row->length, row);
    make_room(rows);
}

void rows_add(struct rows *rows, const struct fields *fields, size_t index)
{
    struct row *row = NULL;
    const char *packed = text_string(&fields->packed);
    HASH_FIND(hh, rows->table, packed, fields->packed.length, row);
    if (row != NULL) {
        row->times++;
        return;
    }
    uint64_t mark = mark_of(packed, fields->packed.length);
    bool rare = holds_new(rows, fields) && rows->rare_count < ROWS_RARE;
    if (rare || mark <= rows->most)
        insert(rows, fields, index, mark, rare);
}

static int by_mark(const void *a, const void *b)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
    if (x->rare != y->rare)
        return x->rare ? -1 : 1;
    return (x->mark > y->mark) - (x->mark < y->mark);
}

static int by_first(const void *a, const void *b)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
    return (x->first > y->first) - (x->first < y->first);
}

size_t rows_choose(struct rows *rows, struct row **list, size_t most)
{
    struct row **all = xmalloc((HASH_COUNT(rows->table) + 1) * sizeof *all), *row, *next;
    size_t count = 0;
    HASH_ITER(hh, rows->table, row, next)
    {
        all[count++] = row;
    }
    qsort(all, count, sizeof *all, by_mark);
    count = count < most ? count : most;
    qsort(all, count, sizeof *all, by_first);
    memcpy(list, all, count * sizeof *all);
    free(all);
    return count;
}
