/*
 * Layers and fields in the order in which they were found.
 */
#include "timeline/packet_layers.h"

#include <stdarg.h>
#include <stdio.h>

void layers_clear(struct layers *layers)
{
	layers->count = layers->field_count = layers->text_length = 0;
}

void layers_begin(struct layers *layers, const char *kind, const char *name, size_t offset,
		  size_t header, size_t length)
{
	if (!layers || layers->count == LAYERS_MAX)
		return;
	layers->layer[layers->count++] = (struct layer){
		.kind = kind,
		.name = name,
		.offset = offset,
		.header = header,
		.length = length,
		.trait = "",
		.first_field = layers->field_count,
	};
}

void layers_field(struct layers *layers, const char *name, const char *format, ...)
{
	size_t room;
	char *value;
	va_list arguments;

	if (!layers || !layers->count || layers->field_count == LAYERS_FIELDS_MAX)
		return;
	value = layers->text + layers->text_length;
	room = sizeof(layers->text) - layers->text_length;
	va_start(arguments, format);
	int length = vsnprintf(value, room, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= room)
		return;
	layers->text_length += (size_t)length + 1;
	layers->fields[layers->field_count++] = (struct field){name, value};
	layers->layer[layers->count - 1].field_count++;
}

void layers_trait(struct layers *layers, const char *trait)
{
	if (layers && layers->count && !layers->layer[layers->count - 1].trait[0])
		layers->layer[layers->count - 1].trait = trait;
}
