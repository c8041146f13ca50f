/* What a hunt sends to a driver elsewhere and takes from it: whole, or one line that says why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/gzip.h"
#include "base/random.h"
#include "flow/hunt_errand.h"
#include "flow/kept_times.h"

static struct text text_of(const char *string)
{
    struct text text = TEXT_EMPTY;
    text_add_string(&text, string);
    return text;
}

/* A file with so many bytes, some of which repeat. */
static char *file_of(size_t length, struct text *bytes)
{
    char path[] = "/tmp/seep-errand-XXXXXX";
    struct random random;
    random_init(&random, 7);
    int file = mkstemp(path);
    assert_true(file >= 0);
    for (size_t i = 0; i < length; i++)
        text_add_char(bytes, (char)(i % 3 == 0 ? random_below(&random, 256) : 'x'));
    assert_int_equal(text_write(bytes, file), 0);
    close(file);
    return xstrdup(path);
}

static void what_is_packed_comes_out_whole(void **state)
{
    (void)state;
    struct text told = text_of("{\"format\":1,\"why\":\"\"}"), bytes = TEXT_EMPTY, sent = TEXT_EMPTY,
                store = TEXT_EMPTY;
    char *path = file_of(100000, &bytes);
    struct err err = {0};
    json_t *document = NULL;
    assert_int_equal(errand_pack(&told, path, &sent, &err), 0);
    assert_true(sent.length < bytes.length);
    assert_int_equal(errand_unpack(&sent, &document, &store, &err), 0);
    assert_string_equal(json_text(document, "why"), "");
    assert_int_equal(store.length, bytes.length);
    assert_memory_equal(store.bytes, bytes.bytes, bytes.length);
    json_decref(document);
    text_release(&store);
    text_clear(&sent);
    assert_int_equal(errand_pack(&told, NULL, &sent, &err), 0);
    assert_int_equal(errand_unpack(&sent, &document, &store, &err), 0);
    assert_int_equal(store.length, 0);
    json_decref(document);
    unlink(path);
    free(path);
    text_release(&told);
    text_release(&bytes);
    text_release(&sent);
    text_release(&store);
}

