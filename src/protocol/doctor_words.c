/*
 * Words in: a line from the peer, the patterns it is matched with, and the hash of its last word.
 */
#include <string.h>

#include "protocol/doctor_words.h"

/* --- A line. --- */

/* What a code point is to a line. */
enum character {
	CHARACTER_LETTER,
	CHARACTER_SPACE,
	CHARACTER_STOP,
	CHARACTER_COMMA,
	CHARACTER_APOSTROPHE
};

static enum character character_of(int32_t code_point)
{
	switch (code_point) {
	case '\'':
	case 0x2018: /* single quotation marks, which telephones write as apostrophes */
	case 0x2019:
		return CHARACTER_APOSTROPHE;
	case '.':
	case '?':
	case '!':
	case 0x2026: /* the ellipsis */
		return CHARACTER_STOP;
	case ',':
	case ';':
	case ':':
	case 0x2013: /* dashes */
	case 0x2014:
		return CHARACTER_COMMA;
	case '"':
	case '(':
	case ')':
	case '[':
	case ']':
	case 0xab: /* quotation marks */
	case 0xbb:
	case 0x201c:
	case 0x201d:
	case 0x201e:
		return CHARACTER_SPACE;
	default:
		return text_visible(code_point) ? CHARACTER_LETTER : CHARACTER_SPACE;
	}
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Whether the mark before `after` stands between digits of the word and more digits. */
static bool in_number(const struct doctor_line *line, const struct slice *word, const char *mark,
		      const char *after, const char *end)
{
	return (*mark == '.' || *mark == ',' || *mark == ':') && word->n > 0 &&
	       is_digit(line->bytes[line->used - 1]) && after < end && is_digit(*after);
}

/* Ends the word that has been gathered, if it has a letter. */
static void end_word(struct doctor_line *line, const struct doctor_script *script,
		     struct slice *word)
{
	/* 'quoted' loses its marks; parents' keeps its apostrophe. */
	if (word->n > 0 && word->bytes[0] == '\'') {
		word->bytes++;
		word->n--;
		while (word->n > 0 && word->bytes[word->n - 1] == '\'')
			word->n--;
	}
	if (word->n > 0 && line->words.count < DOCTOR_WORDS_MAX)
		line->words.list[line->words.count++] = (struct doctor_word){
			.text = *word,
			.symbol = doctor_script_symbol(script, word->bytes, word->n),
			.heard = true};
	*word = (struct slice){line->bytes + line->used, 0};
}

static void add_delimiter(struct doctor_line *line, const char *text)
{
	if (line->words.count < DOCTOR_WORDS_MAX)
		line->words.list[line->words.count++] = (struct doctor_word){
			.text = {text, 1}, .symbol = DOCTOR_DELIMITER, .heard = true};
}

static void add_letter(struct doctor_line *line, struct slice *word, const char *bytes, size_t n)
{
	if (word->n + n > DOCTOR_WORD_BYTES || line->used + n > DOCTOR_LINE_BYTES)
		return;
	memcpy(line->bytes + line->used, bytes, n);
	line->used += n;
	word->n += n;
}

void doctor_line_read(struct doctor_line *line, const struct doctor_script *script,
		      const char *bytes, size_t n)
{
	const char *at = bytes, *end = bytes + n;
	struct slice word = {line->bytes, 0};

	line->words.count = line->used = 0;
	while (at < end && line->words.count < DOCTOR_WORDS_MAX && line->used < DOCTOR_LINE_BYTES) {
		const char *from = at;
		enum character character = character_of(text_next(&at, end));
		if (character == CHARACTER_APOSTROPHE) {
			add_letter(line, &word, "'", 1);
		} else if (character == CHARACTER_LETTER || in_number(line, &word, from, at, end)) {
			add_letter(line, &word, from, (size_t)(at - from));
		} else {
			end_word(line, script, &word);
			if (character != CHARACTER_SPACE)
				add_delimiter(line, character == CHARACTER_STOP ? "." : ",");
		}
	}
	end_word(line, script, &word);
}

/* --- Matching. --- */

static bool fits(const struct doctor_script *script, const struct doctor_element *element,
		 const struct doctor_word *word)
{
	switch (element->kind) {
	case DOCTOR_WORD:
		return word->symbol == element->symbol;
	case DOCTOR_TAGGED:
		return word->symbol < script->symbol_count &&
		       (script->symbols[word->symbol].tags & element->tags);
	case DOCTOR_ONE_OF:
		for (uint32_t i = 0; i < element->number; i++) {
			if (script->members[element->symbol + i] == word->symbol)
				return true;
		}
		return false;
	default:
		return false;
	}
}

/* A decomposition being matched: elements, and the words that are left for them. */
struct matching {
	const struct doctor_script *script;
	const struct doctor_element *elements;
	const struct doctor_word *words;
	struct doctor_parts *parts;
};

/* Whether the elements from first up to last, none of them a 0, match the words at a place. */
static bool run_fits(const struct matching *matching, size_t first, size_t last, size_t place)
{
	for (size_t i = first; i < last; i++) {
		const struct doctor_element *element = &matching->elements[i];
		matching->parts->list[i].from = place;
		if (element->kind == DOCTOR_COUNT)
			place += element->number;
		else if (!fits(matching->script, element, &matching->words[place++]))
			return false;
		matching->parts->list[i].to = place;
	}
	return true;
}

/* The end of the run of elements that begins at first, and how many words it takes. */
static size_t run_end(const struct matching *matching, size_t first, size_t count, size_t *words)
{
	*words = 0;
	while (first < count && matching->elements[first].kind != DOCTOR_ANY) {
		const struct doctor_element *element = &matching->elements[first++];
		*words += element->kind == DOCTOR_COUNT ? element->number : 1;
	}
	return first;
}

bool doctor_match(const struct doctor_script *script, struct doctor_range pattern,
		  const struct doctor_word *words, size_t count, struct doctor_parts *parts)
{
	struct matching matching = {script, &script->elements[pattern.first], words, parts};
	size_t at = 0, taken = 0, length;

	while (at < pattern.count) {
		bool floating = matching.elements[at].kind == DOCTOR_ANY;
		size_t first = floating ? at + 1 : at;
		size_t last = run_end(&matching, first, pattern.count, &length);
		if (length > count - taken)
			return false;
		size_t place = taken, limit = floating ? count - length : taken;
		if (last == pattern.count) {
			if (!floating && limit != count - length)
				return false;
			place = limit;
		}
		while (!run_fits(&matching, first, last, place)) {
			if (++place > limit)
				return false;
		}
		if (floating) {
			parts->list[at].from = taken;
			parts->list[at].to = place;
		}
		taken = place + length;
		at = last;
	}
	return taken == count;
}

/* --- The hash of 1966. --- */

/* The characters of the machine's 6-bit code, by their number; \1 stands for unused codes. */
static const char codes[] = "0123456789\1='\1\1\1"
			    "+ABCDEFGHI\1.)\1\1\1"
			    "-JKLMNOPQR\1$*\1\1\1"
			    " /STUVWXYZ\1,(\1\1\1";

enum { CHUNK = 6, CODE_BITS = 6, CODE_BLANK = 060 };

unsigned doctor_hash(struct slice word, unsigned bits)
{
	uint64_t chunk = 0;
	unsigned filled = 0;

	for (const char *at = word.bytes, *end = at + word.n; at < end;) {
		size_t place = (size_t)(at - word.bytes);
		const char *code = strchr(codes, doctor_upper(word.bytes, place));
		if (filled == CHUNK)
			filled = 0;
		chunk = chunk << CODE_BITS |
			(uint64_t)(code && *code > '\1' ? code - codes : CODE_BLANK);
		filled++;
		text_next(&at, end);
	}
	for (; filled < CHUNK; filled++)
		chunk = chunk << CODE_BITS | CODE_BLANK;
	/* Chunks before the last one have been shifted beyond the 36 bits of a machine's word. */
	chunk &= (UINT64_C(1) << 35) - 1;
	/* The square has 70 bits; the middle ones are far below the 64th, where it is cut off. */
	return (unsigned)(((chunk * chunk) >> (35 - bits / 2)) & ((UINT64_C(1) << bits) - 1));
}
