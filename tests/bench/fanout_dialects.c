/* The dialects that fanout speaks: sockettool's chat, Redis, NATS, and IRC. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fanout.h"

#define NATS_HELLO "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"

static const struct dialect dialects[] = {
	{
		.name = "line",
		.member = {{"~\n", "Welcome, "}},
		.speaker = {{"~\n", "Welcome, "}},
		.said_head = "",
		.said_tail = "\n",
		.heard_head = "~: ",
		.heard_tail = "\n",
	},
	{
		/* Whoever subscribes may not publish, so that speakers only publish. */
		.name = "redis",
		.member = {{"SUBSCRIBE room\r\n", ":1"}},
		.speaker = {{"PING\r\n", "+PONG"}},
		.said_head = "*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n$^\r\n",
		.said_tail = "\r\n",
		.heard_head = "*3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n$^\r\n",
		.heard_tail = "\r\n",
	},
	{
		.name = "nats",
		.member = {{NATS_HELLO "SUB room 1\r\nPING\r\n", "PONG"}},
		.speaker = {{NATS_HELLO "PING\r\n", "PONG"}},
		.said_head = "PUB room ^\r\n",
		.said_tail = "\r\n",
		.heard_head = "MSG room 1 ^\r\n",
		.heard_tail = "\r\n",
	},
	{
		.name = "irc",
		.member = {{"NICK ~\r\nUSER ~ 0 * :~\r\n", " 001 "}, {"JOIN #room\r\n", " 366 "}},
		.speaker = {{"NICK ~\r\nUSER ~ 0 * :~\r\n", " 001 "}, {"JOIN #room\r\n", " 366 "}},
		.said_head = "PRIVMSG #room :",
		.said_tail = "\r\n",
		.heard_tail = "\r\n",
		.learned = " PRIVMSG #room :",
	},
};

const struct dialect *dialect_find(const char *name)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
		if (strcmp(dialects[i].name, name) == 0)
			return &dialects[i];
	}
	return NULL;
}

size_t dialect_fill(char *text, size_t size, const char *template, const char *name, size_t bytes)
{
	size_t length = 0;

	for (const char *at = template; *at; at++) {
		if (*at == '~')
			length += (size_t)snprintf(text + length, size - length, "%s", name);
		else if (*at == '^')
			length += (size_t)snprintf(text + length, size - length, "%zu", bytes);
		else
			text[length++] = *at;
		if (length + 1 >= size) {
			fprintf(stderr, "fanout: a message of %zu bytes is too long\n", bytes);
			exit(2);
		}
	}
	text[length] = '\0';
	return length;
}
