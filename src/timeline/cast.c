/*
 * Who plays: from the options to a plan of programs to run.
 */
#include "timeline/cast.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/command_line.h"
#include "base/error.h"
#include "sockettool/address.h"
#include "sockettool/model.h"

/* Between the lines that are typed for a protocol's own client: time enough for an answer. */
static const char line_end[] = "\\n\\p{50}";

/* --- A protocol's own two ends. --- */

/* Writes one typed line, with what is special to the reader of --input escaped. */
static void type_line(FILE *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\\')
			fputc('\\', out);
		fputc(text[i], out);
	}
	fputs(line_end, out);
}

/* What the first who speaks in a protocol's example dialogue types. NULL: for want of memory. */
static char *typed_in_dialogue(const char *dialogue)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *who = dialogue;
	size_t name = strcspn(who, " ");

	if (!out)
		return NULL;
	for (const char *line = dialogue; *line; line += strcspn(line, "\n") + 1) {
		size_t n = strcspn(line, "\n");
		if (n > name + 4 && strncmp(line, who, name) == 0 &&
		    strncmp(line + name, " -> ", 4) == 0)
			type_line(out, line + name + 4, n - name - 4);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* What makes a client come to an end that would go on for ever. */
static const char *bound_of(const struct protocol *protocol)
{
	for (const struct option *option = protocol->options; option && option->name; option++)
		if (strcmp(option->name, "count") == 0)
			return option->type == OPTION_SIZE ? " --count 200" : " --count 3";
	return "";
}

static int own_commands(struct cast *cast, const struct protocol *protocol, int model,
			struct error *error)
{
	bool datagrams = !(protocol->transports & TRANSPORT_TCP);
	int port = address_free_port(datagrams, error);
	char *self = port < 0 ? NULL : command_line_self(error);

	if (!self)
		return -ENOENT;
	if (asprintf(&cast->commands[0],
		     "exec %s serve %s --host 127.0.0.1 --port %d --%s --model %s -q", self,
		     protocol->name, port, datagrams ? "udp" : "tcp", models[model]->name) < 0)
		cast->commands[0] = NULL;
	if (asprintf(&cast->commands[1], "exec %s connect %s 127.0.0.1 %d%s", self, protocol->name,
		     port, bound_of(protocol)) < 0)
		cast->commands[1] = NULL;
	free(self);
	snprintf(cast->titles[0], sizeof(cast->titles[0]), "sockettool serve %s --model %s",
		 protocol->name, models[model]->name);
	snprintf(cast->titles[1], sizeof(cast->titles[1]), "sockettool connect %s%s",
		 protocol->name, bound_of(protocol));
	if (protocol->dialogue)
		cast->input = typed_in_dialogue(protocol->dialogue);
	if (!cast->commands[0] || !cast->commands[1] || (protocol->dialogue && !cast->input))
		return error_set(error, STATUS_UNREACHABLE, ENOMEM,
				 "there is no memory for a "
				 "command");
	return 0;
}

/* --- The cast. --- */

/* The program that a text is for; who: 0 the server, n client n. NULL: there is none. */
static struct run_program *find(struct cast *cast, int who)
{
	if (who == 0)
		return cast->plan.server ? &cast->server : NULL;
	return (size_t)who <= cast->plan.client_count ? &cast->clients[who - 1] : NULL;
}

static int give_input(struct cast *cast, const char *text, struct error *error)
{
	const char *rest;
	int who = run_who(text, &rest, error);
	struct run_program *program = who < 0 ? NULL : find(cast, who);

	if (who < 0)
		return who;
	if (!program)
		return error_usage(error, "--input \"%.80s\" is for a program that is not there",
				   text);
	program->input = rest;
	return 0;
}

static bool is_named(const struct cast *cast, pid_t pid)
{
	if (cast->plan.server && cast->server.pid == pid)
		return true;
	for (size_t i = 0; i < cast->plan.client_count; i++)
		if (cast->clients[i].pid == pid)
			return true;
	return false;
}

/* Programs to attach to take the places behind those that are started. */
static int attach(struct cast *cast, const char *text, struct error *error)
{
	const char *rest;
	int who = run_who(text, &rest, error);
	char *end;

	if (who < 0)
		return who;
	errno = 0;
	long pid = strtol(rest, &end, 10);
	if (end == rest || *end != '\0' || pid < 1 || errno || pid > INT32_MAX)
		return error_usage(error, "--pid takes WHO:PID, as in server:4711, not \"%.80s\"",
				   text);
	if (is_named(cast, (pid_t)pid))
		return error_usage(error, "--pid names process %ld twice", pid);
	if (who == 0 && cast->plan.server)
		return error_usage(error, "there is one server only; \"%.80s\" is another", text);
	if (who == 0) {
		cast->server.pid = (pid_t)pid;
		cast->plan.server = &cast->server;
	} else {
		cast->clients[cast->plan.client_count++].pid = (pid_t)pid;
	}
	return 0;
}

static int fill(struct cast *cast, const struct timeline_options *options, struct error *error)
{
	int status = 0;

	cast->server.command = options->server ? options->server : cast->commands[0];
	if (!options->server && cast->commands[0])
		cast->server.title = cast->titles[0];
	if (cast->server.command)
		cast->plan.server = &cast->server;
	if (cast->commands[1]) {
		cast->clients[cast->plan.client_count++] =
			(struct run_program){.command = cast->commands[1],
					     .title = cast->titles[1],
					     .input = cast->input};
	}
	for (size_t i = 0; i < options->clients.count; i++)
		cast->clients[cast->plan.client_count++].command = options->clients.items[i];
	for (size_t i = 0; i < options->processes.count && status == 0; i++)
		status = attach(cast, options->processes.items[i], error);
	for (size_t i = 0; i < options->inputs.count && status == 0; i++)
		status = give_input(cast, options->inputs.items[i], error);
	if (status == 0 && !cast->plan.server && cast->plan.client_count == 0)
		status = error_usage(error, "timeline needs programs: a PROTOCOL, --server, "
					    "--client or --pid; or --load or --pcap-in");
	return status;
}

int cast_make(struct cast *cast, const struct protocol *protocol,
	      const struct timeline_options *options, struct error *error)
{
	int status = 0;

	*cast = (struct cast){0};
	cast->clients = calloc(options->clients.count + options->processes.count + 1,
			       sizeof(*cast->clients));
	if (!cast->clients)
		return error_set(error, STATUS_UNREACHABLE, ENOMEM,
				 "there is no memory for the "
				 "programs");
	if (protocol)
		status = own_commands(cast, protocol, options->model, error);
	cast->plan.clients = cast->clients;
	cast->plan.start_delay = options->start_delay;
	cast->plan.timeout = options->timeout;
	cast->plan.bytes = (size_t)options->bytes;
	cast->plan.source = options->source;
	/* Standard output is the timeline's. */
	cast->plan.output = cast->plan.errors = STDERR_FILENO;
	cast->plan.hooks.descriptor = -1;
	return status ? status : fill(cast, options, error);
}

void cast_free(struct cast *cast)
{
	free(cast->clients);
	free(cast->commands[0]);
	free(cast->commands[1]);
	free(cast->input);
}
