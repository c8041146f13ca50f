/* Bytes through a log that loses, doubles, cuts and reorders lines: whole or noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/frames.h"
#include "base/random.h"
#include "base/strings.h"

static void fill(struct random *random, size_t length, struct text *bytes)
{
    for (size_t i = 0; i < length; i++)
        text_add_char(bytes, (char)random_next(random));
}

static void assert_same(const struct frames *frames, const struct text *sent)
{
    struct text got = TEXT_EMPTY;
    assert_int_equal(frames_state(frames), FRAMES_WHOLE);
    frames_bytes(frames, &got);
    assert_int_equal(got.length, sent->length);
    if (sent->length > 0)
        assert_memory_equal(got.bytes, sent->bytes, sent->length);
    text_release(&got);
}

static void what_is_sent_comes(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 2, 3, 5399, 5400, 5401, 10800, 100000};
    struct random random;
    random_init(&random, 1);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct text sent = TEXT_EMPTY, lines = TEXT_EMPTY;
        fill(&random, lengths[i], &sent);
        frames_write(sent.bytes, sent.length, &lines);
        for (size_t step = 1; step < 20000; step = step * 7 + 1) {
            struct frames *frames = frames_new();
            for (size_t at = 0; at < lines.length; at += step) {
                assert_int_equal(frames_state(frames), FRAMES_OPEN);
                frames_take(frames, lines.bytes + at, lines.length - at < step ? lines.length - at : step);
            }
            assert_same(frames, &sent);
            assert_string_equal(frames_foreign(frames), "");
            frames_free(frames);
        }
        size_t line = 0;
        for (size_t at = 0; at < lines.length; at++) {
            line = lines.bytes[at] == '\n' ? 0 : line + 1;
            assert_true(line < FRAMES_LINE_BYTES);
        }
        text_release(&sent);
        text_release(&lines);
    }
}

static void add(struct frames *frames, const char *text)
{
    frames_take(frames, text, strlen(text));
}

static void what_is_none_of_ours(void **state)
{
    (void)state;
    struct frames *frames = frames_new();
    struct text lines = TEXT_EMPTY;
    add(frames,
        "starting\r\nseep-frame 1 data 3 !!!!\nseep-frame 0 data 4 AAAA\nseep-frame x\nseep-frame 2 ask\n");
    assert_int_equal(frames_asked(frames), 0);
    assert_false(frames_any(frames));
    frames_write_ask(1, &lines);
    frames_write_ask(2, &lines);
    frames_write_ask(1, &lines);
    add(frames, lines.bytes);
    assert_int_equal(frames_asked(frames), 2);
    add(frames, "Segmentation fault");
    frames_cut(frames);
    assert_string_equal(frames_foreign(frames),
                        "starting\nseep-frame 1 data 3 !!!!\nseep-frame 0 data 4 AAAA\nseep-frame x\n"
                        "seep-frame 2 ask\nSegmentation fault\n");
    for (int i = 0; i < 10000; i++)
        add(frames, "the same again and again\n");
    assert_true(strlen(frames_foreign(frames)) <= 2048);
    text_clear(&lines);
    frames_write("whole", 5, &lines);
    add(frames, lines.bytes);
    assert_int_equal(frames_state(frames), FRAMES_WHOLE);
    text_release(&lines);
    frames_free(frames);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *says;
        enum frames_state state;
    } rows[] = {
        {"seep-frame 0 data 3 QUJD\n", "3 bytes came, and no end", FRAMES_OPEN},
        {"seep-frame 2 end 6 0000000000000000000000000000000000000000000000000000000000000000\n"
         "seep-frame 0 data 3 QUJD\n",
         "1 of 2 lines are missing", FRAMES_OPEN},
        {"seep-frame 1 end 3 0000000000000000000000000000000000000000000000000000000000000000\n"
         "seep-frame 0 data 3 QUJD\n",
         "what came is not what was sent", FRAMES_BROKEN},
        {"seep-frame 0 data 3 QUJD\nseep-frame 0 data 3 QUJE\n", "two lines of one number differ",
         FRAMES_BROKEN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct frames *frames = frames_new();
        struct text text = TEXT_EMPTY;
        add(frames, rows[i].lines);
        assert_int_equal(frames_state(frames), rows[i].state);
        frames_explain(frames, &text);
        assert_string_equal(text.bytes, rows[i].says);
        text_release(&text);
        frames_free(frames);
    }
}

static void split(const struct text *text, struct strings *lines)
{
    for (const char *at = text->bytes, *end; (end = strchr(at, '\n')) != NULL; at = end + 1)
        strings_addf(lines, "%.*s", (int)(end + 1 - at), at);
}

/* What a log may do to one line: nothing, lost, twice, cut, mangled, another's before it. Says whether it is there. */
static bool spoil(struct random *random, const char *line, struct text *log)
{
    size_t length = strlen(line);
    switch (random_below(random, 12)) {
    case 0:
        return false;
    case 1:
        text_add_string(log, line);
        break;
    case 2:
        text_add(log, line, 1 + random_below(random, length - 2));
        text_add_char(log, '\n');
        return false;
    case 3:
        for (uint64_t i = random_below(random, 200); i > 0; i--)
            text_add_char(log, (char)(1 + random_below(random, 255)));
        text_add_char(log, '\n');
        break;
    default:
        break;
    }
    text_add_string(log, line);
    return true;
}

/* Whole exactly where every line is there; never anything else than what was sent; whole once the log is read again. */
static void a_log_of_any_kind(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 7);
    for (int round = 0; round < 3000; round++) {
        struct text sent = TEXT_EMPTY, text = TEXT_EMPTY, log = TEXT_EMPTY;
        struct strings lines = {NULL, 0};
        struct frames *frames = frames_new();
        bool all = true;
        fill(&random, random_below(&random, 5) * 5400 + random_below(&random, 50), &sent);
        frames_write(sent.bytes, sent.length, &text);
        split(&text, &lines);
        size_t order[8];
        for (size_t i = 0; i < lines.count; i++)
            order[i] = i;
        if (random_below(&random, 2) == 0)
            random_shuffle(&random, order, lines.count);
        for (size_t i = 0; i < lines.count; i++)
            all = spoil(&random, lines.items[order[i]], &log) && all;
        frames_take(frames, log.bytes, log.length);
        assert_int_not_equal(frames_state(frames), FRAMES_BROKEN);
        if (all)
            assert_same(frames, &sent);
        else
            assert_int_equal(frames_state(frames), FRAMES_OPEN);
        frames_take(frames, text.bytes, random_below(&random, text.length));
        frames_cut(frames);
        frames_take(frames, text.bytes, text.length);
        assert_same(frames, &sent);
        frames_free(frames);
        strings_release(&lines);
        text_release(&sent);
        text_release(&text);
        text_release(&log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_comes),
        cmocka_unit_test(what_is_none_of_ours),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_log_of_any_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
