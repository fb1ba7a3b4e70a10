/*
 * Writing a recording, one object a line.
 */
#include "timeline/jsonl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sockettool/text.h"
#include "timeline/base64.h"
#include "timeline/jsonl_fields.h"

/* --- Values. Each is a new one, or NULL for want of memory. --- */

static json_t *base64_value(const void *bytes, size_t n)
{
	char *text = base64_encode(bytes, n);
	json_t *value = text ? json_pack("{ss}", "base64", text) : NULL;

	free(text);
	return value;
}

static json_t *bytes_value(const char *bytes, size_t n)
{
	if (text_valid(bytes, n) && !memchr(bytes, '\0', n))
		return json_stringn(bytes, n);
	return base64_value(bytes, n);
}

static json_t *number_value(uint64_t number)
{
	return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

static json_t *address_value(const struct address *address)
{
	char host[INET6_ADDRSTRLEN];
	json_t *value;

	if (address->family == ADDRESS_UNIX)
		return json_pack("{si}", "unix", (int)address->number);
	inet_ntop(address->family == ADDRESS_IPV4 ? AF_INET : AF_INET6, address->bytes, host,
		  sizeof(host));
	value = json_pack("{sssi}", "host", host, "port", (int)address->port);
	if (value && address->number &&
	    json_object_set_new(value, "scope", number_value(address->number)) < 0) {
		json_decref(value);
		return NULL;
	}
	return value;
}

/* --- Fields. --- */

/* The numbers of all types, as one type. */
static int64_t number_at(const struct field *field, const char *entry)
{
	const void *at = entry + field->offset;
	uint64_t number;

	switch (field->type) {
	case FIELD_BOOL:
		return *(const bool *)at;
	case FIELD_INT64:
	case FIELD_TIME:
		return *(const int64_t *)at;
	case FIELD_UINT32:
		return *(const uint32_t *)at;
	case FIELD_UINT64:
		number = *(const uint64_t *)at;
		return number > INT64_MAX ? INT64_MAX : (int64_t)number;
	default:
		return *(const int *)at;
	}
}

static json_t *number_field(const struct field *field, const char *entry, bool *absent)
{
	int64_t number = number_at(field, entry);

	*absent = number == field->absent;
	return field->type == FIELD_BOOL ? json_boolean(number) : json_integer(number);
}

/* The value of a field of an entry. *absent: it has its default and is left out. */
static json_t *field_value(const struct field *field, const char *entry, bool *absent)
{
	const void *at = entry + field->offset;
	const char *text;
	size_t n;

	*absent = false;
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_BYTES:
		text = *(char *const *)at;
		n = field->type == FIELD_TEXT ? strlen(text)
					      : *(const size_t *)(entry + field->length);
		*absent = n == 0;
		return bytes_value(text, n);
	case FIELD_FRAME:
		text = *(char *const *)at;
		*absent = !text;
		return base64_value(text, text ? *(const uint32_t *)(entry + field->length) : 0);
	case FIELD_ADDRESS:
		*absent = ((const struct address *)at)->family == ADDRESS_NONE;
		return *absent ? json_null() : address_value(at);
	case FIELD_KIND:
		return json_string(call_kind_names[*(const enum call_kind *)at]);
	default:
		return number_field(field, entry, absent);
	}
}

/* --- Lines. --- */

static json_t *entry_object(const struct entry_type *type, const char *entry)
{
	json_t *object = json_pack("{ss}", "entry", type->name);

	for (size_t i = 0; object && i < type->field_count; i++) {
		bool absent;
		json_t *value = field_value(&type->fields[i], entry, &absent);

		if (value && absent) {
			json_decref(value);
		} else if (json_object_set_new(object, type->fields[i].key, value) < 0) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

/* Writes an object, which it frees, as a line. */
static int write_line(json_t *object, FILE *file)
{
	int failed;

	if (!object)
		return -ENOMEM;
	errno = 0;
	failed = json_dumpf(object, file, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	if (failed)
		return ferror(file) ? -EIO : -ENOMEM;
	return fputc('\n', file) == EOF ? -EIO : 0;
}

static int write_head(const struct recording *recording, FILE *file)
{
	json_t *object = entry_object(&recording_fields, (const char *)recording);

	if (object && (json_object_set_new(object, "format", json_string(JSONL_FORMAT)) < 0 ||
		       json_object_set_new(object, "version", json_integer(JSONL_VERSION)) < 0)) {
		json_decref(object);
		object = NULL;
	}
	return write_line(object, file);
}

static int write_entries(const struct entry_type *type, const void *entries, size_t count,
			 FILE *file)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < count; i++)
		result = write_line(entry_object(type, (const char *)entries + i * type->size),
				    file);
	return result;
}

int jsonl_write(const struct recording *recording, FILE *file)
{
	const struct {
		const void *entries;
		size_t count;
	} arrays[ENTRY_TYPES] = {
		[ENTRY_PROGRAM] = {recording->programs, recording->program_count},
		[ENTRY_INTERFACE] = {recording->interfaces, recording->interface_count},
		[ENTRY_SOCKET] = {recording->sockets, recording->socket_count},
		[ENTRY_CALL] = {recording->calls, recording->call_count},
		[ENTRY_PACKET] = {recording->packets, recording->packet_count},
	};
	int result = write_head(recording, file);

	for (int i = 0; result == 0 && i < ENTRY_TYPES; i++)
		result = write_entries(&entry_types[i], arrays[i].entries, arrays[i].count, file);
	if (result == 0)
		result = write_line(json_pack("{ss}", "entry", "end"), file);
	if (result == 0 && (fflush(file) || ferror(file)))
		result = -EIO;
	return result;
}
