/*
 * Programs under test, from outside: started with pipes, waited for with a bound, ended by pid.
 *
 * Whatever does not come within program_patience fails the running test with a message that shows
 * what did come. A program that a failed test left behind is killed when the test program ends.
 * Threads: start and end programs in one thread, which must outlive them.
 */
#ifndef SUPPORT_PROGRAM_H
#define SUPPORT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How long anything may take: nanoseconds, generous, because it only costs when a test fails. */
extern const int64_t program_patience;

/* What a program has written so far, always ending in a NUL that does not count. */
struct program_text {
	char *bytes;
	size_t n, capacity;
	size_t seen;    /* what an expect has passed */
	int descriptor; /* the pipe's reading end; -1: the stream has ended */
};

struct program {
	pid_t pid;
	int input; /* the writing end of its standard input; -1: closed */
	struct program_text output, errors;
	int port;   /* program_serve: the port of the first listener; else 0 */
	bool ended; /* and collected */
	int status; /* once ended: the exit status, or 128 + n after signal n */
	struct program *next;
};

/* Starts the executable that the environment variable SOCKETTOOL names, with arguments. */
#define program_start(...) program_start_list((const char *const[]){__VA_ARGS__, NULL})
struct program *program_start_list(const char *const arguments[]);

/* Starts any other program; the first argument is its name, looked for in PATH. */
#define program_start_other(...) program_start_other_list((const char *const[]){__VA_ARGS__, NULL})
struct program *program_start_other_list(const char *const arguments[]);

/* Starts `sockettool serve` with arguments, and `--port 0` after them unless they have --port or
 * --unix. Waits for its first "listening on" line, after which connections to every listener
 * succeed; port is then that of the line. Fails the test if the server ends before. */
#define program_serve(...) program_serve_list((const char *const[]){__VA_ARGS__, NULL})
struct program *program_serve_list(const char *const arguments[]);

/* The port of the listener whose line begins "listening on " and then the given text up to the
 * port, such as "udp 127.0.0.1:" or "tcp [::1]:". Waits for the line. */
int program_port(struct program *, const char *listener);

/* A port's or any number's digits, for an argument; the text lasts until the eighth call after. */
const char *program_number(long number);

/* Writes to the standard input, all of it, while collecting what the program writes, so that
 * neither waits for the other. A program that has closed its input loses the rest. */
void program_write(struct program *, const char *text);
void program_write_bytes(struct program *, const void *bytes, size_t n);

/* Ends the standard input. */
void program_close_input(struct program *);

/* Waits until the text occurs in the standard output (the standard error) after everything that an
 * earlier expect has seen, and passes it. */
void program_expect(struct program *, const char *text);
void program_expect_error(struct program *, const char *text);

/* Waits until so many bytes of standard output have come in all. */
void program_expect_bytes(struct program *, size_t n);

/* All that came so far on the standard output and error; pass the pointer on, do not keep it. */
const char *program_output(const struct program *);
const char *program_errors(const struct program *);

/* Sends a signal. */
void program_signal(struct program *, int number);

/* Waits until the program ends, collecting its output to the end. Returns its exit status, 128 + n
 * after signal n. The standard input is left as it is. */
int program_wait(struct program *);

/* Starts, writes the input (NULL: none), closes it and waits. Its status is then in status. */
#define program_run(input, ...) program_run_list((input), (const char *const[]){__VA_ARGS__, NULL})
struct program *program_run_list(const char *input, const char *const arguments[]);

/* Ends the program if it runs still (SIGKILL), and frees it. NULL is nothing. */
void program_free(struct program *);

/* Ends and frees whatever is left: for a test's teardown, so that a failed test leaves nothing. */
void program_free_all(void);

/* A teardown that does just that. */
int program_teardown(void **state);

#endif
