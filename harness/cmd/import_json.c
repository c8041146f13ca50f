#include "cmd/import_json.h"

#include <jansson.h>

#include "cmd/json_file.h"
#include "traffic/calendar.h"

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *skipped_json(const uint64_t skipped[SKIP_REASONS])
{
    json_t *object = json_object();
    for (int i = 0; i < SKIP_REASONS; i++)
        if (skipped[i] > 0)
            json_object_set_new(object, skip_reason_name((enum skip_reason)i), count(skipped[i]));
    return object;
}

static json_t *redacted_json(const uint64_t redacted[REDACT_PLACES])
{
    json_t *object = json_object();
    for (int i = 0; i < REDACT_PLACES; i++)
        if (redacted[i] > 0)
            json_object_set_new(object, redact_place_name((enum redact_place)i), count(redacted[i]));
    return object;
}

static json_t *strings_json(const struct strings *strings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < strings->count; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return list;
}

static json_t *source_json(const struct ingest_source *source)
{
    json_t *object = json_object();
    json_object_set_new(object, "file", json_string(source->name));
    json_object_set_new(object, "format", json_string(source->reader->name));
    json_object_set_new(object, "unit", json_string(source->reader->unit));
    json_object_set_new(object, "read", count(source->read));
    json_object_set_new(object, "imported", count(source->imported));
    json_object_set_new(object, "skipped", skipped_json(source->skipped));
    json_object_set_new(object, "notes", strings_json(&source->notes));
    return object;
}

static json_t *statuses_json(const uint64_t classes[6])
{
    static const char *const names[] = {"unknown", "1xx", "2xx", "3xx", "4xx", "5xx"};
    json_t *object = json_object();
    for (size_t i = 0; i < 6; i++)
        if (classes[i] > 0)
            json_object_set_new(object, names[i], count(classes[i]));
    return object;
}

static json_t *examples_json(const char *const examples[TEMPLATE_EXAMPLES])
{
    json_t *list = json_array();
    for (size_t i = 0; i < TEMPLATE_EXAMPLES && examples[i] != NULL; i++)
        json_array_append_new(list, json_string(examples[i]));
    return list;
}

static json_t *parameter_json(const struct template_parameter *parameter)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(parameter->name));
    json_object_set_new(object, "why", json_string(template_why_name(parameter->why)));
    json_object_set_new(object, "distinct", count(parameter->distinct));
    json_object_set_new(object, "exact", json_boolean(parameter->exact));
    json_object_set_new(object, "examples", examples_json(parameter->examples));
    return object;
}

/* Where the endpoint comes from, and what was put together in it. */
static void add_template(json_t *object, const struct template *template)
{
    if (template == NULL)
        return;
    json_object_set_new(object, "from", json_string(template->given ? "routes" : "data"));
    if (template->parameter_count > 0) {
        json_t *list = json_array();
        for (size_t i = 0; i < template->parameter_count; i++)
            json_array_append_new(list, parameter_json(&template->parameters[i]));
        json_object_set_new(object, "parameters", list);
    }
    if (template->merged > 0) {
        json_object_set_new(object, "rare_routes", count(template->merged));
        json_object_set_new(object, "examples", examples_json((const char *const *)template->routes));
    }
}

static json_t *after_json(const struct ingest_endpoint *endpoint)
{
    json_t *list = json_array();
    for (size_t i = 0; i < endpoint->after.count; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "endpoint", json_string(endpoint->after.items[i]));
        json_object_set_new(object, "why", json_string(endpoint->after_why.items[i]));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *captures_json(const struct ingest_endpoint *endpoint)
{
    static const char *const keys[] = {
        [CAPTURE_BODY] = "body", [CAPTURE_HEADER] = "header", [CAPTURE_JSON] = "json"};
    json_t *list = json_array();
    for (size_t i = 0; i < endpoint->captures.count; i++) {
        const struct capture *capture = &endpoint->captures.items[i];
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(capture->name));
        json_object_set_new(
            object, keys[capture->from],
            json_string(capture->from == CAPTURE_BODY ? pattern_source(capture->pattern) : capture->where));
        json_object_set_new(object, "why", json_string(endpoint->capture_why.items[i]));
        json_array_append_new(list, object);
    }
    return list;
}

