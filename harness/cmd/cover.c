#include "cmd/cover.h"

#include <stdbool.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

static void cover(char *bytes, size_t length)
{
    memset(bytes, '*', length);
}

static void cover_shapes(char *word)
{
    size_t length = strlen(word), done = 0, at, size;
    while (done < length && secret_find(word + done, length - done, &at, &size, NULL)) {
        cover(word + done + at, size);
        done += at + size;
    }
}

/* NAME=VALUE, --name=VALUE, "Name: VALUE". */
static void cover_named(char *word)
{
    size_t dashes = strspn(word, "-"), length = strcspn(word + dashes, "=:");
    char *name = word + dashes, *between = name + length;
    if (*between == '=' && secret_key_name(name, length))
        cover(between + 1, strlen(between + 1));
    else if (between[0] == ':' && between[1] != '/' && secret_header_kind(name, length) == SECRET_NAME_SURE)
        cover(between + 1, strlen(between + 1));
}

/* "--token": the next word is its value. */
static bool asks_for_secret(const char *word)
{
    size_t dashes = strspn(word, "-");
    return dashes > 0 && strchr(word, '=') == NULL && secret_key_name(word + dashes, strlen(word + dashes));
}

char **cover_words(int argc, char **argv)
{
    static char **words,
        **kept; /* still in use at the end, whatever is taken out of the list that is handed out */
    words = xcalloc((size_t)argc + 1, sizeof *words);
    kept = xcalloc((size_t)argc + 1, sizeof *kept);
    for (int i = 0; i < argc; i++)
        words[i] = kept[i] = xstrdup(argv[i]);
    for (int i = 1; i < argc; i++) {
        cover_named(argv[i]);
        cover_shapes(argv[i]);
        if (i > 1 && asks_for_secret(words[i - 1]))
            cover(argv[i], strlen(argv[i]));
    }
    return words;
}
