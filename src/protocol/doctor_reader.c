/*
 * Reads a script's text: the greeting, the keywords, MEMORY, and what they refer to. The form
 * allows only so many levels of lists, so that nothing here calls itself, whatever the text.
 */
#include <stdio.h>

#include "protocol/doctor_reader.h"

/* --- Entries. --- */

static bool read_precedence(struct doctor_reader *reader, struct doctor_key *key)
{
	struct slice rest;

	if (!doctor_reader_split_number(reader->text, DOCTOR_PRECEDENCE_MAX, &key->precedence,
					&rest) ||
	    rest.n)
		return doctor_reader_unexpected(reader, "=, a precedence, DLIST or a rule");
	if (key->precedence > DOCTOR_PRECEDENCE_MAX)
		return doctor_reader_fail(reader, reader->text.bytes, "a precedence is at most %d",
					  DOCTOR_PRECEDENCE_MAX);
	doctor_reader_advance(reader);
	return true;
}

static bool read_substitute(struct doctor_reader *reader, struct doctor_key *key)
{
	doctor_reader_advance(reader);
	if (reader->token != TOKEN_WORD)
		return doctor_reader_unexpected(reader, "a substitute");
	key->substitute.text = reader->text;
	key->substitute.symbol = doctor_reader_intern(reader, reader->text);
	doctor_reader_advance(reader);
	return true;
}

/* After DLIST: (/TAG TAG) */
static bool read_dlist(struct doctor_reader *reader, uint64_t *tags)
{
	doctor_reader_advance(reader);
	if (!doctor_reader_take(reader, TOKEN_OPEN, "DLIST's (/TAG)"))
		return false;
	if (doctor_reader_take_mark(reader) != '/')
		return doctor_reader_unexpected(reader, "/TAG");
	return doctor_reader_tags(reader, tags);
}

/* What follows a keyword, up to the end of its list. */
static bool read_key(struct doctor_reader *reader, struct doctor_key *key, uint64_t *tags)
{
	bool fine = true;

	key->rules.first = reader->script->rule_count;
	if (reader->token == TOKEN_EQUALS)
		fine = read_substitute(reader, key);
	while (fine && reader->token != TOKEN_CLOSE) {
		if (reader->token == TOKEN_OPEN) {
			doctor_reader_advance(reader);
			fine = doctor_reader_rule(reader, key);
		} else if (doctor_reader_at_word(reader, "DLIST")) {
			fine = read_dlist(reader, tags);
		} else if (reader->token == TOKEN_WORD) {
			fine = read_precedence(reader, key);
		} else {
			fine = doctor_reader_unexpected(reader, "a rule or )");
		}
	}
	return fine && doctor_reader_take(reader, TOKEN_CLOSE, ")");
}

/* An ordinary keyword, or NONE and FAREWELL, which no word of a peer reaches. */
static bool read_keyword(struct doctor_reader *reader)
{
	struct doctor_script *script = reader->script;
	int32_t number = (int32_t)script->key_count++;
	struct doctor_key *key = &script->keys[number];
	bool reserved = doctor_reader_at_word(reader, "NONE") ||
			doctor_reader_at_word(reader, "FAREWELL");
	uint32_t symbol = doctor_reader_intern(reader, reader->text);
	int32_t *slot = doctor_reader_at_word(reader, "NONE") ? &script->none
			: reserved                            ? &script->farewell
							      : &script->symbols[symbol].key;
	uint64_t tags = 0;

	key->name = reader->text;
	if (*slot != DOCTOR_NO_KEY)
		return doctor_reader_fail(reader, reader->text.bytes,
					  "\"%.*s\" has been defined before",
					  doctor_reader_shown(reader), reader->text.bytes);
	*slot = number;
	const char *at = reader->text.bytes;
	doctor_reader_advance(reader);
	if (!read_key(reader, key, &tags))
		return false;
	if (reserved && key->rules.count == 0)
		return doctor_reader_fail(reader, at, "NONE and FAREWELL need a rule");
	script->symbols[symbol].tags |= tags;
	return true;
}

/* (decomposition = reassembly) of MEMORY, after its parenthesis. */
static bool read_memory_rule(struct doctor_reader *reader)
{
	struct doctor_rule *rule = &reader->script->rules[reader->script->rule_count++];

	if (!doctor_reader_pattern(reader, rule) ||
	    !doctor_reader_take(reader, TOKEN_EQUALS, "an element or ="))
		return false;
	rule->reassemblies.first = reader->script->reassembly_count;
	struct doctor_reassembly *reassembly =
		doctor_reader_add_reassembly(reader, DOCTOR_SAY, &rule->reassemblies);
	return doctor_reader_reassembly_words(reader, rule->elements.count, &reassembly->elements);
}

