#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <sys/stat.h>

#include "collect.h"
#include "traffic/recording.h"

static int read_text(const char *text, size_t length, struct recording *recording, struct err *err)
{
    char *path = collect_file("r.jsonl", text, length);
    memset(recording, 0, sizeof *recording);
    int result = recording_read(path, recording, err);
    collect_remove(path);
    return result;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    char *path = collect_file("r.jsonl", "", 0);
    struct recording recording = {NULL, 0, 0}, back = {NULL, 0, 0};
    struct recording_header header = {.from_us = 1000000, .to_us = 2000000, .host = "h.example"};
    struct request one = {.method = xstrdup("POST"),
                          .url = xstrdup("/a?b=\\\"1\""),
                          .t_us = 12,
                          .status = 201,
                          .session = xstrdup("k3f9"),
                          .endpoint = xstrdup("POST /a"),
                          .body = (unsigned char *)xstrndup("\0\xff\n{}", 5),
                          .body_length = 5};
    struct request two = {.method = xstrdup("GET"), .url = xstrdup("/"), .t_us = -5, .session = xstrdup("")};
    struct err err = {0};
    headers_add(&one.headers, "Accept", "a");
    headers_add(&one.headers, "X", "\xe2\x82\xac \t \"\\");
    headers_add(&one.headers, "Accept", "b");
    recording_add(&recording, &one);
    recording_add(&recording, &two);
    strings_add(&header.source, "x\"y.log");
    header.redacted[header.redacted_count++] = (struct redacted){"header", 12};
    assert_int_equal(recording_write(path, &header, &recording, &err), 0);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(recording_read(path, &back, &err), 0);
    assert_int_equal(back.count, 2);
    const struct request *first = &back.requests[0], *second = &back.requests[1];
    assert_string_equal(first->method, "POST");
    assert_string_equal(first->url, "/a?b=\\\"1\"");
    assert_int_equal(first->body_length, 5);
    assert_memory_equal(first->body, "\0\xff\n{}", 5);
    assert_int_equal(first->t_us, 12);
    assert_int_equal(first->status, 201);
    assert_string_equal(first->session, "k3f9");
    assert_string_equal(first->endpoint, "POST /a");
    assert_int_equal(first->headers.count, 3);
    assert_string_equal(first->headers.items[1].value, "b");
    assert_string_equal(headers_find(&first->headers, "X"), "\xe2\x82\xac \t \"\\");
    assert_int_equal(second->t_us, -5);
    assert_string_equal(second->session, "");
    assert_null(second->body);
    assert_null(second->endpoint);
    recording_release(&recording);
    recording_release(&back);
    header.host = NULL;
    recording_header_release(&header);
    collect_remove(path);
}

/* What a recorder tells the import at its end; nothing that could be anything else than what it writes. */
static void clues_are_read_as_written(void **state)
{
    (void)state;
    struct clue items[] = {{.hash = 0x1f, .kind = CLUE_ANSWERS, .sure = 1, .name = "/items/*/id"},
                           {.hash = UINT64_MAX, .kind = CLUE_USES, .secret = 1, .name = "form a[b]"},
                           {.hash = 7, .kind = CLUE_CLIENT, .name = ""}};
    struct clues clues = {.items = items, .count = 3};
    struct request request = {.method = xstrdup("GET"), .url = xstrdup("/"), .session = xstrdup("")}, back;
    struct text line = TEXT_EMPTY;
    struct err err = {0};
    size_t column;
    recording_line(&request, &line);
    recording_add_clues(&clues, &line);
    assert_int_equal(recording_parse(line.bytes, line.length, 0, &back, &column, &err), 0);
    assert_non_null(back.clues);
    assert_true(back.clues->whole);
    assert_int_equal(back.clues->count, 3);
    assert_memory_equal(back.clues->items, items, sizeof items);
    request_release(&back);
    request_release(&request);
    text_release(&line);
    static const char *const wrong[] = {"{}",
                                        "[7]",
                                        "[\"\"]",
                                        "[\"1 3 000000000000001f\"]",
                                        "[\"9 3 000000000000001f /a\"]",
                                        "[\"1 4 000000000000001f /a\"]",
                                        "[\"1 3 000000000000001F /a\"]",
                                        "[\"1 3 000000000000001f /a\\n\"]",
                                        "[\"3 3 000000000000001f csrf\"]",
                                        "[\"1 3 000000000000001f /"
                                        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *text = xasprintf("{\"method\":\"GET\",\"url\":\"/\",\"seep_clues\":%s}", wrong[i]);
        assert_int_equal(recording_parse(text, strlen(text), 0, &back, &column, &err), -1);
        assert_int_equal(column, 27);
        free(text);
    }
}

