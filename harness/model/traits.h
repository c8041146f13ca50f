/* What the recorded requests of one endpoint have in common and what tells them apart: a table of requests by
 * attributes ("query currency", "body /coupon", "status"), each with the values that were recorded. */
#ifndef SEEP_MODEL_TRAITS_H
#define SEEP_MODEL_TRAITS_H

#include <stdbool.h>
#include <stddef.h>

#define TRAIT_ABSENT (-1)

/* The most telling first. */
enum trait_place {
    TRAIT_QUERY,  /* name "currency" */
    TRAIT_BODY,   /* name: JSON pointer "/items/0/sku", "/items (length)" of an array, or the key of a form */
    TRAIT_PATH,   /* a parameter of the endpoint: name "sku" of /quote/{sku} */
    TRAIT_STATUS, /* as recorded; name "status" */
    TRAIT_HEADER, /* name in lower case */
    TRAIT_SIZE,   /* bytes of the body; a number; name "size" */
    TRAIT_SESSION,
    TRAIT_PLACES
};

struct attribute {
    enum trait_place place;
    char *name;
    char **values; /* value_count distinct ones, as recorded; long ones cut, so that two may read alike */
    size_t value_count;
    double *numbers; /* of the values: value_count, where all of them are numbers; else NULL */
    bool secret;     /* its values are not for a report */
};

struct traits {
    struct attribute *attributes;
    size_t attribute_count;
    size_t request_count; /* distinct requests: what differs in nothing is one */
    /* request_count x attribute_count: index into the attribute's values, or TRAIT_ABSENT. */
    int *values;
    size_t *times; /* by request: how often it was recorded */
    size_t *first; /* by request: index of the first such one in the recording */
};

int traits_value(const struct traits *traits, size_t request, size_t attribute);
void traits_release(struct traits *traits);

/* A condition on one attribute, and rules of few of them. */
enum trait_test {
    TRAIT_IS,
    TRAIT_HAS,
    TRAIT_HAS_NOT,
    TRAIT_IS_NOT, /* holds where the attribute is absent as well */
    TRAIT_AT_LEAST,
    TRAIT_BELOW,
    TRAIT_IS_EITHER, /* one of two values */
    TRAIT_TESTS
};
struct trait_condition {
    size_t attribute;
    enum trait_test test;
    int value; /* IS, IS_NOT, IS_EITHER: of its values; AT_LEAST, BELOW: the value that is the bound */
    int other; /* IS_EITHER: the second value */
};

#define TRAIT_CONDITIONS_MOST 2
struct trait_rule { /* all of them hold; count 0: every request */
    struct trait_condition conditions[TRAIT_CONDITIONS_MOST];
    size_t count;
};
bool trait_condition_holds(const struct traits *traits, const struct trait_condition *condition,
                           size_t request);
bool trait_rule_holds(const struct traits *traits, const struct trait_rule *rule, size_t request);

/* In the words of people: "currency=JPY", "without coupon", "status 404", "quantity >= 100, {sku}=7"; ", " means and. What
 * is secret, by its attribute or its shape, is left out ("token=(redacted)"), what is long is cut, what is no printable
 * UTF-8 escaped, and what holds a comma or nothing is in quotes. The caller's. */
char *trait_rule_words(const struct traits *traits, const struct trait_rule *rule);

#endif
