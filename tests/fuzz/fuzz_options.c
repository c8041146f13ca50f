/* A command line, a word on each line, by a table that has every kind of option: refused in one line, or read, with operands
 * that are words of it. Shapes of options are in harness/base/options.c alone; the tables of commands are rows like these. */
#include "base/options.h"

#include "fuzz.h"

enum { WORDS_MOST = 40 };

struct options {
    bool flag;
    const char *string;
    struct option_list list;
    uint64_t count;
    int64_t duration_ns, bytes;
    double rate, speed, percent;
};

static const struct option_row rows[] = {
    {"flag", 'f', OPTION_FLAG, offsetof(struct options, flag), NULL, "a flag"},
    {"string", 's', OPTION_STRING, offsetof(struct options, string), "WORD", "a word"},
    {"list", 'l', OPTION_LIST, offsetof(struct options, list), "WORD", "words"},
    {"count", 'c', OPTION_COUNT, offsetof(struct options, count), "N", "a number"},
    {"duration", 'd', OPTION_DURATION, offsetof(struct options, duration_ns), "TIME", "a time"},
    {"bytes", 0, OPTION_BYTES, offsetof(struct options, bytes), "SIZE", "a size"},
    {"rate", 'r', OPTION_RATE, offsetof(struct options, rate), "RATE", "a rate"},
    {"speed", 0, OPTION_SPEED, offsetof(struct options, speed), "FACTOR", "a factor"},
    {"percent", 0, OPTION_PERCENT, offsetof(struct options, percent), "SHARE", "a share"},
    OPTIONS_END};

FUZZ_TARGET(options)
{
    static const char *const names[] = {"flag", "string", "list", "count", NULL};
    const struct option_row *const tables[] = {rows, NULL};
    struct options options = {.flag = false};
    void *intos[] = {&options, NULL};
    char *words[WORDS_MOST + 2] = {xstrdup("fuzz")}, *all[WORDS_MOST + 1];
    struct span left = {(const char *)data, size};
    struct operands rest = {.count = 0};
    struct err err = {0};
    int count = 1;
    while (left.length > 0 && count <= WORDS_MOST) {
        words[count] = fuzz_string(fuzz_line(&left));
        options_nearest(words[count++], names);
    }
    memcpy(all, words, sizeof all);
    if (options_parse(tables, intos, count, words, &rest, &err) != 0)
        hold_one_line(&err);
    else
        hold(rest.count + rest.after_count < (size_t)count);
    for (int i = 0; i < count; i++)
        free(all[i]);
    return 0;
}
