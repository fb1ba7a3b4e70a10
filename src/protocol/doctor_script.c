/*
 * What a script is made of in memory: its arrays, and the table of the words it knows.
 */
#include <stdlib.h>
#include <string.h>

#include "protocol/doctor_script.h"

char doctor_upper(const char *bytes, size_t i)
{
	unsigned char byte = (unsigned char)bytes[i];

	if (byte >= 'a' && byte <= 'z')
		return (char)(byte - 0x20);
	/* U+00E0 to U+00FE are 0xC3 0xA0 to 0xC3 0xBE, their capitals 0x20 below; 0xB7 is the
	 * division sign. */
	if (i > 0 && (unsigned char)bytes[i - 1] == 0xc3 && byte >= 0xa0 && byte <= 0xbe &&
	    byte != 0xb7)
		return (char)(byte - 0x20);
	return (char)byte;
}

bool doctor_same(struct slice left, struct slice right)
{
	if (left.n != right.n)
		return false;
	for (size_t i = 0; i < left.n; i++) {
		if (doctor_upper(left.bytes, i) != doctor_upper(right.bytes, i))
			return false;
	}
	return true;
}

/* FNV-1a of the capitals. */
static uint32_t hash(const char *bytes, size_t n)
{
	uint32_t value = 2166136261U;

	for (size_t i = 0; i < n; i++)
		value = (value ^ (unsigned char)doctor_upper(bytes, i)) * 16777619U;
	return value;
}

/* The place in the table that has the word, or the free one where it belongs. */
static uint32_t *place(const struct doctor_script *script, const char *bytes, size_t n)
{
	size_t at = hash(bytes, n) & script->table_mask;

	while (script->table[at] &&
	       !doctor_same(script->symbols[script->table[at]].text, (struct slice){bytes, n}))
		at = (at + 1) & script->table_mask;
	return &script->table[at];
}

uint32_t doctor_script_symbol(const struct doctor_script *script, const char *bytes, size_t n)
{
	return *place(script, bytes, n);
}

uint32_t doctor_script_intern(struct doctor_script *script, const char *bytes, size_t n)
{
	uint32_t *at = place(script, bytes, n);

	if (!*at) {
		*at = script->symbol_count++;
		script->symbols[*at] =
			(struct doctor_symbol){.text = {bytes, n}, .key = DOCTOR_NO_KEY};
	}
	return *at;
}

struct doctor_script *doctor_script_new(uint32_t lists, uint32_t words)
{
	struct doctor_script *script = calloc(1, sizeof(*script));
	/* Besides the words there are the unknown one and BUT, and a lone (=KEY) as a rule makes an
	 * element of its own. */
	uint32_t symbols = words + 2, elements = words + lists + 1;
	size_t places = 16;

	if (!script)
		return NULL;
	while (places < (size_t)symbols * 2)
		places *= 2;
	script->table_mask = places - 1;
	script->table = calloc(places, sizeof(*script->table));
	script->symbols = calloc(symbols, sizeof(*script->symbols));
	script->keys = calloc(lists + 1, sizeof(*script->keys));
	script->rules = calloc(lists + 1, sizeof(*script->rules));
	script->reassemblies = calloc(lists + 1, sizeof(*script->reassemblies));
	script->elements = calloc(elements, sizeof(*script->elements));
	script->members = calloc(words + 1, sizeof(*script->members));
	if (!script->table || !script->symbols || !script->keys || !script->rules ||
	    !script->reassemblies || !script->elements || !script->members) {
		doctor_script_free(script);
		return NULL;
	}
	script->symbol_count = 1;
	script->symbols[0].key = DOCTOR_NO_KEY;
	script->none = script->farewell = script->memory_key = DOCTOR_NO_KEY;
	script->but = doctor_script_intern(script, "BUT", 3);
	return script;
}

void doctor_script_free(struct doctor_script *script)
{
	if (!script)
		return;
	free(script->table);
	free(script->symbols);
	free(script->keys);
	free(script->rules);
	free(script->reassemblies);
	free(script->elements);
	free(script->members);
	free(script);
}
