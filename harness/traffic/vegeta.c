/* The reader "vegeta": its HTTP targets. METHOD URL, then header lines and at most one @BODYFILE, up to an empty line or
 * the next target; lines with '#' are comments. (Its JSON targets are what the reader "seep" reads.) Names of bodies are
 * relative to the directory of the targets, else to ours, as vegeta has it; but what a recording names is read from below
 * these two alone, and nothing hidden: whoever wrote it might like to see other files sent. Source: vegeta 12.8,
 * lib/targets.go. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "traffic/reader.h"
#include "traffic/wire.h"

#define BODY_MOST ((size_t)32 * 1024 * 1024)

struct vegeta {
    const struct sink *sink;
    const char *file;       /* of the targets */
    struct request request; /* the target that is being read */
    enum skip_reason reason;
    size_t number; /* of its first line; 0: there is none */
    char *shown;   /* its first line */
    size_t targets;
};

struct piece {
    const char *bytes;
    size_t length;
};

static struct piece trimmed(const char *bytes, size_t length)
{
    while (length > 0 && isspace((unsigned char)bytes[0])) {
        bytes++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)bytes[length - 1]))
        length--;
    return (struct piece){bytes, length};
}

/* The length of the method in front, 0 when this is no target's first line. */
static size_t method_length(const struct piece *line)
{
    size_t at = 0;
    while (at < line->length && line->bytes[at] >= 'A' && line->bytes[at] <= 'Z')
        at++;
    return at > 0 && at < line->length && line->bytes[at] == ' ' ? at : 0;
}

static enum skip_reason read_first(const struct piece *line, struct request *request)
{
    size_t method = method_length(line);
    struct piece target = trimmed(line->bytes + method, line->length - method);
    struct text url = TEXT_EMPTY, host = TEXT_EMPTY;
    *request = (struct request){.session = xstrdup("")};
    if (method == 0)
        return SKIP_GRAMMAR;
    request->method = xstrndup(line->bytes, method);
    if (!wire_known_method(request->method))
        return SKIP_METHOD;
    if (memchr(target.bytes, '\0', target.length) != NULL)
        return SKIP_UNSAFE;
    int no_path = wire_origin_form(target.bytes, target.length, &url, &host);
    request->url = text_take(&url);
    if (host.length > 0)
        wire_add_header(&request->headers, "Host", host.bytes);
    text_release(&host);
    return no_path ? SKIP_TARGET : SKIP_REASONS;
}

static enum skip_reason read_header(const struct piece *line, struct request *request)
{
    const char *colon = memchr(line->bytes, ':', line->length);
    if (colon == NULL)
        return SKIP_HEADER;
    if (memchr(line->bytes, '\0', line->length) != NULL)
        return SKIP_UNSAFE;
    const struct piece name = trimmed(line->bytes, (size_t)(colon - line->bytes));
    const struct piece value = trimmed(colon + 1, line->length - (size_t)(colon + 1 - line->bytes));
    if (name.length == 0 || value.length == 0)
        return SKIP_HEADER;
    char *name_copy = xstrndup(name.bytes, name.length), *value_copy = xstrndup(value.bytes, value.length);
    wire_add_header(&request->headers, name_copy, value_copy);
    free(name_copy);
    free(value_copy);
    return SKIP_REASONS;
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Without links on the way, and not hidden. */
static bool is_below(const char *real, const char *directory)
{
    char *base = realpath(directory, NULL);
    size_t length = base != NULL ? strlen(base) : 0;
    length -= length == 1; /* "/" */
    bool below = base != NULL && strncmp(real, base, length) == 0 && real[length] == '/' &&
                 strstr(real + length, "/.") == NULL;
    free(base);
    return below;
}

/* The caller's; never "-". NULL: there is none that may be read. */
static char *body_path(const char *targets, const struct piece *name)
{
    const char *slash = strrchr(targets, '/');
    char *directory = slash != NULL ? xstrndup(targets, (size_t)(slash - targets) + 1) : xstrdup("./");
    const char *const places[] = {name->bytes[0] == '/' ? "" : directory, name->bytes[0] == '/' ? "" : "./"};
    char *found = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places && found == NULL; i++) {
        char *path = xasprintf("%s%.*s", places[i], (int)name->length, name->bytes);
        found = realpath(path, NULL);
        if (found != NULL && (!is_file(found) || (!is_below(found, directory) && !is_below(found, ".")))) {
            free(found);
            found = NULL;
        }
        free(path);
    }
    free(directory);
    return found;
}

