/*
 * Measuring servers: a load on one, or the same load on several in turn.
 */
#ifndef SOCKETTOOL_BENCH_H
#define SOCKETTOOL_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockettool/option.h"
#include "sockettool/protocol.h"

struct error;

/* The options of `bench`, as the command's tables fill them: within the bounds that these state.
 * Durations are nanoseconds, sizes bytes, the rate messages a second; 0 stands for what was not
 * given. The texts are borrowed until the call ends. */
struct bench_options {
	const char *connections; /* a number; for a comparison several, with commas between */
	int64_t members, speakers;
	int64_t size, pipeline, threads;
	int64_t duration, count, warmup, rate, timeout;
	bool udp;
	bool json;
	const char *histogram, *svg, *html; /* files to write, or NULL */
	struct text_list compare;
};

/* Loads a server and reports on standard output and in the files named. From now
 * on SIGINT, SIGTERM and SIGHUP end it, for the rest of the process' life. Returns 0 if all went as
 * planned, 128 + n after signal n, or a negative errno with the error filled; its status is
 * STATUS_PROTOCOL if the load was run and something fell short. Call it from the first thread, and
 * once. */
int bench(const struct protocol *, const char *host, const char *port, const struct bench_options *,
	  struct error *);

/* The same for servers that are started for it, one at a time: this program's own under each model
 * if the only command is "models", or the shell's commands, in which {port} stands for the port to
 * serve. The process stays on the processors that are not the servers'. */
int bench_compare(const struct protocol *, const char *const *commands, size_t count,
		  const struct bench_options *, struct error *);

#endif
