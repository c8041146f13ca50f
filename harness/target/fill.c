#include "target/fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char wanted[] = "${PORT}";

bool fill_wants_port(const char *text)
{
    return strstr(text, wanted) != NULL;
}

char *fill_port(const char *text, int port)
{
    struct text filled = TEXT_EMPTY;
    for (const char *found; (found = strstr(text, wanted)) != NULL; text = found + sizeof wanted - 1) {
        text_add(&filled, text, (size_t)(found - text));
        text_addf(&filled, "%d", port);
    }
    text_add_string(&filled, text);
    return text_take(&filled);
}

void fill_ports(struct strings *into, const struct strings *from, int port)
{
    for (size_t i = 0; i < from->count; i++) {
        char *filled = fill_port(from->items[i], port);
        strings_add(into, filled);
        free(filled);
    }
}
