#include "base/json_pick.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_walk.h"
#include "base/text.h"

#define ROOT 0
#define NONE (-1)

/* One name on the way to what is picked; the document itself is the first. */
struct place {
    int parent;
    char *name;
    size_t length;
    int slot; /* of the value that stands here, or NONE */
    bool within;
    bool begins;          /* the name is how names begin */
    int beginning, other; /* the first below this place that `begins`; the next beside it */
};

struct kept {
    size_t start, length;
    bool there;
};

struct named {
    int slot;
    size_t name, name_length;
    struct kept value;
};

struct json_pick {
    struct place *places;
    size_t count, capacity;
    int *table; /* of places by parent and name; open addressing */
    size_t table_size;
    struct kept *kept; /* by slot */
    size_t slots;
    struct named *named;
    size_t named_count, named_capacity;
    struct text room; /* what was picked, one behind the other, each with a NUL */
    struct json_walk walk;
};

static size_t hash(int parent, const char *name, size_t length)
{
    uint32_t sum = UINT32_C(2166136261) ^ (uint32_t)parent * UINT32_C(2654435761);
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ (unsigned char)name[i]) * UINT32_C(16777619);
    return sum ^ sum >> 15;
}

static int *cell(const struct json_pick *pick, int parent, const char *name, size_t length)
{
    for (size_t at = hash(parent, name, length);; at++) {
        int *found = &pick->table[at & (pick->table_size - 1)];
        const struct place *place = &pick->places[*found];
        if (*found == NONE ||
            (place->parent == parent && place->length == length && memcmp(place->name, name, length) == 0))
            return found;
    }
}

static void grow_table(struct json_pick *pick)
{
    if (2 * pick->count < pick->table_size)
        return;
    pick->table_size = pick->table_size > 0 ? 2 * pick->table_size : 64;
    pick->table = xrealloc(pick->table, pick->table_size * sizeof *pick->table);
    for (size_t i = 0; i < pick->table_size; i++)
        pick->table[i] = NONE;
    for (size_t i = 1; i < pick->count; i++) {
        const struct place *place = &pick->places[i];
        if (!place->begins)
            *cell(pick, place->parent, place->name, place->length) = (int)i;
    }
}

static int add_place(struct json_pick *pick, int parent, char *name_take, size_t length, bool begins)
{
    if (pick->count == pick->capacity) {
        pick->capacity = 2 * pick->capacity + 64;
        pick->places = xrealloc(pick->places, pick->capacity * sizeof *pick->places);
    }
    pick->places[pick->count] = (struct place){parent, name_take, length, NONE, false, begins, NONE, NONE};
    return (int)pick->count++;
}

struct json_pick *json_pick_new(void)
{
    struct json_pick *pick = xcalloc(1, sizeof *pick);
    add_place(pick, NONE, xstrdup(""), 0, false);
    grow_table(pick);
    return pick;
}

void json_pick_free(struct json_pick *pick)
{
    if (pick == NULL)
        return;
    for (size_t i = 0; i < pick->count; i++)
        free(pick->places[i].name);
    free(pick->places);
    free(pick->table);
    free(pick->kept);
    free(pick->named);
    text_release(&pick->room);
    json_walk_release(&pick->walk);
    free(pick);
}

static int beginning_below(struct json_pick *pick, int parent, char *name_take, size_t length)
{
    for (int at = pick->places[parent].beginning; at != NONE; at = pick->places[at].other)
        if (strcmp(pick->places[at].name, name_take) == 0) {
            free(name_take);
            return at;
        }
    int added = add_place(pick, parent, name_take, length, true);
    pick->places[added].other = pick->places[parent].beginning;
    pick->places[parent].beginning = added;
    return added;
}

static int place_below(struct json_pick *pick, int parent, struct text *name_take, bool last)
{
    size_t length = name_take->length;
    char *name = text_take(name_take);
    pick->places[parent].within = true;
    if (last && length > 0 && name[length - 1] == '*') {
        name[--length] = '\0';
        return beginning_below(pick, parent, name, length);
    }
    int found = *cell(pick, parent, name, length);
    if (found != NONE) {
        free(name);
        return found;
    }
    found = add_place(pick, parent, name, length, false);
    *cell(pick, parent, name, length) = found;
    grow_table(pick);
    return found;
}

/* The name at `*at`, which stands on its '/'; "~1" is a '/', "~0" a '~'. */
static void take_name(const char **at, struct text *name)
{
    text_add(name, "", 0);
    for ((*at)++; **at != '\0' && **at != '/'; (*at)++) {
        if (**at == '~')
            text_add_char(name, *++*at == '1' ? '/' : '~');
        else
            text_add_char(name, **at);
    }
}

int json_pick_add(struct json_pick *pick, const char *pointer, struct err *err)
{
    int at = ROOT, depth = 0;
    if (pointer[0] == '\0')
        return err_set(err, ERR_USAGE, "'': a JSON pointer to a field starts with '/', as in /status");
    if (json_check_pointer(pointer, err) != 0)
        return -1;
    for (const char *rest = pointer; *rest != '\0';) {
        struct text name = TEXT_EMPTY;
        if (++depth > JSON_PICK_DEPTH)
            return err_set(err, ERR_USAGE, "'%.100s': more than %d names", pointer, JSON_PICK_DEPTH);
        take_name(&rest, &name);
        at = place_below(pick, at, &name, *rest == '\0');
    }
    struct place *place = &pick->places[at];
    if (place->slot == NONE) {
        place->slot = (int)pick->slots++;
        pick->kept = xrealloc(pick->kept, pick->slots * sizeof *pick->kept);
        pick->kept[place->slot] = (struct kept){0, 0, false};
    }
    return place->slot;
}

