/* What stands between a file and its reader: gzip, patterns, lines and records of any length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "collect.h"
#include "traffic/input_files.h"

#define GZIP_BITS (15 + 16)

/* One member more. */
static void pack(struct text *out, const char *bytes, size_t length)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length};
    unsigned char piece[4096];
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, GZIP_BITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    do {
        stream.next_out = piece;
        stream.avail_out = sizeof piece;
        deflate(&stream, Z_FINISH);
        text_add(out, piece, sizeof piece - stream.avail_out);
    } while (stream.avail_out == 0);
    deflateEnd(&stream);
}

static struct text numbers(size_t count)
{
    struct text lines = TEXT_EMPTY;
    for (size_t i = 0; i < count; i++)
        text_addf(&lines, "line %zu of some length, so that many do not fit into one piece\n", i);
    return lines;
}

/* Reads all lines of a file with these bytes; returns how many, and checks that they are those of numbers(). */
static size_t count_lines(const struct text *bytes, char **note)
{
    char *path = collect_file("x.log", bytes->bytes, bytes->length);
    struct input input;
    struct line line;
    struct err err;
    size_t count = 0;
    assert_int_equal(input_open(&input, path, &err), 0);
    for (; input_line(&input, &line); count++) {
        char *expected = xasprintf("line %zu of", count);
        if (!line.unterminated)
            assert_memory_equal(line.bytes, expected, strlen(expected));
        free(expected);
        assert_int_equal(line.number, count + 1);
    }
    *note = input_note(&input) != NULL ? xstrdup(input_note(&input)) : NULL;
    assert_int_equal(input_failed(&input, &err), 0);
    input_close(&input);
    collect_remove(path);
    return count;
}

static void members_one_after_another(void **state)
{
    (void)state;
    struct text lines = numbers(5000), packed = TEXT_EMPTY;
    char *note;
    const size_t cut = lines.length / 3;
    pack(&packed, lines.bytes, cut); /* in the middle of a line */
    pack(&packed, "", 0);
    pack(&packed, lines.bytes + cut, lines.length - cut);
    assert_int_equal(count_lines(&packed, &note), 5000);
    assert_null(note);
    text_add_string(&packed, "something else");
    assert_int_equal(count_lines(&packed, &note), 5000);
    assert_string_equal(note, "what follows its gzip data is left out");
    free(note);
    text_release(&lines);
    text_release(&packed);
}

static void cut_and_damaged(void **state)
{
    (void)state;
    struct text lines = numbers(5000), packed = TEXT_EMPTY;
    char *note;
    pack(&packed, lines.bytes, lines.length);
    const size_t whole = packed.length;
    for (size_t cut = 1; cut <= 3; cut++) {
        packed.length = whole * cut / 4;
        const size_t count = count_lines(&packed, &note);
        assert_true(count > 0 && count < 5000);
        assert_string_equal(note, "its gzip data is cut short: read as far as it goes");
        free(note);
    }
    packed.length = whole;
    packed.bytes[whole - 6] ^= 1; /* its checksum */
    assert_int_equal(count_lines(&packed, &note), 5000);
    assert_string_equal(note, "its gzip data is damaged: read up to there");
    free(note);
    text_release(&lines);
    text_release(&packed);
}

/* A megabyte of one byte is a kilobyte: what is unpacked at once stays small, and all of it comes. */
static void what_packs_well(void **state)
{
    (void)state;
    const size_t length = (size_t)20 * 1024 * 1024;
    char *zeros = xcalloc(length, 1);
    struct text packed = TEXT_EMPTY;
    pack(&packed, zeros, length);
    free(zeros);
    char *path = collect_file("x", packed.bytes, packed.length);
    struct unpack unpack;
    struct err err;
    char piece[1000];
    size_t all = 0;
    ssize_t got;
    assert_int_equal(unpack_open(&unpack, path, &err), 0);
    while ((got = unpack_read(&unpack, piece, sizeof piece)) > 0)
        all += (size_t)got;
    assert_int_equal(got, 0);
    assert_int_equal(all, length);
    assert_true(unpack.plain.capacity < (size_t)8 * 1024 * 1024);
    unpack_close(&unpack);
    collect_remove(path);
    text_release(&packed);
}

/* A pipe gives what is there, be it one byte of the two that show gzip. */
static void a_pipe_in_small_pieces(void **state)
{
    (void)state;
    struct text lines = numbers(20), packed = TEXT_EMPTY;
    int ends[2], kept = dup(STDIN_FILENO);
    pack(&packed, lines.bytes, lines.length);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < packed.length; i++)
            if (write(ends[1], packed.bytes + i, 1) != 1)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    struct input input;
    struct line line;
    struct err err;
    size_t count = 0;
    assert_int_equal(input_open(&input, "-", &err), 0);
    while (input_line(&input, &line))
        count++;
    assert_int_equal(count, 20);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_null(input_note(&input));
    input_close(&input);
    dup2(kept, STDIN_FILENO);
    close(kept);
    text_release(&lines);
    text_release(&packed);
}

