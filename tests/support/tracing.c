/*
 * Recorded runs: see tracing.h.
 */
#include "support/tracing.h"

#include <limits.h>
#include <linux/close_range.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/command_line.h"

/* How long a run may take: generous, because it only costs when a test fails. */
static const int64_t patience = INT64_C(60000000000);

/* The programs to be traced lie beside the test. */
static void find_actor(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 32);

	assert_true(n > 0);
	path[n] = '\0';
	char *name = strrchr(path, '/');
	snprintf(name, (size_t)(path + PATH_MAX - name), "/programs/traced_actor");
}

struct tracing *tracing_new(void)
{
	struct tracing *tracing = calloc(1, sizeof(*tracing));

	assert_non_null(tracing);
	/* What the test inherited would change the numbers of the programs' descriptors. */
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	snprintf(tracing->folder, sizeof(tracing->folder), "/tmp/tracing.XXXXXX");
	assert_non_null(mkdtemp(tracing->folder));
	tracing->recording = recording_new();
	assert_non_null(tracing->recording);
	tracing->output = memfd_create("output", MFD_CLOEXEC);
	assert_true(tracing->output >= 0);
	tracing->plan = (struct run_plan){.clients = tracing->clients,
					  .start_delay = START_WHEN_SERVED,
					  .timeout = patience,
					  .bytes = 64,
					  .output = tracing->output,
					  .errors = tracing->output,
					  .hooks = {.descriptor = -1}};
	return tracing;
}

void tracing_free(struct tracing *tracing)
{
	char path[TRACING_PATH];

	recording_free(tracing->recording);
	close(tracing->output);
	snprintf(path, sizeof(path), "%s/port", tracing->folder);
	unlink(path);
	rmdir(tracing->folder);
	free(tracing);
}

const char *tracing_command(struct tracing *tracing, const char *act)
{
	char actor[PATH_MAX];
	find_actor(actor);
	char *quoted = command_line_quote(actor, strlen(actor));
	const char *space = strchr(act, ' ');
	int length = space ? (int)(space - act) : (int)strlen(act);
	int i = 0;

	assert_non_null(quoted);
	while (tracing->commands[i][0])
		i++;
	assert_true(i <= TRACING_PROGRAMS);
	int n = snprintf(tracing->commands[i], TRACING_COMMAND, "exec %s %.*s %s/port%s", quoted,
			 length, act, tracing->folder, space ? space : "");
	free(quoted);
	assert_true(n < TRACING_COMMAND);
	return tracing->commands[i];
}

struct run_program *tracing_server(struct tracing *tracing, const char *act)
{
	tracing->server.command = tracing_command(tracing, act);
	tracing->plan.server = &tracing->server;
	return &tracing->server;
}

struct run_program *tracing_client(struct tracing *tracing, const char *act)
{
	struct run_program *client = &tracing->clients[tracing->plan.client_count++];

	/* Nobody's keyboard but the test's own would be left for the first one. */
	*client = (struct run_program){.command = tracing_command(tracing, act), .input = ""};
	return client;
}

void tracing_run(struct tracing *tracing, int status)
{
	tracing->status = record_programs(tracing->recording, &tracing->plan, &tracing->error);
	if (tracing->status != status)
		print_error("the run returned %d: %s\n%s", tracing->status, tracing->error.text,
			    tracing_output(tracing));
	assert_int_equal(tracing->status, status);
}

/* --- What happened. --- */

/* Copies a text with ports by name. Returns the end of the copy. */
static char *add_text(const struct tracing *tracing, char *out, const char *text)
{
	static const char host[] = "127.0.0.1:";
	const char *found;
	char *end;

	while ((found = strstr(text, host))) {
		found += strlen(host);
		long port = strtol(found, &end, 10);
		bool first = tracing->recording->socket_count &&
			     tracing->recording->sockets[0].local.port == port;
		out += sprintf(out, "%.*s%s", (int)(found - text), text,
			       port == 0 ? "0"
			       : first   ? "PORT"
					 : "OTHER");
		text = end;
	}
	return out + sprintf(out, "%s", text);
}

const char *tracing_calls(struct tracing *tracing, int program, int process)
{
	char *out = tracing->text;

	*out = '\0';
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		const struct call *call = &tracing->recording->calls[i];

		if (call->program != program || (process && call->process != process) ||
		    strcmp(call->name, "execve") == 0)
			continue;
		assert_true(out + 1024 < tracing->text + sizeof(tracing->text));
		out = add_text(tracing, out, call->text);
		if (call->outcome[0])
			out += sprintf(out, " ");
		if (call->kind == CALL_PROCESS && call->result > 0)
			out += sprintf(out, "→ CHILD");
		else
			out = add_text(tracing, out, call->outcome);
		out += sprintf(out, "\n");
	}
	return tracing->text;
}

const char *tracing_output(struct tracing *tracing)
{
	ssize_t n = pread(tracing->output, tracing->text, sizeof(tracing->text) - 1, 0);

	assert_true(n >= 0);
	tracing->text[n] = '\0';
	return tracing->text;
}

int tracing_process(const struct tracing *tracing, int program, enum call_kind kind, int n)
{
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		const struct call *call = &tracing->recording->calls[i];
		if (call->program == program && call->kind == kind && n-- == 0)
			return call->process;
	}
	fail_msg("program %d made too few calls of kind %d", program, (int)kind);
	return -1;
}

int tracing_count(const struct tracing *tracing, int program, enum call_kind kind)
{
	int count = 0;

	for (size_t i = 0; i < tracing->recording->call_count; i++)
		count += tracing->recording->calls[i].program == program &&
			 tracing->recording->calls[i].kind == kind;
	return count;
}
