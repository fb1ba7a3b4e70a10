/*
 * The libraries that this program uses, and which of them this build has.
 */
#ifndef COMMAND_LIBRARIES_H
#define COMMAND_LIBRARIES_H

struct library {
	const char *name;
	const char *version; /* with which this program was built; NULL: built without it */
	const char *purpose;
};

/* Ends with an entry whose name is NULL. */
extern const struct library libraries[];

#endif
