/* Loading libdw. */
#include "timeline/libdw.h"

#include <stdbool.h>

static const char *const names[] = {LIBDW_FUNCTIONS(SHARED_LIBRARY_NAME)};

struct libdw libdw;

int libdw_load(struct error *error)
{
	static bool loaded;

	if (loaded)
		return 0;
	int status = shared_library_load("libdw.so.1", "libdw1", names, &libdw,
					 sizeof(names) / sizeof(names[0]), error);
	if (status)
		return status;
	loaded = true;
	libdw.elf_version(EV_CURRENT);
	return 0;
}
