/*
 * Words out: reassembling parts of a line, mending their grammar, and writing them down.
 */
#include <string.h>

#include "protocol/doctor_words.h"

/* --- Reassembly. --- */

static void add_word(struct doctor_words *out, struct doctor_word word)
{
	if (out->count < DOCTOR_WORDS_MAX)
		out->list[out->count++] = word;
}

void doctor_assemble(const struct doctor_script *script, struct doctor_range reassembly,
		     const struct doctor_word *words, const struct doctor_parts *parts,
		     struct doctor_words *out)
{
	out->count = 0;
	for (uint32_t i = 0; i < reassembly.count; i++) {
		const struct doctor_element *element = &script->elements[reassembly.first + i];
		if (element->kind != DOCTOR_PART) {
			add_word(out, (struct doctor_word){.text = element->text,
							   .symbol = element->symbol});
			continue;
		}
		size_t part = element->number - 1;
		for (size_t at = parts->list[part].from; at < parts->list[part].to; at++)
			add_word(out, words[at]);
		if (element->text.n)
			add_word(out, (struct doctor_word){.text = element->text,
							   .symbol = DOCTOR_DELIMITER,
							   .glued = true});
	}
}

/* --- Grammar. --- */

static bool is(struct slice text, const char *word)
{
	return doctor_same(text, (struct slice){word, strlen(word)});
}

static bool is_one_of(struct slice text, const char *const *words)
{
	while (*words && !is(text, *words))
		words++;
	return *words;
}

/* Neighbours that reflection brings together, and what people say instead. */
static const char *const neighbours[][4] = {
	{"I", "are", "I", "am"},
	{"are", "I", "am", "I"},
	{"I", "aren't", "I'm", "not"},
	{"aren't", "I", "am I", "not"},
	{"I", "were", "I", "was"},
	{"I", "weren't", "I", "wasn't"},
	{"were", "I", "was", "I"},
	{"you", "was", "you", "were"},
	{"you", "wasn't", "you", "weren't"},
	{"was", "you", "were", "you"},
	{"wasn't", "you", "weren't", "you"},
};

static void mend_neighbours(struct doctor_word *left, struct doctor_word *right)
{
	for (size_t i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]); i++) {
		const char *const *row = neighbours[i];
		if (is(left->text, row[0]) && is(right->text, row[1])) {
			left->text = (struct slice){row[2], strlen(row[2])};
			right->text = (struct slice){row[3], strlen(row[3])};
			return;
		}
	}
}

/* After these words "I" is an object, unless a verb follows that it is the subject of. */
static const char *const before_objects[] = {
	"about", "after",  "against",    "around", "at",    "behind", "between", "by",    "for",
	"from",  "in",     "into",       "like",   "near",  "of",     "on",      "over",  "than",
	"to",    "toward", "towards",    "under",  "upon",  "with",   "without", "ask",   "asked",
	"call",  "called", "give",       "gave",   "hate",  "hated",  "hear",    "heard", "help",
	"helps", "helped", "hurt",       "let",    "leave", "left",   "love",    "loved", "make",
	"makes", "made",   "miss",       "need",   "see",   "show",   "tell",    "told",  "thank",
	"trust", "want",   "understand", NULL};
static const char *const auxiliaries[] = {
	"am",   "are",  "can",    "can't", "could", "did",  "didn't", "do",    "don't",    "had",
	"have", "must", "should", "was",   "were",  "will", "won't",  "would", "wouldn't", NULL};
static const char *const verbs[] = {"know", "said", "say", "see", "think", NULL};

static bool is_verb(struct slice text)
{
	return is_one_of(text, auxiliaries) || is_one_of(text, verbs);
}

/* What was "you" is "I" by now, and at times should be "me". */
static void mend_object(struct doctor_words *words, size_t at)
{
	struct doctor_word *word = &words->list[at];
	bool last = at + 1 == words->count || !words->list[at + 1].heard;

	if (at == 0 || !word->heard || !is(word->text, "I"))
		return;
	struct slice before = words->list[at - 1].text;
	if (is_one_of(before, auxiliaries))
		return;
	if (last || (is_one_of(before, before_objects) && !is_verb(words->list[at + 1].text)))
		word->text = (struct slice){"me", 2};
}

void doctor_polish(struct doctor_words *words)
{
	for (size_t at = 0; at < words->count; at++) {
		struct doctor_word *word = &words->list[at];
		mend_object(words, at);
		if (at > 0 && (word->heard || word[-1].heard))
			mend_neighbours(word - 1, word);
	}
}

/* --- Writing. --- */

size_t doctor_write(const struct doctor_words *words, bool capitals, char *out, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < words->count; i++) {
		const struct doctor_word *word = &words->list[i];
		size_t space = length > 0 && !word->glued;
		if (length + space + word->text.n >= size)
			break;
		if (space)
			out[length++] = ' ';
		memcpy(out + length, word->text.bytes, word->text.n);
		length += word->text.n;
	}
	out[length] = '\0';
	/* A letter of Latin-1 has two bytes. */
	size_t raised = capitals ? length : (unsigned char)out[0] == 0xc3 ? 2 : 1;
	for (size_t i = 0; i < raised && i < length; i++)
		out[i] = doctor_upper(out, i);
	return length;
}
