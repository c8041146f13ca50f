/* The text of a service.yaml, changed where two of its keys stand. */
#include <stdlib.h>
#include <string.h>

#include "scenario/suspects.h"

/* A key of the top level, in bytes of the text. */
struct place {
    const struct yaml *key, *value;
    size_t line;       /* where the line of the key begins, */
    size_t colon;      /* behind its colon, */
    size_t begin, end; /* the value, */
    size_t next;       /* and the line behind it */
};

#define BOM "\xef\xbb\xbf"

/* Of the character with this number. */
static size_t byte_of(const struct text *text, size_t character)
{
    size_t at = text->length >= 3 && memcmp(text->bytes, BOM, 3) == 0 ? 3 : 0;
    for (; character > 0 && at < text->length; character--)
        for (at++; at < text->length && ((unsigned char)text->bytes[at] & 0xc0) == 0x80;)
            at++;
    return at;
}

static bool is_break(char byte)
{
    return byte == '\n' || byte == '\r';
}

static size_t line_of(const struct text *text, size_t at)
{
    while (at > 0 && !is_break(text->bytes[at - 1]))
        at--;
    return at;
}

/* Where the line of `at` ends, */
static size_t break_of(const struct text *text, size_t at)
{
    while (at < text->length && !is_break(text->bytes[at]))
        at++;
    return at;
}

/* and where the next one begins. */
static size_t next_of(const struct text *text, size_t at)
{
    at = break_of(text, at);
    if (at + 1 < text->length && text->bytes[at] == '\r' && text->bytes[at + 1] == '\n')
        return at + 2;
    return at < text->length ? at + 1 : at;
}

/* What the first line ends with. */
static const char *breaks_of(const struct text *text)
{
    size_t at = break_of(text, 0);
    if (at == text->length || text->bytes[at] == '\n')
        return "\n";
    return text->bytes[at + 1] == '\n' ? "\r\n" : "\r"; /* a NUL stands behind the last one */
}

/* A block scalar, and what is left empty, end behind line breaks. */
static size_t without_space(const struct text *text, size_t from, size_t to)
{
    while (to > from && strchr(" \t\r\n", text->bytes[to - 1]) != NULL)
        to--;
    return to;
}

/* The place of a key that begins its line; false: it does not. */
static bool find_place(const struct text *text, const struct yaml *root, const char *key, struct place *place)
{
    size_t i = 0;
    while (strcmp(root->keys[i]->text, key) != 0)
        i++;
    const struct yaml *name = root->keys[i], *value = root->items[i];
    size_t at = byte_of(text, name->begin), behind = byte_of(text, name->end);
    *place = (struct place){.key = name, .value = value, .line = line_of(text, at)};
    place->colon = behind + strspn(text->bytes + behind, " \t");
    if (text->bytes[place->colon] != ':' || name->column != root->column)
        return false;
    place->colon++;
    place->begin = byte_of(text, value->begin);
    place->begin = place->begin < place->colon ? place->colon : place->begin;
    place->end = without_space(text, place->begin, byte_of(text, value->end));
    place->next = next_of(text, place->end);
    return strspn(text->bytes + place->line, " ") + place->line == at ||
           (place->line == 0 && text_starts_with(text->bytes, BOM));
}

static int find(const struct text *text, const struct yaml *root, const char *file, const char *key,
                struct place *place, struct err *err)
{
    if (find_place(text, root, key, place))
        return 0;
    return yaml_complain(err, file, place->key,
                         "'%s' cannot be changed here: write it at the beginning of a line, as `%s: ...`",
                         key, key);
}

/* Whole lines of comments between two places, which are those of entries that go. */
static void keep_comments(const struct text *text, size_t from, size_t to, struct text *out)
{
    for (size_t at = line_of(text, from); at < to; at = next_of(text, at))
        if (at >= from && text->bytes[at + strspn(text->bytes + at, " \t")] == '#')
            text_add(out, text->bytes + at, next_of(text, at) - at);
}

static void add_suspects(struct text *out, const struct suspicions *suspects, size_t indent,
                         const char *breaks)
{
    for (size_t i = 0; i < suspects->count; i++) {
        text_addf(out, "%*s", (int)indent, "");
        scenario_add_suspect(out, &suspects->items[i]);
        text_add_string(out, breaks);
    }
}

/* What stands on the line of the key stays there; the entries follow, as far in as those before. */
static void replace_suspects(const struct text *text, const struct yaml *root, const struct place *place,
                             const struct suspicions *suspects, struct text *out)
{
    const char *breaks = breaks_of(text);
    bool below = line_of(text, place->begin) > place->line;
    size_t indent = root->column + 1;
    if (below && place->value->kind == YAML_LIST && !place->value->flow)
        indent = place->value->column - 1;
    if (below) {
        text_add(out, text->bytes + place->line, line_of(text, place->begin) - place->line);
        keep_comments(text, line_of(text, place->begin), place->end, out);
    } else {
        text_add(out, text->bytes + place->line, place->colon - place->line);
        text_add(out, text->bytes + place->end, break_of(text, place->end) - place->end);
        text_add_string(out, breaks);
        keep_comments(text, next_of(text, place->begin), place->end, out);
    }
    add_suspects(out, suspects, indent, breaks);
}

