/*
 * list: the protocols, models and libraries there are.
 */
#include <stdio.h>

#include "base/error.h"
#include "command/command.h"
#include "command/libraries.h"
#include "command/output.h"
#include "command/phrase.h"
#include "sockettool/model.h"

struct list_options {
	bool json;
};

static const char *framing_name(const struct protocol *protocol)
{
	if (protocol->transports == TRANSPORT_UDP)
		return "datagram";
	return protocol->framing == FRAMING_LINE ? "line" : "stream";
}

static const char *protocol_cell(const void *data, size_t row, size_t column,
				 char buffer[OUTPUT_CELL])
{
	const struct protocol *protocol = protocols[row];
	size_t length = 0;

	(void)data;
	switch (column) {
	case 0:
		return protocol->name;
	case 1:
		phrase_append(buffer, OUTPUT_CELL, &length, "%s%s%s",
			      protocol->transports & TRANSPORT_TCP ? "tcp " : "",
			      protocol->transports & TRANSPORT_UDP ? "udp " : "",
			      protocol->transports & TRANSPORT_UNIX ? "unix" : "");
		return buffer;
	case 2:
		phrase_append(buffer, OUTPUT_CELL, &length, "%d", protocol->port);
		return buffer;
	default:
		return protocol->summary;
	}
}

static bool is_available(const struct model *model, struct error *error)
{
	return !model->available || model->available(error);
}

static const char *model_cell(const void *data, size_t row, size_t column, char buffer[OUTPUT_CELL])
{
	const struct model *model = models[row];
	struct error error = {0};
	size_t length = 0;

	(void)data;
	switch (column) {
	case 0:
		return model->name;
	case 1:
		return is_available(model, &error) ? "yes" : "no";
	case 2:
		return model->abilities & MODEL_SHARED ? "yes" : "no";
	case 3:
		return model->abilities & MODEL_WORKERS ? "yes" : "no";
	default:
		phrase_append(buffer, OUTPUT_CELL, &length, "%s", model->summary);
		if (!is_available(model, &error))
			phrase_append(buffer, OUTPUT_CELL, &length, "; not available: %s",
				      error.text);
		return buffer;
	}
}

static const char *library_cell(const void *data, size_t row, size_t column,
				char buffer[OUTPUT_CELL])
{
	const struct library *library = &libraries[row];

	(void)data;
	(void)buffer;
	switch (column) {
	case 0:
		return library->name;
	case 1:
		return library->version ? library->version : "no";
	default:
		return library->purpose;
	}
}

static void print_tables(void)
{
	static const char *const protocol_headings[] = {"PROTOCOL", "TRANSPORTS", "PORT",
							"SUMMARY"};
	static const char *const model_headings[] = {"MODEL", "AVAILABLE", "CHAT", "WORKERS",
						     "SUMMARY"};
	static const char *const library_headings[] = {"LIBRARY", "VERSION", "FOR"};
	struct output_table table = {
		.columns = 4, .headings = protocol_headings, .cell = protocol_cell};

	while (protocols[table.rows])
		table.rows++;
	output_table(&table);
	putchar('\n');
	table = (struct output_table){.columns = 5, .headings = model_headings, .cell = model_cell};
	while (models[table.rows])
		table.rows++;
	output_table(&table);
	putchar('\n');
	table = (struct output_table){
		.columns = 3, .headings = library_headings, .cell = library_cell};
	while (libraries[table.rows].name)
		table.rows++;
	output_table(&table);
}

/* Prints "key":"text". */
static void json_member(const char *before, const char *key, const char *text)
{
	printf("%s\"%s\":", before, key);
	output_json(text);
}

static void json_transports(const struct protocol *protocol)
{
	static const struct {
		enum transport transport;
		const char *name;
	} known[] = {{TRANSPORT_TCP, "tcp"}, {TRANSPORT_UDP, "udp"}, {TRANSPORT_UNIX, "unix"}};
	const char *before = "";

	printf(",\"transports\":[");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!(protocol->transports & known[i].transport))
			continue;
		printf("%s\"%s\"", before, known[i].name);
		before = ",";
	}
	printf("]");
}

static void json_protocol(const struct protocol *protocol)
{
	json_member("{", "name", protocol->name);
	json_transports(protocol);
	printf(",\"port\":%d", protocol->port);
	json_member(",", "framing", framing_name(protocol));
	json_member(",", "reference", protocol->reference);
	json_member(",", "client_alias", protocol->client_alias);
	printf(",\"shared\":%s", protocol->shared ? "true" : "false");
	json_member(",", "summary", protocol->summary);
	printf("}");
}

static void json_model(const struct model *model)
{
	struct error error = {0};
	bool available = is_available(model, &error);

	json_member("{", "name", model->name);
	printf(",\"available\":%s", available ? "true" : "false");
	json_member(",", "unavailable_because", available ? NULL : error.text);
	printf(",\"shared\":%s", model->abilities & MODEL_SHARED ? "true" : "false");
	printf(",\"workers\":%s", model->abilities & MODEL_WORKERS ? "true" : "false");
	json_member(",", "summary", model->summary);
	printf("}");
}

static void json_library(const struct library *library)
{
	json_member("{", "name", library->name);
	json_member(",", "version", library->version);
	json_member(",", "purpose", library->purpose);
	printf("}");
}

static void print_json(void)
{
	printf("{\"protocols\":[");
	for (size_t i = 0; protocols[i]; i++) {
		printf("%s\n", i > 0 ? "," : "");
		json_protocol(protocols[i]);
	}
	printf("\n],\"models\":[");
	for (size_t i = 0; models[i]; i++) {
		printf("%s\n", i > 0 ? "," : "");
		json_model(models[i]);
	}
	printf("\n],\"libraries\":[");
	for (size_t i = 0; libraries[i].name; i++) {
		printf("%s\n", i > 0 ? "," : "");
		json_library(&libraries[i]);
	}
	printf("\n]}\n");
}

static int run_list(struct invocation *in, struct error *error)
{
	const struct list_options *options = in->options;
	char quote[PHRASE_QUOTE];
	int result = invocation_apply(in, error);

	if (result != 0)
		return result;
	if (in->arguments.operand_count > 0)
		return error_usage(error, "list takes no arguments, not %s",
				   phrase_quote(quote, in->arguments.operands[0]));
	if (options->json)
		print_json();
	else
		print_tables();
	return 0;
}

static const struct option list_options[] = {
	{.name = "json",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct list_options, json),
	 .help = "print one JSON document instead of tables"},
	{0},
};

static const struct option_group list_groups[] = {
	{"Form", list_options, 0},
	{0},
};

const struct command list_command = {
	.name = "list",
	.summary = "list the protocols, the I/O models and the libraries of this build",
	.details = "The CHAT column of the models tells whether sessions can speak to one another, "
		   "as those of chat do; WORKERS, whether --workers can have several event loops. "
		   "The VERSION of a library is the one this program was built with, no if it was "
		   "built without it.",
	.groups = list_groups,
	.options_size = sizeof(struct list_options),
	.run = run_list,
};
