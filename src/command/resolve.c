/*
 * resolve: a host's addresses in the order in which connect tries them, their names, and a
 * service's number. Paper 001 asks the same of the socket module ("Getting the Host Name and IP").
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "command/command.h"
#include "command/output.h"
#include "command/phrase.h"
#include "command/value.h"
#include "sockettool/address.h"
#include "sockettool/dialer.h"
#include "sockettool/text.h"

struct resolve_options {
	bool json;
};

struct host {
	struct address addresses[DIAL_ADDRESSES_MAX];
	char names[DIAL_ADDRESSES_MAX][NI_MAXHOST]; /* empty: the address has none */
	int count;
};

struct service_numbers {
	char name[128];
	int tcp, udp; /* -1: none */
};

static const char *family_name(const struct address *address)
{
	return address->family == ADDRESS_IPV6 ? "IPv6" : "IPv4";
}

static int find_host(struct host *host, const char *name, struct error *error)
{
	int count = address_resolve(host->addresses, DIAL_ADDRESSES_MAX, name, NULL, SOCK_STREAM,
				    false, error);

	if (count < 0)
		return count;
	host->count = count < DIAL_ADDRESSES_MAX ? count : DIAL_ADDRESSES_MAX;
	dial_interleave(host->addresses, host->count);
	for (int i = 0; i < host->count; i++) {
		struct sockaddr_storage address;
		socklen_t size = address_to_sockaddr(&address, &host->addresses[i]);

		if (getnameinfo((struct sockaddr *)&address, size, host->names[i], NI_MAXHOST, NULL,
				0, NI_NAMEREQD) != 0)
			host->names[i][0] = '\0';
	}
	return 0;
}

static int service_port(struct service_numbers *service, const struct servent *entry)
{
	if (!entry)
		return -1;
	snprintf(service->name, sizeof(service->name), "%s", entry->s_name);
	return ntohs((uint16_t)entry->s_port);
}

static int find_service(struct service_numbers *service, const char *name, struct error *error)
{
	char quote[PHRASE_QUOTE];
	int64_t number = 0;
	int result = value_number(name, &number);

	if (result == -EINVAL) {
		service->tcp = service_port(service, getservbyname(name, "tcp"));
		service->udp = service_port(service, getservbyname(name, "udp"));
		if (service->tcp >= 0 || service->udp >= 0)
			return 0;
		return error_set(error, STATUS_UNREACHABLE, ENOENT,
				 "no service on this machine is called %s",
				 phrase_quote(quote, name));
	}
	if (result != 0 || number < 0 || number > 65535)
		return error_usage(error, "SERVICE is a name or a number from 0 to 65535, not %s",
				   phrase_quote(quote, name));
	service_port(service, getservbyport(htons((uint16_t)number), "udp"));
	service_port(service, getservbyport(htons((uint16_t)number), "tcp"));
	service->tcp = service->udp = (int)number;
	return 0;
}

static const char *host_cell(const void *data, size_t row, size_t column, char buffer[OUTPUT_CELL])
{
	const struct host *host = data;
	const struct address *address = &host->addresses[row];

	switch (column) {
	case 0:
		return address_host_text(buffer, address);
	case 1:
		return family_name(address);
	default:
		text_escape(buffer, OUTPUT_CELL, host->names[row], strlen(host->names[row]));
		return buffer[0] ? buffer : "-";
	}
}

static const char *service_cell(const void *data, size_t row, size_t column,
				char buffer[OUTPUT_CELL])
{
	const struct service_numbers *service = data;
	int port = column == 1 ? service->tcp : service->udp;

	(void)row;
	if (column == 0)
		return service->name[0] ? service->name : "-";
	if (port < 0)
		return "-";
	snprintf(buffer, OUTPUT_CELL, "%d", port);
	return buffer;
}

static void print_tables(const struct host *host, const struct service_numbers *service)
{
	static const char *const host_headings[] = {"ADDRESS", "FAMILY", "NAME"};
	static const char *const service_headings[] = {"SERVICE", "TCP", "UDP"};
	const struct output_table hosts = {.columns = 3,
					   .rows = (size_t)host->count,
					   .headings = host_headings,
					   .cell = host_cell,
					   .data = host};
	const struct output_table services = {.columns = 3,
					      .rows = 1,
					      .headings = service_headings,
					      .cell = service_cell,
					      .data = service};

	output_table(&hosts);
	if (!service)
		return;
	putchar('\n');
	output_table(&services);
}

static void print_port(const char *key, int port)
{
	if (port < 0)
		printf(",\"%s\":null", key);
	else
		printf(",\"%s\":%d", key, port);
}

static void print_json(const char *name, const struct host *host,
		       const struct service_numbers *service)
{
	char text[ADDRESS_TEXT];

	printf("{\"host\":");
	output_json(name);
	printf(",\"addresses\":[");
	for (int i = 0; i < host->count; i++) {
		printf("%s{\"address\":", i > 0 ? "," : "");
		output_json(address_host_text(text, &host->addresses[i]));
		printf(",\"family\":\"%s\",\"name\":", family_name(&host->addresses[i]));
		output_json(host->names[i][0] ? host->names[i] : NULL);
		printf("}");
	}
	printf("],\"service\":");
	if (service) {
		printf("{\"name\":");
		output_json(service->name[0] ? service->name : NULL);
		print_port("tcp", service->tcp);
		print_port("udp", service->udp);
		printf("}}\n");
	} else {
		printf("null}\n");
	}
}

static int run_resolve(struct invocation *in, struct error *error)
{
	const struct resolve_options *options = in->options;
	const char *const *operands = in->arguments.operands;
	size_t count = in->arguments.operand_count;
	struct service_numbers service = {0};
	struct host host;
	int result = invocation_apply(in, error);

	if (result != 0)
		return result;
	if (count == 0 || count > 2 || operands[0][0] == '\0')
		return error_usage(error, "resolve takes a HOST and may take a SERVICE, as in: "
					  "sockettool resolve localhost http");
	if (count == 2)
		result = find_service(&service, operands[1], error);
	if (result == 0)
		result = find_host(&host, operands[0], error);
	if (result != 0)
		return result;
	if (options->json)
		print_json(operands[0], &host, count == 2 ? &service : NULL);
	else
		print_tables(&host, count == 2 ? &service : NULL);
	return 0;
}

static const struct option resolve_options[] = {
	{.name = "json",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct resolve_options, json),
	 .help = "print one JSON document instead of a table"},
	{0},
};

static const struct option_group resolve_groups[] = {
	{"Form", resolve_options, 0},
	{0},
};

const struct command resolve_command = {
	.name = "resolve",
	.arguments = "HOST [SERVICE]",
	.summary = "show a host's addresses in the order in which connect tries them",
	.details =
		"NAME is what the address is called in turn, by the reverse look-up. SERVICE adds "
		"its number for TCP and UDP.",
	.groups = resolve_groups,
	.options_size = sizeof(struct resolve_options),
	.run = run_resolve,
};