static void targets_of_vegeta(void **state)
{
    (void)state;
    static const char text[] = "{\"method\":\"GET\",\"url\":\"http://127.0.0.1:8000/a?b#c\"}\n\n"
                               "{\"method\":\"POST\",\"url\":\"https://"
                               "h.example\",\"body\":\"aGk=\",\"header\":{\"A\":[\"1\",\"2\"]}}\n";
    struct recording recording;
    struct err err = {0};
    assert_int_equal(read_text(text, sizeof text - 1, &recording, &err), 0);
    assert_int_equal(recording.count, 2);
    assert_string_equal(recording.requests[0].url, "/a?b");
    assert_null(headers_find(&recording.requests[0].headers, "Host"));
    assert_string_equal(recording.requests[1].url, "/");
    assert_memory_equal(recording.requests[1].body, "hi", 2);
    assert_int_equal(recording.requests[1].headers.count, 2);
    recording_release(&recording);
}

static void mistakes_have_a_place(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"method\":\"GET\"}\n", "r.jsonl:2:1: no \"url\""},
        {"{\"url\":\"/\"}\n", "r.jsonl:2:1: no \"method\""},
        {"{\"method\":\"GET\",\"url\":\"a\"}\n", "r.jsonl:2:17: the url does not begin with '/'"},
        {"{\"method\":\"GET\",\"url\":\"/a b\"}\n", "r.jsonl:2:17: the url holds"},
        {"{\"method\":\"GET\",\"url\":\"/a\\r\\nX: y\"}\n", "r.jsonl:2:17: the url holds"},
        {"{\"method\":\"GET\",\"url\":\"/a\\u007f\"}\n", "r.jsonl:2:17: "},
        {"{\"method\":\"GET \",\"url\":\"/\"}\n", "r.jsonl:2:2: the method is no token"},
        {"{\"method\":\"\",\"url\":\"/\"}\n", "r.jsonl:2:2: the method is no token"},
        {"{\"method\":\"GET\",\"url\":\"/\",\"header\":{\"A\":[\"b\\nC: d\"]}}\n",
         "r.jsonl:2:27: a header's value"},
        {"{\"method\":\"GET\",\"url\":\"/\",\"header\":{\"A b\":[\"c\"]}}\n",
         "r.jsonl:2:27: a header's name"},
        {"{\"method\":\"GET\",\"url\":\"/\",\"header\":{\"A\":1}}\n", "r.jsonl:2:27: header 'A' is no list"},
        {"{\"method\":\"GET\",\"url\":\"/\",\"header\":[]}\n", "r.jsonl:2:27: \"header\" is no object"},
        {"{\"method\":\"GET\",\"url\":\"/\",\"body\":\"a\"}\n", "r.jsonl:2:27: bad base64"},
        {"{\"method\":\"GET\",\"url\":\"/\",\"body\":\"a*bc\"}\n", "r.jsonl:2:27: bad base64"},
        {"{\"method\":\"GET\",\"url\":\"/\",\"body\":7}\n", "r.jsonl:2:27: \"body\" is no string"},
        {"{\"method\":\"GET\",\"url\":\"/\",\"t_us\":1.5}\n", "r.jsonl:2:27: \"t_us\""},
        {"{\"method\":\"GET\",\"url\":\"/\",\"status\":\"200\"}\n", "r.jsonl:2:27: \"status\""},
        {"{\"method\":\"GET\",\"method\":\"GET\",\"url\":\"/\"}\n", "not JSON: "},
        {"{\"method\":\"GET\",\n", "r.jsonl:2:16: not JSON"},
        {"7\n", "r.jsonl:2:1: "},
        {"{\"method\":\"GET\",\"url\":\"/", "r.jsonl:2:24: truncated: the last line is not whole: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct recording recording;
        struct err err = {0};
        char *text = xasprintf("{\"method\":\"GET\",\"url\":\"/first\"}\n%s", rows[i][0]);
        if (read_text(text, strlen(text), &recording, &err) == 0)
            fail_msg("accepted: %s", rows[i][0]);
        assert_int_equal(err.code, ERR_USAGE);
        if (strstr(err.message, rows[i][1]) == NULL)
            fail_msg("'%s' does not say '%s'", err.message, rows[i][1]);
        assert_int_equal(recording.count, 0);
        free(text);
    }
}

