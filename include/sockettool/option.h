/*
 * Options are declared once, in constant tables, one for each subcommand, group or protocol. From
 * a table come the parsing, the help, the man page and the shell completions.
 */
#ifndef SOCKETTOOL_OPTION_H
#define SOCKETTOOL_OPTION_H

#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_FLAG,     /* bool: given or not; takes no argument */
	OPTION_NUMBER,   /* int64_t */
	OPTION_SIZE,     /* int64_t, bytes: 4096, 64K, 1M, 2G (powers of 1024) */
	OPTION_DURATION, /* int64_t, nanoseconds: 250ms, 5s, 2m, 1h; a bare number is seconds */
	OPTION_INTERVAL, /* struct interval: two durations, 1s-2s, or one for both */
	OPTION_TEXT,     /* const char *, as the user gave it */
	OPTION_CHOICE,   /* int: the index of one of the choices */
	OPTION_LIST,     /* struct text_list: the option may be given again and again */
};

/* Two durations in nanoseconds, least <= most. */
struct interval {
	int64_t least, most;
};

/* The values of an option that was given count times, in order. The array is the parser's. */
struct text_list {
	const char **items;
	size_t count;
};

/* Which of the two ends an option is for; an option for one end is refused at the other. */
enum option_side {
	SIDE_SERVER = 1,
	SIDE_CLIENT = 2,
	SIDE_BOTH = 3,
};

/* The names a choice has: choice(0), choice(1) and so on until NULL. */
typedef const char *option_choice(size_t index);

/* One option. A table of them ends with an entry whose name is NULL. */
struct option {
	char letter;      /* the one-letter form, or 0 */
	const char *name; /* without its dashes */
	enum option_type type;
	size_t offset;        /* of the value in the structure the table fills */
	const char *argument; /* what help calls the argument: "SIZE"; NULL for a flag */
	int64_t min, max;     /* bounds of a number, size or duration; max 0: no upper bound */
	const char *initial; /* the value when it is not given, as a user would write it; NULL: 0 */
	option_choice *choice;
	const char *help; /* one sentence, without a full stop */
	unsigned sides;   /* enum option_side; 0 means both */
};

#endif
