/*
 * Addresses: to and from the kernel's form, as text, and from a host's name.
 */
#include "sockettool/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum { PORT_MAX = 65535 };

/* --- Text --- */

/* Writes a number. Returns its end. */
static char *put_number(char *at, unsigned number)
{
	char reversed[16];
	int count = 0;

	do {
		reversed[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (count > 0)
		*at++ = reversed[--count];
	return at;
}

/* Returns the end, where a NUL stands. */
static char *put_ipv4(char *at, const uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		at = put_number(at, bytes[i]);
		*at++ = i < 3 ? '.' : '\0';
	}
	return at - 1;
}

char *address_host_text(char out[ADDRESS_TEXT], const struct address *address)
{
	char digits[INET6_ADDRSTRLEN] = "";

	switch ((enum address_family)address->family) {
	case ADDRESS_IPV4:
		put_ipv4(out, address->bytes);
		break;
	case ADDRESS_IPV6:
		inet_ntop(AF_INET6, address->bytes, digits, sizeof(digits));
		if (address->number)
			snprintf(out, ADDRESS_TEXT, "%s%%%u", digits, address->number);
		else
			snprintf(out, ADDRESS_TEXT, "%s", digits);
		break;
	case ADDRESS_UNIX:
		if (address->number)
			snprintf(out, ADDRESS_TEXT, "unix pid %u", address->number);
		else
			snprintf(out, ADDRESS_TEXT, "unix");
		break;
	case ADDRESS_NONE:
		snprintf(out, ADDRESS_TEXT, "nobody");
		break;
	}
	return out;
}

char *address_text(char out[ADDRESS_TEXT], const struct address *address)
{
	char host[ADDRESS_TEXT];

	/* The log writes this for each line. */
	if (address->family == ADDRESS_IPV4) {
		char *at = put_ipv4(out, address->bytes);
		*at++ = ':';
		*put_number(at, address->port) = '\0';
		return out;
	}
	address_host_text(host, address);
	if (address->family == ADDRESS_IPV6)
		snprintf(out, ADDRESS_TEXT, "[%.60s]:%u", host, address->port);
	else
		snprintf(out, ADDRESS_TEXT, "%s", host);
	return out;
}

/* --- The kernel's form --- */

static struct address from_ipv4(const struct sockaddr_in *in)
{
	struct address address = {.family = ADDRESS_IPV4, .port = ntohs(in->sin_port)};

	memcpy(address.bytes, &in->sin_addr, 4);
	return address;
}

static struct address from_ipv6(const struct sockaddr_in6 *in6)
{
	struct address address = {.port = ntohs(in6->sin6_port)};

	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		address.family = ADDRESS_IPV4;
		memcpy(address.bytes, in6->sin6_addr.s6_addr + 12, 4);
	} else {
		address.family = ADDRESS_IPV6;
		address.number = in6->sin6_scope_id;
		memcpy(address.bytes, in6->sin6_addr.s6_addr, 16);
	}
	return address;
}

struct address address_from_sockaddr(const struct sockaddr *from, socklen_t length)
{
	struct address address = {.family = ADDRESS_NONE};
	struct sockaddr_in in;

	if (length == sizeof(in) && from->sa_family == AF_INET) {
		memcpy(&in, from, sizeof(in));
		return from_ipv4(&in);
	}
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} copy = {.any = {.sa_family = AF_UNSPEC}};

	/* The copy is aligned for any family, and has zeros where the kernel gave fewer bytes. */
	memcpy(&copy, from, length < sizeof(copy) ? length : sizeof(copy));
	if (copy.any.sa_family == AF_INET) {
		address = from_ipv4(&copy.in);
	} else if (copy.any.sa_family == AF_INET6) {
		address = from_ipv6(&copy.in6);
	} else if (copy.any.sa_family == AF_UNIX) {
		address.family = ADDRESS_UNIX;
	}
	return address;
}

socklen_t address_to_sockaddr(struct sockaddr_storage *out, const struct address *address)
{
	memset(out, 0, sizeof(*out));
	if (address->family == ADDRESS_IPV4) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;
		in->sin_family = AF_INET;
		in->sin_port = htons(address->port);
		memcpy(&in->sin_addr, address->bytes, 4);
		return sizeof(*in);
	}
	if (address->family == ADDRESS_IPV6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(address->port);
		in6->sin6_scope_id = address->number;
		memcpy(&in6->sin6_addr, address->bytes, 16);
		return sizeof(*in6);
	}
	return 0;
}

/* --- Questions --- */

static const uint8_t zeros[16];

bool address_is_loopback(const struct address *address)
{
	switch ((enum address_family)address->family) {
	case ADDRESS_IPV4:
		return address->bytes[0] == 127;
	case ADDRESS_IPV6:
		return !memcmp(address->bytes, zeros, 15) && address->bytes[15] == 1;
	case ADDRESS_UNIX:
		return true;
	case ADDRESS_NONE:
		break;
	}
	return false;
}

