/*
 * The signals of a client: caught as bytes in a pipe, and given back when the client ends.
 */
#ifndef ENDPOINT_CLIENT_SIGNALS_H
#define ENDPOINT_CLIENT_SIGNALS_H

#include <stdbool.h>

struct error;

/* Catches SIGINT, SIGTERM, SIGHUP and SIGQUIT, which end the client, and SIGWINCH; terminal: also
 * SIGTSTP. Those that are ignored stay ignored. SIGPIPE is ignored from now on. A call that waits
 * is interrupted by them. Returns 0, or a negative errno with the error filled. */
int client_signals_catch(bool terminal, struct error *);

/* Has everything be as it was before. */
void client_signals_restore(void);

/* A descriptor that becomes readable when a signal comes; client_signals_take empties it. */
int client_signals_descriptor(void);
void client_signals_take(void);

/* The first signal that came to end the client, or 0. */
int client_signals_ending(void);

/* Whether the terminal's size has changed, or a stop was asked for, since the last call. */
bool client_signals_resized(void);
bool client_signals_suspended(void);

/* Stops the process as SIGTSTP does. Returns when it goes on. */
void client_signals_suspend(void);

#endif
