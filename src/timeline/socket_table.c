/*
 * The tables of sockets in /proc/PID/net.
 */
#include "timeline/socket_table.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "sockettool/text.h"
#include "timeline/kernel_text.h"

enum { LINE = 512, TCP_LISTEN = 10, UNIX_ACCEPTS = 0x10000 };

/* A word of four bytes, in the machine's order, as eight digits. */
static bool read_word(const char *digits, uint32_t *word)
{
	char text[9] = {0};
	const char *at = text;
	uint64_t number;

	memcpy(text, digits, 8);
	if (!kernel_text_number(&at, 16, &number))
		return false;
	*word = (uint32_t)number;
	return true;
}

/* An address as the tables have it: words of four bytes, a colon, and the port. */
static bool read_address(const char **at, struct address *address)
{
	const char *digits = *at + strspn(*at, " ");
	size_t length = strspn(digits, "0123456789ABCDEFabcdef");
	uint32_t words[4] = {0};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	uint64_t port;

	*at = digits + length;
	if ((length != 8 && length != 32) || !kernel_text_label(at, ":") ||
	    !kernel_text_number(at, 16, &port))
		return false;
	for (size_t i = 0; i < length / 8; i++) {
		if (!read_word(digits + 8 * i, &words[i]))
			return false;
	}
	memcpy(&v6.sin6_addr, words, sizeof(v6.sin6_addr));
	v4.sin_addr.s_addr = words[0];
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	*address = length == 32 ? address_from_sockaddr((struct sockaddr *)&v6, sizeof(v6))
				: address_from_sockaddr((struct sockaddr *)&v4, sizeof(v4));
	return true;
}

/* "0: LOCAL REMOTE STATE QUEUES TIMER RETRANSMISSIONS USER TIMEOUT INODE ..." */
static bool read_internet(struct socket_facts *facts, const char *table, const char *line,
			  uint64_t inode)
{
	uint64_t state, number;

	if (!kernel_text_skip(&line, 1) || !read_address(&line, &facts->local) ||
	    !read_address(&line, &facts->remote) || !kernel_text_number(&line, 16, &state) ||
	    !kernel_text_skip(&line, 5) || !kernel_text_number(&line, 10, &number) ||
	    number != inode)
		return false;
	facts->family = strchr(table, '6') ? AF_INET6 : AF_INET;
	facts->type = table[0] == 't' ? SOCK_STREAM : SOCK_DGRAM;
	facts->listens = facts->type == SOCK_STREAM && state == TCP_LISTEN;
	if (!facts->remote.port)
		facts->remote = (struct address){0};
	return true;
}

/* "ADDRESS: REFERENCES PROTOCOL FLAGS TYPE STATE INODE PATH" */
static bool read_unix(struct socket_facts *facts, const char *line, uint64_t inode)
{
	uint64_t flags, type, number;

	if (!kernel_text_skip(&line, 3) || !kernel_text_number(&line, 16, &flags) ||
	    !kernel_text_number(&line, 16, &type) || !kernel_text_skip(&line, 1) ||
	    !kernel_text_number(&line, 10, &number) || number != inode)
		return false;
	facts->family = AF_UNIX;
	facts->type = (int)type;
	facts->listens = flags & UNIX_ACCEPTS;
	facts->local.family = ADDRESS_UNIX;
	line += *line == ' ';
	text_escape(facts->path, sizeof(facts->path), line, strcspn(line, "\n"));
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
