/*
 * The libraries that this program uses. CMakeLists.txt defines the version of each that it found.
 */
#include "command/libraries.h"

#include <stddef.h>

#ifndef LIBRARY_LIBURING
#define LIBRARY_LIBURING NULL
#endif

const struct library libraries[] = {
	{"libpcap", LIBRARY_LIBPCAP, "packets: captured, and read from files, for timeline"},
	{"libdw", LIBRARY_LIBDW, "source lines of timeline's programs"},
	{"jansson", LIBRARY_JANSSON, "JSON: recordings of timeline, reports of bench"},
	{"utf8proc", LIBRARY_LIBUTF8PROC, "how wide characters are on a terminal"},
	{"libedit", LIBRARY_LIBEDIT, "line editing in connect"},
	{"liburing", LIBRARY_LIBURING, "the model uring"},
	{NULL, NULL, NULL},
};
