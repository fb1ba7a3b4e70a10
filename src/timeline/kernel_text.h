/*
 * The kernel's texts in /proc: reading them, and the numbers in them.
 */
#ifndef TIMELINE_KERNEL_TEXT_H
#define TIMELINE_KERNEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads as much of a file as there is room for. out ends in a NUL. Returns how many bytes there
 * were; 0 if it cannot be read. */
size_t kernel_text_read(char *out, size_t size, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* Each goes on from *at, past blanks, and moves *at behind what it has read. They return false and
 * leave *at where it was if there is no such thing. */

/* A number, which may be negative, in base 10 or 16. */
bool kernel_text_number(const char **at, int base, uint64_t *number);

/* The same for numbers that fit. */
bool kernel_text_int(const char **at, int *number);

/* Exactly this text. */
bool kernel_text_label(const char **at, const char *label);

/* So many words, whatever they are. */
bool kernel_text_skip(const char **at, int words);

#endif
