/*
 * What a chat room must do: see net_chat.h.
 */
#include "net_chat.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"
#include "peer.h"
#include "program.h"

enum {
	MEMBERS = 200,
	SPEAKERS = 5,
	LINES = 20, /* of each speaker */
	LINE_MAX = 128,
	LONG_LINE = 4000,
};

static struct program *start(const char *const options[], const char *const more[])
{
	const char *all[24] = {"chat"};
	int n = 1;

	for (int i = 0; options[i]; i++)
		all[n++] = options[i];
	for (int i = 0; more[i]; i++)
		all[n++] = more[i];
	return program_serve_list(all);
}

static struct net_place room_of(struct program *server)
{
	return net_place(server, "tcp 127.0.0.1", "chat");
}

/* Logs in, and reads the greeting and who is here: the member is in the room. */
static int join(const struct net_place *place, const char *name)
{
	int member = net_connect(place);
	char text[LINE_MAX];

	snprintf(text, sizeof(text), "%s\n", name);
	peer_send(member, text);
	snprintf(text, sizeof(text), "Welcome, %s.\n", name);
	peer_expect(member, text);
	assert_true(net_line(member, text, sizeof(text)));
	return member;
}

/* Reads lines until that one. */
static void read_until(int member, const char *wanted)
{
	char line[LONG_LINE + LINE_MAX];

	do {
		if (!net_line(member, line, sizeof(line)))
			fail_msg("the stream ended before: %s", wanted);
	} while (strcmp(line, wanted) != 0);
}

/* --- One order --- */

/* Writes what the members but the speaker said, as far as this member was told, a line each. own:
 * the number of lines that are this member's own, which it is not told. */
static void collect(int member, int own, char *text, size_t size)
{
	char line[LINE_MAX];
	size_t length = 0;

	for (int i = 0; i < SPEAKERS * LINES - own;) {
		assert_true(net_line(member, line, sizeof(line)));
		if (!strstr(line, ": says "))
			continue;
		length += (size_t)snprintf(text + length, size - length, "%s\n", line);
		assert_true(length < size);
		i++;
	}
}

static void leave_out(char *out, const char *text, const char *begin)
{
	out[0] = '\0';
	for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		if (strncmp(line, begin, strlen(begin)) != 0)
			strncat(out, line, (size_t)(end - line + 1));
	}
}

static void speak(const int *members)
{
	char text[LINE_MAX];

	for (int line = 0; line < LINES; line++) {
		for (int speaker = 0; speaker < SPEAKERS; speaker++) {
			snprintf(text, sizeof(text), "says %d\n", line);
			peer_send(members[speaker], text);
		}
	}
}

void net_chat_order(const char *const options[])
{
	static char all[SPEAKERS * LINES * 32], one[sizeof(all)], expected[sizeof(all)];
	struct program *server = start(options, (const char *[]){"-q", NULL});
	struct net_place place = room_of(server);
	int members[MEMBERS];
	char name[LINE_MAX];

	for (int i = 0; i < MEMBERS; i++) {
		snprintf(name, sizeof(name), "member%d", i);
		members[i] = join(&place, name);
	}
	speak(members);
	collect(members[MEMBERS - 1], 0, all, sizeof(all));
	for (int i = 0; i < MEMBERS - 1; i++) {
		bool speaker = i < SPEAKERS;
		snprintf(name, sizeof(name), "member%d: ", i);
		leave_out(expected, all, name);
		collect(members[i], speaker ? LINES : 0, one, sizeof(one));
		assert_string_equal(one, expected);
	}
	/* Nobody's lines changed their order. */
	for (int i = 0; i < SPEAKERS; i++) {
		const char *at = all;
		for (int line = 0; line < LINES; line++) {
			snprintf(name, sizeof(name), "member%d: says %d\n", i, line);
			at = strstr(at, name);
			assert_non_null(at);
		}
	}
	for (int i = 0; i < MEMBERS; i++)
		close(members[i]);
	net_stop(server);
}

/* --- Members that do not read. Unix sockets buffer little, and the same everywhere. --- */

static struct program *start_unix(const char *const options[], const char *queue,
				  struct net_place *place)
{
	char path[108];

	net_path(path, "room");
	struct program *server =
		start(options, (const char *[]){"--unix", path, "--send-queue", queue, NULL});
	*place = net_place(server, "unix", "chat");
	return server;
}

/* One member says a long line, and another has read it: whoever else does not read makes nobody
 * wait. */
static void say_long(int speaker, int reader, char mark)
{
	char line[LONG_LINE + 2], expected[LONG_LINE + LINE_MAX];

	memset(line, mark, LONG_LINE);
	strcpy(line + LONG_LINE, "\n");
	peer_send(speaker, line);
	line[LONG_LINE] = '\0';
	snprintf(expected, sizeof(expected), "Speaker: %s", line);
	read_until(reader, expected);
}

/* How many of the long lines the kernel keeps for a Unix socket that is not read. */
static int kernel_lines(void)
{
	static const char line[LONG_LINE + sizeof("Speaker: ")];
	int ends[2], lines = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	while (send(ends[0], line, sizeof(line), MSG_DONTWAIT) == sizeof(line))
		lines++;
	close(ends[0]);
	close(ends[1]);
	return lines;
}

