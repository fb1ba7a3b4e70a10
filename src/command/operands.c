/*
 * The operands that name a server.
 */
#include "command/operands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "command/phrase.h"
#include "command/value.h"

/* Where the port begins in HOST:PORT and [ADDRESS]:PORT, or NULL. A bare IPv6 address, with colons
 * but no brackets, has none. */
static const char *port_within(const char *host)
{
	const char *bracket = host[0] == '[' ? strchr(host, ']') : NULL;
	const char *colon;

	if (bracket)
		return bracket[1] == ':' ? bracket + 2 : NULL;
	colon = strchr(host, ':');
	return colon && !strchr(colon + 1, ':') ? colon + 1 : NULL;
}

static int bad_host(const char *host, struct error *error)
{
	char quote[PHRASE_QUOTE];

	return error_usage(error, "HOST is a name or an address like 127.0.0.1 or [::1], not %s",
			   phrase_quote(quote, host));
}

/* Takes the host out of its brackets and from before its port. */
static int read_host(struct operand_target *target, const char *host, const char *port,
		     struct error *error)
{
	const char *end = port ? port - 1 : host + strlen(host);
	bool bracketed = host[0] == '[';
	size_t n = (size_t)(end - host);

	if (bracketed && end[-1] != ']')
		return bad_host(host, error);
	n -= bracketed ? 2 : 0;
	if (n == 0 || n >= sizeof(target->host_buffer))
		return bad_host(host, error);
	memcpy(target->host_buffer, host + bracketed, n);
	target->host_buffer[n] = '\0';
	target->host = target->host_buffer;
	return 0;
}

/* A number must be one that can be connected to; any other text is a service's name, which the
 * resolver knows or does not. */
static int read_port(struct operand_target *target, const char *port, struct error *error)
{
	char quote[PHRASE_QUOTE];
	int64_t number;
	int result = value_number(port, &number);

	if (port[0] == '\0' || result == -ERANGE || (result == 0 && (number < 1 || number > 65535)))
		return error_usage(error,
				   "PORT is a number from 1 to 65535 or a service's name, not %s",
				   phrase_quote(quote, port));
	target->port = port;
	return 0;
}

static int check_count(const struct arguments *arguments, const char *command, struct error *error)
{
	const char *name = arguments->operands[0];
	char quote[PHRASE_QUOTE];

	if (arguments->operand_count < 2)
		return error_usage(error, "%s %s needs a HOST, as in: sockettool %s %s localhost",
				   command, name, command, name);
	if (arguments->operand_count > 3)
		return error_usage(error, "%s takes PROTOCOL, HOST and PORT, and no %s", command,
				   phrase_quote(quote, arguments->operands[3]));
	return 0;
}

int operand_target(struct operand_target *target, const struct arguments *arguments,
		   const char *command, const struct protocol *protocol, struct error *error)
{
	int result = check_count(arguments, command, error);

	if (result != 0)
		return result;
	const char *host = arguments->operands[1], *within = port_within(host);
	const char *port = arguments->operand_count > 2 ? arguments->operands[2] : NULL;
	char quotes[2][PHRASE_QUOTE];

	if (within && port)
		return error_usage(error, "PORT is given twice, as %s and as %s",
				   phrase_quote(quotes[0], within), phrase_quote(quotes[1], port));
	if (!port && !within) {
		snprintf(target->port_buffer, sizeof(target->port_buffer), "%d", protocol->port);
		port = target->port_buffer;
	}
	result = read_host(target, host, within, error);
	return result == 0 ? read_port(target, within ? within : port, error) : result;
}