static enum skip_reason read_body(const char *targets, const struct piece *name, struct request *request)
{
    struct text body = TEXT_EMPTY;
    if (name->length == 0 || request->body != NULL)
        return SKIP_BODY;
    char *path = body_path(targets, name);
    bool read = path != NULL && text_read_file(&body, path, BODY_MOST, NULL) == 0;
    free(path);
    request->body_length = body.length;
    request->body = body.length > 0 ? (unsigned char *)text_take(&body) : NULL;
    text_release(&body);
    return read ? SKIP_REASONS : SKIP_BODY;
}

/* Hands out the target that was read. */
static int finish(struct vegeta *vegeta, struct err *err)
{
    int result = 0;
    size_t number = vegeta->number, length = vegeta->shown != NULL ? strlen(vegeta->shown) : 0;
    if (number == 0)
        return 0;
    vegeta->request.t_us = (int64_t)++vegeta->targets * UNTIMED_STEP_US;
    if (vegeta->reason == SKIP_REASONS) {
        result = sink_each(vegeta->sink, &vegeta->request, number, vegeta->shown, length, err);
    } else {
        vegeta->sink->skip(vegeta->sink->owner, vegeta->reason, number, vegeta->shown, length);
        request_release(&vegeta->request);
    }
    free(vegeta->shown);
    vegeta->shown = NULL;
    vegeta->number = 0;
    return result;
}

static int begin(struct vegeta *vegeta, const struct piece *line, size_t number, struct err *err)
{
    if (finish(vegeta, err) != 0)
        return -1;
    vegeta->number = number;
    vegeta->shown = xstrndup(line->bytes, line->length);
    vegeta->reason = read_first(line, &vegeta->request);
    return 0;
}

static int read_line(struct vegeta *vegeta, const struct line *whole, struct err *err)
{
    const struct piece line = trimmed(whole->bytes, whole->length);
    if (line.length == 0)
        return finish(vegeta, err);
    if (line.bytes[0] == '#')
        return 0;
    if (vegeta->number == 0 || method_length(&line) > 0)
        return begin(vegeta, &line, whole->number, err);
    if (vegeta->reason != SKIP_REASONS) /* the rest of a target that is none */
        return 0;
    const struct piece name = trimmed(line.bytes + 1, line.length - 1);
    vegeta->reason = whole->too_long        ? SKIP_TOO_LONG
                     : line.bytes[0] == '@' ? read_body(vegeta->file, &name, &vegeta->request)
                                            : read_header(&line, &vegeta->request);
    return 0;
}

int vegeta_read(struct input *input, const struct reader_options *options, const struct sink *sink,
                struct err *err)
{
    (void)options;
    struct vegeta vegeta = {.sink = sink, .file = input->name};
    struct line line;
    int result = 0;
    while (result == 0 && input_line(input, &line))
        result = read_line(&vegeta, &line, err);
    if (result == 0)
        result = finish(&vegeta, err);
    request_release(&vegeta.request);
    free(vegeta.shown);
    if (result != 0)
        return -1;
    if (vegeta.targets > 0)
        sink_untimed(sink);
    return input_failed(input, err);
}

/* The first line that says something. */
bool vegeta_detect(const char *head, size_t length)
{
    while (length > 0) {
        const char *end = memchr(head, '\n', length);
        size_t size = end != NULL ? (size_t)(end - head) : length;
        struct piece line = trimmed(head, size);
        if (line.length > 0 && line.bytes[0] != '#') {
            struct request request;
            bool is = read_first(&line, &request) == SKIP_REASONS && strchr(request.url, ' ') == NULL;
            request_release(&request);
            return is;
        }
        size += end != NULL;
        head += size;
        length -= size;
    }
    return false;
}
