/*
 * What is typed for a program: a text with pauses, written to a pipe while the program runs.
 */
#ifndef TIMELINE_TYPING_H
#define TIMELINE_TYPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct typing_pause {
	size_t before;  /* how many bytes are typed before it */
	int64_t length; /* nanoseconds */
};

struct typing {
	char *bytes;
	size_t n, typed;
	struct typing_pause *pauses;
	size_t pause_count, paused;
	int64_t resume; /* no byte before that; CLOCK_MONOTONIC */
	int descriptor; /* where it goes; -1: nowhere, or all has been typed */
};

/* Reads a text in which \n, \t and \\ are what they are in C, \xHH is a byte, and \p{MS} is a pause
 * of so many milliseconds. Returns 0, or a negative errno with the error filled. */
int typing_read(struct typing *, const char *text, struct error *);

/* Begins to type into a non-blocking descriptor, which is the typing's from now on. */
void typing_begin(struct typing *, int descriptor, int64_t now);

/* Types what can be typed now; the end closes the descriptor. Returns whether it waits for room. */
bool typing_continue(struct typing *, int64_t now);

/* When a pause ends; NEVER if it is not pausing. */
int64_t typing_deadline(const struct typing *, int64_t now);

/* Closes the descriptor and frees the text. */
void typing_free(struct typing *);

#endif
