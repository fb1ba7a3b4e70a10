/*
 * JSON within a page's script element: nothing in it can end the element.
 */
#ifndef TIMELINE_PAGE_JSON_H
#define TIMELINE_PAGE_JSON_H

#include <stdio.h>

/* A text in quotation marks; what is no UTF-8 becomes U+FFFD. */
void page_json_text(const char *text, FILE *);

#endif
