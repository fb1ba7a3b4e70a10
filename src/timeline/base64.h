/*
 * Bytes as text in base64 (RFC 4648 section 4).
 */
#ifndef TIMELINE_BASE64_H
#define TIMELINE_BASE64_H

#include <stddef.h>

/* The text of n bytes, which the caller frees; NULL for want of memory. */
char *base64_encode(const void *bytes, size_t n);

/* The bytes of a text, which the caller frees, and their number; NULL for want of memory, and for a
 * text that is no base64 with errno EINVAL. */
void *base64_decode(const char *text, size_t *n);

#endif
