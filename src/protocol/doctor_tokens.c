/*
 * A script's tokens, and what can be wrong with them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "protocol/doctor_reader.h"

/* --- Faults. --- */

/* Fills the fault with its place and a sentence. Returns false. */
bool doctor_reader_fail(struct doctor_reader *reader, const char *at, const char *format, ...)
{
	struct doctor_fault *fault = reader->fault;
	va_list arguments;

	fault->line = fault->column = 1;
	for (const char *from = reader->start; from < at; from++) {
		if (*from == '\n') {
			fault->line++;
			fault->column = 1;
		} else if (((unsigned char)*from & 0xc0) != 0x80) {
			fault->column++;
		}
	}
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	return false;
}

/* The token as a fault names it; 40 bytes are enough for it. */
int doctor_reader_shown(const struct doctor_reader *reader)
{
	size_t n = reader->text.n < 40 ? reader->text.n : 40;

	while (n < reader->text.n && n > 0 && ((unsigned char)reader->text.bytes[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

bool doctor_reader_unexpected(struct doctor_reader *reader, const char *wanted)
{
	if (reader->token == TOKEN_END)
		return doctor_reader_fail(reader, reader->text.bytes,
					  "the script ends where %s should stand", wanted);
	return doctor_reader_fail(reader, reader->text.bytes, "\"%.*s\" stands where %s should",
				  doctor_reader_shown(reader), reader->text.bytes, wanted);
}

/* --- Tokens. --- */

bool doctor_reader_is_space(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Moves on to the next token. */
void doctor_reader_advance(struct doctor_reader *reader)
{
	const char *at = reader->at, *end = reader->end;

	for (bool comment = false;
	     at < end && (comment || doctor_reader_is_space(*at) || *at == ';'); at++)
		comment = *at == ';' || (comment && *at != '\n');
	const char *first = at;
	if (at == end) {
		reader->token = TOKEN_END;
	} else if (memchr("()=", *at, 3)) {
		reader->token = *at == '(' ? TOKEN_OPEN : *at == ')' ? TOKEN_CLOSE : TOKEN_EQUALS;
		at++;
	} else {
		reader->token = TOKEN_WORD;
		while (at < end && !doctor_reader_is_space(*at) && !memchr("()=;", *at, 4))
			at++;
	}
	reader->text = (struct slice){first, (size_t)(at - first)};
	reader->at = at;
}

/* Takes a token of that kind. */
bool doctor_reader_take(struct doctor_reader *reader, enum doctor_token token, const char *wanted)
{
	if (reader->token != token)
		return doctor_reader_unexpected(reader, wanted);
	doctor_reader_advance(reader);
	return true;
}

bool doctor_reader_at_word(const struct doctor_reader *reader, const char *word)
{
	return reader->token == TOKEN_WORD &&
	       doctor_same(reader->text, (struct slice){word, strlen(word)});
}

/* Splits a text into a number, at most max + 1, and what follows it. Returns whether there is a
 * number. */
bool doctor_reader_split_number(struct slice text, uint32_t max, uint32_t *number,
				struct slice *rest)
{
	size_t digits = 0;

	*number = 0;
	while (digits < text.n && text.bytes[digits] >= '0' && text.bytes[digits] <= '9') {
		uint32_t value = *number * 10 + (uint32_t)(text.bytes[digits++] - '0');
		*number = value > max ? max + 1 : value;
	}
	*rest = (struct slice){text.bytes + digits, text.n - digits};
	return digits > 0;
}

uint32_t doctor_reader_intern(struct doctor_reader *reader, struct slice text)
{
	return doctor_script_intern(reader->script, text.bytes, text.n);
}
