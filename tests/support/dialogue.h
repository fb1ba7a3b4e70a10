/*
 * Dialogues: the examples that protocols carry (sockettool/protocol.h), replayed on a stage.
 */
#ifndef SUPPORT_DIALOGUE_H
#define SUPPORT_DIALOGUE_H

#include "support/stage.h"

enum { DIALOGUE_LINES = 200, DIALOGUE_NAME = 32 };

enum dialogue_act {
	DIALOGUE_SAYS,   /* who -> text */
	DIALOGUE_GETS,   /* who <- text */
	DIALOGUE_ENDS,   /* who -> (ends) */
	DIALOGUE_CLOSED, /* who <- (closes) */
};

struct dialogue_line {
	char who[DIALOGUE_NAME];
	enum dialogue_act act;
	const char *text; /* not ended by a NUL */
	size_t n;
};

struct dialogue {
	struct dialogue_line lines[DIALOGUE_LINES];
	size_t count;
};

/* How the clients' bytes arrive, and how the kernel takes the server's. */
enum dialogue_manner {
	DIALOGUE_WHOLE,  /* a line at a time */
	DIALOGUE_JOINED, /* all that one client says in a row arrives at once */
	DIALOGUE_BYTE_BY_BYTE,
	DIALOGUE_SPLIT,  /* what one client says in a row, cut at random */
	DIALOGUE_NARROW, /* whole, and the kernel takes a byte at a time */
};

struct dialogue_play {
	enum dialogue_manner manner;
	bool crlf_input; /* the clients end their lines with CR LF */
	bool crlf;       /* --crlf */
	bool eager;      /* one client says everything before it looks at what came */
	uint64_t seed;
};

/* Reads a dialogue; a line that is none fails the test. */
void dialogue_parse(struct dialogue *, const char *text);

/* How many different speakers there are. */
size_t dialogue_people(const struct dialogue *);

/* Replays a protocol's dialogue over streams, or message by message over datagrams. Every byte must
 * come, and none besides. */
void dialogue_replay(const struct protocol *, const struct dialogue_play *);
void dialogue_replay_datagrams(const struct protocol *, const struct dialogue_play *);

#endif
