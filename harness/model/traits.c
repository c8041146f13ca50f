#include "model/traits.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "base/units.h"

#define SHOWN_BYTES 60

int traits_value(const struct traits *traits, size_t request, size_t attribute)
{
    return traits->values[request * traits->attribute_count + attribute];
}

static void release_attribute(struct attribute *attribute)
{
    for (size_t i = 0; i < attribute->value_count; i++)
        free(attribute->values[i]);
    free(attribute->values);
    free(attribute->numbers);
    free(attribute->name);
}

void traits_release(struct traits *traits)
{
    for (size_t i = 0; i < traits->attribute_count; i++)
        release_attribute(&traits->attributes[i]);
    free(traits->attributes);
    free(traits->values);
    free(traits->times);
    free(traits->first);
    memset(traits, 0, sizeof *traits);
}

bool trait_condition_holds(const struct traits *traits, const struct trait_condition *condition,
                           size_t request)
{
    const double *numbers = traits->attributes[condition->attribute].numbers;
    int value = traits_value(traits, request, condition->attribute);
    bool there = value != TRAIT_ABSENT;
    switch (condition->test) {
    case TRAIT_IS:
        return there && value == condition->value;
    case TRAIT_IS_NOT:
        return value != condition->value;
    case TRAIT_IS_EITHER:
        return there && (value == condition->value || value == condition->other);
    case TRAIT_HAS:
        return there;
    case TRAIT_HAS_NOT:
        return !there;
    case TRAIT_AT_LEAST:
        return there && numbers != NULL && numbers[value] >= numbers[condition->value];
    case TRAIT_BELOW:
        return there && numbers != NULL && numbers[value] < numbers[condition->value];
    case TRAIT_TESTS:
        break;
    }
    return false;
}

bool trait_rule_holds(const struct traits *traits, const struct trait_rule *rule, size_t request)
{
    for (size_t i = 0; i < rule->count; i++)
        if (!trait_condition_holds(traits, &rule->conditions[i], request))
            return false;
    return true;
}

