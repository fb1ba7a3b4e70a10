/*
 * The members and speakers of fanout: how they join, what they say, and the check of every byte
 * that they hear.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fanout.h"

enum {
	RECEIVE_BYTES = 65536,
	KEPT_MOST = 2048, /* of a line or a message whose end has not come */
	TEXT_MOST = 1500, /* of a message with what is around it */
	JOINING_MOST = 8, /* at the same time: ngircd's listener has a queue of 10 */
	READY_MOST = 256,
};

/* Every message begins so, and no other line of a server has it. */
static const char mark[] = "<load>";

/* A message on its way. */
struct message {
	int64_t sent;
	uint64_t position; /* among all that were heard, counted from 1; 0: nobody has heard it */
	int heard;         /* by so many members */
	size_t length;
	char text[TEXT_MOST]; /* as members receive it */
};

struct connection {
	int socket;
	int index; /* among the members or the speakers */
	int step;  /* of joining */
	bool is_speaker, joined;
	char name[16];
	size_t kept_length;
	char kept[KEPT_MOST];
	/* members */
	uint64_t heard; /* messages in all */
	uint64_t *next; /* for each speaker, the number of the message that must come next */
	/* speakers */
	char head[128];  /* what a message from this one begins with, for those who hear it */
	uint64_t said;   /* messages */
	uint64_t landed; /* messages that all members have heard */
	struct message *flying; /* in_flight of them */
	char *unsent;
	size_t unsent_length;
	bool waits; /* for room to send */
};

static const struct plan *plan;
static const struct dialect *dialect;
static struct tally *tally;
static int loop;
static struct connection *connections; /* the members, then the speakers */
static int joined;
static bool speaking;
static uint64_t positions;

static void *allocate(size_t count, size_t bytes)
{
	void *memory = calloc(count, bytes);

	if (!memory)
		fail(3, "not enough memory");
	return memory;
}

/* --- Speaking. --- */

static void send_text(struct connection *connection, const char *text, size_t n)
{
	char *grown = realloc(connection->unsent, connection->unsent_length + n + 1);

	if (!grown)
		fail(3, "not enough memory");
	memcpy(grown + connection->unsent_length, text, n);
	connection->unsent = grown;
	connection->unsent_length += n;
}

static void flush(struct connection *connection)
{
	if (connection->unsent_length == 0)
		return;
	ssize_t sent = send(connection->socket, connection->unsent, connection->unsent_length,
			    MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN)
		fail(1, "%s cannot send: %s", connection->name, strerror(errno));
	if (sent > 0) {
		connection->unsent_length -= (size_t)sent;
		memmove(connection->unsent, connection->unsent + sent, connection->unsent_length);
	}
	if (connection->waits == (connection->unsent_length > 0))
		return;
	connection->waits = !connection->waits;
	struct epoll_event event = {
		.events = connection->waits ? EPOLLIN | EPOLLOUT : EPOLLIN,
		.data.ptr = connection,
	};
	epoll_ctl(loop, EPOLL_CTL_MOD, connection->socket, &event);
}

/* The message itself: the mark, who says it, its number, and letters up to the size. */
static void render(char *text, const struct connection *speaker, uint64_t number)
{
	int length = snprintf(text, (size_t)plan->size + 1, "%s%d.%llu ", mark, speaker->index,
			      (unsigned long long)number);

	for (int i = length; i < plan->size; i++)
		text[i] = (char)('a' + (number + (uint64_t)i) % 26);
	text[plan->size] = '\0';
}

static void say(struct connection *speaker)
{
	struct message *message = &speaker->flying[speaker->said % (uint64_t)plan->in_flight];
	char text[TEXT_MOST], around[128];

	render(text, speaker, speaker->said++);
	send_text(speaker, around,
		  dialect_fill(around, sizeof(around), dialect->said_head, speaker->name,
			       (size_t)plan->size));
	send_text(speaker, text, (size_t)plan->size);
	send_text(speaker, dialect->said_tail, strlen(dialect->said_tail));
	message->heard = 0;
	message->position = 0;
	message->length = (size_t)snprintf(message->text, sizeof(message->text), "%s%s%s",
					   speaker->head, text, dialect->heard_tail);
	message->sent = now();
}

/* Each speaker says what it may. */
static void speak(void)
{
	for (int i = plan->members; i < plan->members + plan->speakers; i++) {
		struct connection *speaker = &connections[i];
		while (speaking && speaker->said - speaker->landed < (uint64_t)plan->in_flight)
			say(speaker);
		if (speaker->unsent_length)
			flush(speaker);
	}
}

