/*
 * Where a report goes.
 */
#include "bench/outputs.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

int outputs_open(struct outputs *outputs, const struct bench_options *options, struct error *error)
{
	*outputs = (struct outputs){
		.names = {[OUTPUT_TEXT] = "standard output",
			  [OUTPUT_JSON] = "standard output",
			  [OUTPUT_HISTOGRAM] = options->histogram,
			  [OUTPUT_SVG] = options->svg,
			  [OUTPUT_HTML] = options->html},
	};
	outputs->files[options->json ? OUTPUT_JSON : OUTPUT_TEXT] = stdout;
	for (int i = OUTPUT_HISTOGRAM; i < OUTPUTS; i++) {
		if (!outputs->names[i])
			continue;
		outputs->files[i] = fopen(outputs->names[i], "we");
		if (!outputs->files[i]) {
			int code = errno;
			outputs_close(outputs);
			return error_system(error, code, "open %s", outputs->names[i]);
		}
	}
	return 0;
}

int outputs_write(struct outputs *outputs, int (*write)(void *what, enum output, FILE *),
		  void *what, struct error *error)
{
	int status = 0;

	/* One that fails must not cost the others: a measurement may have taken minutes. */
	for (int i = 0; i < OUTPUTS; i++) {
		if (!outputs->files[i])
			continue;
		errno = 0;
		int result = write(what, (enum output)i, outputs->files[i]);
		if (result == 0 && fflush(outputs->files[i]))
			result = -EIO;
		/* Of a file, errno knows more: that there is no space, for one. */
		if (result && status == 0)
			status = error_system(error, result == -EIO && errno ? errno : -result,
					      "write %s", outputs->names[i]);
	}
	return status;
}

void outputs_close(struct outputs *outputs)
{
	for (int i = 0; i < OUTPUTS; i++) {
		if (outputs->files[i] && outputs->files[i] != stdout)
			fclose(outputs->files[i]);
		outputs->files[i] = NULL;
	}
}
