/*
 * Reads decompositions, reassemblies and the rules that they make.
 */
#include <string.h>

#include "protocol/doctor_reader.h"

/* --- Elements. --- */

struct doctor_element *doctor_reader_add_element(struct doctor_reader *reader,
						 enum doctor_element_kind kind,
						 struct doctor_range *range)
{
	struct doctor_element *element = &reader->script->elements[reader->script->element_count++];

	element->kind = kind;
	element->text = reader->text;
	range->count++;
	return element;
}

/* Reads the names of tags up to the list's end. */
bool doctor_reader_tags(struct doctor_reader *reader, uint64_t *tags)
{
	if (reader->token != TOKEN_WORD)
		return doctor_reader_unexpected(reader, "a tag");
	for (; reader->token == TOKEN_WORD; doctor_reader_advance(reader)) {
		unsigned i = 0;
		while (i < reader->tag_count && !doctor_same(reader->tags[i], reader->text))
			i++;
		if (i == DOCTOR_TAGS_MAX)
			return doctor_reader_fail(reader, reader->text.bytes,
						  "more than %d different tags", DOCTOR_TAGS_MAX);
		if (i == reader->tag_count)
			reader->tags[reader->tag_count++] = reader->text;
		*tags |= UINT64_C(1) << i;
	}
	return doctor_reader_take(reader, TOKEN_CLOSE, "a tag or )");
}

/* Takes the mark that begins a list of alternatives or tags, off the front of its first word. */
char doctor_reader_take_mark(struct doctor_reader *reader)
{
	char mark = '\0';

	if (reader->token == TOKEN_WORD && memchr("*/", reader->text.bytes[0], 2)) {
		mark = reader->text.bytes[0];
		reader->at = reader->text.bytes + 1;
		doctor_reader_advance(reader);
	}
	return mark;
}

/* (*WORD WORD) or (/TAG TAG) in a decomposition. */
static bool read_choice(struct doctor_reader *reader, struct doctor_range *range)
{
	struct doctor_element *element = doctor_reader_add_element(reader, DOCTOR_TAGGED, range);

	doctor_reader_advance(reader);
	char mark = doctor_reader_take_mark(reader);
	if (mark == '/')
		return doctor_reader_tags(reader, &element->tags);
	if (mark != '*' || reader->token != TOKEN_WORD)
		return doctor_reader_unexpected(reader, "*WORD or /TAG");
	element->kind = DOCTOR_ONE_OF;
	element->symbol = reader->script->member_count;
	for (; reader->token == TOKEN_WORD; doctor_reader_advance(reader)) {
		reader->script->members[reader->script->member_count++] =
			doctor_reader_intern(reader, reader->text);
		element->number++;
	}
	return doctor_reader_take(reader, TOKEN_CLOSE, "a word or )");
}

/* A word or a number of a decomposition. */
static bool read_pattern_word(struct doctor_reader *reader, struct doctor_range *range)
{
	struct doctor_element *element = doctor_reader_add_element(reader, DOCTOR_WORD, range);
	struct slice rest;

	if (!doctor_reader_split_number(reader->text, DOCTOR_COUNT_MAX, &element->number, &rest) ||
	    rest.n) {
		element->symbol = doctor_reader_intern(reader, reader->text);
	} else {
		if (element->number > DOCTOR_COUNT_MAX)
			return doctor_reader_fail(reader, reader->text.bytes,
						  "a number of words is at most %d",
						  DOCTOR_COUNT_MAX);
		element->kind = element->number ? DOCTOR_COUNT : DOCTOR_ANY;
	}
	doctor_reader_advance(reader);
	return true;
}

/* Reads the elements of a decomposition, up to what ends it. */
bool doctor_reader_pattern(struct doctor_reader *reader, struct doctor_rule *rule)
{
	const char *from = reader->text.bytes;

	rule->elements.first = reader->script->element_count;
	while (reader->token == TOKEN_WORD || reader->token == TOKEN_OPEN) {
		if (rule->elements.count == DOCTOR_PATTERN_MAX)
			return doctor_reader_fail(reader, reader->text.bytes,
						  "a decomposition has at most %d elements",
						  DOCTOR_PATTERN_MAX);
		if (!(reader->token == TOKEN_OPEN ? read_choice(reader, &rule->elements)
						  : read_pattern_word(reader, &rule->elements)))
			return false;
	}
	rule->source = (struct slice){from, (size_t)(reader->text.bytes - from)};
	while (rule->source.n > 0 && doctor_reader_is_space(from[rule->source.n - 1]))
		rule->source.n--;
	return true;
}

static bool is_punctuation(struct slice text)
{
	size_t i = 0;

	while (i < text.n && strchr(".,!?:'\"", text.bytes[i]))
		i++;
	return i == text.n;
}

/* A word or a number of a reassembly; parts is how many elements the decomposition has. */
static bool read_reassembly_word(struct doctor_reader *reader, uint32_t parts,
				 struct doctor_range *range)
{
	struct doctor_element *element = doctor_reader_add_element(reader, DOCTOR_WORD, range);
	struct slice rest;