/* --- Hearing. --- */

static void complain(uint64_t *fault, const struct connection *member, const char *what,
		     const char *text, size_t n)
{
	(*fault)++;
	if (tally->complaint[0])
		return;
	int length =
		snprintf(tally->complaint, sizeof(tally->complaint), "%s %s: ", member->name, what);
	for (size_t i = 0; i < n && i < 100 && (size_t)length < sizeof(tally->complaint) - 1; i++) {
		char c = text[i];
		tally->complaint[length++] = c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : c;
	}
	tally->complaint[length] = '\0';
}

/* The message that this member must hear next from this speaker, or NULL: it has said no more. */
static struct message *expected(const struct connection *member, int speaker)
{
	const struct connection *from = &connections[plan->members + speaker];
	uint64_t number = member->next[speaker];

	return number < from->said ? &from->flying[number % (uint64_t)plan->in_flight] : NULL;
}

static void hear(struct connection *member, int speaker, struct message *message)
{
	member->next[speaker]++;
	member->heard++;
	tally->deliveries++;
	if (message->position == 0)
		message->position = ++positions;
	else if (message->position != member->heard)
		complain(&tally->disordered, member, "heard this in another order than others",
			 message->text, message->length);
	if (++message->heard == plan->members)
		connections[plan->members + speaker].landed++;
}

/* Latencies of one receive: most messages of a batch were sent at the same time. */
static void record(int64_t latency, uint64_t times)
{
	if (tally->latencies && times)
		histogram_record(tally->latencies, latency, times);
}

/* Takes the message that begins here. Returns its length; 0: none does; -1: it may, but its end
 * has not come. */
static ssize_t take_message(struct connection *member, const char *bytes, size_t n, int64_t *sent)
{
	static int last; /* speaker; the next message is often from the same one */
	bool begins = false;

	for (int i = 0; i < plan->speakers; i++) {
		int speaker = (last + i) % plan->speakers;
		struct message *message = expected(member, speaker);
		if (!message)
			continue;
		if (n >= message->length && memcmp(bytes, message->text, message->length) == 0) {
			last = speaker;
			hear(member, speaker, message);
			*sent = message->sent;
			return (ssize_t)message->length;
		}
		begins |= n < message->length && memcmp(bytes, message->text, n) == 0;
	}
	return begins ? -1 : 0;
}

static bool has(const char *line, size_t n, const char *text)
{
	return memmem(line, n, text, strlen(text)) != NULL;
}

/* A speaker's messages arrive behind its name and address, which the server tells when it joins. */
static void learn_head(struct connection *speaker, const char *line, size_t n)
{
	size_t name = strlen(speaker->name);
	const char *end = memchr(line, ' ', n);

	if (dialect->heard_head || !end || n < name + 2 || line[0] != ':' ||
	    memcmp(line + 1, speaker->name, name) != 0 || line[name + 1] != '!')
		return;
	snprintf(speaker->head, sizeof(speaker->head), "%.*s%s", (int)(end - line), line,
		 dialect->learned);
}

static void begin_step(struct connection *connection)
{
	const struct step *steps = connection->is_speaker ? dialect->speaker : dialect->member;
	char text[256];

	if (connection->step < STEPS_MOST && steps[connection->step].send) {
		send_text(connection, text,
			  dialect_fill(text, sizeof(text), steps[connection->step].send,
				       connection->name, (size_t)plan->size));
		return;
	}
	connection->joined = true;
	joined++;
}

/* Any line but a message: it may be the one that joining waits for. */
static void take_line(struct connection *connection, const char *line, size_t n)
{
	const struct step *steps = connection->is_speaker ? dialect->speaker : dialect->member;

	if (n >= 4 && memcmp(line, "PING", 4) == 0) {
		send_text(connection, "PO", 2);
		send_text(connection, line + 2, n - 2);
		send_text(connection, "\n", 1);
	} else if (!connection->is_speaker && has(line, n, mark)) {
		complain(&tally->wrong, connection, "did not expect", line, n);
	} else if (!connection->joined) {
		learn_head(connection, line, n);
		if (has(line, n, steps[connection->step].awaited)) {
			connection->step++;
			begin_step(connection);
		}
	}
	flush(connection);
}

