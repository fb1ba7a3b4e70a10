/*
 * A packet as boxes within boxes.
 */
#include "timeline/packet_view.h"

#include <stdlib.h>
#include <string.h>

#include "sockettool/text.h"
#include "timeline/packet_layers.h"
#include "timeline/packet_parse.h"

enum {
	WIDTH_MIN = 60,
	FRAME = 4,        /* columns that a box takes: "| " and " |" */
	TITLE_FRAME = 5,  /* columns around a title: "+- " and " +" */
	CONTENT_MIN = 44, /* columns that the innermost box has */
	NAME = 20,        /* columns for a field's name */
	INDENT = 2,       /* of a field within its box */
	LINE_MAX_BYTES = 4096,
};

/* Of the box-drawing characters, or what ASCII has for them. */
struct pen {
	const char *bar, *dash;
	const char *top_left, *top_right, *bottom_left, *bottom_right, *top, *bottom;
	const char *arrow;
};

static const struct pen pens[] = {
	{"│", "─", "┌", "┐", "└", "┘", "┬", "┴", "→"},
	{"|", "-", "+", "+", "+", "+", "+", "+", "->"},
};

struct canvas {
	FILE *file;
	const struct pen *pen;
	size_t width, depth; /* depth: boxes that are open */
};

/* --- Lines and edges. --- */

static void repeat(const struct canvas *canvas, const char *text, size_t times)
{
	while (times-- > 0)
		fputs(text, canvas->file);
}

static void put_margin(const struct canvas *canvas)
{
	for (size_t i = 0; i < canvas->depth; i++)
		fprintf(canvas->file, "%s ", canvas->pen->bar);
}

static void end_margin(const struct canvas *canvas)
{
	for (size_t i = 0; i < canvas->depth; i++)
		fprintf(canvas->file, " %s", canvas->pen->bar);
	fputc('\n', canvas->file);
}

static size_t room(const struct canvas *canvas)
{
	return canvas->width - FRAME * canvas->depth;
}

static void put_line(const struct canvas *canvas, const char *text, size_t n)
{
	size_t columns = text_columns(text, n);

	put_margin(canvas);
	fwrite(text, 1, n, canvas->file);
	if (canvas->depth) {
		repeat(canvas, " ", columns < room(canvas) ? room(canvas) - columns : 0);
		end_margin(canvas);
	} else {
		fputc('\n', canvas->file);
	}
}

/* How many bytes of the text fit in so many columns, ending before a space if there is one. */
static size_t fitting(const char *text, size_t columns)
{
	const char *at = text, *end = text + strlen(text);
	size_t used = 0, space = 0;

	while (at < end) {
		const char *start = at;
		text_next(&at, end);
		used += text_columns(start, (size_t)(at - start));
		if (used > columns)
			return space          ? space
			       : start > text ? (size_t)(start - text)
					      : (size_t)(at - text);
		if (*start == ' ' && start > text)
			space = (size_t)(start - text);
	}
	return (size_t)(end - text);
}

