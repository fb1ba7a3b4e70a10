/*
 * The person at the server's end: what is shown to him, and what he types.
 */
#ifndef ENDPOINT_PERSON_H
#define ENDPOINT_PERSON_H

#include "sockettool/connection.h"

struct server;

/* Says whose person it is, before anything is shown. The server lasts until person_dismiss. */
void person_attend(const struct server *);

/* Shows a line on standard output, escaped (struct audience's show). Waits for a slow reader, after
 * a stop for the server's grace and until the second stop at most; what is lost the log says. Any
 * thread may call it. */
void person_show(struct connection *, const char *bytes, size_t n, bool is_line);

/* A session of the service wants lines from the keyboard, or no more for now (struct audience's
 * keyboard). From the first wish on the keyboard is read, in a thread of its own. */
void person_keyboard(struct service *, bool wanted);

/* Nobody is given what is still typed; after that the services may be freed. */
void person_dismiss(void);

#endif
