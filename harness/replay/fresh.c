#include "replay/fresh.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_place.h"
#include "base/random.h"

#define SHORTEST 9             /* digits: enough for every key of a long run, and below 2^31 */
#define CHANGING 8             /* of more digits, the last ones */
#define SUFFIX_SPACE 60466176u /* 36^5 */

/* FNV-1a over the bytes, then seed and pass: a generator of its own for each value. */
static struct random generator(struct span original, struct pass pass)
{
    struct random random;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < original.length; i++)
        hash = (hash ^ (unsigned char)original.bytes[i]) * UINT64_C(0x100000001b3);
    random_init(&random, hash);
    random_init(&random, random_next(&random) ^ pass.seed);
    random_init(&random, random_next(&random) ^ pass.number);
    return random;
}

/* Steps of this size come to every number below 2^a 3^b 5^c before they come to one again. */
static uint64_t stride(uint64_t seed, uint64_t below)
{
    struct random random;
    random_init(&random, seed);
    uint64_t step = below / 4 + random_below(&random, below / 2);
    while (step % 2 == 0 || step % 3 == 0 || step % 5 == 0)
        step++;
    return step;
}

static uint64_t moved(uint64_t value, struct pass pass, uint64_t below)
{
    return (value + pass.number % below * stride(pass.seed, below)) % below;
}

static uint64_t decimal(const char *digits, size_t length)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return value;
}

static bool all_of(struct span span, const char *letters)
{
    for (size_t i = 0; i < span.length; i++)
        if (span.bytes[i] == '\0' || strchr(letters, span.bytes[i]) == NULL)
            return false;
    return span.length > 0;
}

static bool is_digits(struct span span)
{
    return all_of(span, "0123456789");
}

static void add_digits(struct span original, struct pass pass, struct text *out)
{
    if (original.length >= SHORTEST) {
        size_t kept = original.length - CHANGING;
        text_add(out, original.bytes, kept);
        text_addf(out, "%0*" PRIu64, CHANGING,
                  moved(decimal(original.bytes + kept, CHANGING), pass, 100000000));
        return;
    }
    uint64_t number = decimal(original.bytes, original.length), shorter = 1;
    for (size_t i = 0; i < original.length; i++, shorter *= 10)
        number += shorter; /* "7" and "07" are two keys */
    text_addf(out, "%" PRIu64, UINT64_C(100000000) + moved(number, pass, 900000000));
}

#define HEX "0123456789abcdefABCDEF"

static bool is_uuid(struct span span)
{
    for (size_t i = 0; i < span.length; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? span.bytes[i] != '-' : !isxdigit((unsigned char)span.bytes[i]))
            return false;
    }
    return span.length == 36;
}

/* With a digit: "deadbeef" may be a word. */
static bool is_hex(struct span span)
{
    size_t digits = 0;
    for (size_t i = 0; i < span.length; i++)
        digits += isdigit((unsigned char)span.bytes[i]) != 0;
    return span.length >= 8 && digits > 0 && all_of(span, HEX);
}

static bool has_upper(struct span span)
{
    for (size_t i = 0; i < span.length; i++)
        if (isupper((unsigned char)span.bytes[i]))
            return true;
    return false;
}

/* Dashes stay, and in a UUID its version and variant (RFC 9562, 4.1 and 4.2). */
static void add_hex(struct span original, struct pass pass, struct text *out)
{
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    const char *digits = has_upper(original) ? upper : lower;
    struct random random = generator(original, pass);
    bool uuid = is_uuid(original);
    for (size_t i = 0; i < original.length; i++) {
        bool stays = uuid && (i == 14 || i == 19 || original.bytes[i] == '-');
        text_add_char(out, stays ? original.bytes[i] : digits[random_below(&random, 16)]);
    }
}

static bool is_any(struct span span)
{
    (void)span;
    return true;
}

static void add_suffixed(struct span original, struct pass pass, struct text *out)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    const char *at = memrchr(original.bytes, '@', original.length);
    size_t before = at != NULL ? (size_t)(at - original.bytes) : original.length;
    uint64_t number = moved(0, pass, SUFFIX_SPACE);
    char suffix[] = "-00000";
    for (size_t i = sizeof suffix - 2; i > 0; i--, number /= 36)
        suffix[i] = digits[number % 36];
    text_add(out, original.bytes, before);
    text_add_string(out, suffix);
    text_add(out, original.bytes + before, original.length - before);
}

static const struct shape {
    bool (*is)(struct span span);
    void (*add)(struct span original, struct pass pass, struct text *out);
} shapes[] = {{is_digits, add_digits}, {is_uuid, add_hex}, {is_hex, add_hex}, {is_any, add_suffixed}};

void fresh_value(struct span original, struct pass pass, struct text *out)
{
    const struct shape *shape = shapes;
    if (pass.number == 0 || original.length == 0) {
        text_add(out, original.bytes, original.length);
        return;
    }
    while (!shape->is(original))
        shape++;
    shape->add(original, pass, out);
}

static uint64_t magnitude(int64_t number)
{
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

/* The new value of the JSON value in `old`; false: it is neither text nor a whole number. */
static bool add_json(struct span old, struct pass pass, struct text *out)
{
    json_t *value = json_read(old.bytes, old.length, "", NULL);
    struct text plain = TEXT_EMPTY, made = TEXT_EMPTY;
    bool string = json_is_string(value), whole = json_is_integer(value);
    if (whole)
        text_add_string(out, json_integer_value(value) < 0 ? "-" : "");
    if (string)
        text_add(&plain, json_string_value(value), json_string_length(value));
    else if (whole)
        text_addf(&plain, "%" PRIu64, magnitude(json_integer_value(value)));
    fresh_value((struct span){text_string(&plain), plain.length}, pass, string ? &made : out);
    if (string) {
        json_t *fresh = json_stringn(text_string(&made), made.length);
        char *dumped = json_dumps(fresh, JSON_ENCODE_ANY);
        text_add_string(out, dumped != NULL ? dumped : "\"\"");
        free(dumped);
        json_decref(fresh);
    }
    json_decref(value);
    text_release(&plain);
    text_release(&made);
    return string || whole;
}

/* Appends `body` with one value new; false: as it is. */
static bool replace(const char *pointer, struct span body, struct pass pass, struct text *out)
{
    struct span old;
    size_t start = out->length;
    if (!json_place(body, pointer, &old)) {
        text_add(out, body.bytes, body.length);
        return false;
    }
    size_t before = (size_t)(old.bytes - body.bytes);
    text_add(out, body.bytes, before);
    bool done = add_json(old, pass, out);
    if (!done) {
        out->length = start + before;
        text_add(out, old.bytes, old.length);
    }
    text_add(out, old.bytes + old.length, body.length - before - old.length);
    return done;
}

bool fresh_body(const struct endpoint *endpoint, struct span body, struct pass pass, struct text *out)
{
    struct text now = TEXT_EMPTY, next = TEXT_EMPTY;
    bool all = true;
    text_add(&now, body.bytes, body.length);
    for (size_t i = 0; pass.number > 0 && i < endpoint->fresh_count; i++) {
        if (endpoint->fresh[i].in != FRESH_JSON)
            continue;
        text_clear(&next);
        all &= replace(endpoint->fresh[i].name, (struct span){text_string(&now), now.length}, pass, &next);
        struct text swapped = now;
        now = next;
        next = swapped;
    }
    text_add(out, text_string(&now), now.length);
    text_release(&now);
    text_release(&next);
    return all;
}