void import_json_add_proposed(json_t *object, const struct ingest_endpoint *endpoint)
{
    if (endpoint->after.count > 0)
        json_object_set_new(object, "after", after_json(endpoint));
    if (endpoint->captures.count > 0)
        json_object_set_new(object, "capture", captures_json(endpoint));
    if (endpoint->unwritten.count > 0)
        json_object_set_new(object, "not_written", strings_json(&endpoint->unwritten));
}

static json_t *endpoint_json(const struct ingest *ingest, const struct ingest_endpoint *endpoint)
{
    json_t *object = json_object();
    json_object_set_new(object, "endpoint", json_string(endpoint->name));
    json_object_set_new(object, "file", json_sprintf("%s.yaml", endpoint->slug));
    json_object_set_new(object, "requests", count(endpoint->requests));
    json_object_set_new(object, "rate_per_second", json_real(endpoint->rate_per_second));
    json_object_set_new(object, "sessions", count(endpoint->sessions));
    if (endpoint->sessions_about)
        json_object_set_new(object, "sessions_about", json_true());
    json_object_set_new(object, "statuses", statuses_json(endpoint->status_class));
    import_json_add_proposed(object, endpoint);
    add_template(object, templates_named(ingest->templates, endpoint->name));
    if (endpoint->without_body > 0)
        json_object_set_new(object, "without_body", count(endpoint->without_body));
    return object;
}

static json_t *import_json(const struct ingest *ingest, const char *directory, bool kept_secrets)
{
    char when[CALENDAR_SIZE];
    uint64_t skipped[SKIP_REASONS] = {0}, read = 0;
    json_t *root = json_object(), *sources = json_array(), *endpoints = json_array();
    for (size_t i = 0; i < ingest->source_count; i++) {
        json_array_append_new(sources, source_json(&ingest->sources[i]));
        read += ingest->sources[i].read;
        for (int k = 0; k < SKIP_REASONS; k++)
            skipped[k] += ingest->sources[i].skipped[k];
    }
    for (size_t i = 0; i < ingest->endpoint_count; i++)
        json_array_append_new(endpoints, endpoint_json(ingest, &ingest->endpoints[i]));
    json_object_set_new(root, "schema", json_integer(1));
    json_object_set_new(root, "command", json_string("import"));
    json_object_set_new(root, "directory", json_string(directory));
    json_object_set_new(root, "from", json_string(calendar_write(when, ingest->from_us)));
    json_object_set_new(root, "to", json_string(calendar_write(when, ingest->to_us)));
    json_object_set_new(root, "read", count(read));
    json_object_set_new(root, "imported", count(ingest->imported));
    json_object_set_new(root, "skipped", skipped_json(skipped));
    json_object_set_new(root, "sessions", count(ingest->sessions));
    if (ingest->sessions_about)
        json_object_set_new(root, "sessions_about", json_true());
    json_object_set_new(root, "redacted", redacted_json(ingest->redacted));
    json_object_set_new(root, "redacted_before", redacted_json(ingest->redacted_before));
    json_object_set_new(root, "kept_secrets", json_boolean(kept_secrets));
    json_object_set_new(root, "sources", sources);
    json_object_set_new(root, "endpoints", endpoints);
    json_object_set_new(root, "exit", json_integer(0));
    return root;
}

int import_json_write(const char *path, const struct ingest *ingest, const char *directory, bool kept_secrets,
                      struct err *err)
{
    json_t *root = import_json(ingest, directory, kept_secrets);
    int failed = json_file_write(root, JSON_INDENT(1), path, err);
    json_decref(root);
    return failed;
}
