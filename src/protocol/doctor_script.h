/*
 * doctor's scripts: the rules of a conversation as data, in the form of the appendix to Joseph
 * Weizenbaum's "ELIZA" (Communications of the ACM, January 1966).
 *
 *	(GREETING)                              any number of such lists; one is said at first
 *	START
 *	(KEYWORD = SUBSTITUTE PRECEDENCE DLIST(/TAG) rules)     all but the keyword may be left out
 *	(MEMORY KEYWORD (decomposition = reassembly) ...)       four of them; may be left out
 *	(NONE rules)                            for lines without keywords
 *	(FAREWELL rules)                        for goodbyes; an addition of ours, may be left out
 *	()                                      ends the script before its text ends
 *
 * A rule is ((decomposition) (reassembly) ...), or (=KEYWORD) or (NEWKEY) alone. A decomposition
 * has words, 0 (any number of words), other numbers (just so many words), (*WORD WORD) and
 * (/TAG TAG). A reassembly has words and the numbers of the decomposition's elements, or is
 * (=KEYWORD), (NEWKEY) or (PRE (reassembly) (=KEYWORD)). What follows a ; in a line is a comment.
 * Capitals and small letters of ASCII and Latin-1 count as the same.
 */
#ifndef PROTOCOL_DOCTOR_SCRIPT_H
#define PROTOCOL_DOCTOR_SCRIPT_H

#include "sockettool/protocol.h"

enum {
	DOCTOR_SCRIPT_MAX = 256 * 1024, /* bytes of a script */
	DOCTOR_PATTERN_MAX = 32,        /* elements of a decomposition */
	DOCTOR_COUNT_MAX = 255,         /* a number in a decomposition */
	DOCTOR_PRECEDENCE_MAX = 9999,
	DOCTOR_TAGS_MAX = 64, /* different tags */
	DOCTOR_MEMORY_RULES = 4,
	DOCTOR_NO_KEY = -1,
};

enum doctor_element_kind {
	DOCTOR_WORD,   /* a word */
	DOCTOR_ANY,    /* decomposition: any number of words */
	DOCTOR_COUNT,  /* decomposition: `number` words */
	DOCTOR_ONE_OF, /* decomposition: one of `number` words, from members[symbol] on */
	DOCTOR_TAGGED, /* decomposition: a word that has one of the tags */
	DOCTOR_PART,   /* reassembly: what element `number` (from 1) has matched, then text */
};

struct doctor_element {
	enum doctor_element_kind kind;
	uint32_t number;
	uint32_t symbol;
	uint64_t tags;
	struct slice text; /* as the script spells it */
};

/* Entries of an array that stand side by side. */
struct doctor_range {
	uint32_t first, count;
};

enum doctor_act { DOCTOR_SAY, DOCTOR_LINK, DOCTOR_NEWKEY, DOCTOR_PRE };

struct doctor_reassembly {
	enum doctor_act act;
	struct doctor_range elements; /* DOCTOR_SAY, DOCTOR_PRE */
	int32_t key;                  /* DOCTOR_LINK, DOCTOR_PRE */
	uint32_t symbol;              /* the key's name */
	const char *at;               /* where that stands in the script */
};

struct doctor_rule {
	struct doctor_range elements;     /* the decomposition */
	struct doctor_range reassemblies; /* at least one */
	struct slice source;              /* the decomposition's text */
};

struct doctor_key {
	struct slice name;
	struct doctor_element substitute; /* text.n is 0: none */
	uint32_t precedence;
	struct doctor_range rules; /* none: the word is substituted or tagged, and is no keyword */
};

/* A word that the script knows. */
struct doctor_symbol {
	struct slice text;
	uint64_t tags;
	int32_t key; /* or DOCTOR_NO_KEY */
};

/* All of it is constant once it has been read. Symbol 0 stands for every unknown word. */
struct doctor_script {
	struct doctor_symbol *symbols;
	uint32_t *table; /* of symbols, by hash */
	size_t table_mask;
	uint32_t symbol_count;
	struct doctor_key *keys;
	struct doctor_rule *rules;
	struct doctor_reassembly *reassemblies;
	struct doctor_element *elements;
	uint32_t *members; /* symbols */
	uint32_t key_count, rule_count, reassembly_count, element_count, member_count;

	struct doctor_range greetings; /* reassemblies */
	int32_t none, farewell;        /* keys; farewell may be DOCTOR_NO_KEY */
	int32_t memory_key;            /* or DOCTOR_NO_KEY */
	struct doctor_range memory;    /* rules with one reassembly each */
	uint32_t but;                  /* the symbol of BUT, which delimits clauses */
};

/* What is wrong with a script, and where. */
struct doctor_fault {
	size_t line, column; /* from 1; a column is a character. 0: the script as a whole */
	char text[160];
};

/* Reads a script of n bytes. The text is borrowed until the script is freed. NULL: the fault is
 * filled. */
struct doctor_script *doctor_script_read(const char *text, size_t n, struct doctor_fault *);

/* Frees a script, or NULL. */
void doctor_script_free(struct doctor_script *);

/* An empty script with room for what a text of so many lists and words can hold; table_mask plus 1
 * is a power of two. NULL: no memory. */
struct doctor_script *doctor_script_new(uint32_t lists, uint32_t words);

/* The number of a word, which becomes known if it was not. The bytes are borrowed. */
uint32_t doctor_script_intern(struct doctor_script *, const char *bytes, size_t n);

/* The number of a word, 0 if the script does not know it. */
uint32_t doctor_script_symbol(const struct doctor_script *, const char *bytes, size_t n);

/* The capital of byte i of a UTF-8 text, for ASCII and Latin-1. */
char doctor_upper(const char *bytes, size_t i);

/* Whether two texts are the same but for capitals. */
bool doctor_same(struct slice, struct slice);

#endif
