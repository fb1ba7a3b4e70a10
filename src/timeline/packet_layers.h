/*
 * A packet opened: its layers from the outside in, and their header fields with values in words.
 *
 * Everything is of fixed size, so that opening a stranger's packet needs no memory that it chooses;
 * what does not fit is left out. Values point into the structure itself: it cannot be copied.
 */
#ifndef TIMELINE_PACKET_LAYERS_H
#define TIMELINE_PACKET_LAYERS_H

#include <stddef.h>
#include <stdint.h>

enum { LAYERS_MAX = 16, LAYERS_FIELDS_MAX = 160, LAYERS_TEXT = 8192 };

struct field {
	const char *name;  /* constant: "source port" */
	const char *value; /* in words, escaped: "0x0800, IPv4" */
};

struct layer {
	const char *kind;  /* "link", "network", "transport" or "data" */
	const char *name;  /* "Ethernet" */
	size_t offset;     /* where it begins in the frame */
	size_t header;     /* bytes of its header that the frame has; of data 0 */
	size_t length;     /* bytes of header and payload that the frame has */
	const char *trait; /* a sentence about what is odd or missing, or "" */
	size_t first_field, field_count;
};

struct layers {
	struct layer layer[LAYERS_MAX];
	size_t count;
	struct field fields[LAYERS_FIELDS_MAX];
	size_t field_count;
	char text[LAYERS_TEXT];
	size_t text_length;
};

void layers_clear(struct layers *);

/* Adds a layer; fields that are added from now on are its own. NULL layers: nothing happens, in
 * this function and all below. */
void layers_begin(struct layers *, const char *kind, const char *name, size_t offset, size_t header,
		  size_t length);

/* Adds a field to the newest layer. */
void layers_field(struct layers *, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Says something about the newest layer, if nothing has been said yet. The text is constant. */
void layers_trait(struct layers *, const char *trait);

#endif
