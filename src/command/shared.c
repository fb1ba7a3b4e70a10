/*
 * What the tables of several commands have in common.
 */
#include "command/shared.h"

#include "sockettool/endpoint.h"
#include "sockettool/model.h"

const char *shared_model_names(size_t index)
{
	return models[index] ? models[index]->name : NULL;
}

static const char *framing_names(size_t index)
{
	static const char *const names[] = {
		[FRAMING_CHOICE_LINE] = "line",
		[FRAMING_CHOICE_RAW] = "raw",
		NULL,
	};

	return names[index];
}

#define AT(member) offsetof(struct framing_options, member)

const struct option shared_framing[] = {
	{.name = "framing",
	 .type = OPTION_CHOICE,
	 .offset = AT(framing),
	 .argument = "FRAMING",
	 .initial = "line",
	 .choice = framing_names,
	 .help = "what a message is, a line or, as many textbook programs have it, whatever one "
		 "receive returns"},
	{.name = "crlf",
	 .type = OPTION_FLAG,
	 .offset = AT(crlf),
	 .help = "end the lines that are sent with CR LF instead of LF"},
	{.name = "max-line",
	 .type = OPTION_SIZE,
	 .offset = AT(max_line),
	 .argument = "SIZE",
	 .min = 1,
	 .max = 16 << 20,
	 .initial = "4096",
	 .help = "the longest line that is taken; a longer one is skipped"},
	{0},
};
