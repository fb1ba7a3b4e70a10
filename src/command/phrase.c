/*
 * Pieces of sentences: what the user typed, made safe to show, and lists of names.
 */
#include "command/phrase.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sockettool/text.h"

char *phrase_quote(char out[PHRASE_QUOTE], const char *text)
{
	char inside[PHRASE_QUOTE - 2];

	/* Bytes that could not fit in any case need not be looked at. */
	text_escape(inside, sizeof(inside), text, strnlen(text, 4 * sizeof(inside)));
	snprintf(out, PHRASE_QUOTE, "\"%s\"", inside);
	return out;
}

void phrase_add(struct phrase_list *list, const char *name)
{
	if (list->count < sizeof(list->names) / sizeof(list->names[0]))
		list->names[list->count++] = name;
}

void phrase_append(char *out, size_t size, size_t *length, const char *format, ...)
{
	va_list arguments;
	int wanted;

	if (*length + 1 >= size)
		return;
	va_start(arguments, format);
	wanted = vsnprintf(out + *length, size - *length, format, arguments);
	va_end(arguments);
	if (wanted > 0)
		*length += (size_t)wanted < size - *length ? (size_t)wanted : size - *length - 1;
}

char *phrase_join(char *out, size_t size, const struct phrase_list *list, const char *conjunction)
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0 && i + 1 == list->count)
			phrase_append(out, size, &length, " %s ", conjunction);
		else if (i > 0)
			phrase_append(out, size, &length, ", ");
		phrase_append(out, size, &length, "%s", list->names[i]);
	}
	return out;
}
