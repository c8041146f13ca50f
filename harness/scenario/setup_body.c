#include "scenario/setup_body.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "model/service.h"
#include "scenario/read.h"

static void take_body(struct request *request, char *bytes_take, size_t length, const char *type)
{
    free(request->body);
    request->body = (unsigned char *)bytes_take;
    request->body_length = length;
    headers_release(&request->headers);
    if (type != NULL)
        headers_add(&request->headers, "Content-Type", type);
}

/* A number, true, false or null; NULL: something else. */
static json_t *bare_value(const struct yaml *node)
{
    json_t *value = node->plain ? json_read(node->text, strlen(node->text), "", NULL) : NULL;
    if (json_is_string(value) || json_is_object(value) || json_is_array(value)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

static json_t *json_of(const struct yaml *node, const char *file, struct err *err);

static json_t *json_of_text(const struct yaml *node, const char *file, struct err *err)
{
    json_t *value = bare_value(node);
    if (value != NULL)
        return value;
    char *text = read_expanded(node, node->text, file, err);
    if (text == NULL)
        return NULL;
    value = json_string(text);
    if (value == NULL)
        yaml_complain(err, file, node, "this text is not UTF-8, as JSON has to be");
    free(text);
    return value;
}

static json_t *json_of_map(const struct yaml *node, const char *file, struct err *err)
{
    json_t *object = json_object();
    for (size_t i = 0; i < node->count; i++) {
        json_t *member = json_of(node->items[i], file, err);
        if (member == NULL || json_object_set_new(object, node->keys[i]->text, member) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *json_of_list(const struct yaml *node, const char *file, struct err *err)
{
    json_t *array = json_array();
    for (size_t i = 0; i < node->count; i++) {
        json_t *element = json_of(node->items[i], file, err);
        if (element == NULL) {
            json_decref(array);
            return NULL;
        }
        json_array_append_new(array, element);
    }
    return array;
}

/* As deep as YAML_DEEPEST. NULL and a complaint. */
static json_t *json_of(const struct yaml *node, const char *file, struct err *err)
{
    static json_t *(*const makers[])(const struct yaml *, const char *, struct err *) = {
        [YAML_SCALAR] = json_of_text, [YAML_LIST] = json_of_list, [YAML_MAP] = json_of_map};
    return makers[node->kind](node, file, err);
}

int read_setup_body(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct request *request = &((struct setup_step *)into)->request;
    if (value->kind == YAML_SCALAR) {
        char *text = read_expanded(value, value->text, file, err);
        if (text == NULL)
            return -1;
        take_body(request, text, strlen(text), NULL);
        return 0;
    }
    json_t *document = json_of(value, file, err);
    if (document == NULL)
        return -1;
    char *dumped = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(document);
    if (dumped == NULL)
        return yaml_complain(err, file, value, "this cannot be written as JSON");
    take_body(request, dumped, strlen(dumped), "application/json");
    return 0;
}

/* How long the {{name}} at `at` is; 0: there is none. */
static size_t variable_at(const char *at)
{
    const char *close = text_starts_with(at, "{{") ? strstr(at, "}}") : NULL;
    return close != NULL && read_is_variable(at + 2, (size_t)(close - at - 2)) ? (size_t)(close - at + 2) : 0;
}

static void add_form_text(struct text *out, const char *value)
{
    while (*value != '\0') {
        size_t variable = variable_at(value);
        unsigned char byte = (unsigned char)*value;
        if (variable > 0)
            text_add(out, value, variable);
        else if ((byte < 0x80 && isalnum(byte)) || strchr("-._~", byte) != NULL)
            text_add_char(out, (char)byte);
        else
            text_addf(out, "%%%02X", (unsigned)byte);
        value += variable > 0 ? variable : 1;
    }
}

static int add_field(const struct yaml *key, const struct yaml *value, const char *file, struct text *form,
                     struct err *err)
{
    if (value->kind != YAML_SCALAR)
        return yaml_complain(err, file, value, "expected text here");
    char *text = read_expanded(value, value->text, file, err);
    if (text == NULL)
        return -1;
    text_add_string(form, form->length > 0 ? "&" : "");
    add_form_text(form, key->text);
    text_add_char(form, '=');
    add_form_text(form, text);
    free(text);
    return 0;
}

int read_setup_form(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct text form = TEXT_EMPTY;
    if (value->kind != YAML_MAP)
        return yaml_complain(err, file, value, "expected `name: value` pairs here");
    for (size_t i = 0; i < value->count; i++)
        if (add_field(value->keys[i], value->items[i], file, &form, err) != 0) {
            text_release(&form);
            return -1;
        }
    size_t length = form.length;
    take_body(&((struct setup_step *)into)->request, text_take(&form), length,
              "application/x-www-form-urlencoded");
    return 0;
}