/* The mark lies across the pieces that are read, at each of its bytes once; half of one is none. */
static void records_of_any_length(void **state)
{
    (void)state;
    static const char mark[] = "\n<=>\n";
    struct text bytes = TEXT_EMPTY;
    for (size_t i = 0; i < 200; i++) {
        text_addf(&bytes, "%zu\n<=\n", i);
        for (size_t fill = 0; fill < 1000 + i; fill++)
            text_add_char(&bytes, 'x');
        text_add_string(&bytes, mark);
    }
    text_add_string(&bytes, "the last\n<=");
    char *path = collect_file("x", bytes.bytes, bytes.length);
    struct input input;
    struct line record;
    struct err err;
    assert_int_equal(input_open(&input, path, &err), 0);
    for (size_t i = 0; i < 200; i++) {
        char *head = xasprintf("%zu\n<=\nx", i);
        assert_true(input_record(&input, mark, strlen(mark), &record));
        assert_memory_equal(record.bytes, head, strlen(head));
        assert_int_equal(record.length, strlen(head) - 1 + 1000 + i);
        assert_false(record.unterminated);
        free(head);
    }
    assert_true(input_record(&input, mark, strlen(mark), &record));
    assert_true(record.unterminated);
    assert_int_equal(record.length, 11);
    assert_int_equal(record.number, 201);
    assert_false(input_record(&input, mark, strlen(mark), &record));
    input_close(&input);
    collect_remove(path);
    text_release(&bytes);
}

static void a_byte_order_mark(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf"
                               "curl http://h/a\n\xef\xbb\xbf"
                               "curl http://h/b\n";
    struct collected got = collect("x", NULL, text, sizeof text - 1);
    assert_int_equal(got.requests.count, 1);
    assert_string_equal(got.requests.requests[0].url, "/a");
    assert_int_equal(got.skipped[SKIP_GRAMMAR], 1); /* elsewhere it is none */
    collected_release(&got);
}

/* The name of a file in a directory of the test's own. */
static char *touch(const char *directory, const char *name)
{
    char *path = xasprintf("%s/%s", directory, name);
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
    return path;
}

static void patterns(void **state)
{
    (void)state;
    char directory[] = "/tmp/seep-test-XXXXXX";
    assert_non_null(mkdtemp(directory));
    char *paths[] = {touch(directory, "b.log"), touch(directory, "a.log.2.gz"), touch(directory, "a.log"),
                     touch(directory, "odd[1].log")};
    char *pattern = xasprintf("%s/a.log*", directory), *nothing = xasprintf("%s/c*", directory);
    char *again = xasprintf("%s/./b.log", directory);
    struct strings files = {NULL, 0};
    struct err err = {0};
    const char *const given[] = {paths[0], pattern, "-", paths[3], "/not/there"};
    assert_int_equal(input_files(given, 5, &files, &err), 0);
    assert_int_equal(files.count, 6);
    assert_string_equal(files.items[0], paths[0]);
    assert_string_equal(files.items[1], paths[2]); /* sorted by name */
    assert_string_equal(files.items[2], paths[1]);
    assert_string_equal(files.items[3], "-");
    assert_string_equal(files.items[4], paths[3]); /* brackets and all */
    assert_string_equal(files.items[5], "/not/there");
    const struct {
        const char *given[2];
        const char *said;
    } wrong[] = {{{nothing, paths[0]}, "no file matches this pattern"},
                 {{paths[0], again}, "given twice, also as "},
                 {{paths[2], pattern}, "given twice"},
                 {{"-", "-"}, "standard input can be read once only"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        strings_release(&files);
        assert_int_equal(input_files(wrong[i].given, 2, &files, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        if (strstr(err.message, wrong[i].said) == NULL)
            fail_msg("said: %s", err.message);
    }
    strings_release(&files);
    for (size_t i = 0; i < 4; i++) {
        unlink(paths[i]);
        free(paths[i]);
    }
    rmdir(directory);
    free(pattern);
    free(nothing);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_one_after_another),
        cmocka_unit_test(cut_and_damaged),
        cmocka_unit_test(what_packs_well),
        cmocka_unit_test(a_pipe_in_small_pieces),
        cmocka_unit_test(records_of_any_length),
        cmocka_unit_test(a_byte_order_mark),
        cmocka_unit_test(patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
