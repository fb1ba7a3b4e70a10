/*
 * Whether a text is well-formed XML, and what is in it.
 */
#ifndef SUPPORT_XML_H
#define SUPPORT_XML_H

#include <stddef.h>

/* Fails the test unless the text is one element, its tags balanced and nested, attributes quoted,
 * entities known and characters allowed. A document type before it is taken. */
void xml_assert_well_formed(const char *text);

/* How often a text occurs in another. */
size_t xml_count(const char *text, const char *what);

#endif