/* Takes messages and lines; returns how many bytes are left over. */
static size_t take(struct connection *connection, const char *bytes, size_t n)
{
	int64_t arrived = now(), sent = 0, batch = 0;
	uint64_t times = 0;

	while (n > 0) {
		ssize_t length = 0;
		if (!connection->is_speaker && connection->joined)
			length = take_message(connection, bytes, n, &sent);
		if (length < 0)
			break;
		if (length > 0) {
			if (sent != batch) {
				record(arrived - batch, times);
				batch = sent;
				times = 0;
			}
			times++;
		} else {
			const char *end = memchr(bytes, '\n', n);
			if (!end)
				break;
			take_line(connection, bytes, (size_t)(end - bytes));
			length = end + 1 - bytes;
		}
		bytes += length;
		n -= (size_t)length;
	}
	record(arrived - batch, times);
	return n;
}

static void receive(struct connection *connection)
{
	static char bytes[KEPT_MOST + RECEIVE_BYTES];
	size_t kept = connection->kept_length;

	memcpy(bytes, connection->kept, kept);
	ssize_t n = recv(connection->socket, bytes + kept, RECEIVE_BYTES, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		fail(1, "the server closed %s: %s", connection->name,
		     n < 0 ? strerror(errno) : "end of stream");
	size_t all = kept + (size_t)n;
	size_t left = take(connection, bytes, all);
	if (left > KEPT_MOST)
		fail(1, "%s got a line of more than %d bytes", connection->name, KEPT_MOST);
	memcpy(connection->kept, bytes + all - left, left);
	connection->kept_length = left;
}

/* Waits a moment for what comes, takes it, and says what may be said. */
void room_turn(void)
{
	struct epoll_event ready[READY_MOST];
	int count = epoll_wait(loop, ready, READY_MOST, 100);

	for (int i = 0; i < count; i++) {
		struct connection *connection = ready[i].data.ptr;
		if (ready[i].events & EPOLLOUT)
			flush(connection);
		if (ready[i].events & ~(uint32_t)EPOLLOUT)
			receive(connection);
	}
	speak();
}

/* --- Joining. --- */

static void start(struct connection *connection, int index, bool is_speaker)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)plan->port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
	int on = 1;

	connection->index = index;
	connection->is_speaker = is_speaker;
	snprintf(connection->name, sizeof(connection->name), "%c%d", is_speaker ? 's' : 'm', index);
	if (is_speaker)
		connection->flying = allocate((size_t)plan->in_flight, sizeof(struct message));
	else
		connection->next = allocate((size_t)plan->speakers, sizeof(uint64_t));
	if (is_speaker && dialect->heard_head)
		dialect_fill(connection->head, sizeof(connection->head), dialect->heard_head,
			     connection->name, (size_t)plan->size);
	connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->socket < 0 ||
	    connect(connection->socket, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(3, "connect 127.0.0.1:%d: %s", plan->port, strerror(errno));
	setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* From here on nothing waits for one connection alone. */
	int descriptor = connection->socket;
	if (epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event) < 0 ||
	    fcntl(descriptor, F_SETFL, O_NONBLOCK) < 0)
		fail(3, "epoll: %s", strerror(errno));
	begin_step(connection);
	flush(connection);
}

/* A few at a time, because a listener's queue may be short. */
int64_t room_join(const struct plan *chosen, struct tally *counts)
{
	int64_t begin = now();

	plan = chosen;
	tally = counts;
	dialect = plan->dialect;
	connections = allocate((size_t)(plan->members + plan->speakers), sizeof(*connections));
	loop = epoll_create1(EPOLL_CLOEXEC);
	for (int started = 0; joined < plan->members + plan->speakers;) {
		while (started < plan->members + plan->speakers &&
		       started - joined < JOINING_MOST) {
			bool is_speaker = started >= plan->members;
			start(&connections[started], is_speaker ? started - plan->members : started,
			      is_speaker);
			started++;
		}
		room_turn();
		if (now() - begin > 3 * PATIENCE)
			fail(1, "only %d of %d have joined", joined,
			     plan->members + plan->speakers);
	}
	return now() - begin;
}

void room_speak(bool on)
{
	speaking = on;
	speak();
}

uint64_t room_missing(void)
{
	uint64_t said = 0;

	for (int i = plan->members; i < plan->members + plan->speakers; i++)
		said += connections[i].said;
	return said * (uint64_t)plan->members - tally->deliveries;
}
