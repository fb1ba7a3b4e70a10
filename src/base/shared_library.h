/*
 * Shared libraries that are loaded when they are wanted. Most runs of this program do without those
 * of timeline and all that these need in turn, and start sooner.
 *
 * A library's functions are listed once, in a macro that uses another one for each of them:
 *
 *	#define LIBFOO_FUNCTIONS(USE) USE(foo_open) USE(foo_close)
 *	struct libfoo { LIBFOO_FUNCTIONS(SHARED_LIBRARY_MEMBER) };
 *	static const char *const names[] = {LIBFOO_FUNCTIONS(SHARED_LIBRARY_NAME)};
 */
#ifndef BASE_SHARED_LIBRARY_H
#define BASE_SHARED_LIBRARY_H

#include <stddef.h>

#define SHARED_LIBRARY_MEMBER(function) __typeof__(function) *(function);
#define SHARED_LIBRARY_NAME(function) #function,

struct error;

/* Loads a library, which then stays, and finds its functions. file: as the dynamic linker knows it;
 * package: Debian's, for the error; functions: a structure of so many function pointers, in the
 * order of their names. Returns 0, or -ENOENT with the error filled: the functions are then not to
 * be called. */
int shared_library_load(const char *file, const char *package, const char *const *names,
			void *functions, size_t count, struct error *);

#endif
