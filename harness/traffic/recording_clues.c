/* Clues in a line of a recording: "seep_clues":["1 3 9f3a51c20b7e4411 /user/token"], each kind, flags (1: sure, 2: secret), hash and name. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "traffic/clues.h"
#include "traffic/json_text.h"
#include "traffic/recording.h"

#define NAME_AT 21 /* behind kind, flags and 16 digits */

void recording_add_clues(const struct clues *clues, struct text *out)
{
    out->length -= 2; /* "}\n" */
    text_add_string(out, ",\"seep_clues\":[");
    for (size_t i = 0; i < clues->count; i++) {
        const struct clue *clue = &clues->items[i];
        char text[32 + CLUE_NAME_SIZE];
        snprintf(text, sizeof text, "%u %d %016" PRIx64 " %s", clue->kind,
                 (clue->sure ? 1 : 0) + (clue->secret ? 2 : 0), clue->hash, clue->name);
        text_add_string(out, i > 0 ? "," : "");
        json_add_quoted(out, text);
    }
    text_add_string(out, "]}\n");
}

/* As traffic/clues.h makes them: they are written into scenario files, and shown. */
static bool is_name(int kind, const char *name)
{
    if (strlen(name) >= CLUE_NAME_SIZE)
        return false;
    for (const char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("_-.[]/* ", *at) == NULL)
            return false;
    return kind != CLUE_HTML || text_starts_with(name, "input ") || text_starts_with(name, "meta ");
}

static bool read_clue(const char *text, struct clue *clue)
{
    if (strlen(text) < NAME_AT || strspn(text + 4, "0123456789abcdef") != 16)
        return false;
    int kind = text[0] - '0', flags = text[2] - '0';
    if (kind < 0 || kind > CLUE_USES || flags < 0 || flags > 3 || text[1] != ' ' || text[3] != ' ' ||
        text[NAME_AT - 1] != ' ' || !is_name(kind, text + NAME_AT))
        return false;
    memset(clue, 0, sizeof *clue);
    clue->hash = strtoull(text + 4, NULL, 16);
    clue->kind = (uint8_t)kind;
    clue->sure = (flags & 1) != 0;
    clue->secret = (flags & 2) != 0;
    memcpy(clue->name, text + NAME_AT, strlen(text + NAME_AT));
    return true;
}

bool recording_read_clues(const void *list_of, struct request *request)
{
    const json_t *list = list_of;
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > CLUES_GIVEN_MOST + CLUES_USED_MOST)
        return false;
    clues_begin(request);
    request->clues->whole = true;
    request->clues->items = xcalloc(count + 1, sizeof *request->clues->items);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || !read_clue(text, &request->clues->items[i]))
            return false;
        request->clues->count++;
    }
    return true;
}
