/*
 * One sentence about what went wrong, and the exit status it deserves.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* Exit statuses, the same for every subcommand. A signal n gives 128 + n. */
enum status {
	STATUS_DONE = 0,
	STATUS_PROTOCOL = 1, /* no reply, a wrong one, a lost one */
	STATUS_USAGE = 2,
	STATUS_UNREACHABLE = 3, /* cannot resolve, connect or bind */
	STATUS_TIMEOUT = 4,
	STATUS_SIGNAL = 128,
};

struct error {
	int status;     /* enum status */
	char text[480]; /* a sentence without its full stop: "bind 0.0.0.0:80: permission denied" */
};

/* Fills the error. Returns -EINVAL, so that a usage error can be returned in one line. */
int error_usage(struct error *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fills the error with a status and returns -code. code is an errno; the text is the caller's. */
int error_set(struct error *, int status, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Fills the error with "<formatted text>: <what errno code means>", status STATUS_UNREACHABLE, and
 * returns -code. */
int error_system(struct error *, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What an errno means, beginning with a small letter, as the middle of a sentence wants it. The
 * text is constant or lasts until the thread's next call. */
const char *error_reason(int code);

#endif
