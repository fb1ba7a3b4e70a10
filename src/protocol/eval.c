/*
 * eval: an arithmetic expression and its value.
 *
 * Paper 002, Server1 to Server3. + - * / % ** and parentheses as in Python, whole numbers exact in
 * 64 bits. quit() ends the session; exit() ends the server if it was started with --allow-exit, and
 * only for a peer on the same machine.
 */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol eval_protocol;

static const char dialogue[] = "client -> 3+5\n"
			       "client <- Answer is 8\n"
			       "client -> 2 ** 10 - (1 + 2) * 3\n"
			       "client <- Answer is 1015\n"
			       "client -> 7 / 2\n"
			       "client <- Answer is 3.5\n"
			       "client -> 4 + * 5\n"
			       "client <- Error at column 5: a number or '(' is missing\n"
			       "client -> 1 / 0\n"
			       "client <- Error at column 3: division by zero\n"
			       "client -> quit()\n"
			       "client <- quit()\n"
			       "client <- (closes)\n";

/* --- Values: whole numbers while they can be, else floating-point numbers. --- */

struct value {
	bool whole;
	int64_t integer;
	double real;
};

static struct value integer_value(int64_t integer)
{
	return (struct value){.whole = true, .integer = integer, .real = (double)integer};
}

static struct value real_value(double real)
{
	return (struct value){.real = real};
}

/* --- The parser: recursive descent, one function for each rank of operators. --- */

enum { DEPTH_MAX = 100, NUMBER_MAX = 400 };

struct parser {
	const char *start, *at, *end;
	int depth;
	const char *complaint; /* the first thing wrong, or NULL */
	const char *place;     /* where */
};

static struct value complain(struct parser *parser, const char *place, const char *complaint)
{
	if (!parser->complaint) {
		parser->complaint = complaint;
		parser->place = place;
	}
	return integer_value(0);
}

static const char too_large[] = "the result does not fit in 64 bits";

static struct value checked(struct parser *parser, const char *place, double real)
{
	if (!isfinite(real))
		return complain(parser, place, "the result is too large");
	return real_value(real);
}

static void skip_space(struct parser *parser)
{
	while (parser->at < parser->end && (*parser->at == ' ' || *parser->at == '\t'))
		parser->at++;
}

/* Whether the text comes next; moves behind it. `*` alone does not come next where `**` does. */
static bool accept(struct parser *parser, const char *text)
{
	size_t n = strlen(text);

	skip_space(parser);
	if ((size_t)(parser->end - parser->at) < n || memcmp(parser->at, text, n) != 0)
		return false;
	if (n == 1 && *text == '*' && parser->end - parser->at > 1 && parser->at[1] == '*')
		return false;
	parser->at += n;
	return true;
}

static struct value parse_sum(struct parser *parser);
static struct value parse_sign(struct parser *parser);

static bool is_digit(const struct parser *parser)
{
	return parser->at < parser->end && isdigit((unsigned char)*parser->at);
}

static struct value parse_number(struct parser *parser)
{
	const char *start = parser->at;
	char text[NUMBER_MAX + 1];
	int64_t integer = 0;
	bool whole = true, fits = true;

	for (; is_digit(parser); parser->at++)
		fits = fits && !__builtin_mul_overflow(integer, 10, &integer) &&
		       !__builtin_add_overflow(integer, *parser->at - '0', &integer);
	if (parser->at < parser->end && *parser->at == '.') {
		whole = false;
		for (parser->at++; is_digit(parser); parser->at++)
			;
	}
	size_t n = (size_t)(parser->at - start);
	if (n == 0 || (n == 1 && !whole))
		return complain(parser, start, "a number or '(' is missing");
	if (whole)
		return fits ? integer_value(integer)
			    : complain(parser, start, "the number does not fit in 64 bits");
	if (n > NUMBER_MAX)
		return complain(parser, start, "the number is too long");
	memcpy(text, start, n);
	text[n] = '\0';
	return checked(parser, start, strtod(text, NULL));
}

static struct value parse_operand(struct parser *parser)
{
	skip_space(parser);
	const char *open = parser->at;