/* Writes "  name  text", and what does not fit in lines below, where the text begins. */
static void put_wrapped(const struct canvas *canvas, const char *name, const char *text)
{
	size_t indent = INDENT + (name ? NAME : 0);
	char line[LINE_MAX_BYTES];

	do {
		size_t n = fitting(text, room(canvas) - indent);
		int length = snprintf(line, sizeof(line), "%*s%-*s%.*s", INDENT, "",
				      name ? NAME : 0, name ? name : "", (int)n, text);
		put_line(canvas, line,
			 (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
		text += n;
		text += strspn(text, " ");
		name = name ? "" : NULL;
	} while (*text);
}

static void open_box(struct canvas *canvas, const char *title)
{
	const struct pen *pen = canvas->pen;
	size_t most = room(canvas) - TITLE_FRAME, n = fitting(title, most);

	put_margin(canvas);
	fprintf(canvas->file, "%s%s %.*s ", pen->top_left, pen->dash, (int)n, title);
	repeat(canvas, pen->dash, most - text_columns(title, n));
	fputs(pen->top_right, canvas->file);
	end_margin(canvas);
	canvas->depth++;
}

static void close_box(struct canvas *canvas)
{
	canvas->depth--;
	put_margin(canvas);
	fputs(canvas->pen->bottom_left, canvas->file);
	repeat(canvas, canvas->pen->dash, room(canvas) - 2);
	fputs(canvas->pen->bottom_right, canvas->file);
	end_margin(canvas);
}

/* --- The strip: the parts of the frame side by side, in the order of its bytes. --- */

static size_t part_bytes(const struct layer *layer)
{
	return strcmp(layer->kind, "data") ? layer->header : layer->length;
}

static void strip_edge(const struct canvas *canvas, const struct layers *layers, const char *left,
		       const char *middle, const char *right)
{
	fputs(left, canvas->file);
	for (size_t i = 0; i < layers->count; i++) {
		int columns = snprintf(NULL, 0, " %s %zu ", layers->layer[i].name,
				       part_bytes(&layers->layer[i]));
		repeat(canvas, canvas->pen->dash, (size_t)columns);
		fputs(i + 1 < layers->count ? middle : right, canvas->file);
	}
	fputc('\n', canvas->file);
}

static void put_strip(const struct canvas *canvas, const struct layers *layers,
		      const struct packet *packet)
{
	const struct pen *pen = canvas->pen;

	strip_edge(canvas, layers, pen->top_left, pen->top, pen->top_right);
	for (size_t i = 0; i < layers->count; i++)
		fprintf(canvas->file, "%s %s %zu ", pen->bar, layers->layer[i].name,
			part_bytes(&layers->layer[i]));
	fprintf(canvas->file, "%s %u bytes", pen->bar, packet->frame_original);
	if (packet->frame_length < packet->frame_original)
		fprintf(canvas->file, ", of which %u were captured", packet->frame_length);
	fputc('\n', canvas->file);
	strip_edge(canvas, layers, pen->bottom_left, pen->bottom, pen->bottom_right);
}

/* --- Layers. --- */

static void put_bytes(const struct canvas *canvas, const struct span *data, size_t max)
{
	size_t shown = data->length < max ? data->length : max;
	size_t per_line = room(canvas) >= INDENT + 6 + 3 * 16 + 1 + 16 ? 16 : 8;
	char line[160];

	for (size_t at = 0; at < shown; at += per_line) {
		int length = snprintf(line, sizeof(line), "%*s%04zx  ", INDENT, "", at);
		for (size_t i = at; i < at + per_line; i++)
			length += i < shown ? snprintf(line + length, sizeof(line) - (size_t)length,
						       "%02x ", data->bytes[i])
					    : snprintf(line + length, sizeof(line) - (size_t)length,
						       "   ");
		line[length++] = ' ';
		for (size_t i = at; i < at + per_line && i < shown; i++)
			line[length++] = data->bytes[i] >= ' ' && data->bytes[i] < 0x7f
						 ? (char)data->bytes[i]
						 : '.';
		put_line(canvas, line, (size_t)length);
	}
	if (shown < data->length) {
		snprintf(line, sizeof(line), "and %zu bytes more", data->length - shown);
		put_wrapped(canvas, NULL, line);
	}
}

static void put_numbers(const struct canvas *canvas, const struct packet *packet,
			const struct relative *relative)
{
	char text[120];

	if (relative) {
		int length = snprintf(text, sizeof(text), "sequence %u", relative->sequence);
		if (packet->flags & PACKET_ACK)
			snprintf(text + length, sizeof(text) - (size_t)length,
				 ", acknowledgement %u", relative->acknowledgement);
		put_wrapped(canvas, "counted from SYN", text);
	}
	if (packet->retransmission)
		put_wrapped(canvas, NULL,
			    "retransmission: this, or a part of it, had been sent before");
}

static void open_layer(struct canvas *canvas, const struct layer *layer)
{
	bool is_data = !strcmp(layer->kind, "data");
	char title[160];
	int length;

	if (is_data)
		length = snprintf(title, sizeof(title), "data: %zu byte%s", layer->length,
				  layer->length == 1 ? "" : "s");
	else
		length = snprintf(title, sizeof(title),
				  "%s, %s layer: %zu bytes of header, %zu of payload", layer->name,
				  layer->kind, layer->header, layer->length - layer->header);
	/* Deep within other boxes there is room for the name only. */
	if (!is_data && (!layer->header || (size_t)length + TITLE_FRAME > room(canvas)))
		snprintf(title, sizeof(title), "%s, %s layer", layer->name, layer->kind);
	open_box(canvas, title);
}

static void put_layer(struct canvas *canvas, const struct layers *layers, const struct layer *layer,
		      const struct packet *packet, const struct relative *relative)
{
	open_layer(canvas, layer);
	for (size_t i = 0; i < layer->field_count; i++) {
		const struct field *field = &layers->fields[layer->first_field + i];
		put_wrapped(canvas, field->name, field->value);
	}
	if (!strcmp(layer->name, "TCP"))
		put_numbers(canvas, packet, relative);
	if (layer->trait[0])
		put_wrapped(canvas, NULL, layer->trait);
}

/* --- A packet whose frame was not kept. --- */

static void describe_network(struct layers *layers, const struct packet *packet)
{
	char text[ADDRESS_TEXT];

	layers_begin(layers, "network", packet->from.family == ADDRESS_IPV6 ? "IPv6" : "IPv4", 0, 0,
		     packet->length);
	layers_field(layers, "source", "%s", address_host_text(text, &packet->from));
	layers_field(layers, "destination", "%s", address_host_text(text, &packet->to));
	layers_trait(layers, "the frame was not kept: this is what is known of it");
}

static void describe_transport(struct layers *layers, const struct packet *packet)
{
	layers_begin(layers, "transport", packet->udp ? "UDP" : "TCP", 0, 0, packet->length);
	layers_field(layers, "source port", "%u", packet->from.port);
	layers_field(layers, "destination port", "%u", packet->to.port);
	if (!packet->udp) {
		layers_field(layers, "sequence number", "%u", packet->sequence);
		layers_field(layers, "acknowledgement", "%u", packet->acknowledgement);
		layers_field(layers, "window", "%u", packet->window);
	}
	if (packet->length)
		layers_begin(layers, "data", "data", 0, 0, packet->length);
}

/* --- The whole. --- */

/* Gets the layers and the data, from the frame or from what was kept of it. */
static void open_packet(struct layers *layers, struct span *data, const struct recording *recording,
			const struct packet *packet)
{
	struct packet ignored;
	struct frame frame = {.link_type = -1,
			      .bytes = packet->frame,
			      .length = packet->frame_length,
			      .original = packet->frame_original};

	layers_clear(layers);
	*data = (struct span){(const uint8_t *)packet->data, packet->data_length};
	if (packet->interface >= 0 && (size_t)packet->interface < recording->interface_count)
		frame.link_type = recording->interfaces[packet->interface].link_type;
	if (packet->frame && packet_parse(&ignored, data, layers, &frame))
		return;
	layers_clear(layers);
	describe_network(layers, packet);
	describe_transport(layers, packet);
}

static void put_title(const struct canvas *canvas, const struct recording *recording, size_t index,
		      const struct relative *relative)
{
	const struct packet *packet = &recording->packets[index];
	char from[ADDRESS_TEXT], to[ADDRESS_TEXT], words[400], name[100] = "";

	if (packet->interface >= 0 && (size_t)packet->interface < recording->interface_count) {
		const char *text = recording->interfaces[packet->interface].name;
		text_escape(name, sizeof(name), text, strlen(text));
	}
	packet_words(words, sizeof(words), packet, relative, 40);
	fprintf(canvas->file, "packet %zu, %.3f ms%s%s: %s %s %s, %s\n", index + 1,
		(double)packet->when / 1e6, name[0] ? ", " : "", name,
		address_text(from, &packet->from), canvas->pen->arrow,
		address_text(to, &packet->to), words);
}

bool packet_draw(FILE *file, const struct packet_view *view, const struct recording *recording,
		 size_t index, const struct relative *relative)
{
	const struct packet *packet = &recording->packets[index];
	struct layers *layers = malloc(sizeof(*layers));
	struct canvas canvas = {.file = file, .pen = &pens[view->ascii], .width = view->width};
	struct span data;

	if (!layers)
		return false;
	open_packet(layers, &data, recording, packet);
	if (canvas.width < WIDTH_MIN)
		canvas.width = WIDTH_MIN;
	if (canvas.width < CONTENT_MIN + FRAME * layers->count)
		canvas.width = CONTENT_MIN + FRAME * layers->count;
	put_title(&canvas, recording, index, relative);
	if (packet->frame)
		put_strip(&canvas, layers, packet);
	for (size_t i = 0; i < layers->count; i++)
		put_layer(&canvas, layers, &layers->layer[i], packet, relative);
	if (packet->length)
		put_bytes(&canvas, &data, view->bytes);
	while (canvas.depth)
		close_box(&canvas);
	free(layers);
	return !ferror(file);
}

bool packet_draw_all(FILE *file, const struct packet_view *view, const struct recording *recording)
{
	struct relative *relative = sequence_relative(recording);
	bool done = relative != NULL;

	for (size_t i = 0; done && i < recording->packet_count; i++)
		done = packet_draw(file, view, recording, i, &relative[i]);
	free(relative);
	return done;
}

char *packet_drawing(const struct packet_view *view, const struct recording *recording,
		     size_t packet, const struct relative *relative)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	bool done;

	if (!file)
		return NULL;
	done = packet_draw(file, view, recording, packet, relative);
	if (fclose(file) || !done) {
		free(text);
		return NULL;
	}
	return text;
}
