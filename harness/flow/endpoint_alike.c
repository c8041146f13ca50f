#include "flow/endpoint_alike.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define PARAMETER '\x01'

/* "GET /a" in two; the method is empty where there is none. */
struct called {
    size_t method; /* its length */
    const char *rest;
};

static struct called take_apart(const char *name)
{
    size_t method = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (method == 0 || name[method] != ' ')
        return (struct called){0, name};
    return (struct called){method, name + method + 1 + strspn(name + method + 1, " ")};
}

/* Where what began with `open` ends, behind its closing bracket: patterns may hold brackets of their own. */
static const char *behind(const char *at, char open, char close)
{
    size_t depth = 0;
    for (; *at != '\0'; at++) {
        depth += *at == open;
        depth -= *at == close;
        if (depth == 0)
            return at + 1;
    }
    return at;
}

/* "?x=1"; but "/:id?/edit" may lack its parameter. */
static bool ends(const char *at)
{
    return *at == '\0' || *at == '#' || (*at == '?' && at[1] != '/' && at[1] != '\0');
}

/* A parameter in any notation becomes one mark; what may be absent ("(.:format)") and a query are left out. */
static char *shape_of(const char *route)
{
    struct text shape = TEXT_EMPTY;
    for (const char *at = route; !ends(at);) {
        bool begins = at > route && (at[-1] == '/' || at[-1] == '.' || at[-1] == '-');
        if (*at == '(') {
            at = behind(at, '(', ')');
        } else if (*at == '{' || *at == '<' || *at == '[') {
            at = behind(at, *at, *at == '{' ? '}' : *at == '<' ? '>' : ']');
            text_add_char(&shape, PARAMETER);
        } else if (begins && (*at == ':' || *at == '*')) {
            at++;
            while (isalnum((unsigned char)*at) || *at == '_')
                at++;
            text_add_char(&shape, PARAMETER);
        } else if (*at == '?') {
            at++;
        } else if (*at == '/' && shape.length > 0 && shape.bytes[shape.length - 1] == '/') {
            at++;
        } else {
            text_add_char(&shape, *at++);
        }
    }
    if (shape.length > 1 && shape.bytes[shape.length - 1] == '/')
        shape.bytes[--shape.length] = '\0';
    text_add_char(&shape, '\0');
    return text_take(&shape);
}

static void by_route(struct called called, const char *name, const struct strings *endpoints,
                     struct strings *found)
{
    char *wanted = shape_of(called.rest);
    for (size_t i = 0; i < endpoints->count; i++) {
        struct called one = take_apart(endpoints->items[i]);
        bool method = called.method == 0 ||
                      (one.method == called.method && strncmp(endpoints->items[i], name, called.method) == 0);
        char *shape = shape_of(one.rest);
        if (method && strcmp(shape, wanted) == 0)
            strings_add(found, endpoints->items[i]);
        free(shape);
    }
    free(wanted);
    if (called.method > 0 && found->count > 1)
        strings_release(found);
}

/* Letters and digits in lower case: "getOrdersId" and "GET /orders/{id}" are alike. parameters: with their names. */
static void add_letters(struct text *out, const char *from, const char *to, bool parameters)
{
    for (; from < to && *from != '\0'; from++) {
        if (*from == '{' && !parameters) {
            from = behind(from, '{', '}') - 1;
            continue;
        }
        if (isalnum((unsigned char)*from))
            text_add_char(out, (char)tolower((unsigned char)*from));
    }
}

/* form: bits: with the parameters; the method before; the method behind. */
static bool has_letters(const char *endpoint, const char *wanted, unsigned form)
{
    struct called called = take_apart(endpoint);
    struct text letters = TEXT_EMPTY;
    if (form & 2)
        add_letters(&letters, endpoint, endpoint + called.method, true);
    add_letters(&letters, called.rest, called.rest + strlen(called.rest), (form & 1) != 0);
    if (form & 4)
        add_letters(&letters, endpoint, endpoint + called.method, true);
    bool same = letters.length > 0 && strcmp(letters.bytes, wanted) == 0;
    text_release(&letters);
    return same;
}

static bool is_handler(const char *endpoint, const char *wanted)
{
    static const unsigned forms[] = {0, 1, 2, 3, 4, 5};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (has_letters(endpoint, wanted, forms[i]))
            return true;
    return false;
}

static void by_handler(struct called called, const char *name, const struct strings *endpoints,
                       struct strings *found)
{
    struct text wanted = TEXT_EMPTY;
    add_letters(&wanted, called.rest, called.rest + strlen(called.rest), true);
    for (size_t i = 0; i < endpoints->count; i++) {
        struct called one = take_apart(endpoints->items[i]);
        bool method = called.method == 0 ||
                      (one.method == called.method && strncmp(endpoints->items[i], name, called.method) == 0);
        if (method && is_handler(endpoints->items[i], text_string(&wanted)))
            strings_add(found, endpoints->items[i]);
    }
    if (found->count > 1)
        strings_release(found);
    text_release(&wanted);
}

void endpoint_alike(const char *name, const struct strings *endpoints, struct strings *found)
{
    struct called called = take_apart(name);
    if (strings_has(endpoints, name))
        strings_add(found, name);
    else if (called.rest[0] == '/')
        by_route(called, name, endpoints, found);
    else
        by_handler(called, name, endpoints, found);
}