/* Bytes of the printable character that begins here; 0: there is none (RFC 3629; no C0 or C1 controls). */
static size_t character(const unsigned char *bytes, size_t length)
{
    size_t size = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    static const uint32_t least[] = {0, 0x20, 0xa0, 0x800, 0x10000};
    if (size > length || (bytes[0] >= 0x80 && bytes[0] < 0xc2) || bytes[0] > 0xf4 || bytes[0] == 0x7f)
        return 0;
    uint32_t code = size == 1 ? bytes[0] : bytes[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    bool direction = (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                     (code >= 0x2066 && code <= 0x2069); /* would turn around the words beside it */
    bool real = code >= least[size] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return real && !direction ? size : 0;
}

static void add_printable(struct text *out, const char *value)
{
    const unsigned char *at = (const unsigned char *)value;
    size_t left = strlen(value), end = out->length + SHOWN_BYTES;
    while (left > 0) {
        size_t size = character(at, left);
        if (out->length + (size > 0 ? size : 4) > end) {
            text_add_string(out, "...");
            return;
        }
        if (size > 0)
            text_add(out, at, size);
        else
            text_addf(out, "\\x%02x", at[0]);
        at += size > 0 ? size : 1;
        left -= size > 0 ? size : 1;
    }
}

static bool is_secret(const struct attribute *attribute, const char *value)
{
    return attribute->secret || strstr(value, "{{redacted:") != NULL || secret_value(value, strlen(value));
}

static void add_value(struct text *out, const struct attribute *attribute, int number)
{
    const char *value = attribute->values[number];
    size_t length = strlen(value);
    char count[UNITS_SIZE];
    bool quoted = length == 0 || strpbrk(value, ",\"") != NULL || value[0] == ' ' || value[length - 1] == ' ';
    if (is_secret(attribute, value)) {
        text_add_string(out, "(redacted)");
        return;
    }
    if (attribute->place == TRAIT_SIZE && attribute->numbers != NULL) {
        text_addf(out, "%s B", units_count(count, (uint64_t)attribute->numbers[number]));
        return;
    }
    text_add_string(out, quoted ? "\"" : "");
    add_printable(out, value);
    text_add_string(out, quoted ? "\"" : "");
}

/* "Accept-Language" of "accept-language". */
static void add_header_name(struct text *out, const char *name)
{
    struct text titled = TEXT_EMPTY;
    for (const char *at = name; *at != '\0'; at++)
        text_add_char(&titled, at == name || at[-1] == '-' ? (char)toupper((unsigned char)*at) : *at);
    add_printable(out, text_string(&titled));
    text_release(&titled);
}

static void add_name(struct text *out, const struct attribute *attribute)
{
    static const char *const fixed[TRAIT_PLACES] = {
        [TRAIT_STATUS] = "status", [TRAIT_SIZE] = "body of", [TRAIT_SESSION] = "session"};
    if (fixed[attribute->place] != NULL) {
        text_add_string(out, fixed[attribute->place]);
        return;
    }
    if (attribute->place == TRAIT_HEADER) {
        add_header_name(out, attribute->name);
        return;
    }
    text_add_string(out, attribute->place == TRAIT_BODY   ? "body "
                         : attribute->place == TRAIT_PATH ? "{"
                                                          : "");
    add_printable(out, attribute->name);
    text_add_string(out, attribute->place == TRAIT_PATH ? "}" : "");
}

/* What stands around name, value and second value. */
struct phrase {
    const char *before, *between, *behind;
    bool has_value;
};

static const struct phrase phrases[TRAIT_TESTS] = {
    [TRAIT_IS] = {"", NULL, "", true},
    [TRAIT_IS_EITHER] = {"", NULL, " or ", true},
    [TRAIT_HAS] = {"with ", "", "", false},
    [TRAIT_HAS_NOT] = {"without ", "", "", false},
    [TRAIT_AT_LEAST] = {"", " >= ", "", true},
    [TRAIT_BELOW] = {"", " < ", "", true},
    [TRAIT_IS_NOT] = {"", " other than ", "", true},
};
static const struct phrase size_phrases[TRAIT_TESTS] = {
    [TRAIT_IS] = {"", " ", "", true},
    [TRAIT_IS_EITHER] = {"", " ", " or ", true},
    [TRAIT_HAS] = {"with ", " any size", "", false},
    [TRAIT_HAS_NOT] = {"without ", " any size", "", false},
    [TRAIT_AT_LEAST] = {"", " ", " and more", true},
    [TRAIT_BELOW] = {"", " less than ", "", true},
    [TRAIT_IS_NOT] = {"", " other than ", "", true},
};
static const char *const equals[TRAIT_PLACES] = {
    [TRAIT_QUERY] = "=",   [TRAIT_BODY] = "=", [TRAIT_PATH] = "=",    [TRAIT_STATUS] = " ",
    [TRAIT_HEADER] = ": ", [TRAIT_SIZE] = " ", [TRAIT_SESSION] = " ",
};

static void add_condition(struct text *out, const struct traits *traits,
                          const struct trait_condition *condition)
{
    const struct attribute *attribute = &traits->attributes[condition->attribute];
    const struct phrase *phrase =
        attribute->place == TRAIT_SIZE ? &size_phrases[condition->test] : &phrases[condition->test];
    text_add_string(out, phrase->before);
    add_name(out, attribute);
    text_add_string(out, phrase->between != NULL ? phrase->between : equals[attribute->place]);
    if (phrase->has_value)
        add_value(out, attribute, condition->value);
    text_add_string(out, phrase->behind);
    if (condition->test == TRAIT_IS_EITHER)
        add_value(out, attribute, condition->other);
}

char *trait_rule_words(const struct traits *traits, const struct trait_rule *rule)
{
    struct text out = TEXT_EMPTY;
    if (rule->count == 0)
        text_add_string(&out, "every request");
    for (size_t i = 0; i < rule->count; i++) {
        text_add_string(&out, i > 0 ? ", " : "");
        add_condition(&out, traits, &rule->conditions[i]);
    }
    return text_take(&out);
}
