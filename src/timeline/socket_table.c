/*
 * The tables of sockets in /proc/PID/net.
 */
#include "timeline/socket_table.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "sockettool/text.h"

enum { LINE = 512, TCP_LISTEN = 10, UNIX_ACCEPTS = 0x10000 };

/* An address as the tables have it: words of four bytes, each in the machine's order. */
static bool read_address(struct address *address, const char *digits)
{
	size_t length = strspn(digits, "0123456789ABCDEFabcdef");
	uint32_t words[4];
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	unsigned port;

	if ((length != 8 && length != 32) || sscanf(digits + length, ":%4X", &port) != 1)
		return false;
	for (size_t i = 0; i < length / 8; i++) {
		if (sscanf(digits + 8 * i, "%8" SCNx32, &words[i]) != 1)
			return false;
	}
	if (length == 32) {
		memcpy(&v6.sin6_addr, words, sizeof(v6.sin6_addr));
		v6.sin6_port = htons((uint16_t)port);
		*address = address_from_sockaddr((struct sockaddr *)&v6, sizeof(v6));
	} else {
		v4.sin_addr.s_addr = words[0];
		v4.sin_port = htons((uint16_t)port);
		*address = address_from_sockaddr((struct sockaddr *)&v4, sizeof(v4));
	}
	return true;
}

static bool read_internet(struct socket_facts *facts, const char *table, const char *line,
			  uint64_t inode)
{
	char local[64], remote[64];
	unsigned state;
	uint64_t number;

	if (sscanf(line, " %*d: %63s %63s %X %*s %*s %*s %*u %*u %" SCNu64, local, remote, &state,
		   &number) != 4 ||
	    number != inode || !read_address(&facts->local, local) ||
	    !read_address(&facts->remote, remote))
		return false;
	facts->family = strchr(table, '6') ? AF_INET6 : AF_INET;
	facts->type = table[0] == 't' ? SOCK_STREAM : SOCK_DGRAM;
	facts->listens = facts->type == SOCK_STREAM && state == TCP_LISTEN;
	if (!facts->remote.port)
		facts->remote = (struct address){0};
	return true;
}

static bool read_unix(struct socket_facts *facts, const char *line, uint64_t inode)
{
	unsigned flags, type;
	uint64_t number;
	int path = 0;

	if (sscanf(line, "%*[^:]: %*s %*s %X %X %*s %" SCNu64 " %n", &flags, &type, &number,
		   &path) != 3 ||
	    number != inode)
		return false;
	facts->family = AF_UNIX;
	facts->type = (int)type;
	facts->listens = flags & UNIX_ACCEPTS;
	facts->local.family = ADDRESS_UNIX;
	if (path)
		text_escape(facts->path, sizeof(facts->path), line + path,
			    strcspn(line + path, "\n"));
	return true;
}

bool socket_table_read(struct socket_facts *facts, const char *table, const char *line,
		       uint64_t inode)
{
	if (strcmp(table, "unix") == 0)
		return read_unix(facts, line, inode);
	return read_internet(facts, table, line, inode);
}

static bool search(struct socket_facts *facts, pid_t thread, const char *table, uint64_t inode)
{
	char path[64], line[LINE];
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)thread, table);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = socket_table_read(facts, table, line, inode);
	fclose(file);
	return found;
}

bool socket_table_find(struct socket_facts *facts, pid_t thread, uint64_t inode)
{
	static const char *const tables[] = {"tcp", "udp", "tcp6", "udp6", "unix"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		*facts = (struct socket_facts){0};
		if (search(facts, thread, tables[i], inode))
			return true;
	}
	return false;
}
