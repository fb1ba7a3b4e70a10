/*
 * Loading libdw.
 */
#include "timeline/libdw.h"

#include <dlfcn.h>
#include <errno.h>

#include "base/error.h"

static const char name[] = "libdw.so.1";

static int lacks(struct error *error, const char *what)
{
	return error_set(error, STATUS_UNREACHABLE, ENOENT,
			 "source lines take elfutils' %s (package libdw1): %s", name,
			 what ? what : "it cannot be loaded");
}

const struct libdw *libdw_load(struct error *error)
{
	static struct libdw library;
	void *handle = library.elf_version ? NULL : dlopen(name, RTLD_LAZY | RTLD_LOCAL);

	if (library.elf_version)
		return &library;
	if (!handle) {
		lacks(error, dlerror());
		return NULL;
	}
#define LOAD(function)                                                             \
	library.function = (__typeof__(library.function))dlsym(handle, #function); \
	if (!library.function) {                                                   \
		lacks(error, dlerror());                                           \
		library.elf_version = NULL;                                        \
		return NULL;                                                       \
	}
	LIBDW_FUNCTIONS(LOAD)
#undef LOAD
	library.elf_version(EV_CURRENT);
	return &library;
}
