/*
 * Reading a script: what the parts of the reader share. Functions that return bool return false
 * once the fault has been filled.
 */
#ifndef PROTOCOL_DOCTOR_READER_H
#define PROTOCOL_DOCTOR_READER_H

#include "protocol/doctor_script.h"

enum doctor_token { TOKEN_END, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_EQUALS, TOKEN_WORD };

struct doctor_reader {
	const char *start, *at, *end;
	struct doctor_script *script;
	struct doctor_fault *fault;
	/* The token that is looked at. */
	enum doctor_token token;
	struct slice text;
	struct slice tags[DOCTOR_TAGS_MAX];
	unsigned tag_count;
};

/* --- Faults (doctor_tokens.c). --- */

/* Fills the fault with the place of `at` and a sentence. Returns false. */
bool doctor_reader_fail(struct doctor_reader *, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The fault that something else was wanted than the token. Returns false. */
bool doctor_reader_unexpected(struct doctor_reader *, const char *wanted);

/* How many bytes of the token a fault shows. */
int doctor_reader_shown(const struct doctor_reader *);

/* --- Tokens (doctor_tokens.c). --- */

bool doctor_reader_is_space(char byte);

/* Moves on to the next token. */
void doctor_reader_advance(struct doctor_reader *);

/* Takes a token of that kind. */
bool doctor_reader_take(struct doctor_reader *, enum doctor_token, const char *wanted);

/* Whether the token is that word. */
bool doctor_reader_at_word(const struct doctor_reader *, const char *word);

/* Splits a text into a number, at most max + 1, and what follows it. Returns whether there is a
 * number. */
bool doctor_reader_split_number(struct slice text, uint32_t max, uint32_t *number,
				struct slice *rest);

/* The number of a word, from now on known to the script. */
uint32_t doctor_reader_intern(struct doctor_reader *, struct slice text);

/* --- Rules (doctor_elements.c). --- */

/* Adds an element, with the token's text, to a range that ends where the elements end. */
struct doctor_element *doctor_reader_add_element(struct doctor_reader *, enum doctor_element_kind,
						 struct doctor_range *);

/* Adds a reassembly without elements to such a range. */
struct doctor_reassembly *doctor_reader_add_reassembly(struct doctor_reader *, enum doctor_act,
						       struct doctor_range *);

/* Takes the * or / that begins a list of alternatives or tags off the front of its first word.
 * Returns it, or NUL. */
char doctor_reader_take_mark(struct doctor_reader *);

/* Reads the names of tags and the end of their list. */
bool doctor_reader_tags(struct doctor_reader *, uint64_t *tags);

/* Reads the elements of a decomposition, up to what ends it. */
bool doctor_reader_pattern(struct doctor_reader *, struct doctor_rule *);

/* Reads the words of a reassembly and the end of its list; parts is how many elements the
 * decomposition has. */
bool doctor_reader_reassembly_words(struct doctor_reader *, uint32_t parts, struct doctor_range *);

/* Reads a rule of the key, after its parenthesis. */
bool doctor_reader_rule(struct doctor_reader *, struct doctor_key *);

#endif
