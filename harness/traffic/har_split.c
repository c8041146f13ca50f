#include "traffic/har_split.h"

#include <string.h>

/* Where log.entries is: the depth of its items, and that of the keys of an entry. */
#define ROOT_DEPTH 1
#define LOG_DEPTH 2
#define ITEM_DEPTH 3
#define KEY_DEPTH 4

void har_split_init(struct har_split *split, struct input *input)
{
    *split = (struct har_split){.input = input, .line = 1};
}

void har_split_release(struct har_split *split)
{
    text_release(&split->entry);
}

static bool word_is(const struct har_split *split, const char *word)
{
    return split->word_length == strlen(word) && memcmp(split->word, word, split->word_length) == 0;
}

static void keep(struct har_split *split, const char *bytes, size_t length)
{
    if (!split->in_entries || split->too_long)
        return;
    if (split->entry.length + length > HAR_ENTRY_BYTES) {
        split->too_long = true;
        text_clear(&split->entry);
    } else {
        text_add(&split->entry, bytes, length);
    }
}

static bool is_plain(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    return true;
}

static void shorten(struct har_split *split)
{
    split->shortening = true;
    split->entry.length = split->string_start;
}

/* What no id or token has becomes '?': a broken character there must not cost the entry. */
static void keep_answer(struct har_split *split, const char *bytes, size_t length)
{
    if (split->entry.length - split->string_start + length > HAR_ANSWER_BYTES) {
        shorten(split);
        return;
    }
    size_t start = split->entry.length;
    keep(split, bytes, length);
    for (size_t i = start; i < split->entry.length; i++)
        if ((unsigned char)split->entry.bytes[i] < 0x20 || (unsigned char)split->entry.bytes[i] >= 0x80)
            split->entry.bytes[i] = '?';
}

static bool is_shortened(const struct har_split *split)
{
    return split->in_entries && !split->in_request && split->depth >= KEY_DEPTH && !split->too_long;
}

/* A piece of a string, without its quotes. */
static void keep_string(struct har_split *split, const char *bytes, size_t length)
{
    size_t word = sizeof split->word - split->word_length;
    memcpy(split->word + split->word_length, bytes, length < word ? length : word);
    split->word_length += length < word ? length : word;
    if (split->shortening)
        return;
    if (!is_shortened(split))
        keep(split, bytes, length);
    else if (split->in_answer)
        keep_answer(split, bytes, length);
    else if (split->entry.length - split->string_start + length > HAR_STRING_BYTES ||
             !is_plain(bytes, length))
        shorten(split);
    else
        keep(split, bytes, length);
}

static void open_string(struct har_split *split)
{
    keep(split, "\"", 1);
    split->in_string = true;
    split->shortening = false;
    split->string_start = split->entry.length;
    split->word_length = 0;
}

static void step_escape(struct har_split *split)
{
    const char escape[2] = {'\\', *split->at++};
    bool known = escape[1] != '\0' && strchr("\"\\/bfnrt", escape[1]) != NULL;
    split->escaped = false;
    if (is_shortened(split) && split->in_answer && !known)
        keep_string(split, "?", 1);
    else
        keep_string(split, escape, 2);
    if (escape[1] == 'u' && is_shortened(split) && !split->in_answer && !split->shortening)
        shorten(split); /* half a character is not JSON's */
}

/* Moves over a string's plain characters, one escape, or its end. */
static void step_string(struct har_split *split)
{
    const char *start = split->at;
    if (split->escaped) {
        step_escape(split);
        return;
    }
    while (split->at < split->end && *split->at != '"' && *split->at != '\\')
        split->at++;
    if (split->at > start) {
        keep_string(split, start, (size_t)(split->at - start));
    } else if (*split->at++ == '\\') {
        split->escaped = true;
    } else {
        split->in_string = false;
        keep(split, "\"", 1);
    }
}

/* `word` is the key in front of this bracket, where that matters: it was the last string. */
static void open_bracket(struct har_split *split, char bracket)
{
    bool log = split->depth == ROOT_DEPTH && bracket == '{' && word_is(split, "log");
    bool entries = split->depth == LOG_DEPTH && bracket == '[' && split->in_log && word_is(split, "entries");
    keep(split, &bracket, 1);
    split->depth++;
    if (log)
        split->in_log = true;
    if (entries)
        split->in_entries = split->found = true;
}

/* True when the list of entries ends with it, and so an entry, if there was one. */
static bool close_bracket(struct har_split *split, char bracket)
{
    if (split->depth == 0) {
        split->trailing++;
        return false;
    }
    bool ends = split->in_entries && split->depth == ITEM_DEPTH;
    split->depth--;
    if (ends)
        split->in_entries = false;
    else
        keep(split, &bracket, 1);
    if (split->depth < LOG_DEPTH)
        split->in_log = false;
    return ends;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\0';
}

/* One character outside of strings; true when an entry ends before it. */
static bool step_plain(struct har_split *split)
{
    char byte = *split->at++;
    if (byte == '\n') {
        split->line++;
        split->column = 0;
    }
    if (byte == '"') {
        open_string(split);
    } else if (byte == '{' || byte == '[') {
        open_bracket(split, byte);
    } else if (byte == '}' || byte == ']') {
        return close_bracket(split, byte);
    } else if (byte == ',' && split->in_entries && split->depth == ITEM_DEPTH) {
        return true;
    } else if (split->depth == 0) {
        split->trailing += split->found && !is_blank(byte);
    } else {
        if (byte == ':' && split->depth == KEY_DEPTH) {
            split->in_request = word_is(split, "request");
            split->in_answer = word_is(split, "response");
        }
        if (!is_blank(byte) || split->entry.length > 0)
            keep(split, &byte, 1);
    }
    return false;
}

static bool step(struct har_split *split)
{
    const char *start = split->at;
    bool ends = false;
    if (split->in_string)
        step_string(split);
    else
        ends = step_plain(split);
    split->column =
        split->at > start && split->at[-1] == '\n' ? 0 : split->column + (size_t)(split->at - start);
    return ends;
}

static bool is_empty(const struct har_split *split)
{
    return split->entry.length == 0 && !split->too_long;
}

enum har_piece har_split_next(struct har_split *split)
{
    text_clear(&split->entry);
    split->too_long = split->in_request = split->in_answer = false;
    for (;;) {
        if (split->at == split->end) {
            size_t length = input_piece(split->input, &split->at);
            split->end = split->at + length;
            if (length == 0)
                break;
        }
        if (step(split) && !is_empty(split)) {
            split->number++;
            return split->too_long ? HAR_TOO_LONG : HAR_ENTRY;
        }
    }
    if (is_empty(split) || split->depth < ITEM_DEPTH)
        return HAR_END;
    split->number++;
    return split->too_long ? HAR_TOO_LONG : HAR_CUT;
}
