/*
 * doctor's engine: a conversation over a script, without a session.
 *
 * Everything that a conversation remembers is bounded, and so is the time that a line takes: at
 * most DOCTOR_WORDS_MAX words, and DOCTOR_STEPS_MAX keywords whose decompositions are tried.
 */
#ifndef PROTOCOL_DOCTOR_ENGINE_H
#define PROTOCOL_DOCTOR_ENGINE_H

#include "protocol/doctor_script.h"

enum {
	DOCTOR_REPLY_BYTES = 1024, /* of an answer, its NUL included */
	DOCTOR_WHY_BYTES = 320,
	DOCTOR_MEMORIES_MAX = 16, /* sayings that wait to be brought up; others are not kept */
	DOCTOR_STEPS_MAX = 64,
};

enum doctor_manner {
	/* As the paper and the program of 1966: reassemblies in the order of the script, a saying
	 * is brought up when no keyword was found and the count of lines, from 1 to 4 round and
	 * round, is at 4; capital letters. */
	DOCTOR_MANNER_1966,
	/* Ours: reassemblies begin at a random one, a saying is brought up in every second line
	 * without a keyword, no answer is given twice in a row, and grammar is mended. For that,
	 * NONE's rules need two different reassemblies at least. */
	DOCTOR_MANNER_OURS,
};

struct doctor_reply {
	char text[DOCTOR_REPLY_BYTES];
	size_t n;
	bool ends;                  /* the peer has said goodbye, and this is the farewell */
	char why[DOCTOR_WHY_BYTES]; /* which rule answered */
};

struct doctor_conversation;

/* Begins a conversation; the script is borrowed. The same seed gives the same answers. NULL: no
 * memory. */
struct doctor_conversation *doctor_conversation_new(const struct doctor_script *,
						    enum doctor_manner, uint64_t seed);

/* Ends it, or NULL. */
void doctor_conversation_free(struct doctor_conversation *);

/* Fills the reply with a greeting, which is empty if the script's is. */
void doctor_greet(struct doctor_conversation *, struct doctor_reply *);

/* Fills the reply with the answer to a line, whatever it is. */
void doctor_answer(struct doctor_conversation *, const char *line, size_t n, struct doctor_reply *);

#endif
