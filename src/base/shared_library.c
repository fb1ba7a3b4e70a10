/* Loading shared libraries. */
#include "base/shared_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"

static int lacks(struct error *error, const char *package)
{
	const char *reason = dlerror();

	return error_set(error, STATUS_UNREACHABLE, ENOENT,
			 "a library is missing; install the package %s: %s", package,
			 reason ? reason : "it cannot be loaded");
}

int shared_library_load(const char *file, const char *package, const char *const *names,
			void *functions, size_t count, struct error *error)
{
	void *handle = dlopen(file, RTLD_LAZY | RTLD_LOCAL);

	if (!handle)
		return lacks(error, package);
	for (size_t i = 0; i < count; i++) {
		void *function = dlsym(handle, names[i]);
		if (!function)
			return lacks(error, package);
		memcpy((char *)functions + i * sizeof(function), &function, sizeof(function));
	}
	return 0;
}
