/*
 * Where a report goes.
 */
#include "bench/outputs.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "sockettool/file.h"

static bool is_file(int output)
{
	return output >= OUTPUT_HISTOGRAM;
}

int outputs_choose(struct outputs *outputs, const struct bench_options *options,
		   struct error *error)
{
	*outputs = (struct outputs){
		.names = {[OUTPUT_HISTOGRAM] = options->histogram,
			  [OUTPUT_SVG] = options->svg,
			  [OUTPUT_HTML] = options->html},
	};
	outputs->names[options->json ? OUTPUT_JSON : OUTPUT_TEXT] = "standard output";
	for (int i = 0; i < OUTPUTS; i++) {
		int status = is_file(i) && outputs->names[i]
				     ? file_check_writable(outputs->names[i])
				     : 0;
		if (status)
			return error_system(error, -status, "open %s", outputs->names[i]);
	}
	return 0;
}

static int write_one(const char *name, enum output output,
		     int (*write)(void *what, enum output, FILE *), void *what, struct error *error)
{
	FILE *file = is_file((int)output) ? fopen(name, "we") : stdout;

	if (!file)
		return error_system(error, errno, "open %s", name);
	errno = 0;
	int result = write(what, output, file);
	if (result == 0 && fflush(file))
		result = -EIO;
	/* Of a file, errno knows more: that there is no space, for one. */
	int code = result == -EIO && errno ? errno : -result;
	if (file != stdout && fclose(file) && result == 0) {
		code = errno;
		result = -EIO;
	}
	if (result == 0)
		return 0;
	error_system(error, code, "write %s", name);
	/* What was measured is lost, as for every command whose output nobody takes. */
	if (file == stdout && code != ENOMEM)
		error->status = STATUS_PROTOCOL;
	return -code;
}

int outputs_write(const struct outputs *outputs, int (*write)(void *what, enum output, FILE *),
		  void *what, struct error *error)
{
	struct error further;
	int status = 0;

	/* One that fails must not cost the others: a measurement may have taken minutes. */
	for (int i = 0; i < OUTPUTS; i++) {
		if (!outputs->names[i])
			continue;
		int result = write_one(outputs->names[i], (enum output)i, write, what,
				       status ? &further : error);
		status = status ? status : result;
	}
	return status;
}
