/* Session rules (the first line) on the requests of a recording (the others), and what tells these apart: keys of a hash's form,
 * a table whose every value is one of its attribute's. */
#include <math.h>

#include "traffic/recording.h"
#include "traffic/session_rules.h"
#include "traffic/traits.h"

#include "fuzz.h"

static int take(void *owner, struct request *request, struct err *err)
{
    static const struct secret_key key = {{1, 2, 3}};
    struct text room = TEXT_EMPTY;
    (void)err;
    session_rules_hash(owner, &key, request, 17, &room);
    hold(request->session != NULL &&
         (request->session[0] == '\0' || strlen(request->session) == SESSION_DIGITS));
    hold(strspn(request->session, "0123456789abcdef") == strlen(request->session));
    text_release(&room);
    return 0;
}

static void table(const char *path)
{
    struct traits traits;
    struct err err = {0};
    if (traits_read(path, "/quote/{sku}", &traits, &err) != 0) {
        hold_one_line(&err);
        return;
    }
    hold(traits.attribute_count <= TRAITS_ATTRIBUTES_MOST && traits.request_count <= TRAITS_REQUESTS_MOST);
    for (size_t a = 0; a < traits.attribute_count; a++) {
        const struct attribute *attribute = &traits.attributes[a];
        hold(attribute->name != NULL && attribute->value_count > 0);
        for (size_t i = 0; attribute->numbers != NULL && i < attribute->value_count; i++)
            hold(!isnan(attribute->numbers[i]));
        for (size_t i = 0; i < traits.request_count; i++) {
            int value = traits_value(&traits, i, a);
            hold(value == TRAIT_ABSENT || (value >= 0 && (size_t)value < attribute->value_count));
        }
    }
    traits_release(&traits);
}

FUZZ_TARGET(sessions)
{
    struct span left = {(const char *)data, size};
    char *text = fuzz_string(fuzz_line(&left)), path[FUZZ_PATH];
    struct session_rules rules;
    struct err err = {0};
    int file = fuzz_file(path, left);
    if (session_rules_read(&rules, text, &err) != 0)
        hold_one_line(&err);
    else if (recording_each(path, take, &rules, &err) != 0)
        hold_one_line(&err);
    session_rules_release(&rules);
    table(path);
    close(file);
    free(text);
    return 0;
}
