/* The first line as a PCRE2 pattern, on the rest: groups lie within the subject, and no subject takes long. */
#include "fuzz.h"

FUZZ_TARGET(pattern)
{
    struct span left = {(const char *)data, size};
    char *source = fuzz_string(fuzz_line(&left));
    struct err err = {0};
    struct pattern *pattern = pattern_new(source, &err);
    if (pattern == NULL)
        hold_one_line(&err);
    else if (pattern_match(pattern, left.bytes, left.length))
        for (size_t i = 0; i <= pattern_groups(pattern); i++) {
            struct span group = pattern_group(pattern, i);
            hold(group.bytes == NULL ||
                 (group.bytes >= left.bytes && group.bytes + group.length <= left.bytes + left.length));
        }
    size_t number;
    for (size_t i = 0; pattern != NULL && pattern_name(pattern, i, &number) != NULL; i++)
        hold(number <= pattern_groups(pattern) &&
             pattern_has_name(pattern, pattern_name(pattern, i, &number)));
    pattern_free(pattern);
    free(source);
    return 0;
}
