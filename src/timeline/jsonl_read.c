/*
 * Reading a recording, one object a line. Nothing in the file is believed: numbers are checked
 * against their bounds, indices against what came before, and a line may be so long and no longer.
 */
#include "timeline/jsonl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "timeline/base64.h"
#include "timeline/jsonl_fields.h"

enum { LINE_MAX_BYTES = 4 << 20 };

/* Times so late that nothing overflows when they are compared. */
static const int64_t time_max = INT64_MAX / 4;

struct reading {
	FILE *file;
	const char *name;
	struct error *error;
	struct recording *recording;
	size_t line;
	char *text; /* of the line */
	size_t length, capacity;
};

/* --- What went wrong. Each returns false. --- */

static bool refuse(const struct reading *reading, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(const struct reading *reading, const char *format, ...)
{
	char reason[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	error_set(reading->error, STATUS_PROTOCOL, EINVAL, "%s, line %zu: %s", reading->name,
		  reading->line, reason);
	return false;
}

static bool no_memory(const struct reading *reading)
{
	error_system(reading->error, ENOMEM, "%s, line %zu", reading->name, reading->line);
	return false;
}

/* --- Values. --- */

/* The bytes of a string or of {"base64": "..."}, with a NUL behind them. The caller frees them. */
static bool read_bytes(const struct reading *reading, const char *key, const json_t *value,
		       char **bytes, size_t *n)
{
	const char *base64 = json_string_value(json_object_get(value, "base64"));

	if (json_is_string(value)) {
		*n = json_string_length(value);
		*bytes = malloc(*n + 1);
		if (*bytes)
			memcpy(*bytes, json_string_value(value), *n);
	} else if (base64) {
		errno = 0;
		*bytes = base64_decode(base64, n);
		if (!*bytes && errno == EINVAL)
			return refuse(reading, "\"%s\" is no base64", key);
	} else {
		return refuse(reading, "\"%s\" is no string", key);
	}
	if (!*bytes)
		return no_memory(reading);
	(*bytes)[*n] = '\0';
	return true;
}

/* A field that is a text, some bytes, or a frame. */
static bool read_text(const struct reading *reading, const struct field *field, const json_t *value,
		      char *entry)
{
	void *at = entry + field->offset, *length = entry + field->length;
	char *bytes = NULL;
	size_t n = 0;
	bool done = true;

	if (!read_bytes(reading, field->key, value, &bytes, &n))
		return false;
	if (field->type == FIELD_TEXT) {
		done = recording_set(at, bytes);
	} else if (field->type == FIELD_BYTES) {
		done = recording_set_bytes(at, length, bytes, n);
	} else {
		*(uint8_t **)at = (uint8_t *)bytes;
		*(uint32_t *)length = (uint32_t)n;
		bytes = NULL;
	}
	free(bytes);
	return done || no_memory(reading);
}

static bool read_number(const struct reading *reading, const char *key, const json_t *value,
			int64_t min, int64_t max, int64_t *number)
{
	if (!json_is_integer(value))
		return refuse(reading, "\"%s\" is no whole number", key);
	*number = json_integer_value(value);
	if (*number < min || *number > max)
		return refuse(reading, "\"%s\" is %" JSON_INTEGER_FORMAT ", which cannot be", key,
			      (json_int_t)*number);
	return true;
}

static bool read_address(const struct reading *reading, const char *key, const json_t *value,
			 struct address *address)
{
	const char *host = json_string_value(json_object_get(value, "host"));
	const json_t *unix_process = json_object_get(value, "unix");
	const json_t *scope = json_object_get(value, "scope");
	int64_t number = 0;

	if (unix_process) {
		if (!read_number(reading, key, unix_process, 0, INT_MAX, &number))
			return false;
		*address = (struct address){.family = ADDRESS_UNIX, .number = (uint32_t)number};
		return true;
	}
	if (host && inet_pton(AF_INET, host, address->bytes) == 1)
		address->family = ADDRESS_IPV4;
	else if (host && inet_pton(AF_INET6, host, address->bytes) == 1)
		address->family = ADDRESS_IPV6;
	else
		return refuse(reading, "\"%s\" is no address", key);
	if (scope && !read_number(reading, key, scope, 0, UINT32_MAX, &number))
		return false;
	address->number = (uint32_t)number;
	if (!read_number(reading, key, json_object_get(value, "port"), 0, UINT16_MAX, &number))
		return false;
	address->port = (uint16_t)number;
	return true;
}

static bool read_kind(const struct reading *reading, const json_t *value, enum call_kind *kind)
{
	const char *name = json_string_value(value);

	for (size_t i = 0; name && i < call_kind_count; i++) {
		if (strcmp(name, call_kind_names[i]) == 0) {
			*kind = (enum call_kind)i;
			return true;
		}
	}
	return refuse(reading, "no such kind of call");
}

/* --- Fields. --- */

struct bounds {
	int64_t min, max;
};

/* What a number may be. Indices are of entries that came before. */
static struct bounds bounds_of(const struct reading *reading, enum field_type type)
{
	const struct recording *recording = reading->recording;

	switch (type) {
	case FIELD_INT64:
		return (struct bounds){INT64_MIN, INT64_MAX};
	case FIELD_TIME:
		return (struct bounds){-1, time_max};
	case FIELD_UINT32:
		return (struct bounds){0, UINT32_MAX};
	case FIELD_UINT64:
		return (struct bounds){0, INT64_MAX};
	case FIELD_PROGRAM:
		return (struct bounds){-1, (int64_t)recording->program_count - 1};
	case FIELD_SOCKET:
		return (struct bounds){-1, (int64_t)recording->socket_count - 1};
	case FIELD_INTERFACE:
		return (struct bounds){-1, (int64_t)recording->interface_count - 1};
	default:
		return (struct bounds){INT_MIN, INT_MAX};
	}
}

static bool read_number_field(const struct reading *reading, const struct field *field,
			      const json_t *value, char *entry)
{
	struct bounds bounds = bounds_of(reading, field->type);
	void *at = entry + field->offset;
	int64_t number = 0;

	if (!read_number(reading, field->key, value, bounds.min, bounds.max, &number))
		return false;
	switch (field->type) {
	case FIELD_INT64:
	case FIELD_TIME:
		*(int64_t *)at = number;
		break;
	case FIELD_UINT64:
		*(uint64_t *)at = (uint64_t)number;
		break;
	case FIELD_UINT32:
		*(uint32_t *)at = (uint32_t)number;
		break;
	default:
		*(int *)at = (int)number;
	}
	return true;
}

static bool read_field(const struct reading *reading, const struct field *field,
		       const json_t *value, char *entry)
{
	void *at = entry + field->offset;

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_FRAME:
		return read_text(reading, field, value, entry);
	case FIELD_ADDRESS:
		return read_address(reading, field->key, value, at);
	case FIELD_KIND:
		return read_kind(reading, value, at);
	case FIELD_BOOL:
		if (!json_is_boolean(value))
			return refuse(reading, "\"%s\" is neither true nor false", field->key);
		*(bool *)at = json_is_true(value);
		return true;
	default:
		return read_number_field(reading, field, value, entry);
	}
}

static bool read_fields(const struct reading *reading, const struct entry_type *type,
			const json_t *object, char *entry)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		const json_t *value = json_object_get(object, field->key);

		if (value && !read_field(reading, field, value, entry))
			return false;
	}
	return true;
}