static bool read_memory(struct doctor_reader *reader)
{
	struct doctor_script *script = reader->script;

	if (script->memory.count)
		return doctor_reader_fail(reader, reader->text.bytes,
					  "MEMORY has been defined before");
	doctor_reader_advance(reader);
	if (reader->token != TOKEN_WORD)
		return doctor_reader_unexpected(reader, "MEMORY's keyword");
	/* The key is looked up when all keys are known; until then this is its name. */
	struct doctor_reassembly *link = &script->reassemblies[script->reassembly_count++];
	*link = (struct doctor_reassembly){.act = DOCTOR_LINK, .at = reader->text.bytes};
	link->symbol = doctor_reader_intern(reader, reader->text);
	script->memory_key = (int32_t)script->reassembly_count - 1;
	doctor_reader_advance(reader);
	script->memory.first = script->rule_count;
	for (; script->memory.count < DOCTOR_MEMORY_RULES; script->memory.count++) {
		if (!doctor_reader_take(reader, TOKEN_OPEN,
					"one of MEMORY's four transformations") ||
		    !read_memory_rule(reader))
			return false;
	}
	return doctor_reader_take(reader, TOKEN_CLOSE, ") after MEMORY's four transformations");
}

/* --- The script. --- */

/* Finds the keys that links name. */
static bool resolve(struct doctor_reader *reader)
{
	struct doctor_script *script = reader->script;

	for (uint32_t i = 0; i < script->reassembly_count; i++) {
		struct doctor_reassembly *link = &script->reassemblies[i];
		if (link->act != DOCTOR_LINK && link->act != DOCTOR_PRE)
			continue;
		const struct doctor_symbol *symbol = &script->symbols[link->symbol];
		reader->text = symbol->text;
		link->key = symbol->key;
		if (link->key == DOCTOR_NO_KEY &&
		    doctor_same(symbol->text, (struct slice){"NONE", 4}))
			link->key = script->none;
		if (link->key == DOCTOR_NO_KEY)
			return doctor_reader_fail(reader, link->at, "there is no keyword \"%.*s\"",
						  doctor_reader_shown(reader), symbol->text.bytes);
	}
	if (script->memory_key != DOCTOR_NO_KEY)
		script->memory_key = script->reassemblies[script->memory_key].key;
	return true;
}

static bool read_greetings(struct doctor_reader *reader)
{
	struct doctor_script *script = reader->script;

	if (reader->token != TOKEN_OPEN)
		return doctor_reader_unexpected(reader, "( of the greeting");
	while (reader->token == TOKEN_OPEN) {
		doctor_reader_advance(reader);
		struct doctor_reassembly *greeting =
			doctor_reader_add_reassembly(reader, DOCTOR_SAY, &script->greetings);
		while (reader->token == TOKEN_WORD) {
			doctor_reader_add_element(reader, DOCTOR_WORD, &greeting->elements);
			doctor_reader_advance(reader);
		}
		if (!doctor_reader_take(reader, TOKEN_CLOSE,
					"a word or ) of a greeting, before START,"))
			return false;
	}
	if (!doctor_reader_at_word(reader, "START"))
		return doctor_reader_unexpected(reader, "START");
	doctor_reader_advance(reader);
	return true;
}

static bool read_script(struct doctor_reader *reader)
{
	if (!read_greetings(reader))
		return false;
	while (reader->token != TOKEN_END) {
		if (!doctor_reader_take(reader, TOKEN_OPEN, "( of a keyword"))
			return false;
		if (reader->token == TOKEN_CLOSE)
			break;
		if (reader->token != TOKEN_WORD)
			return doctor_reader_unexpected(reader, "a keyword");
		if (!(doctor_reader_at_word(reader, "MEMORY") ? read_memory(reader)
							      : read_keyword(reader)))
			return false;
	}
	if (reader->script->none == DOCTOR_NO_KEY)
		return doctor_reader_fail(
			reader, reader->text.bytes,
			"the script has no rules for NONE, the lines without a keyword");
	return resolve(reader);
}

/* Whether the text is one: UTF-8 without control characters. */
static bool is_text(struct doctor_reader *reader)
{
	for (const char *at = reader->start; at < reader->end;) {
		const char *from = at;
		int32_t code_point = text_next(&at, reader->end);
		if (code_point < 0)
			return doctor_reader_fail(reader, from, "this is no valid UTF-8");
		if (!text_space(code_point) &&
		    (code_point < ' ' || (code_point >= 0x7f && code_point < 0xa0)))
			return doctor_reader_fail(reader, from, "a control character stands here");
	}
	return true;
}

struct doctor_script *doctor_script_read(const char *text, size_t n, struct doctor_fault *fault)
{
	struct doctor_reader reader = {.start = text, .at = text, .end = text + n, .fault = fault};
	uint32_t lists = 0, words = 0;

	*fault = (struct doctor_fault){.text = "no memory for the script"};
	if (n > DOCTOR_SCRIPT_MAX) {
		snprintf(fault->text, sizeof(fault->text), "a script has at most %d bytes",
			 DOCTOR_SCRIPT_MAX);
		return NULL;
	}
	if (!is_text(&reader))
		return NULL;
	for (doctor_reader_advance(&reader); reader.token != TOKEN_END;
	     doctor_reader_advance(&reader)) {
		lists += reader.token == TOKEN_OPEN;
		words += reader.token == TOKEN_WORD;
	}
	reader.at = text;
	reader.script = doctor_script_new(lists, words);
	if (!reader.script)
		return NULL;
	doctor_reader_advance(&reader);
	if (!read_script(&reader)) {
		doctor_script_free(reader.script);
		return NULL;
	}
	return reader.script;
}
