#include "base/json_pointer.h"

#include <stdlib.h>
#include <string.h>

bool json_pointer_is_key(const char *token, size_t length, const char *key)
{
    const char *end = token + length;
    for (; token < end; token++, key++) {
        char wanted = *token;
        if (wanted == '~' && token + 1 < end)
            wanted = *++token == '0' ? '~' : '/';
        if (*key != wanted || *key == '\0')
            return false;
    }
    return *key == '\0';
}

bool json_pointer_index(const char *token, size_t length, size_t *index)
{
    size_t digits = strspn(token, "0123456789");
    if (digits != length || digits == 0 || digits > 9 || (token[0] == '0' && digits > 1))
        return false;
    *index = (size_t)strtoul(token, NULL, 10);
    return true;
}