/* --- Lines. --- */

/* Adds an entry. Returns it, or NULL. */
static char *add_entry(struct recording *recording, int type)
{
	int index;

	switch (type) {
	case ENTRY_PROGRAM:
		index = recording_add_program(recording);
		return index < 0 ? NULL : (char *)&recording->programs[index];
	case ENTRY_INTERFACE:
		index = recording_add_interface(recording);
		return index < 0 ? NULL : (char *)&recording->interfaces[index];
	case ENTRY_SOCKET:
		index = recording_add_socket(recording);
		return index < 0 ? NULL : (char *)&recording->sockets[index];
	case ENTRY_CALL:
		index = recording_add_call(recording);
		return index < 0 ? NULL : (char *)&recording->calls[index];
	default:
		index = recording_add_packet(recording);
		return index < 0 ? NULL : (char *)&recording->packets[index];
	}
}

static bool read_entry(const struct reading *reading, const char *name, const json_t *object)
{
	char *entry;

	for (int i = 0; i < ENTRY_TYPES; i++) {
		if (strcmp(name, entry_types[i].name) != 0)
			continue;
		entry = add_entry(reading->recording, i);
		if (!entry)
			return refuse(reading, "there is no room for another %s", name);
		return read_fields(reading, &entry_types[i], object, entry);
	}
	return refuse(reading, "no such entry");
}

