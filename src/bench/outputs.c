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
	for (int i = 0; i < OUTPUTS; i++) {
		if (!outputs->files[i])
			continue;
		errno = 0;
		int status = write(what, (enum output)i, outputs->files[i]);
		if (status == 0 && fflush(outputs->files[i]))
			status = -EIO;
		/* Of a file, errno knows more: that there is no space, for one. */
		if (status)
			return error_system(error, status == -EIO && errno ? errno : -status,
					    "write %s", outputs->names[i]);
	}
	return 0;
}

void outputs_close(struct outputs *outputs)
{
	for (int i = 0; i < OUTPUTS; i++) {
		if (outputs->files[i] && outputs->files[i] != stdout)
			fclose(outputs->files[i]);
		outputs->files[i] = NULL;
	}
}
