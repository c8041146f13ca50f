#include "flow/quick_secrets.h"

#include <string.h>

#include "base/placeholder.h"
#include "traffic/recording.h"

struct matching {
    struct vault *secrets;
    const struct recording *imported;
    size_t at; /* the next of its requests */
};

static void match(struct vault *secrets, struct span before, struct span now)
{
    struct placeholder old, new;
    size_t from_old = 0, from_new = 0;
    while (placeholder_next(before, from_old, &old) && placeholder_next(now, from_new, &new)) {
        struct span value = vault_get(secrets, new.hash.bytes, new.hash.length);
        if (value.bytes != NULL)
            vault_put(secrets, old.hash.bytes, old.hash.length, value);
        from_old = old.at + old.length;
        from_new = new.at + new.length;
    }
}

static void match_strings(struct vault *secrets, const char *before, const char *now)
{
    match(secrets, (struct span){before, strlen(before)}, (struct span){now, strlen(now)});
}

static int match_request(void *owner, struct request *before, struct err *err)
{
    struct matching *matching = owner;
    const struct recording *imported = matching->imported;
    (void)err;
    while (matching->at < imported->count && imported->requests[matching->at].t_us < before->t_us)
        matching->at++;
    if (matching->at == imported->count || imported->requests[matching->at].t_us != before->t_us)
        return 0;
    const struct request *now = &imported->requests[matching->at++];
    match_strings(matching->secrets, before->url, now->url);
    match(matching->secrets, (struct span){(const char *)before->body, before->body_length},
          (struct span){(const char *)now->body, now->body_length});
    for (size_t i = 0; i < before->headers.count; i++) {
        const char *value = headers_find(&now->headers, before->headers.items[i].name);
        if (value != NULL)
            match_strings(matching->secrets, before->headers.items[i].value, value);
    }
    return 0;
}

int quick_secrets_match(struct vault *secrets, const struct service *service, const struct ingest *ingest,
                        struct err *err)
{
    for (size_t i = 0; vault_count(secrets) > 0 && i < ingest->endpoint_count; i++) {
        struct matching matching = {secrets, &ingest->endpoints[i].recording, 0};
        const struct endpoint *endpoint = service_find(service, ingest->endpoints[i].name);
        if (endpoint != NULL && recording_each(endpoint->recording_path, match_request, &matching, err) != 0)
            return -1;
    }
    return 0;
}

void quick_secrets_blank(struct span text, struct text *out)
{
    struct placeholder found;
    size_t done = 0;
    while (placeholder_next(text, done, &found)) {
        text_add(out, text.bytes + done, found.at - done);
        text_add_string(out, "{{redacted}}");
        done = found.at + found.length;
    }
    text_add(out, text.bytes + done, text.length - done);
}