/* Reads the next line into text. Returns false at the end of the file, and where something is
 * wrong, which *failed tells apart. */
static bool next_line(struct reading *reading, bool *failed)
{
	int character;

	*failed = false;
	reading->length = 0;
	reading->line++;
	while ((character = getc_unlocked(reading->file)) != EOF && character != '\n') {
		if (reading->length == reading->capacity) {
			size_t capacity = reading->capacity ? 2 * reading->capacity : 4096;
			char *more = capacity <= LINE_MAX_BYTES ? realloc(reading->text, capacity)
								: NULL;

			*failed = !more;
			if (capacity > LINE_MAX_BYTES)
				return refuse(reading, "the line is too long");
			if (!more)
				return no_memory(reading);
			reading->text = more;
			reading->capacity = capacity;
		}
		reading->text[reading->length++] = (char)character;
	}
	if (ferror(reading->file)) {
		*failed = true;
		error_system(reading->error, errno ? errno : EIO, "read %s", reading->name);
		return false;
	}
	return character != EOF || reading->length > 0;
}

/* The object of the line, and its type. NULL: the error says why. */
static json_t *parse_line(const struct reading *reading, const char **type)
{
	json_error_t error;
	json_t *object = json_loadb(reading->length ? reading->text : "", reading->length,
				    JSON_REJECT_DUPLICATES, &error);

	if (!object) {
		refuse(reading,
		       reading->line == 1
			       ? "no recording that --save has written (%s); a capture is drawn "
				 "by --pcap-in"
			       : "%s",
		       error.text);
		return NULL;
	}
	*type = json_string_value(json_object_get(object, "entry"));
	if (!*type) {
		refuse(reading, "a line without \"entry\"");
		json_decref(object);
		return NULL;
	}
	return object;
}

static bool read_head(const struct reading *reading, const char *type, const json_t *object)
{
	const char *format = json_string_value(json_object_get(object, "format"));
	json_int_t version = json_integer_value(json_object_get(object, "version"));

	if (strcmp(type, recording_fields.name) != 0 || !format ||
	    strcmp(format, JSONL_FORMAT) != 0)
		return refuse(reading, "this is no saved timeline");
	if (version != JSONL_VERSION)
		return refuse(reading,
			      "the timeline was saved in version %" JSON_INTEGER_FORMAT
			      " of its format, and this program reads version %d",
			      version, JSONL_VERSION);
	return read_fields(reading, &recording_fields, object, (char *)reading->recording);
}

/* Reads a line. *ended: it was the last one. */
static bool read_line(const struct reading *reading, bool *ended)
{
	const char *type;
	json_t *object = parse_line(reading, &type);
	bool done;

	if (!object)
		return false;
	*ended = reading->line > 1 && strcmp(type, "end") == 0;
	if (*ended)
		done = true;
	else if (reading->line == 1)
		done = read_head(reading, type, object);
	else
		done = read_entry(reading, type, object);
	json_decref(object);
	return done;
}

static bool read_all(struct reading *reading)
{
	bool failed, ended = false;

	while (!ended && next_line(reading, &failed))
		if (!read_line(reading, &ended))
			return false;
	if (ended)
		return true;
	return failed ? false : refuse(reading, "the file ends before the timeline does");
}

struct recording *jsonl_read(FILE *file, const char *name, struct error *error)
{
	struct reading reading = {.file = file, .name = name, .error = error};
	bool done;

	reading.recording = recording_new();
	done = reading.recording ? read_all(&reading) : no_memory(&reading);
	free(reading.text);
	if (!done) {
		recording_free(reading.recording);
		return NULL;
	}
	return reading.recording;
}
