#include "traffic/traits.h"

#include <stdlib.h>

#include "traffic/recording.h"
#include "traffic/traits_table.h"

struct traits_reading {
    const char *path_template;
    struct rows rows;
    size_t count;
};

static int take(void *owner, struct request *request, struct err *err)
{
    struct traits_reading *reading = owner;
    struct fields fields = {.count = 0};
    (void)err;
    fields_of(&fields, request, reading->path_template);
    rows_add(&reading->rows, &fields, reading->count++);
    fields_release(&fields);
    return 0;
}

int traits_read(const char *path, const char *path_template, struct traits *traits, struct err *err)
{
    struct traits_reading reading = {.path_template = path_template};
    struct row **chosen = xmalloc(TRAITS_REQUESTS_MOST * sizeof *chosen);
    rows_init(&reading.rows);
    *traits = (struct traits){.request_count = 0};
    int result = recording_each(path, take, &reading, err);
    if (result == 0) {
        size_t count = rows_choose(&reading.rows, chosen, TRAITS_REQUESTS_MOST);
        traits_table(chosen, count, TRAITS_ATTRIBUTES_MOST, traits);
    }
    rows_release(&reading.rows);
    free(chosen);
    return result;
}
