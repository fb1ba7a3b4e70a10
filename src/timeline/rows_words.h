/*
 * What is written in the cells of a timeline.
 */
#ifndef TIMELINE_ROWS_WORDS_H
#define TIMELINE_ROWS_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "timeline/recording.h"
#include "timeline/view.h"

enum { DURATION_TEXT = 32 };

/* A duration in three digits or so: "0.03 ms", "31.3 ms", "4.2 s". Returns out. */
char *duration_text(char out[DURATION_TEXT], int64_t nanoseconds);

/* A call's name as programs write it, "recv", where the kernel's is recvfrom. Returns out. */
enum { CALL_NAME = 32 };
char *call_name(char out[CALL_NAME], const struct call *);

/* A call as it is shown, of which count in a row are folded into one. All of these return a text
 * that the caller frees, or NULL for want of memory. thread: whether to say which thread it is;
 * under: it stands below its line, which says where it is made. */
struct call_words {
	const struct recording *recording;
	const struct view_options *options;
	const struct call *call; /* the first of the folded ones */
	const struct call *last; /* the last of them, or the call itself */
	int count;
	bool thread, under;
	int wrapped;   /* how many other processes led to the program that it executes */
	int64_t ended; /* when it was over */
};

/* All of a call that returned at once: "bind(3, 127.0.0.1:65432)", "socket(TCP) → 3". */
char *words_of_call(const struct call_words *);

/* A call that waits: "accept(3)". */
char *words_of_opening(const struct call_words *);

/* What came of it: "→ 4 from 127.0.0.1:51612, after 31.3 ms". */
char *words_of_return(const struct call_words *);

/* That it did not return: "still waiting in recv(3) from 127.0.0.1:5000, for 4.2 s". */
char *words_of_waiting(const struct call_words *);

/* That a program ended: "ends with status 0", "ended by SIGKILL". */
char *words_of_end(int status);

#endif
