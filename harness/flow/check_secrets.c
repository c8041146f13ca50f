#include "flow/check_secrets.h"

#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "base/yaml.h"
#include "traffic/input.h"
#include "traffic/recording.h"
#include "traffic/redact.h"

/* One recording. */
struct checking {
    struct redactor redactor;
    struct strings *complaints;
    const char *file;
    uint64_t lines, values; /* that look like secrets */
    bool kept;              /* written with --keep-secrets */
};

static void check_request(struct checking *checking, const struct line *line, const struct request *request)
{
    uint64_t found = redact_count(&checking->redactor, request);
    if (found == 0)
        return;
    checking->values += found;
    if (checking->lines++ < CHECK_SECRETS_MOST && !checking->kept)
        strings_addf(checking->complaints, "%s:%zu: %llu %s like a secret: import it anew, or take it out",
                     checking->file, line->number, (unsigned long long)found,
                     found == 1 ? "value looks" : "values look");
}

static bool is_header(const struct line *line)
{
    static const char start[] = "{\"seep\":", kept[] = RECORDING_KEPT_SECRETS;
    return line->number == 1 && line->length >= sizeof start &&
           memcmp(line->bytes, start, sizeof start - 1) == 0 &&
           memmem(line->bytes, line->length, kept, sizeof kept - 1) != NULL;
}

/* What cannot be parsed was complained of when the recording was read. */
static void check_line(struct checking *checking, const struct line *line)
{
    struct request request;
    size_t column;
    struct err err = {0};
    checking->kept = checking->kept || is_header(line);
    if (recording_parse(line->bytes, line->length, 0, &request, &column, &err) != 0)
        return;
    check_request(checking, line, &request);
    request_release(&request);
}

static void conclude(struct checking *checking)
{
    if (checking->kept)
        strings_addf(checking->complaints, "%s:1: written with --keep-secrets: %llu values look like secrets",
                     checking->file, (unsigned long long)checking->values);
    else if (checking->lines > CHECK_SECRETS_MOST)
        strings_addf(checking->complaints, "%s: %llu more lines like these", checking->file,
                     (unsigned long long)(checking->lines - CHECK_SECRETS_MOST));
}

static int check_recording(const char *file, struct strings *complaints, struct err *err)
{
    struct checking checking = {.complaints = complaints, .file = file};
    struct input input;
    struct line line;
    if (input_open(&input, file, err) != 0)
        return -1;
    while (input_line(&input, &line))
        check_line(&checking, &line);
    int failed = input_failed(&input, err);
    input_close(&input);
    redactor_release(&checking.redactor);
    conclude(&checking);
    return failed;
}

/* What comes from the environment or from a capture is none. */
static bool is_literal(const char *text)
{
    return text[0] != '\0' && strstr(text, "${") == NULL && strstr(text, "{{") == NULL;
}

static bool is_credential(const struct yaml *key, const struct yaml *value)
{
    if (value->kind != YAML_SCALAR || !is_literal(value->text))
        return false;
    return (key != NULL && (secret_key_name(key->text, strlen(key->text)) || secret_header(key->text))) ||
           secret_credential(value->text, strlen(value->text));
}

/* Patterns, pointers and paths are no values; `secrets` names a file. */
static bool holds_values(const char *key)
{
    static const char *const others[] = {"capture", "expect", "fresh", "secrets", "tls"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i], key) == 0)
            return false;
    return true;
}

static void check_node(const char *file, const struct yaml *key, const struct yaml *node,
                       struct strings *complaints)
{
    if (is_credential(key, node))
        strings_addf(complaints,
                     "%s:%zu: a credential stands here: write ${NAME}, which comes from the environment",
                     file, node->line);
    for (size_t i = 0; i < node->count; i++)
        if (node->kind != YAML_MAP || holds_values(node->keys[i]->text))
            check_node(file, node->kind == YAML_MAP ? node->keys[i] : key, node->items[i], complaints);
}

static int check_scenario(const char *file, struct strings *complaints, struct err *err)
{
    struct yaml *tree = yaml_read_file(file, err);
    if (tree == NULL)
        return -1;
    check_node(file, NULL, tree, complaints);
    yaml_node_free(tree);
    return 0;
}

int check_secrets(const struct service *service, struct strings *complaints, struct err *err)
{
    if (check_scenario(service->file, complaints, err) != 0)
        return -1;
    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct endpoint *endpoint = &service->endpoints[i];
        if (check_scenario(endpoint->file, complaints, err) != 0 ||
            check_recording(endpoint->recording_path, complaints, err) != 0)
            return -1;
    }
    return 0;
}