	if (!accept(parser, "("))
		return parse_number(parser);
	struct value value = parse_sum(parser);
	if (!accept(parser, ")"))
		return complain(parser, parser->complaint ? parser->place : open,
				"this parenthesis is not closed");
	return value;
}

static struct value integer_power(struct parser *parser, const char *place, int64_t base,
				  int64_t exponent)
{
	int64_t result = 1;
	bool overflow = false;

	while (exponent > 0 && !overflow) {
		if (exponent & 1)
			overflow = __builtin_mul_overflow(result, base, &result);
		exponent >>= 1;
		if (exponent > 0 && !overflow)
			overflow = __builtin_mul_overflow(base, base, &base);
	}
	return overflow ? complain(parser, place, too_large) : integer_value(result);
}

static struct value power(struct parser *parser, const char *place, struct value base,
			  struct value exponent)
{
	if (base.whole && exponent.whole && exponent.integer >= 0)
		return integer_power(parser, place, base.integer, exponent.integer);
	if (base.real == 0 && exponent.real < 0)
		return complain(parser, place, "division by zero");
	if (base.real < 0 && exponent.real != floor(exponent.real))
		return complain(parser, place, "the root of a negative number");
	return checked(parser, place, pow(base.real, exponent.real));
}

/* ** binds to the right, and tighter than a sign on its left: -2 ** 2 is -4. */
static struct value parse_power(struct parser *parser)
{
	struct value base = parse_operand(parser);

	skip_space(parser);
	const char *place = parser->at;
	if (!accept(parser, "**"))
		return base;
	struct value exponent = parse_sign(parser);
	return parser->complaint ? base : power(parser, place, base, exponent);
}

static struct value negative(struct parser *parser, const char *place, struct value value)
{
	if (!value.whole)
		return real_value(-value.real);
	if (value.integer == INT64_MIN)
		return complain(parser, place, too_large);
	return integer_value(-value.integer);
}

static struct value parse_sign(struct parser *parser)
{
	skip_space(parser);
	const char *place = parser->at;

	/* Every recursion passes here. */
	if (++parser->depth > DEPTH_MAX)
		return complain(parser, place, "the expression is nested too deeply");
	struct value value;
	if (accept(parser, "-"))
		value = negative(parser, place, parse_sign(parser));
	else if (accept(parser, "+"))
		value = parse_sign(parser);
	else
		value = parse_power(parser);
	parser->depth--;
	return value;
}

static struct value divide(struct parser *parser, const char *place, struct value left,
			   struct value right)
{
	if (right.real == 0)
		return complain(parser, place, "division by zero");
	/* A double may have rounded either number already; a long double holds all 64-bit ones. */
	if (left.whole && right.whole)
		return real_value((double)((long double)left.integer / (long double)right.integer));
	return checked(parser, place, left.real / right.real);
}

/* The remainder has the divisor's sign. */
static struct value modulo(struct parser *parser, const char *place, struct value left,
			   struct value right)
{
	if (right.real == 0)
		return complain(parser, place, "division by zero");
	if (left.whole && right.whole) {
		/* INT64_MIN % -1 overflows on the way to 0. */
		int64_t rest = right.integer == -1 ? 0 : left.integer % right.integer;
		return integer_value(rest != 0 && (rest < 0) != (right.integer < 0)
					     ? rest + right.integer
					     : rest);
	}
	double rest = fmod(left.real, right.real);
	if (rest == 0)
		rest = copysign(0, right.real);
	else if ((rest < 0) != (right.real < 0))
		rest += right.real;
	return checked(parser, place, rest);
}

static struct value multiply(struct parser *parser, const char *place, struct value left,
			     struct value right)
{
	int64_t product;

	if (!left.whole || !right.whole)
		return checked(parser, place, left.real * right.real);
	if (__builtin_mul_overflow(left.integer, right.integer, &product))
		return complain(parser, place, too_large);
	return integer_value(product);
}

static struct value parse_product(struct parser *parser)
{
	struct value left = parse_sign(parser);

