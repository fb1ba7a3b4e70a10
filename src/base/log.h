/*
 * The log: one line for each event, to standard error, as text or JSON.
 *
 * Lines gather in a buffer until log_flush, which event loops call once a turn. A reader of the log
 * that has stopped reading never blocks the program: its lines are dropped, and their number is
 * logged when it reads again. Every function may be called from any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DETAIL };
enum log_format { LOG_TEXT, LOG_JSON };

/* Lines less important than the level are dropped; the default is LOG_INFO. */
void log_configure(enum log_level, enum log_format);

/* Sends every line to a function instead, without its time and level, as escaped text; NULL sends
 * them to standard error again. Clients show remarks on the screen so. */
void log_redirect(void (*sink)(enum log_level, const char *text, size_t n));

/* Whether lines of that level are written: ask before costly preparations. */
bool log_wants(enum log_level);

/* Writes one line. subject is a protocol's name and peer an address; either may be NULL. Control
 * characters are escaped, invalid UTF-8 is replaced, and a line ends after 1,000 characters. */
void log_write(enum log_level, const char *subject, const char *peer, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Hands the gathered lines to the kernel. Text that a stopped reader leaves no room for waits, up
 * to 64 KiB. */
void log_flush(void);

#endif
