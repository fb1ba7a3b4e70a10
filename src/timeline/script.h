/*
 * What a Python program's hook (sitecustomize.py) tells: its main script, and where each thread is
 * in it. It tells by calls on descriptors that no program can have; so what is told lies between
 * the thread's own calls, costs one stop, and changes nothing.
 */
#ifndef TIMELINE_SCRIPT_H
#define TIMELINE_SCRIPT_H

#include <stddef.h>
#include <sys/types.h>

struct call_entry;

enum script_word {
	SCRIPT_NOTHING,  /* it is an ordinary call */
	SCRIPT_RUNS,     /* a line is about to run */
	SCRIPT_RETURNED, /* the thread is back in the middle of a line, or (0) out of the script */
	SCRIPT_PATH,
	SCRIPT_TEXT,
};

/* What a call tells. *line: of the first two. */
enum script_word script_word_of(const struct call_entry *, int *line);

/* Zeroed it is none. */
struct script {
	char *path; /* as Python has it; NULL: none */
	char *text;
	size_t *starts; /* of its lines, and the end of the last one */
	size_t line_count;
};

/* Takes the path, or the text, from the call that tells it. For want of memory there is none. */
void script_take_path(struct script *, pid_t thread, const struct call_entry *);
void script_take_text(struct script *, pid_t thread, const struct call_entry *);

void script_free(struct script *);

enum { SCRIPT_LINE = 320 };

/* A line, without the white space around it and safe to be shown; "" if it is not known. */
void script_line(const struct script *, int line, char out[SCRIPT_LINE]);

#endif
