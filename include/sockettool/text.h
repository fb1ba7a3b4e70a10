/*
 * Text as bytes from strangers: UTF-8 checked, folded, measured and made safe to show.
 * Every function takes bytes and a length, so a NUL byte is a character like any other.
 */
#ifndef SOCKETTOOL_TEXT_H
#define SOCKETTOOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the code point at *at, which must be before end, and moves *at past it. Bytes that are no
 * valid UTF-8 (RFC 3629) give -1, and *at moves past one byte. */
int32_t text_next(const char **at, const char *end);

/* Whether the bytes are valid UTF-8. */
bool text_valid(const char *bytes, size_t n);

/* Whether a code point leaves ink of its own: no control, format, surrogate, private, unassigned or
 * ignorable character and no white space. */
bool text_visible(int32_t code_point);

/* Whether a code point is white space: Unicode's categories Zs, Zl and Zp, and tab to carriage
 * return. */
bool text_space(int32_t code_point);

/* The form under which two texts count as the same: Unicode NFKC with case folded and ignorable
 * characters dropped. Returns a text the caller frees, or NULL: invalid UTF-8 or no memory. In
 * bytes with a NUL only what stands before it counts. */
char *text_fold(const char *bytes, size_t n);

/* How many terminal columns the bytes take when shown as text_escape shows them. */
size_t text_columns(const char *bytes, size_t n);

/* Writes the bytes with control characters as \x1b and invalid UTF-8 as U+FFFD, always ending in a
 * NUL. What does not fit in size bytes is cut before a whole character and "..." ends the text.
 * Returns the length written, without the NUL. size must be at least 4. */
size_t text_escape(char *out, size_t size, const char *bytes, size_t n);

/* An upper bound of what text_escape writes for n bytes, its NUL included. */
size_t text_escape_bound(size_t n);

/* Writes a text as the inside of a JSON string (RFC 8259 section 7); rules as for text_escape, but
 * that control characters become \u001b. Returns the length written, without the NUL. */
size_t text_json(char *out, size_t size, const char *bytes, size_t n);

/* Reads a decimal numeral from the bytes at `at` and before end: digits, with a point among them or
 * not, a sign before and an exponent behind them or not, all in at most 400 bytes. Gives the double
 * nearest to it, which is infinite if none is large enough. Returns where it ends; NULL: none
 * begins there. */
const char *text_numeral(const char *at, const char *end, double *value);

enum { TEXT_NUMBER = 40 }; /* room for any text_number, its NUL included */

/* Writes the shortest decimal that reads back as the same double, as people write it: 25.0, -0.75,
 * 1e-07, 1.5e+16. Returns out. */
const char *text_number(char out[TEXT_NUMBER], double value);

#endif