bool address_is_wildcard(const struct address *address)
{
	if (address->family == ADDRESS_IPV4)
		return !memcmp(address->bytes, zeros, 4);
	return address->family == ADDRESS_IPV6 && !memcmp(address->bytes, zeros, 16);
}

bool address_is_group(const struct address *address)
{
	if (address->family == ADDRESS_IPV4)
		return (address->bytes[0] & 0xf0) == 0xe0 ||
		       !memcmp(address->bytes, "\xff\xff\xff\xff", 4);
	return address->family == ADDRESS_IPV6 && address->bytes[0] == 0xff;
}

/* FNV-1a over the host's bytes. */
uint32_t address_hash(const struct address *address)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < sizeof(address->bytes); i++)
		hash = (hash ^ address->bytes[i]) * 16777619U;
	return hash;
}

bool address_same_host(const struct address *a, const struct address *b)
{
	if (a->family != b->family || a->family == ADDRESS_NONE)
		return false;
	if (a->family == ADDRESS_UNIX)
		return a->number == b->number;
	if (a->family == ADDRESS_IPV4)
		return !memcmp(a->bytes, b->bytes, 4);
	return a->number == b->number && !memcmp(a->bytes, b->bytes, 16);
}

/* --- Names --- */

static int resolver_failed(int code, const char *host, const char *service, struct error *error)
{
	switch (code) {
	case EAI_SERVICE:
		return error_set(error, STATUS_UNREACHABLE, ENOENT,
				 "resolve %.100s: no service is named %.60s; give the port's "
				 "number",
				 host, service);
	case EAI_NONAME:
		return error_set(error, STATUS_UNREACHABLE, ENOENT,
				 "resolve %.200s: no host has this name", host);
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return error_set(error, STATUS_UNREACHABLE, EADDRNOTAVAIL,
				 "resolve %.200s: the name has no address", host);
	case EAI_AGAIN:
		return error_set(error, STATUS_UNREACHABLE, EAGAIN,
				 "resolve %.200s: the name server does not answer", host);
	case EAI_MEMORY:
		return error_system(error, ENOMEM, "resolve %.200s", host);
	case EAI_SYSTEM:
		return error_system(error, errno ? errno : EIO, "resolve %.200s", host);
	default:
		return error_set(error, STATUS_UNREACHABLE, EIO,
				 "resolve %.200s: the resolver says: %s", host, gai_strerror(code));
	}
}

/* Whether the service is a number, which the resolver would cut to 16 bits. */
static int check_service(const char *host, const char *service, int *flags, struct error *error)
{
	char *end;
	long port;

	if (service[0] == '\0' || strspn(service, "0123456789") != strlen(service))
		return 0;
	errno = 0;
	port = strtol(service, &end, 10);
	if (errno || port > PORT_MAX)
		return error_set(error, STATUS_UNREACHABLE, EINVAL,
				 "resolve %.100s: %.60s is no port; ports go from 0 to 65535", host,
				 service);
	*flags |= AI_NUMERICSERV;
	return 0;
}

static bool is_new(const struct address *addresses, int count, const struct address *address)
{
	for (int i = 0; i < count; i++) {
		if (address_same_host(&addresses[i], address) && addresses[i].port == address->port)
			return false;
	}
	return true;
}

int address_resolve(struct address *out, int max, const char *host, const char *service, int type,
		    bool passive, struct error *error)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = type};
	struct addrinfo *list = NULL;
	int count = 0, code;

	if (passive)
		hints.ai_flags |= AI_PASSIVE;
	if (service) {
		code = check_service(host ? host : "*", service, &hints.ai_flags, error);
		if (code < 0)
			return code;
	}
	/* "[::1]" is how an IPv6 address is written before a port. */
	char bare[INET6_ADDRSTRLEN + 32];
	size_t length = host ? strlen(host) : 0;
	if (length > 2 && length - 2 < sizeof(bare) && host[0] == '[' && host[length - 1] == ']') {
		memcpy(bare, host + 1, length - 2);
		bare[length - 2] = '\0';
		host = bare;
	}
	errno = 0;
	code = getaddrinfo(host, service, &hints, &list);
	if (code)
		return resolver_failed(code, host ? host : "*", service ? service : "", error);
	for (const struct addrinfo *at = list; at; at = at->ai_next) {
		struct address address = address_from_sockaddr(at->ai_addr, at->ai_addrlen);
		if (address.family == ADDRESS_NONE)
			continue;
		/* Names listed twice in a hosts file come twice. Beyond max they only count. */
		if (!is_new(out, count < max ? count : max, &address))
			continue;
		if (count < max)
			out[count] = address;
		count++;
	}
	freeaddrinfo(list);
	if (count == 0)
		return resolver_failed(EAI_NODATA, host ? host : "*", "", error);
	return count;
}

/* --- Ports --- */

int address_free_port(bool datagrams, struct error *error)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(in);
	int fd = socket(AF_INET, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	int code = 0;

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, length) ||
	    getsockname(fd, (struct sockaddr *)&in, &length))
		code = errno;
	if (fd >= 0)
		close(fd);
	return code ? error_system(error, code, "find a free port of 127.0.0.1")
		    : ntohs(in.sin_port);
}