void net_chat_silent_reader(const char *const options[])
{
	struct net_place place;
	struct program *server = start_unix(options, "1M", &place);
	int speaker = join(&place, "Speaker"), reader = join(&place, "Reader");
	int silent = join(&place, "Silent");
	/* A little waits in the server, too little for it to stop receiving from this member. */
	int lines = kernel_lines() + 5;

	for (int i = 0; i < lines; i++)
		say_long(speaker, reader, 'a');
	double before = net_cpu(server->pid);
	peer_send(silent, "You do not see that I do not read\n");
	read_until(reader, "Silent: You do not see that I do not read");
	read_until(speaker, "Silent: You do not see that I do not read");
	peer_send(silent, "Nor who waits in the middle of a line");
	/* Nor does the server turn in circles for it in the second before it remarks on that. */
	program_expect_error(server, "without a newline");
	assert_true(net_cpu(server->pid) - before < 0.5);
	/* And it has missed nothing. */
	for (int i = 0; i < lines; i++) {
		char line[LONG_LINE + LINE_MAX];
		assert_true(net_line(silent, line, sizeof(line)));
		assert_int_equal(strlen(line), strlen("Speaker: ") + LONG_LINE);
	}
	close(speaker);
	close(reader);
	close(silent);
	net_stop(server);
}

void net_chat_slow_reader(const char *const options[])
{
	struct net_place place;
	struct program *server = start_unix(options, "256K", &place);
	int speaker = join(&place, "Speaker"), reader = join(&place, "Reader");
	int slow = join(&place, "Slow");
	char line[LINE_MAX];

	/* 2 MB, more than a queue and a kernel's buffer. */
	for (int i = 0; i < 500; i++)
		say_long(speaker, reader, 'b');
	program_expect_error(server, "dropped: it does not read what it is sent");
	read_until(speaker, "Slow has left the chat.");
	net_await_gone(slow);
	/* It has left once, and its name is free. */
	int again = join(&place, "slow");
	peer_expect(speaker, "slow has joined the chat.\n");
	peer_send(again, "/who\n");
	assert_true(net_line(again, line, sizeof(line)));
	assert_string_equal(line, "Here: Speaker, Reader, slow.");
	close(slow);
	close(again);
	close(speaker);
	close(reader);
	net_stop(server);
}

/* --- Names --- */

void net_chat_taken_name(const char *const options[])
{
	struct program *server = start(options, (const char *[]){NULL});
	struct net_place place = room_of(server);
	int ada = join(&place, "Ada"), other = net_connect(&place);

	peer_send(other, "ADA\n");
	peer_expect(other, "The name ADA is taken; send another.\n");
	peer_send(other, "a name\n");
	peer_expect(other, "A name has 1 to 32 printable characters, no white space and no ':'; "
			   "send another.\n");
	peer_send(other, "Grace\n");
	peer_expect(other, "Welcome, Grace.\nHere: Ada.\n");
	peer_expect(ada, "Grace has joined the chat.\n");
	peer_send(other, "quit\n");
	peer_expect_end(other);
	peer_expect(ada, "Grace has left the chat.\n");
	close(ada);
	close(other);
	net_stop(server);
}

void net_chat_freed_name(const char *const options[])
{
	struct program *server = start(options, (const char *[]){NULL});
	struct net_place place = room_of(server);
	int witness = join(&place, "Witness");

	for (int i = 0; i < 10; i++) {
		int owner = join(&place, "Owner");
		peer_expect(witness, "Owner has joined the chat.\n");
		peer_reset(owner);
		peer_expect(witness, "Owner has left the chat.\n");
	}
	close(witness);
	net_stop(server);
}

void net_chat_coming_and_going(const char *const options[])
{
	struct program *server = start(options, (const char *[]){"-q", NULL});
	struct net_place place = room_of(server);
	int witness = join(&place, "Witness"), visitors[20];
	char text[LINE_MAX], line[LINE_MAX];

	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 20; i++) {
			visitors[i] = net_connect(&place);
			snprintf(text, sizeof(text), "visitor%d.%d\nhello\n", round, i);
			peer_send(visitors[i], text);
		}
		/* Half of them leave without a word, in the middle of what the others say. */
		for (int i = 0; i < 20; i++) {
			if (i % 2)
				peer_reset(visitors[i]);
			else
				net_finish(visitors[i]);
		}
		for (int i = 0; i < 20; i += 2) {
			net_await_gone(visitors[i]);
			close(visitors[i]);
		}
	}
	int last = join(&place, "Last");
	/* Whoever joined has left once, and nobody is left behind. */
	size_t joined = 0, left = 0;
	bool last_joined = false;
	do {
		assert_true(net_line(witness, line, sizeof(line)));
		joined += strstr(line, "visitor") && strstr(line, " has joined");
		left += strstr(line, "visitor") && strstr(line, " has left");
		last_joined = last_joined || strcmp(line, "Last has joined the chat.") == 0;
	} while (!last_joined || joined != left);
	assert_true(joined >= 100);
	/* A visitor whose reset is still on its way may come and go even now. */
	int64_t limit = net_limit();
	do {
		assert_true(net_now() < limit);
		peer_send(last, "/who\n");
		do
			assert_true(net_line(last, line, sizeof(line)));
		while (strncmp(line, "Here: ", 6) != 0);
	} while (strcmp(line, "Here: Witness, Last.") != 0);
	close(witness);
	close(last);
	net_stop(server);
}