static struct kept keep(struct json_pick *pick, const char *bytes, size_t length)
{
    struct kept kept = {pick->room.length, length, true};
    text_add(&pick->room, bytes, length);
    text_add_char(&pick->room, '\0');
    return kept;
}

static void keep_named(struct json_pick *pick, int slot, size_t name, size_t name_length, struct kept value)
{
    if (pick->named_count == pick->named_capacity) {
        pick->named_capacity = 2 * pick->named_capacity + 16;
        pick->named = xrealloc(pick->named, pick->named_capacity * sizeof *pick->named);
    }
    pick->named[pick->named_count++] = (struct named){slot, name, name_length, value};
}

/* Places that a member belongs to: one by its whole name, and those by how names begin. */
struct member {
    int parent, exact; /* or NONE */
    struct kept name;  /* only where there may be places by their beginning */
    bool first;        /* nothing of its list was kept yet */
};

static void keep_value(struct json_pick *pick, struct member *member, const struct text *text)
{
    int slot = member->exact != NONE ? pick->places[member->exact].slot : NONE;
    bool wanted = slot != NONE && member->first;
    int at = member->name.there ? pick->places[member->parent].beginning : NONE;
    if (!wanted && at == NONE)
        return;
    struct kept value = keep(pick, text_string(text), text->length);
    if (wanted)
        pick->kept[slot] = value;
    for (; at != NONE; at = pick->places[at].other) {
        const struct place *place = &pick->places[at];
        if (member->name.length > place->length &&
            memcmp(pick->room.bytes + member->name.start, place->name, place->length) == 0)
            keep_named(pick, place->slot, member->name.start + place->length,
                       member->name.length - place->length, value);
    }
    member->first = false;
}

static void read_value(struct json_pick *pick, struct member *member);

static void read_object(struct json_pick *pick, int at)
{
    json_walk_object(&pick->walk);
    while (json_walk_member(&pick->walk)) {
        const struct text *key = &pick->walk.key;
        struct member member = {at, *cell(pick, at, text_string(key), key->length), {0, 0, false}, true};
        if (pick->places[at].beginning != NONE)
            member.name = keep(pick, text_string(key), key->length);
        if (member.exact == NONE && !member.name.there)
            json_walk_skip(&pick->walk);
        else
            read_value(pick, &member);
    }
}

/* Items have places of their own ("/hops/0"), and are values of the list's place. */
static void read_list(struct json_pick *pick, struct member *member)
{
    char number[24];
    json_walk_array(&pick->walk);
    for (size_t i = 0; json_walk_element(&pick->walk); i++) {
        struct member item = {member->exact, NONE, {0, 0, false}, true};
        int length = snprintf(number, sizeof number, "%zu", i);
        if (member->exact != NONE && pick->places[member->exact].within)
            item.exact = *cell(pick, member->exact, number, (size_t)length);
        if (item.exact != NONE)
            read_value(pick, &item);
        else if (json_walk_is(&pick->walk, '{') || json_walk_is(&pick->walk, '['))
            json_walk_skip(&pick->walk);
        else
            read_value(pick, member);
    }
}

static void read_value(struct json_pick *pick, struct member *member)
{
    struct json_walk *walk = &pick->walk;
    if (json_walk_is(walk, '"')) {
        json_walk_string(walk);
        keep_value(pick, member, &walk->value);
    } else if (json_walk_is(walk, '0')) {
        json_walk_number(walk);
        keep_value(pick, member, &walk->value);
    } else if (json_walk_is(walk, '{') && member->exact != NONE && pick->places[member->exact].within) {
        read_object(pick, member->exact);
    } else if (json_walk_is(walk, '[')) {
        read_list(pick, member);
    } else {
        json_walk_skip(walk);
    }
}

int json_pick_read(struct json_pick *pick, const char *bytes, size_t length, const char *name,
                   struct err *err)
{
    struct member document = {NONE, ROOT, {0, 0, false}, true};
    text_clear(&pick->room);
    pick->named_count = 0;
    memset(pick->kept, 0, pick->slots * sizeof *pick->kept);
    json_walk_again(&pick->walk, bytes, length, name);
    read_value(pick, &document);
    return json_walk_done(&pick->walk, err);
}

struct span json_pick_value(const struct json_pick *pick, int slot)
{
    const struct kept *kept = &pick->kept[slot];
    return kept->there ? (struct span){pick->room.bytes + kept->start, kept->length} : (struct span){NULL, 0};
}

size_t json_pick_named_count(const struct json_pick *pick)
{
    return pick->named_count;
}

struct json_named json_pick_named(const struct json_pick *pick, size_t index)
{
    const struct named *named = &pick->named[index];
    const char *room = pick->room.bytes;
    return (struct json_named){named->slot,
                               {room + named->name, named->name_length},
                               {room + named->value.start, named->value.length}};
}