static void what_is_cut_or_changed_is_refused(void **state)
{
    (void)state;
    struct text told = text_of("{\"format\":1}"), bytes = TEXT_EMPTY, sent = TEXT_EMPTY;
    char *path = file_of(5000, &bytes);
    struct err err = {0};
    assert_int_equal(errand_pack(&told, path, &sent, &err), 0);
    for (size_t length = 0; length < sent.length; length += 1 + length / 40) {
        struct text part = TEXT_EMPTY, store = TEXT_EMPTY;
        json_t *document = NULL;
        text_add(&part, sent.bytes, length);
        err = (struct err){0};
        assert_int_equal(errand_unpack(&part, &document, &store, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_null(strchr(err.message, '\n'));
        json_decref(document);
        text_release(&part);
        text_release(&store);
    }
    unlink(path);
    free(path);
    text_release(&told);
    text_release(&bytes);
    text_release(&sent);
}

static void refused_sent(const char *bytes, const char *why)
{
    struct text sent = text_of(bytes), store = TEXT_EMPTY;
    json_t *document = NULL;
    struct err err = {0};
    assert_int_equal(errand_unpack(&sent, &document, &store, &err), -1);
    assert_non_null(strstr(err.message, why));
    json_decref(document);
    text_release(&sent);
    text_release(&store);
}

static void another_seep_is_told_from_this_one(void **state)
{
    (void)state;
    refused_sent("", "nothing that can be read");
    refused_sent("{}\n", "of the same version");
    refused_sent("{\"format\":2}\n", "of the same version");
    refused_sent("Segmentation fault\n", "what the driver sent:1:");
    refused_sent("{\"format\":1}\nnot packed", "gzip");
}

static void refused_task(const char *bytes, const char *why)
{
    struct text task = text_of(bytes);
    struct asked asked;
    struct err err = {0};
    assert_int_equal(asked_read(&asked, &task, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, why));
    asked_release(&asked);
    text_release(&task);
}

static void a_task_is_read_or_refused(void **state)
{
    (void)state;
    struct text task = text_of(
        "{\"format\":1,\"run\":12,\"left_s\":3.5,\"agent_dir\":\"/run/seep\",\"settings\":{\"endpoints\":"
        "[\"GET /a\",\"GET /b@2\"],\"methods\":[],\"signal\":null,\"confirm\":\"500\",\"seed\":"
        "\"18446744073709551614\"},\"deciders\":null,\"probes\":[],\"questions\":[\"warm_up\"]}");
    struct asked asked;
    struct err err = {0};
    assert_int_equal(asked_read(&asked, &task, &err), 0);
    assert_int_equal(asked.run, 12);
    assert_true(asked.left_s == 3.5);
    assert_string_equal(asked.agent_dir, "/run/seep");
    assert_int_equal(asked.settings.endpoints.count, 2);
    assert_string_equal(asked.settings.endpoints.items[1], "GET /b@2");
    assert_int_equal(asked.settings.confirm, 500);
    assert_true(asked.settings.seed == UINT64_MAX - 1);
    assert_true(asked.settings.connections == SETTINGS_NOT_GIVEN);
    assert_false(json_is_array(asked.deciders));
    assert_int_equal(json_array_size(asked.questions), 1);
    asked_release(&asked);
    text_release(&task);
    refused_task("", "the task:1:1");
    refused_task("[]", "none of this seep");
    refused_task("{\"format\":2,\"probes\":[],\"questions\":[]}", "none of this seep");
    refused_task("{\"format\":1,\"probes\":[],\"questions\":{}}", "none of this seep");
    refused_task("{\"format\":1,\"questions\":[]}", "none of this seep");
}

static void errors_are_told(void **state)
{
    (void)state;
    struct text told = TEXT_EMPTY, sent = TEXT_EMPTY, store = TEXT_EMPTY;
    struct err err = {0};
    json_t *document = NULL;
    err_set(&err, ERR_REFUSED, "a \"reason\" with quotes");
    errand_tell_error(&err, &told);
    assert_int_equal(errand_pack(&told, NULL, &sent, &err), 0);
    assert_int_equal(errand_unpack(&sent, &document, &store, &err), 0);
    assert_int_equal((int)json_number(document, "error", 0), ERR_REFUSED);
    assert_string_equal(json_text(document, "why"), "a \"reason\" with quotes");
    json_decref(document);
    text_release(&told);
    text_release(&sent);
    text_release(&store);
}

static void times_are_taken_as_they_were_written(void **state)
{
    (void)state;
    struct latencies latencies = {0}, again = {0};
    struct random random;
    random_init(&random, 3);
    for (size_t i = 0; i < 5000; i++) {
        histogram_add(&latencies.lag, random_below(&random, 3));
        histogram_add(&latencies.service, 100 + random_below(&random, 100000));
        histogram_add(&latencies.total, 200 + random_below(&random, 100000000));
    }
    latencies.service_sum_us = 12345678.5;
    json_t *object = json_object();
    kept_times_write(object, &latencies);
    kept_times_take(&again, object);
    kept_times_take(&again, object);
    assert_true(again.service_sum_us == 2 * latencies.service_sum_us);
    const struct histogram *of[] = {&latencies.lag, &latencies.service, &latencies.total},
                           *and[] = {&again.lag, &again.service, &again.total};
    for (size_t h = 0; h < 3; h++) {
        assert_true(of[h]->max == and[h] -> max && 2 * of[h] -> zeros == and[h] -> zeros);
        for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
            assert_true(2 * histogram_in(of[h], i) == histogram_in(and[h], i));
        struct times before = times_of(of[h]), after = times_of(and[h]);
        assert_true(before.p50_us == after.p50_us && before.p99_us == after.p99_us &&
                    before.max_us == after.max_us);
    }
    json_decref(object);
    object = json_pack("{s:[i,i,i,i,i], s:s, s:[s,o]}", "lag", -1, -1, 1 << 30, 5, 7, "service", "none",
                       "total", "x", json_null());
    struct latencies none = {0};
    kept_times_take(&none, object);
    assert_true(times_of(&none.lag).max_us == 0 && times_of(&none.service).max_us == 0 &&
                times_of(&none.total).max_us == 0);
    json_decref(object);
    latencies_release(&none);
    latencies_release(&latencies);
    latencies_release(&again);
}

static void what_unpacks_to_too_much_is_refused(void **state)
{
    (void)state;
    struct text packed = TEXT_EMPTY, plain = TEXT_EMPTY;
    struct err err = {0};
    char *zeros = xcalloc(1, 1 << 20);
    assert_int_equal(gzip_pack(zeros, 1 << 20, &packed, &err), 0);
    assert_int_equal(gzip_unpack(packed.bytes, packed.length, "it", 1 << 20, &plain, &err), 0);
    assert_int_equal(plain.length, 1 << 20);
    text_clear(&plain);
    assert_int_equal(gzip_unpack(packed.bytes, packed.length, "it", (1 << 20) - 1, &plain, &err), -1);
    assert_string_equal(err.message,
                        "it: larger than 1048575 bytes once decompressed, the most that is read");
    free(zeros);
    text_release(&packed);
    text_release(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_comes_out_whole),
        cmocka_unit_test(what_is_cut_or_changed_is_refused),
        cmocka_unit_test(another_seep_is_told_from_this_one),
        cmocka_unit_test(a_task_is_read_or_refused),
        cmocka_unit_test(errors_are_told),
        cmocka_unit_test(times_are_taken_as_they_were_written),
        cmocka_unit_test(what_unpacks_to_too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