	while (!parser->complaint) {
		skip_space(parser);
		const char *place = parser->at;
		if (accept(parser, "*"))
			left = multiply(parser, place, left, parse_sign(parser));
		else if (accept(parser, "/"))
			left = divide(parser, place, left, parse_sign(parser));
		else if (accept(parser, "%"))
			left = modulo(parser, place, left, parse_sign(parser));
		else
			break;
	}
	return left;
}

static struct value add(struct parser *parser, const char *place, struct value left,
			struct value right, bool subtract)
{
	int64_t sum;

	if (!left.whole || !right.whole)
		return checked(parser, place,
			       subtract ? left.real - right.real : left.real + right.real);
	if (subtract ? __builtin_sub_overflow(left.integer, right.integer, &sum)
		     : __builtin_add_overflow(left.integer, right.integer, &sum))
		return complain(parser, place, too_large);
	return integer_value(sum);
}

static struct value parse_sum(struct parser *parser)
{
	struct value left = parse_product(parser);

	while (!parser->complaint) {
		skip_space(parser);
		const char *place = parser->at;
		if (accept(parser, "+"))
			left = add(parser, place, left, parse_product(parser), false);
		else if (accept(parser, "-"))
			left = add(parser, place, left, parse_product(parser), true);
		else
			break;
	}
	return left;
}

static struct value parse(struct parser *parser, const char *line, size_t n)
{
	*parser = (struct parser){.start = line, .at = line, .end = line + n};
	struct value value = parse_sum(parser);

	skip_space(parser);
	if (parser->at < parser->end)
		complain(parser, parser->at, "an operator is missing");
	return value;
}

/* --- The server. --- */

struct eval_options {
	bool allow_exit;
};

static const struct option options[] = {
	{.name = "allow-exit",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct eval_options, allow_exit),
	 .help = "let a peer on this machine stop the server with exit()",
	 .sides = SIDE_SERVER},
	{.name = NULL},
};

static bool is(const char *line, size_t n, const char *text)
{
	return n == strlen(text) && memcmp(line, text, n) == 0;
}

static void answer(struct session *session, const char *line, size_t n)
{
	struct parser parser;
	struct value value = parse(&parser, line, n);
	char text[TEXT_NUMBER];

	if (parser.complaint)
		session_line(session, "Error at column %zu: %s",
			     (size_t)(parser.place - parser.start) + 1, parser.complaint);
	else if (value.whole)
		session_line(session, "Answer is %" PRId64, value.integer);
	else
		session_line(session, "Answer is %s", text_number(text, value.real));
}

static void leave(struct session *session, bool stop)
{
	const struct eval_options *chosen = session_options(session);

	if (stop && (!chosen->allow_exit || !session_is_local(session))) {
		session_line(session, "Error: this server does not stop for exit(); quit() leaves");
		return;
	}
	session_line(session, "%s", stop ? "exit()" : "quit()");
	session_end(session);
	if (stop)
		session_stop_server(session);
}

static void server_input(struct session *session, const char *line, size_t n)
{
	session_note_bytes(session, "sent -> ", line, n);
	if (is(line, n, "quit()"))
		leave(session, false);
	else if (is(line, n, "exit()"))
		leave(session, true);
	else
		answer(session, line, n);
}

static void client_open(struct session *session)
{
	session_prompt(session, "Enter request string : ");
}

static const struct exchange exchanges[] = {
	{"3+5", "Answer is 8"},
	{"2 ** 10 - (1 + 2) * 3", "Answer is 1015"},
	{"7 / 2", "Answer is 3.5"},
	{"4 + * 5", "Error at column 5: a number or '(' is missing"},
	{NULL, NULL},
};

static const struct workload workload = {.kind = WORKLOAD_EXCHANGE, .exchanges = exchanges};

const struct protocol eval_protocol = {
	.name = "eval",
	.summary = "computes arithmetic expressions",
	.reference = "paper 002, Server1 to Server3",
	.dialogue = dialogue,
	.port = 5002,
	.transports = TRANSPORT_TCP | TRANSPORT_UNIX,
	.workload = &workload,
	.options = options,
	.options_size = sizeof(struct eval_options),
	.server = {.input = server_input},
	.client = {.open = client_open, .user = session_text, .input = session_show},
};
