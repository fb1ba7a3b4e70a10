/*
 * What the commands print: wrapped text, columns and JSON strings, on standard output.
 */
#ifndef COMMAND_OUTPUT_H
#define COMMAND_OUTPUT_H

#include <stddef.h>

struct error;

enum { OUTPUT_WIDTH = 80 }; /* columns that help fits */

/* Prints words from column on (1 is the line's second place), breaking lines before width and
 * beginning the next ones with indent spaces; a line ends after the last word. */
void output_wrapped(const char *text, size_t column, size_t indent, size_t width);

/* Prints paragraphs that are separated by empty lines, wrapped to OUTPUT_WIDTH. Lines that begin
 * with a space are printed as they are. */
void output_paragraphs(const char *text);

/* How many bytes the first paragraph of such a text has, or its first line if that begins with a
 * space or is empty; without the end of its last line. */
size_t output_paragraph(const char *text);

/* Prints a text from column 0 and spaces up to a width. */
void output_padded(const char *text, size_t width);

enum { OUTPUT_CELL = 640 }; /* room for the text of a cell, its NUL included */

/* A table whose columns are as wide as their texts. cell returns a text, in the buffer or not. */
struct output_table {
	size_t columns, rows;
	const char *const *headings;
	const char *(*cell)(const void *data, size_t row, size_t column, char buffer[OUTPUT_CELL]);
	const void *data;
};

void output_table(const struct output_table *);

/* Prints a JSON string, or null. More than 1,300 bytes may be cut. */
void output_json(const char *text);

/* Hands over to the kernel what has been printed. Returns 0, or a negative errno and a sentence if
 * any of it could not be written. */
int output_finish(struct error *);

#endif
