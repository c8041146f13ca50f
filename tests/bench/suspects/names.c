#include "names.h"

static const char *const nouns[] = {"products", "cart",  "orders",  "users",  "quotes", "reviews",
                                    "search",   "stock", "prices",  "images", "offers", "sessions",
                                    "invoices", "tags",  "reports", "hooks",  "events", "shipping"};
static const struct {
    const char *before, *after;
} forms[] = {{"GET /", "/{id}"},  {"GET /", ""},         {"POST /", ""},
             {"PUT /", "/{id}"},  {"DELETE /", "/{id}"}, {"GET /", "/{id}/history"},
             {"GET /api/v2/", ""}};

void names_add_endpoints(struct strings *endpoints, size_t count)
{
    size_t columns = sizeof nouns / sizeof *nouns;
    for (size_t i = 0; i < count; i++) {
        size_t form = i / columns % (sizeof forms / sizeof *forms);
        strings_addf(endpoints, "%s%s%s", forms[form].before, nouns[i % columns], forms[form].after);
    }
}
