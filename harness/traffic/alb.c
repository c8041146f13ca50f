/* The reader "alb": access logs of AWS load balancers for HTTP, the Application Load Balancer and the classic one.
 *
 *     TYPE TIME NAME CLIENT:PORT TARGET:PORT SECONDS SECONDS SECONDS STATUS TARGET-STATUS BYTES BYTES "METHOD URL VERSION"
 *     "AGENT" CIPHER PROTOCOL GROUP "TRACE" "DOMAIN" "CERTIFICATE" PRIORITY CREATED "ACTIONS" ...
 *
 * The classic one begins with the time and ends with the protocol. What follows CREATED is left alone, so that later
 * fields change nothing. Source: Elastic Load Balancing, "Access logs for your Application Load Balancer", "Access log
 * entries", and the same of the Classic Load Balancer.
 *
 * A request that was answered by the load balancer itself (a redirect, a fixed answer, no healthy target) never reached
 * the server and is not imported. Its status 460 (the client hung up) becomes nginx's 499, which a replay knows. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "traffic/log_lines.h"

/* By position, the type in front. */
enum word {
    WORD_TYPE,
    WORD_TIME,
    WORD_CLIENT = 3,
    WORD_TARGET,
    WORD_STATUS = 8,
    WORD_TARGET_STATUS,
    WORD_REQUEST = 12,
    WORD_AGENT,
    WORD_CREATED = 21,
    WORDS
};

struct words {
    struct log_value of[WORDS];
    size_t count;
};

static bool is_type(const struct log_value *word)
{
    static const char *const types[] = {"http", "https", "h2", "grpcs", "ws", "wss"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (word->length == strlen(types[i]) && memcmp(word->bytes, types[i], word->length) == 0)
            return true;
    return false;
}

/* A word, or what stands between quotes; false: the line ends first. */
static bool take_word(const char **at, const char *end, struct log_value *word)
{
    while (*at < end && **at == ' ')
        (*at)++;
    if (*at == end)
        return false;
    bool quoted = **at == '"';
    *at += quoted;
    word->bytes = *at;
    while (*at < end && **at != (quoted ? '"' : ' '))
        *at += quoted && **at == '\\' && *at + 1 < end ? 2 : 1;
    word->length = (size_t)(*at - word->bytes);
    if (!quoted)
        return true;
    if (*at >= end)
        return false;
    (*at)++;
    return true;
}

static bool take_words(const char *line, size_t length, struct words *words)
{
    const char *at = line, *end = line + length;
    *words = (struct words){.count = length > 0 && isdigit((unsigned char)line[0]) ? WORD_TIME : WORD_TYPE};
    while (words->count < WORDS && take_word(&at, end, &words->of[words->count]))
        words->count++;
    const struct log_value *type = &words->of[WORD_TYPE], *time = &words->of[WORD_TIME];
    return words->count > WORD_REQUEST && (type->bytes == NULL || is_type(type)) && time->length > 19 &&
           time->bytes[4] == '-' && time->bytes[10] == 'T' &&
           memchr(words->of[WORD_CLIENT].bytes, ':', words->of[WORD_CLIENT].length) != NULL;
}

static bool is_line(const char *line, size_t length)
{
    struct words words;
    return take_words(line, length, &words);
}

bool alb_detect(const char *head, size_t length)
{
    return log_lines_count(head, length, is_line) > 0;
}

static struct log_value without_port(const struct log_value *address)
{
    const char *colon = memrchr(address->bytes, ':', address->length);
    return (struct log_value){address->bytes,
                              colon != NULL ? (size_t)(colon - address->bytes) : address->length};
}

/* The classic load balancer writes 0 where the server gave no status. */
static bool server_answered(const struct words *words)
{
    const struct log_value *status = &words->of[WORD_TARGET_STATUS];
    return log_value_there(status) && !(status->length == 1 && status->bytes[0] == '0');
}

/* What the server answered; where it did not, what the client saw. */
static struct log_value status_of(const struct words *words)
{
    static const struct log_value hung_up = {"499", 3};
    const struct log_value *own = &words->of[WORD_STATUS];
    if (server_answered(words))
        return words->of[WORD_TARGET_STATUS];
    return own->length == 3 && memcmp(own->bytes, "460", 3) == 0 ? hung_up : *own;
}

static enum skip_reason parse_line(void *owner, const struct line *line, struct request *request)
{
    struct text *room = owner;
    struct words words;
    memset(request, 0, sizeof *request);
    if (!take_words(line->bytes, line->length, &words))
        return SKIP_GRAMMAR;
    if (words.of[WORD_TYPE].length > 0 && words.of[WORD_TYPE].bytes[0] == 'w')
        return SKIP_WEBSOCKET;
    if (!log_value_there(&words.of[WORD_TARGET]) && !server_answered(&words)) /* a function has no address */
        return SKIP_NOT_PASSED_ON;
    text_clear(room);
    text_reserve(room, line->length);
    bool created = log_value_there(&words.of[WORD_CREATED]);
    const struct log_fields fields = {
        .of = {[LOG_TIME] = words.of[created ? WORD_CREATED : WORD_TIME],
               [LOG_ADDRESS] = without_port(&words.of[WORD_CLIENT]),
               [LOG_STATUS] = status_of(&words),
               [LOG_REQUEST] = log_unescape(&words.of[WORD_REQUEST], LOG_ESCAPE_SERVER, room),
               [LOG_AGENT] = log_unescape(&words.of[WORD_AGENT], LOG_ESCAPE_SERVER, room)}};
    return log_fields_request(&fields, false, request);
}

int alb_read(struct input *input, const struct reader_options *options, const struct sink *sink,
             struct err *err)
{
    (void)options;
    struct text room = TEXT_EMPTY;
    int result = log_lines_read(input, parse_line, &room, sink, err);
    text_release(&room);
    return result;
}