	if (!doctor_reader_split_number(reader->text, DOCTOR_PATTERN_MAX, &element->number,
					&rest) ||
	    !is_punctuation(rest)) {
		element->symbol = doctor_reader_intern(reader, reader->text);
	} else {
		if (element->number == 0 || element->number > parts)
			return doctor_reader_fail(
				reader, reader->text.bytes,
				"there is no element %.*s: the decomposition has %u",
				doctor_reader_shown(reader), reader->text.bytes, (unsigned)parts);
		element->kind = DOCTOR_PART;
		element->text = rest;
	}
	doctor_reader_advance(reader);
	return true;
}

/* Reads the words of a reassembly up to the end of its list. */
bool doctor_reader_reassembly_words(struct doctor_reader *reader, uint32_t parts,
				    struct doctor_range *range)
{
	while (reader->token == TOKEN_WORD) {
		if (!read_reassembly_word(reader, parts, range))
			return false;
	}
	return doctor_reader_take(reader, TOKEN_CLOSE, "a word or )");
}

/* --- Rules. --- */

struct doctor_reassembly *doctor_reader_add_reassembly(struct doctor_reader *reader,
						       enum doctor_act act,
						       struct doctor_range *range)
{
	struct doctor_script *script = reader->script;
	struct doctor_reassembly *reassembly = &script->reassemblies[script->reassembly_count++];

	reassembly->act = act;
	reassembly->at = reader->text.bytes;
	reassembly->elements.first = script->element_count;
	range->count++;
	return reassembly;
}

/* =KEYWORD) */
static bool read_link(struct doctor_reader *reader, struct doctor_reassembly *reassembly)
{
	if (!doctor_reader_take(reader, TOKEN_EQUALS, "="))
		return false;
	reassembly->at = reader->text.bytes;
	if (reader->token != TOKEN_WORD)
		return doctor_reader_unexpected(reader, "a keyword");
	reassembly->symbol = doctor_reader_intern(reader, reader->text);
	doctor_reader_advance(reader);
	return doctor_reader_take(reader, TOKEN_CLOSE, ")");
}

/* After PRE: (reassembly) (=KEYWORD)) */
static bool read_pre(struct doctor_reader *reader, uint32_t parts,
		     struct doctor_reassembly *reassembly)
{
	reassembly->act = DOCTOR_PRE;
	return doctor_reader_take(reader, TOKEN_OPEN, "the list of PRE's reassembly") &&
	       doctor_reader_reassembly_words(reader, parts, &reassembly->elements) &&
	       doctor_reader_take(reader, TOKEN_OPEN, "PRE's (=KEYWORD)") &&
	       read_link(reader, reassembly) && doctor_reader_take(reader, TOKEN_CLOSE, ")");
}

/* A reassembly after its parenthesis. */
static bool read_reassembly(struct doctor_reader *reader, struct doctor_rule *rule)
{
	struct doctor_reassembly *reassembly =
		doctor_reader_add_reassembly(reader, DOCTOR_SAY, &rule->reassemblies);
	bool pre = doctor_reader_at_word(reader, "PRE"),
	     newkey = doctor_reader_at_word(reader, "NEWKEY");

	if (reader->token == TOKEN_EQUALS) {
		reassembly->act = DOCTOR_LINK;
		return read_link(reader, reassembly);
	}
	if (reader->token == TOKEN_CLOSE)
		return doctor_reader_fail(reader, reader->text.bytes, "a reassembly says nothing");
	if (!read_reassembly_word(reader, rule->elements.count, &reassembly->elements))
		return false;
	if (reader->token == TOKEN_CLOSE && newkey)
		reassembly->act = DOCTOR_NEWKEY;
	if (reader->token == TOKEN_OPEN && pre) {
		reassembly->elements = (struct doctor_range){reader->script->element_count, 0};
		return read_pre(reader, rule->elements.count, reassembly);
	}
	return doctor_reader_reassembly_words(reader, rule->elements.count, &reassembly->elements);
}

/* A lone (=KEYWORD) or (NEWKEY) after its parenthesis: it serves every text, as (0) does. */
static bool read_bare_rule(struct doctor_reader *reader, struct doctor_rule *rule)
{
	rule->elements.first = reader->script->element_count;
	doctor_reader_add_element(reader, DOCTOR_ANY, &rule->elements);
	rule->source = (struct slice){"0", 1};
	if (reader->token != TOKEN_EQUALS && !doctor_reader_at_word(reader, "NEWKEY"))
		return doctor_reader_unexpected(reader, "a decomposition, =KEYWORD or NEWKEY");
	return read_reassembly(reader, rule);
}

/* A rule after its parenthesis. */
bool doctor_reader_rule(struct doctor_reader *reader, struct doctor_key *key)
{
	struct doctor_rule *rule = &reader->script->rules[reader->script->rule_count++];
	const char *at = reader->text.bytes;

	key->rules.count++;
	rule->reassemblies.first = reader->script->reassembly_count;
	if (reader->token != TOKEN_OPEN)
		return read_bare_rule(reader, rule);
	doctor_reader_advance(reader);
	if (!doctor_reader_pattern(reader, rule) ||
	    !doctor_reader_take(reader, TOKEN_CLOSE, "an element of a decomposition or )"))
		return false;
	while (reader->token == TOKEN_OPEN) {
		doctor_reader_advance(reader);
		if (!read_reassembly(reader, rule))
			return false;
	}
	if (rule->reassemblies.count == 0)
		return doctor_reader_fail(reader, at, "the decomposition has no reassembly");
	return doctor_reader_take(reader, TOKEN_CLOSE, "( of a reassembly or )");
}
