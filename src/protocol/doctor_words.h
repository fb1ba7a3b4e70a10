/*
 * doctor's words: a peer's line cut into them, decompositions matched against them, and answers
 * made of them.
 */
#ifndef PROTOCOL_DOCTOR_WORDS_H
#define PROTOCOL_DOCTOR_WORDS_H

#include "protocol/doctor_script.h"

enum {
	DOCTOR_WORDS_MAX = 256,        /* of a line; what follows them is not read */
	DOCTOR_WORD_BYTES = 64,        /* of a word; what follows them is cut off */
	DOCTOR_LINE_BYTES = 4096,      /* of all words */
	DOCTOR_DELIMITER = UINT32_MAX, /* the symbol of . and , and of what counts as such */
};

struct doctor_word {
	struct slice text;
	uint32_t symbol;
	bool heard; /* it comes from the peer's line */
	bool glued; /* no space before it: punctuation */
};

struct doctor_words {
	struct doctor_word list[DOCTOR_WORDS_MAX];
	size_t count;
};

/* A peer's line. The words lie in its own bytes. */
struct doctor_line {
	struct doctor_words words;
	char bytes[DOCTOR_LINE_BYTES];
	size_t used;
};

/* What the elements of a decomposition have matched: words from `from` up to `to`. */
struct doctor_parts {
	struct {
		size_t from, to;
	} list[DOCTOR_PATTERN_MAX];
};

/* Cuts a line into words and delimiters. Whatever shows no ink separates words; ? ! and the
 * ellipsis count as periods, ; : and dashes as commas; a . , or : between digits belongs to a
 * number; quotation marks and parentheses are left out. */
void doctor_line_read(struct doctor_line *, const struct doctor_script *, const char *bytes,
		      size_t n);

/* Whether the words (all of them) have a decomposition's form. Of several ways the one is found in
 * which the first 0 is shortest, then the second, and so on, in at most words times elements steps:
 * what stands between two 0s is tried at each place once, for a place further to the left never
 * spoils what follows. */
bool doctor_match(const struct doctor_script *, struct doctor_range pattern,
		  const struct doctor_word *words, size_t count, struct doctor_parts *);

/* Makes a reassembly of the parts of `words`. What does not fit is left out. */
void doctor_assemble(const struct doctor_script *, struct doctor_range reassembly,
		     const struct doctor_word *words, const struct doctor_parts *,
		     struct doctor_words *out);

/* Mends what reflection did to the grammar of the words heard: "I are" becomes "I am", "with I"
 * becomes "with me". */
void doctor_polish(struct doctor_words *);

/* Writes the words as a text of less than size bytes, capital letters only or with a capital first
 * letter. What does not fit is left out. Returns the length. */
size_t doctor_write(const struct doctor_words *, bool capitals, char *out, size_t size);

/* The hash of the ELIZA program of 1966 (SLIP's HASH, published from the listings of its time): a
 * word's last chunk of six characters, in the machine's 6-bit code and filled up with blanks, taken
 * as a number of 35 bits (the first is a sign), and the middle bits of its square; bits is 15 at
 * most. */
unsigned doctor_hash(struct slice word, unsigned bits);

#endif
