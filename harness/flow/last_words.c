#include "flow/last_words.h"

#include <string.h>

#include "base/text.h"
#include "traffic/redact.h"

char *last_words(const char *printed)
{
    struct redactor redactor = {.keep = false};
    struct text out = TEXT_EMPTY;
    secret_key_random(&redactor.key);
    for (size_t length; *printed != '\0'; printed += length) {
        length = strcspn(printed, "\n");
        redact_line(&redactor, printed, length, &out);
        if (printed[length] == '\n') {
            text_add_char(&out, '\n');
            length++;
        }
    }
    redactor_release(&redactor);
    return text_take(&out);
}