static void header_lines(void **state)
{
    (void)state;
    struct recording recording;
    struct err err = {0};
    static const char ours[] = "{\"seep\":1,\"source\":[\"x\"]}\n", later[] = "{\"seep\":2}\n",
                      cut[] = "{\"seep\":1,";
    assert_int_equal(read_text(ours, sizeof ours - 1, &recording, &err), 0);
    assert_int_equal(recording.count, 0);
    assert_int_equal(read_text(later, sizeof later - 1, &recording, &err), -1);
    assert_non_null(strstr(err.message, "version 2"));
    assert_int_equal(read_text(cut, sizeof cut - 1, &recording, &err), -1);
    assert_int_equal(recording_read("/nowhere/r.jsonl", &recording, &err), -1);
    assert_non_null(strstr(err.message, "/nowhere/r.jsonl: "));
}

/* A recording of ours imports again: times from its first line, the header line and bad lines counted. */
static void a_recording_is_imported(void **state)
{
    (void)state;
    static const char text[] =
        "{\"seep\":1,\"from\":\"2024-03-12T14:00:05.5Z\"}\n"
        "{\"method\":\"GET\",\"url\":\"http://h.example/a\",\"t_us\":250000,\"session\":\"s\"}\n"
        "nonsense\n{\"method\":\"GET\"}\n{\"method\":\"GET\",\"url\":\"/b\",\"body\":\"!\"}\n{\"method\":";
    struct collected got = collect("r.jsonl", NULL, text, sizeof text - 1);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.requests.count, 1);
    assert_int_equal(got.requests.requests[0].t_us, INT64_C(1710252005750000));
    assert_string_equal(headers_find(&got.requests.requests[0].headers, "Host"), "h.example");
    assert_int_equal(got.skipped[SKIP_HEADER_LINE], 1);
    assert_int_equal(got.skipped[SKIP_JSON], 1);
    assert_int_equal(got.skipped[SKIP_GRAMMAR], 1);
    assert_int_equal(got.skipped[SKIP_BODY], 1);
    assert_int_equal(got.skipped[SKIP_TRUNCATED], 1);
    assert_int_equal(got.notes.count, 0);
    collected_release(&got);
}

static void targets_without_times(void **state)
{
    (void)state;
    static const char text[] = "{\"method\":\"GET\",\"url\":\"/a\"}\n{\"method\":\"GET\",\"url\":\"/b\"}\n";
    struct collected got = collect("targets.json", NULL, text, sizeof text - 1);
    assert_int_equal(got.requests.count, 2);
    assert_int_equal(got.requests.requests[1].t_us - got.requests.requests[0].t_us, 10000);
    assert_int_equal(got.notes.count, 1);
    collected_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(clues_are_read_as_written),
        cmocka_unit_test(targets_of_vegeta),
        cmocka_unit_test(mistakes_have_a_place),
        cmocka_unit_test(header_lines),
        cmocka_unit_test(a_recording_is_imported),
        cmocka_unit_test(targets_without_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