static void replace_limit(const struct text *text, const struct place *place, double bytes, struct text *out)
{
    text_add(out, text->bytes + place->line, place->begin - place->line);
    if (place->begin == place->colon)
        text_add_char(out, ' ');
    scenario_add_size(out, bytes);
    text_add(out, text->bytes + place->end, place->next - place->end);
}

/* Where the document ends: before a line of "...", or with the text. */
static size_t end_of(const struct text *text, const struct yaml *root)
{
    size_t at = byte_of(text, root->end);
    for (at = next_of(text, at); at < text->length; at = next_of(text, at))
        if (strncmp(text->bytes + at, "...", 3) == 0 && strchr(" \t\r\n", text->bytes[at + 3]) != NULL)
            break;
    return at;
}

const char scenario_suspects_comment[] =
    "# What production's memory suspects, the likeliest first: what `seep bisect` looks at first.";

/* After the last line, with an empty one between. */
static void add_missing(const struct text *text, const struct yaml *root, const struct scenario_told *told,
                        struct text *out)
{
    const char *breaks = breaks_of(text);
    bool suspects = told->suspects != NULL && yaml_get(root, "suspects") == NULL;
    bool limit = told->memory_limit_bytes > 0 && yaml_get(root, "memory_limit") == NULL;
    int margin = (int)root->column - 1;
    if (!suspects && !limit)
        return;
    if (out->length > 0 && !is_break(out->bytes[out->length - 1]))
        text_add_string(out, breaks);
    text_add_string(out, breaks);
    if (limit) {
        text_addf(out, "%*smemory_limit: ", margin, "");
        scenario_add_size(out, told->memory_limit_bytes);
        text_add_string(out, breaks);
    }
    if (suspects) {
        text_addf(out, "%*s%s%s%*ssuspects:%s", margin, "", scenario_suspects_comment, breaks, margin, "",
                  breaks);
        add_suspects(out, told->suspects, root->column + 1, breaks);
    }
}

static int check_form(const struct text *text, const struct yaml *root, const char *file, struct err *err)
{
    bool wide = text->length >= 2 &&
                (memcmp(text->bytes, "\xff\xfe", 2) == 0 || memcmp(text->bytes, "\xfe\xff", 2) == 0);
    if (wide)
        return yaml_complain(err, file, root, "UTF-16 is not changed here: save it as UTF-8");
    if (root->kind != YAML_MAP || root->count == 0)
        return yaml_complain(err, file, root, "expected `key: value` here");
    if (root->flow)
        return yaml_complain(err, file, root,
                             "keys in braces are not changed here: write each on a line of its own");
    return 0;
}

/* The two keys in the order in which they stand; count 0 to 2. */
static int find_both(const struct text *text, const struct yaml *root, const char *file,
                     const struct scenario_told *told, struct place places[2], size_t *count, struct err *err)
{
    if (told->suspects != NULL && yaml_get(root, "suspects") != NULL &&
        find(text, root, file, "suspects", &places[(*count)++], err) != 0)
        return -1;
    if (told->memory_limit_bytes > 0 && yaml_get(root, "memory_limit") != NULL &&
        find(text, root, file, "memory_limit", &places[(*count)++], err) != 0)
        return -1;
    if (*count == 2 && places[1].line < places[0].line) {
        struct place first = places[1];
        places[1] = places[0];
        places[0] = first;
    }
    return 0;
}

int scenario_edit(const struct text *text, const struct yaml *root, const char *file,
                  const struct scenario_told *told, struct text *out, struct err *err)
{
    struct place places[2];
    size_t count = 0, at = 0;
    if (check_form(text, root, file, err) != 0 || find_both(text, root, file, told, places, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        text_add(out, text->bytes + at, places[i].line - at);
        if (strcmp(places[i].key->text, "suspects") == 0)
            replace_suspects(text, root, &places[i], told->suspects, out);
        else
            replace_limit(text, &places[i], told->memory_limit_bytes, out);
        at = places[i].next;
    }
    size_t end = end_of(text, root);
    end = end < at ? at : end;
    text_add(out, text->bytes + at, end - at);
    add_missing(text, root, told, out);
    text_add(out, text->bytes + end, text->length - end);
    return 0;
}

/* Kinds and lengths keep apart what reads alike. */
static void add_node(struct text *out, const struct yaml *node)
{
    static const char kinds[] = {[YAML_SCALAR] = 's', [YAML_LIST] = 'l', [YAML_MAP] = 'm'};
    if (node->kind == YAML_SCALAR)
        text_addf(out, "%c%zu:%s", node->plain ? 'p' : 's', strlen(node->text), node->text);
    else
        text_addf(out, "%c%zu:", kinds[node->kind], node->count);
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == YAML_MAP)
            add_node(out, node->keys[i]);
        add_node(out, node->items[i]);
    }
}

void scenario_add_meaning(struct text *out, const struct text *text)
{
    struct yaml *root = yaml_read_text(text_string(text), text->length, "", NULL);
    if (root == NULL || root->kind != YAML_MAP)
        text_add(out, text_string(text), text->length);
    for (size_t i = 0; root != NULL && root->kind == YAML_MAP && i < root->count; i++)
        if (!scenario_is_told(root->keys[i]->text)) {
            add_node(out, root->keys[i]);
            add_node(out, root->items[i]);
        }
    yaml_node_free(root);
}

bool scenario_is_told(const char *key)
{
    return strcmp(key, "suspects") == 0 || strcmp(key, "memory_limit") == 0;
}
