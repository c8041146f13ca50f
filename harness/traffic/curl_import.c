/* The reader "curl": command lines of curl, one each, or continued with '\' as browsers copy them ("Copy as cURL", for
 * bash), and several between ';', '|' and '&'. What curl's output goes through is not looked at. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/curl_transfer.h"
#include "traffic/reader.h"
#include "traffic/shell_words.h"

struct commands {
    const struct sink *sink;
    struct shell_words shell;
    size_t number;    /* of the line that the command began on; 0: none has begun */
    size_t requests;  /* handed out or not */
    bool behind_curl; /* in its pipe */
};

/* "curl", also by its path and behind what people copy with it: a prompt, variables of the environment. */
static bool find_curl(const struct strings *words, size_t *at)
{
    for (*at = 0; *at < words->count; (*at)++) {
        const char *word = words->items[*at], *slash = strrchr(word, '/');
        const char *name = slash != NULL ? slash + 1 : word;
        if (strcmp(name, "curl") == 0 || strcmp(name, "curl.exe") == 0)
            return true;
        if (strcmp(word, "$") != 0 && strcmp(word, "%") != 0 && strchr(word, '=') == NULL)
            return false;
    }
    return false;
}

/* Only what is no secret by its place: neither headers nor bodies. */
static void skip(const struct commands *commands, enum skip_reason reason, const char *first, const char *url)
{
    char *shown = xasprintf("%s%s%s", first, url != NULL ? " " : "", url != NULL ? url : "");
    for (char *at = shown; (at = strchr(at, SHELL_ACTIVE)) != NULL;)
        *at = '$';
    commands->sink->skip(commands->sink->owner, reason, commands->number, shown, strlen(shown));
    free(shown);
}

static int hand_out(struct commands *commands, const struct curl_transfer *transfer, const char *url,
                    struct err *err)
{
    struct request request;
    enum skip_reason reason = curl_transfer_request(transfer, url, &request);
    commands->requests++;
    if (reason != SKIP_REASONS) {
        char *option = xasprintf("curl%s%s", transfer->option[0] != '\0' ? " " : "", transfer->option);
        skip(commands, reason, option, url);
        free(option);
        return 0;
    }
    request.t_us = (int64_t)commands->requests * UNTIMED_STEP_US;
    return sink_each(commands->sink, &request, commands->number, url, strlen(url), err);
}

static int read_curl(struct commands *commands, size_t at, struct err *err)
{
    const struct strings *words = &commands->shell.words;
    int result = 0;
    for (at++; at < words->count && result == 0;) {
        struct curl_transfer transfer;
        curl_transfer_read(&transfer, words, &at);
        if (transfer.urls.count == 0)
            skip(commands, transfer.reason != SKIP_REASONS ? transfer.reason : SKIP_NO_REQUEST, "curl", NULL);
        for (size_t i = 0; i < transfer.urls.count && result == 0; i++)
            result = hand_out(commands, &transfer, transfer.urls.items[i], err);
        curl_transfer_release(&transfer);
    }
    return result;
}

static void end_command(struct commands *commands)
{
    shell_words_clear(&commands->shell);
    commands->number = 0;
}

static int read_command(struct commands *commands, struct err *err)
{
    const struct strings *words = &commands->shell.words;
    int result = 0;
    size_t at;
    bool piped = commands->shell.end == '|', behind = commands->behind_curl, curl = find_curl(words, &at);
    if (curl && at + 1 == words->count)
        skip(commands, SKIP_NO_REQUEST, "curl", NULL);
    else if (curl)
        result = read_curl(commands, at, err);
    else if (words->count > 0 && !behind)
        skip(commands, SKIP_GRAMMAR, strchr(words->items[0], '=') == NULL ? words->items[0] : "a variable",
             NULL);
    commands->behind_curl = piped && (curl || behind);
    end_command(commands);
    return result;
}

static bool begins_with_curl(const char *bytes, size_t length)
{
    while (length > 0 && (isspace((unsigned char)*bytes) || *bytes == '$')) {
        bytes++;
        length--;
    }
    return length > 5 && memcmp(bytes, "curl", 4) == 0 && isspace((unsigned char)bytes[4]);
}

static void drop(struct commands *commands, enum skip_reason reason)
{
    skip(commands, reason, "curl", NULL);
    end_command(commands);
}

/* A quote that nobody closes ends where the next command begins, so that it takes no more with it. */
static int read_line(struct commands *commands, const struct line *line, struct err *err)
{
    const char *at = line->bytes, *end = line->bytes + line->length;
    if (commands->shell.quote != SHELL_PLAIN && begins_with_curl(line->bytes, line->length))
        drop(commands, SKIP_GRAMMAR);
    do {
        if (commands->number == 0)
            commands->number = line->number;
        if (line->too_long || commands->shell.bytes > INPUT_LINE_BYTES) {
            drop(commands, SKIP_TOO_LONG);
            return 0;
        }
        if (!shell_words_read(&commands->shell, &at, end))
            return 0;
        if (read_command(commands, err) != 0)
            return -1;
    } while (at < end);
    return 0;
}

/* What the end of the file left open: a backslash alone is no harm. */
static int read_open(struct commands *commands, struct err *err)
{
    const char *nothing = "";
    if (commands->number == 0)
        return 0;
    if (commands->shell.quote != SHELL_PLAIN) {
        drop(commands, SKIP_TRUNCATED);
        return 0;
    }
    shell_words_read(&commands->shell, &nothing, nothing);
    return read_command(commands, err);
}

int curl_read(struct input *input, const struct reader_options *options, const struct sink *sink,
              struct err *err)
{
    (void)options;
    struct commands commands = {.sink = sink};
    struct line line;
    int result = 0;
    while (result == 0 && input_line(input, &line))
        result = read_line(&commands, &line, err);
    if (result == 0)
        result = read_open(&commands, err);
    shell_words_clear(&commands.shell);
    if (result != 0)
        return -1;
    if (commands.requests > 0)
        sink_untimed(sink);
    return input_failed(input, err);
}

/* The first line that is not empty and no comment. */
bool curl_detect(const char *head, size_t length)
{
    while (length > 0) {
        const char *end = memchr(head, '\n', length);
        size_t size = end != NULL ? (size_t)(end - head) : length, blank = 0;
        while (blank < size && isspace((unsigned char)head[blank]))
            blank++;
        if (blank < size && head[blank] != '#')
            return begins_with_curl(head, size);
        size += end != NULL;
        head += size;
        length -= size;
    }
    return false;
}
