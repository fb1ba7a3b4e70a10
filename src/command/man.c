/*
 * The manual page, made of the same tables as help: roff with the man macros.
 */
#include "command/man.h"

#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/describe.h"
#include "command/help.h"
#include "command/output.h"
#include "sockettool/model.h"
#include "sockettool/text.h"

/* Prints one character so that roff shows it as it is. */
static void print_character(const char *bytes, size_t n, int32_t code_point)
{
	static const struct {
		char character;
		const char *roff;
	} special[] = {
		{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'`', "\\(ga"},
		{'^', "\\(ha"}, {'~', "\\(ti"}, {'"', "\\(dq"},
	};

	for (size_t i = 0; n == 1 && i < sizeof(special) / sizeof(special[0]); i++) {
		if (special[i].character == bytes[0]) {
			fputs(special[i].roff, stdout);
			return;
		}
	}
	if (code_point >= 0x80)
		printf("\\[u%04X]", (unsigned)code_point);
	else
		fwrite(bytes, 1, n, stdout);
}

/* Prints n bytes; a line must not begin with a control character, so each begins with nothing. */
static void print_bytes(const char *text, size_t n)
{
	const char *at = text, *end = text + n;

	fputs("\\&", stdout);
	while (at < end) {
		const char *begin = at;
		int32_t code_point = text_next(&at, end);

		print_character(begin, (size_t)(at - begin), code_point);
		if (*begin == '\n' && at < end)
			fputs("\\&", stdout);
	}
}

static void print_text(const char *text)
{
	print_bytes(text, strlen(text));
}

/* Prints a line of text. */
static void print_line(const char *text)
{
	print_text(text);
	putchar('\n');
}

static void print_bold_line(const char *text)
{
	printf("\\fB");
	print_text(text);
	printf("\\fR\n");
}

/* Prints lines as they are, up to the end of the text. */
static void print_example(const char *text, size_t n)
{
	printf(".PP\n.RS 4\n.nf\n");
	print_bytes(text, n);
	printf("%s.fi\n.RE\n", n > 0 && text[n - 1] == '\n' ? "" : "\n");
}

/* How many bytes of lines that begin with a space begin here. */
static size_t example_length(const char *text)
{
	size_t n = 0;

	while (text[n] == ' ') {
		n += strcspn(text + n, "\n");
		n += text[n] == '\n';
	}
	return n;
}

static void print_paragraphs(const char *text)
{
	while (*text) {
		size_t n = *text == ' ' ? example_length(text) : output_paragraph(text);

		if (*text == ' ') {
			print_example(text, n);
		} else if (n > 0) {
			printf(".PP\n");
			print_bytes(text, n);
			putchar('\n');
		}
		text += n + (text[n] == '\n');
	}
}

static void print_option(const struct option *option)
{
	char help[640];

	printf(".TP\n");
	if (option->letter)
		printf("\\fB\\-%c\\fR, ", option->letter);
	printf("\\fB\\-\\-");
	print_text(option->name);
	printf("\\fR");
	if (option->argument) {
		printf(" \\fI");
		print_text(option->argument);
		printf("\\fR");
	}
	putchar('\n');
	print_line(describe_help(help, sizeof(help), option));
}

static void print_options(const char *title, const struct option *options, unsigned side)
{
	if (!describe_any(options, side))
		return;
	printf(".PP\n");
	print_bold_line(title);
	for (; options->name; options++) {
		if (describe_on_side(options, side))
			print_option(options);
	}
}

static void print_command(const struct command *command)
{
	const struct option_group *group = command->groups;

	printf(".SS \"");
	print_text(command->name);
	printf("%s", command->arguments ? " " : "");
	print_text(command->arguments ? command->arguments : "");
	printf("\"\n");
	print_line(command->summary);
	if (command->details)
		print_paragraphs(command->details);
	for (; group->title; group++)
		print_options(group->title, group->options, 0);
}

static void print_row(const char *name, const char *text)
{
	printf(".TP\n");
	print_bold_line(name);
	print_line(text);
}

static void print_protocol(const struct protocol *protocol)
{
	printf(".SS \"");
	print_text(protocol->name);
	printf("\"\n");
	print_line(protocol->summary);
	describe_protocol(protocol, print_row);
	print_options("Options of serve", protocol->options, SIDE_SERVER);
	print_options("Options of connect", protocol->options, SIDE_CLIENT);
	if (protocol->dialogue) {
		printf(".PP\n");
		print_bold_line("Example");
		print_example(protocol->dialogue, strlen(protocol->dialogue));
	}
}

void man_print(void)
{
	printf(".TH SOCKETTOOL 1 \"\" \"sockettool %s\" \"User Commands\"\n", SOCKETTOOL_VERSION);
	printf(".SH NAME\nsockettool \\- sockets to teach with, learn from and debug\n"
	       ".SH SYNOPSIS\n"
	       "\\fBsockettool\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR]... [\\fIOPTION\\fR]...\n"
	       ".SH DESCRIPTION\n");
	print_line(help_about);
	printf(".PP\nDurations are numbers of seconds or have a unit, ms, s, m or h; sizes are "
	       "bytes or have a unit, K, M or G.\n.SH COMMANDS\n");
	for (size_t i = 0; commands[i]; i++)
		print_command(commands[i]);
	printf(".SS \"all commands\"\n");
	for (const struct option *option = general_group.options; option->name; option++)
		print_option(option);
	printf(".SH PROTOCOLS\n");
	for (size_t i = 0; protocols[i]; i++)
		print_protocol(protocols[i]);
	printf(".SH MODELS\n");
	for (size_t i = 0; models[i]; i++)
		print_row(models[i]->name, models[i]->summary);
	printf(".SH EXIT STATUS\n");
	for (size_t i = 0; exit_meanings[i].meaning; i++)
		print_row(exit_meanings[i].status, exit_meanings[i].meaning);
}
