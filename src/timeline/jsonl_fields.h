/*
 * The fields of a recording's entries, by which they are both written and read.
 */
#ifndef TIMELINE_JSONL_FIELDS_H
#define TIMELINE_JSONL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSONL_VERSION = 1 };

#define JSONL_FORMAT "sockettool timeline"

enum field_type {
	FIELD_BOOL,
	FIELD_INT,
	FIELD_INT64,
	FIELD_TIME, /* -1 or more */
	FIELD_UINT32,
	FIELD_UINT64,
	FIELD_TEXT,
	FIELD_BYTES, /* char * and a size_t at length */
	FIELD_FRAME, /* uint8_t * and a uint32_t at length */
	FIELD_ADDRESS,
	FIELD_KIND,    /* enum call_kind, by its name */
	FIELD_PROGRAM, /* indices, or -1 */
	FIELD_SOCKET,
	FIELD_INTERFACE,
};

struct field {
	const char *key;
	enum field_type type;
	size_t offset, length;
	int absent; /* the number that a field has which is left out */
};

/* An array of a recording. */
struct entry_type {
	const char *name; /* "call" */
	const struct field *fields;
	size_t field_count;
	size_t size;
};

enum { ENTRY_PROGRAM, ENTRY_INTERFACE, ENTRY_SOCKET, ENTRY_CALL, ENTRY_PACKET, ENTRY_TYPES };

extern const struct entry_type entry_types[ENTRY_TYPES];

/* The recording's own. */
extern const struct entry_type recording_fields;

/* The names of enum call_kind. */
extern const char *const call_kind_names[];
extern const size_t call_kind_count;

#endif
