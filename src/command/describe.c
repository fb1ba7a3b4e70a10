/*
 * What tables of options look like to readers: the parts of help, the man page and completions.
 */
#include "command/describe.h"

#include <stdio.h>
#include <string.h>

#include "command/output.h"
#include "command/phrase.h"
#include "command/value.h"
#include "sockettool/model.h"

enum { HELP_COLUMN = 28 }; /* where the sentences begin */

bool describe_on_side(const struct option *option, unsigned side)
{
	return side == 0 || option->sides == 0 || (option->sides & side) != 0;
}

bool describe_any(const struct option *options, unsigned side)
{
	for (; options && options->name; options++) {
		if (describe_on_side(options, side))
			return true;
	}
	return false;
}

char *describe_help(char *out, size_t size, const struct option *option)
{
	char choices[240];
	size_t length = 0;

	phrase_append(out, size, &length, "%s", option->help);
	if (option->type == OPTION_CHOICE)
		phrase_append(out, size, &length, ": %s",
			      value_expected(choices, sizeof(choices), option));
	if (option->type == OPTION_LIST)
		phrase_append(out, size, &length, "; may be given again");
	if (option->initial && option->type != OPTION_FLAG)
		phrase_append(out, size, &length, " [default: %s]",
			      option->initial[0] ? option->initial : "''");
	return out;
}

void describe_options(const struct option *options, unsigned side)
{
	for (; options && options->name; options++) {
		char syntax[80] = "      ", help[640];
		size_t length;

		if (!describe_on_side(options, side))
			continue;
		if (options->letter)
			snprintf(syntax, sizeof(syntax), "  -%c, ", options->letter);
		length = strlen(syntax);
		phrase_append(syntax, sizeof(syntax), &length, "--%s%s%s", options->name,
			      options->argument ? " " : "",
			      options->argument ? options->argument : "");
		if (length + 2 > HELP_COLUMN)
			printf("%s\n%*s", syntax, HELP_COLUMN, "");
		else
			output_padded(syntax, HELP_COLUMN);
		output_wrapped(describe_help(help, sizeof(help), options), HELP_COLUMN, HELP_COLUMN,
			       OUTPUT_WIDTH);
	}
}

char *describe_transports(char *out, size_t size, unsigned transports)
{
	struct phrase_list list = {0};

	if (transports & TRANSPORT_TCP)
		phrase_add(&list, "TCP");
	if (transports & TRANSPORT_UDP)
		phrase_add(&list, "UDP");
	if (transports & TRANSPORT_UNIX)
		phrase_add(&list, "Unix sockets");
	return phrase_join(out, size, &list, "and");
}

char *describe_models(char *out, size_t size, unsigned ability)
{
	struct phrase_list list = {0};

	for (size_t i = 0; models[i]; i++) {
		if (models[i]->abilities & ability)
			phrase_add(&list, models[i]->name);
	}
	return phrase_join(out, size, &list, "or");
}

unsigned describe_needs(const struct protocol *protocol)
{
	if (!protocol->shared)
		return 0;
	return protocol->solitary ? MODEL_SHARED | MODEL_SINGLE : MODEL_SHARED;
}

static const char *describe_messages(const struct protocol *protocol)
{
	if (protocol->transports == TRANSPORT_UDP)
		return "datagrams";
	return protocol->framing == FRAMING_LINE ? "lines" : "bytes as they come";
}

void describe_protocol(const struct protocol *protocol, void (*row)(const char *, const char *))
{
	char text[120];

	row("reference", protocol->reference);
	row("transports", describe_transports(text, sizeof(text), protocol->transports));
	snprintf(text, sizeof(text), "%d", protocol->port);
	row("port", text);
	row("messages", describe_messages(protocol));
	if (describe_needs(protocol))
		row("models", describe_models(text, sizeof(text), describe_needs(protocol)));
}
