/* Where in a request, or in a line, secrets stand. */
#include <ctype.h>
#include <string.h>

#include "base/entropy.h"
#include "traffic/redact_find.h"

/* "/verify/VALUE": the segment in front may say what it is. */
static void segment(struct finder *finder, const struct view *view, const struct view *before)
{
    const char *parameters = memchr(view->bytes, ';', view->length);
    struct view plain = *view;
    if (parameters != NULL) {
        size_t split = (size_t)(parameters - view->bytes);
        struct view rest = view_part(view, split + 1, view->length);
        find_in_pairs(finder, &rest, BYTE(';'), 0);
        plain = view_part(view, 0, split);
    }
    bool random = plain.length >= ENTROPY_LEAST_BYTES && before->length > 0 &&
                  find_name(finder, before->bytes, before->length, false) != SECRET_NAME_PLAIN &&
                  find_looks_random(finder, &plain, false, 0);
    if (random)
        find_whole(finder, &plain);
    else if (plain.length > 0)
        find_in_value(finder, &plain, false, 0);
}

static void path(struct finder *finder, const struct view *view)
{
    struct view before = view_part(view, 0, 0);
    for (size_t at = 0; at < view->length;) {
        const char *slash = memchr(view->bytes + at, '/', view->length - at);
        size_t end = slash != NULL ? (size_t)(slash - view->bytes) : view->length;
        struct view part = view_part(view, at, end);
        struct view recorded = find_recorded(&part);
        if (recorded.length > 0)
            segment(finder, &recorded, &before);
        before = part;
        at = end + 1;
    }
}

void find_url(struct finder *finder, const char *url, size_t length, uint8_t path_place, uint8_t query_place)
{
    const char *query = memchr(url, '?', length);
    size_t split = query != NULL ? (size_t)(query - url) : length;
    const struct view whole = {url, length, 0, NULL};
    struct view first = view_part(&whole, 0, split);
    finder->place = path_place;
    find_by_shape(finder, &first);
    path(finder, &first);
    finder->place = query_place;
    if (query == NULL)
        return;
    struct view rest = view_part(&whole, split + 1, length);
    find_by_shape(finder, &rest);
    find_in_pairs(finder, &rest, IN_QUERY, 0);
}

/* Where a value is, if it was found to be clean. */
static struct found_clean *clean_place(struct finder *finder, const char *value, size_t length)
{
    size_t place = length * 7 + (unsigned char)value[length / 2] + (unsigned char)value[length / 3] * 3 +
                   (unsigned char)value[length - 1] * 5;
    return &finder->clean[place % FIND_CLEAN];
}

static void in_header(struct finder *finder, const struct view *view)
{
    bool fits = view->length > 0 && view->length <= FIND_CLEAN_BYTES;
    struct found_clean *known = fits ? clean_place(finder, view->bytes, view->length) : NULL;
    if (fits && known->length == view->length && memcmp(known->value, view->bytes, view->length) == 0)
        return;
    find_anything(finder, view, 0);
    if (!fits || finder->count > 0)
        return;
    known->length = (uint16_t)view->length;
    memcpy(known->value, view->bytes, view->length);
}

void find_header(struct finder *finder, const char *name, const char *value, size_t length)
{
    const struct view told = {value, length, 0, NULL}, whole = find_recorded(&told);
    enum secret_name kind = find_name(finder, name, strlen(name), true);
    if (kind == SECRET_NAME_SURE ||
        (kind == SECRET_NAME_LIKELY && entropy_is_high(whole.bytes, whole.length)))
        find_whole(finder, &whole);
    else
        in_header(finder, &whole);
}

/* From behind the colon: what stands in quotes; of a header all of the line, else a word. */
static struct view colon_value(const struct view *view, size_t at, bool header)
{
    while (at < view->length && (view->bytes[at] == ' ' || view->bytes[at] == '\t'))
        at++;
    char quote =
        at < view->length && (view->bytes[at] == '"' || view->bytes[at] == '\'') ? view->bytes[at] : '\0';
    size_t from = at + (quote != '\0'), end = from;
    while (end < view->length &&
           (quote != '\0' ? view->bytes[end] != quote
                          : strchr(header ? "\"\r\n" : "\"\r\n ,;&}", view->bytes[end]) == NULL ||
                                view->bytes[end] == '\0'))
        end++;
    return view_part(view, from < end ? from : end, end);
}

/* "Authorization: Bearer x", "'password': 'x'" */
static void colons(struct finder *finder, const struct view *view)
{
    const char *end = view->bytes + view->length;
    for (const char *at = view->bytes; (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++) {
        const char *last = at;
        while (last > view->bytes && strchr("\"' \t", last[-1]) != NULL && last[-1] != '\0')
            last--;
        const char *first = last;
        while (first > view->bytes && (isalnum((unsigned char)first[-1]) || strchr("_-.", first[-1])) &&
               first[-1] != '\0')
            first--;
        size_t length = (size_t)(last - first);
        bool header = find_name(finder, first, length, true) == SECRET_NAME_SURE &&
                      find_name(finder, first, length, false) != SECRET_NAME_SURE;
        struct view value = colon_value(view, (size_t)(at + 1 - view->bytes), header);
        if (header || find_name(finder, first, length, false) == SECRET_NAME_SURE)
            find_whole(finder, &value);
    }
}

void find_line(struct finder *finder, const struct view *view)
{
    const char *brace = memchr(view->bytes, '{', view->length);
    find_by_shape(finder, view);
    find_in_pairs(finder, view, IN_TEXT, 0);
    colons(finder, view);
    if (brace != NULL) {
        struct view rest = view_part(view, (size_t)(brace - view->bytes), view->length);
        find_json(finder, &rest, 0);
    }
}
