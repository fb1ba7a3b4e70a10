/*
 * Texts inside of SVG and HTML.
 */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include <stddef.h>
#include <stdio.h>

/* Writes a text as content or as an attribute's value. Control characters are escaped as on a
 * terminal, and what XML cannot hold becomes U+FFFD. */
void markup_text(FILE *, const char *text);
void markup_bytes(FILE *, const char *bytes, size_t n);

#endif
