/* Loading libpcap. */
#include "timeline/libpcap.h"

#include <errno.h>
#include <stdbool.h>

static const char *const names[] = {LIBPCAP_FUNCTIONS(SHARED_LIBRARY_NAME)};

struct libpcap libpcap;

int libpcap_load(struct error *error)
{
	/* As Debian and its kin call it, and as others do. */
	static const char *const files[] = {"libpcap.so.0.8", "libpcap.so.1"};
	static bool loaded;

	for (size_t i = 0; !loaded && i < sizeof(files) / sizeof(files[0]); i++)
		loaded = shared_library_load(files[i], "libpcap0.8", names, &libpcap,
					     sizeof(names) / sizeof(names[0]), error) == 0;
	return loaded ? 0 : -ENOENT;
}
