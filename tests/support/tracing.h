/*
 * Recorded runs of the small programs in tests/timeline/programs, and what they did as text.
 */
#ifndef SUPPORT_TRACING_H
#define SUPPORT_TRACING_H

#include "base/error.h"
#include "timeline/programs.h"

enum { TRACING_PROGRAMS = 32, TRACING_COMMAND = 1024, TRACING_PATH = 256 };

struct tracing {
	struct run_plan plan; /* a test may change it before tracing_run */
	struct run_program server, clients[TRACING_PROGRAMS];
	struct recording *recording;
	struct error error;
	int status; /* what record_programs returned */
	int output; /* a file with all that the programs printed */
	char folder[64];
	char commands[TRACING_PROGRAMS + 1][TRACING_COMMAND];
	char text[1 << 17];
};

/* A run without programs: bounded in time, output and errors kept. */
struct tracing *tracing_new(void);

/* Ends what is left and frees everything. */
void tracing_free(struct tracing *);

/* Makes the server, or adds a client: one of the actor's acts, "echo" or "many 100". Returns it. */
struct run_program *tracing_server(struct tracing *, const char *act);
struct run_program *tracing_client(struct tracing *, const char *act);

/* The shell command that performs an act; it lasts until tracing_free. */
const char *tracing_command(struct tracing *, const char *act);

/* Records. The test fails unless the run returns the status. */
void tracing_run(struct tracing *, int status);

/* What a process of a program did (0: the whole program), one line for each call: its text and its
 * outcome. The first socket's port is PORT, any other is OTHER, and new processes are CHILD. Left
 * out is what became of the shell. The text lasts until the next call. */
const char *tracing_calls(struct tracing *, int program, int process);

/* All that the programs printed; until the next call. */
const char *tracing_output(struct tracing *);

/* The process of the program that made the call of that kind, the n-th of its kind from 0. */
int tracing_process(const struct tracing *, int program, enum call_kind, int n);

/* How many calls of a kind a program made. */
int tracing_count(const struct tracing *, int program, enum call_kind);

#endif
