#include "flow/kept_times.h"

#include <math.h>

static json_t *write_histogram(const struct histogram *times)
{
    json_t *list = json_array();
    json_array_append_new(list, json_integer((json_int_t)times->max));
    json_array_append_new(list, json_integer((json_int_t)times->zeros));
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram_in(times, i) == 0)
            continue;
        json_array_append_new(list, json_integer((json_int_t)i));
        json_array_append_new(list, json_integer((json_int_t)histogram_in(times, i)));
    }
    return list;
}

void kept_times_write(json_t *object, const struct latencies *latencies)
{
    json_object_set_new(object, "lag", write_histogram(&latencies->lag));
    json_object_set_new(object, "service", write_histogram(&latencies->service));
    json_object_set_new(object, "total", write_histogram(&latencies->total));
    json_object_set_new(object, "service_sum_us",
                        isfinite(latencies->service_sum_us) ? json_real(latencies->service_sum_us)
                                                            : json_null());
}

static uint64_t whole(const json_t *list, size_t index)
{
    const json_t *value = json_array_get(list, index);
    double number = json_is_number(value) ? json_number_value(value) : 0;
    return number > 0 && number <= 0x1p53 ? (uint64_t)number : 0;
}

static void take_histogram(struct histogram *into, const json_t *list)
{
    struct histogram one = {.max = whole(list, 0), .zeros = whole(list, 1)};
    for (size_t i = 2; i + 1 < json_array_size(list); i += 2)
        if (whole(list, i) < HISTOGRAM_BUCKETS)
            histogram_put(&one, (size_t)whole(list, i), (uint32_t)whole(list, i + 1));
    histogram_merge(into, &one);
    histogram_release(&one);
}

void kept_times_take(struct latencies *into, const json_t *object)
{
    take_histogram(&into->lag, json_object_get(object, "lag"));
    take_histogram(&into->service, json_object_get(object, "service"));
    take_histogram(&into->total, json_object_get(object, "total"));
    into->service_sum_us += json_number(object, "service_sum_us", 0);
}
