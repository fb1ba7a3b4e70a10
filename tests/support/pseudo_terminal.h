/*
 * Programs under test at a terminal: started on a pseudo-terminal, typed to, and looked at through
 * an emulator. Waiting, failing and ending are as in program.h. TERM is xterm, and NO_COLOR is as
 * the test set it.
 */
#ifndef SUPPORT_PSEUDO_TERMINAL_H
#define SUPPORT_PSEUDO_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "support/emulator.h"

struct pseudo_terminal {
	pid_t pid;
	int master; /* -1: the program has ended, and all that it wrote has been shown */
	int slave;  /* the program's side, which this one keeps open */
	bool ended;
	bool left_cooked; /* once ended: how it left the terminal, see pseudo_terminal_is_cooked */
	int status;       /* once ended: the exit status, or 128 + n after signal n */
	struct emulator screen;
	struct pseudo_terminal *next;
};

/* Starts the executable that the environment variable SOCKETTOOL names; standard input, output and
 * error are a terminal of that size, and the program is the session's leader. */
#define pseudo_terminal_start(rows, columns, ...) \
	pseudo_terminal_start_list((rows), (columns), (const char *const[]){__VA_ARGS__, NULL})
struct pseudo_terminal *pseudo_terminal_start_list(int rows, int columns,
						   const char *const arguments[]);

/* Starts any other program; the first argument is its name, looked for in PATH. */
#define pseudo_terminal_start_other(rows, columns, ...)     \
	pseudo_terminal_start_other_list((rows), (columns), \
					 (const char *const[]){__VA_ARGS__, NULL})
struct pseudo_terminal *pseudo_terminal_start_other_list(int rows, int columns,
							 const char *const arguments[]);

/* Presses keys: "\r" is Enter, "\x04" ^D, "\033[A" the up arrow. */
void pseudo_terminal_type(struct pseudo_terminal *, const char *keys);

/* Waits until the text stands somewhere on the screen, within one row. */
void pseudo_terminal_expect(struct pseudo_terminal *, const char *text);

/* Waits until the screen shows exactly these rows (emulator_text) with the cursor in that place. */
void pseudo_terminal_expect_screen(struct pseudo_terminal *, const char *text, int row, int column);

/* Gives the terminal another size. */
void pseudo_terminal_resize(struct pseudo_terminal *, int rows, int columns);

/* Whether the terminal is in the state that programs find it in: echoing whole lines. */
bool pseudo_terminal_is_cooked(const struct pseudo_terminal *);

/* Waits until the program ends, and shows all that it wrote. Returns its exit status, 128 + n after
 * signal n. */
int pseudo_terminal_wait(struct pseudo_terminal *);

/* Ends the program if it runs still, and frees it. NULL is nothing. */
void pseudo_terminal_free(struct pseudo_terminal *);
void pseudo_terminal_free_all(void);

#endif
