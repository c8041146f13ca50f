/* What comes from outside (URLs, sites, notes, labels) made harmless for where it is shown.
 *
 * Every function first makes the string visible: bytes that are not UTF-8, control characters and the
 * characters that turn the direction of text become \xNN or \u{NNNN}. So no recording can move a cursor, hide
 * a name or end a line. */
#ifndef SEEP_REPORT_ESCAPE_H
#define SEEP_REPORT_ESCAPE_H

#include "base/text.h"

/* NULL is an empty string, in all of them. */
void escape_plain(struct text *out, const char *string); /* terminal */
void escape_html(struct text *out, const char *string);  /* HTML and XML, in text and in quoted attributes */
void escape_markdown(
    struct text *out,
    const char *
        string); /* also within a table's cell; no name, number or address in it becomes a link or a mention */
void escape_csv(struct text *out, const char *string); /* one field, quoted where needed; RFC 4180 */

/* The same, as an owned string. */
char *escape_taken(void (*escape)(struct text *out, const char *string), const char *string);

/* Columns that a terminal takes for it: code points, not bytes, two for what is wide in East Asian scripts and emoji,
 * none for what combines. Source: Unicode Standard Annex #11, by blocks. */
size_t escape_width(const char *plain);

/* The bytes of it that fill at most `columns`, whole characters. */
size_t escape_fit(const char *plain, size_t columns);

#endif
