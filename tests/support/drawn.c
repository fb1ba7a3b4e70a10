/*
 * Recordings worth drawing. Times are in microseconds.
 */
#include "support/drawn.h"

#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/frames.h"
#include "support/recording.h"

#define SERVER "127.0.0.1:65432"
#define CLIENT "127.0.0.1:51612"

enum { PUSH = PACKET_PSH | PACKET_ACK, FIN_ACK = PACKET_FIN | PACKET_ACK };

static void set_text(char **text, const char *value)
{
	assert_true(recording_set(text, value));
}

static void start_server(struct recording *recording, const char *command)
{
	made_program(recording, "server", command, true);
	made_program(recording, "client", "python3 client.py", false);
	recording->started = INT64_C(1700000000000000000);
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(recording, 1, SOCK_STREAM, CLIENT, SERVER);
	made_call(recording, CALL_SOCKET, 0, 0, 0, 5, "socket(TCP)", "→ 3");
	made_call(recording, CALL_BIND, 0, 0, 41, 45, "bind(3, " SERVER ")", "");
	made_call(recording, CALL_LISTEN, 0, 0, 52, 55, "listen(3, 128)", "");
	made_accept(recording, 0, 1, 60, 31390);
	made_call(recording, CALL_SOCKET, 1, 2, 31204, 31210, "socket(TCP)", "→ 3");
	made_call(recording, CALL_CONNECT, 1, 2, 31301, 31331, "connect(3, " SERVER ")", "= 0");
}

static void shake_hands(struct recording *recording)
{
	made_packet(recording, 31305, CLIENT, SERVER, PACKET_SYN, 1000, "");
	made_packet(recording, 31322, SERVER, CLIENT, PACKET_SYN | PACKET_ACK, 5000, "");
	made_packet(recording, 31330, CLIENT, SERVER, PACKET_ACK, 1001, "");
}

void drawn_echo(struct recording *recording)
{
	struct call *call;

	start_server(recording, "python3 server.py");
	shake_hands(recording);
	made_receive(recording, 1, 31450, 33350, "Hello, world", NULL);
	call = made_call(recording, CALL_PRINT, 1, -1, 31502, 31504,
			 "prints \"I am going to send \\\"Hello, world\\\"!\"", "");
	call->bytes = call->data_length = 34;
	call->result = 34;
	call->descriptor = 1;
	assert_true(recording_set_bytes(&call->data, &call->data_length,
					"I am going to send \"Hello, world\"!\n", 35));
	call->bytes = 35;
	call = made_call(recording, CALL_INPUT, 1, -1, 31600, 33120,
			 "reads Enter from the keyboard", "");
	assert_true(recording_set_bytes(&call->data, &call->data_length, "\n", 1));
	call->bytes = 1;
	call->result = 1;
	made_send(recording, 2, 33310, 33340, "Hello, world", NULL);
	set_text(&recording->calls[recording->call_count - 1].file, "client.py");
	recording->calls[recording->call_count - 1].line = 12;
	made_packet(recording, 33320, CLIENT, SERVER, PUSH, 1001, "Hello, world");
	made_packet(recording, 33324, SERVER, CLIENT, PACKET_ACK, 5001, "");
	made_receive(recording, 2, 33345, 33440, "Hello, world", NULL);
	made_send(recording, 1, 33390, 33410, "Hello, world", NULL);
	made_packet(recording, 33400, SERVER, CLIENT, PUSH, 5001, "Hello, world");
	made_packet(recording, 33405, CLIENT, SERVER, PACKET_ACK, 1013, "");
	made_receive(recording, 1, 33420, 33570, "", NULL);
	made_call(recording, CALL_CLOSE, 1, 2, 33550, 33560, "close(3)", "");
	made_packet(recording, 33555, CLIENT, SERVER, FIN_ACK, 1013, "");
	made_call(recording, CALL_CLOSE, 0, 1, 33600, 33610, "close(4)", "");
	made_packet(recording, 33605, SERVER, CLIENT, FIN_ACK, 5013, "");
	made_packet(recording, 33608, CLIENT, SERVER, PACKET_ACK, 1014, "");
	made_call(recording, CALL_EXIT, 1, -1, 33900, 33900, "ends with status 0", "");
	recording->programs[1].ended = 33900000;
	made_call(recording, CALL_EXIT, 0, -1, 34000, 34000, "ends with status 0", "");
	recording->programs[0].ended = 34000000;
}

/* --- Several clients. --- */

enum { CLIENTS_MOST = 64 };

struct room {
	struct recording *recording;
	bool packets;
	int64_t now;
	int accepted[CLIENTS_MOST], connecting[CLIENTS_MOST];
	uint32_t from_client[CLIENTS_MOST], from_server[CLIENTS_MOST];
	char address[CLIENTS_MOST][32];
};

static void put_packet(struct room *room, int client, bool up, int flags, const char *data)
{
	uint32_t *sequence = up ? &room->from_client[client] : &room->from_server[client];

	if (!room->packets)
		return;
	made_packet(room->recording, room->now, up ? room->address[client] : SERVER,
		    up ? SERVER : room->address[client], flags, *sequence, data);
	*sequence += (uint32_t)strlen(data) + ((flags & (PACKET_SYN | PACKET_FIN)) != 0);
}

static void join_room(struct room *room, int client)
{
	char text[64];

	snprintf(room->address[client], sizeof(room->address[client]), "127.0.0.1:%d",
		 51000 + client);
	room->connecting[client] = made_socket(room->recording, client + 1, SOCK_STREAM,
					       room->address[client], SERVER);
	room->accepted[client] =
		made_socket(room->recording, 0, SOCK_STREAM, SERVER, room->address[client]);
	snprintf(text, sizeof(text), "connect(3, %s)", SERVER);
	made_call(room->recording, CALL_CONNECT, client + 1, room->connecting[client], room->now,
		  room->now + 40, text, "= 0");
	room->now += 5;
	put_packet(room, client, true, PACKET_SYN, "");
	room->now += 10;
	put_packet(room, client, false, PACKET_SYN | PACKET_ACK, "");
	room->now += 10;
	put_packet(room, client, true, PACKET_ACK, "");
	room->now += 30;
	made_accept(room->recording, 0, room->accepted[client], room->now, room->now + 9);
	room->now += 2000;
}

static void say_line(struct room *room, int client, int clients, int number)
{
	char line[64];

	snprintf(line, sizeof(line), "line %d of client %d", number + 1, client + 1);
	made_send(room->recording, room->connecting[client], room->now, room->now + 12, line, NULL);
	room->now += 4;
	put_packet(room, client, true, PUSH, line);
	room->now += 20;
	made_receive(room->recording, room->accepted[client], room->now, room->now + 6, line, NULL);
	for (int i = 0; i < clients; i++) {
		room->now += 20;
		made_send(room->recording, room->accepted[i], room->now, room->now + 10, line,
			  NULL);
		room->now += 5;
		put_packet(room, i, false, PUSH, line);
	}
	for (int i = 0; i < clients; i++) {
		room->now += 20;
		made_receive(room->recording, room->connecting[i], room->now, room->now + 5, line,
			     NULL);
	}
	room->now += 3000;
}

void drawn_room(struct recording *recording, int clients, int lines, bool packets)
{
	struct room *room = calloc(1, sizeof(*room));
	char name[32];

	assert_non_null(room);
	*room = (struct room){.recording = recording, .packets = packets, .now = 100};
	made_program(recording, "server", "sockettool serve chat --model epoll", true);
	for (int i = 0; i < clients; i++) {
		snprintf(name, sizeof(name), i ? "client %d" : "client", i + 1);
		made_program(recording, name, "sockettool chat 127.0.0.1 65432", false);
	}
	if (!packets)
		set_text(&recording->note,
			 "no wire: capturing takes CAP_NET_RAW (run as root, or setcap)");
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_call(recording, CALL_LISTEN, 0, 0, 50, 55, "listen(3, 128)", "");
	for (int i = 0; i < clients; i++)
		join_room(room, i);
	for (int i = 0; i < lines; i++)
		say_line(room, i % clients, clients, i);
	free(room);
}

/* --- Troubles. --- */

void drawn_hang(struct recording *recording)
{
	struct call *call;

	start_server(recording, "./server");
	shake_hands(recording);
	made_receive(recording, 1, 31450, NEVER_LEFT, "", NULL);
	made_send(recording, 2, 33310, 33340, "no line end", NULL);
	made_packet(recording, 33320, CLIENT, SERVER, PUSH, 1001, "no line end");
	made_packet(recording, 33324, SERVER, CLIENT, PACKET_ACK, 5001, "");
	made_receive(recording, 2, 33400, NEVER_LEFT, "", NULL);
	call = made_call(recording, CALL_SIGNAL, 1, -1, 5033400, 5033400, "gets SIGINT", "");
	call->result = 2;
	recording->programs[0].ended = recording->programs[1].ended = INT64_C(5033500000);
	recording->programs[0].status = recording->programs[1].status = 130;
}

void drawn_datagrams(struct recording *recording)
{
	made_program(recording, "server", "./date_server", true);
	made_program(recording, "client", "./date_client", false);
	made_socket(recording, 0, SOCK_DGRAM, SERVER, NULL);
	made_socket(recording, 1, SOCK_DGRAM, CLIENT, NULL);
	made_receive(recording, 0, 10, 120, "one", CLIENT);
	made_send(recording, 1, 100, 110, "one", SERVER);
	made_packet(recording, 104, CLIENT, SERVER, -1, 0, "one");
	made_send(recording, 1, 200, 210, "two", SERVER);
	made_packet(recording, 204, CLIENT, SERVER, -1, 0, "two");
	made_send(recording, 1, 300, 310, "three", SERVER);
	made_packet(recording, 304, CLIENT, SERVER, -1, 0, "three");
	made_receive(recording, 0, 400, 405, "three", CLIENT);
	made_send(recording, 1, 500, 510, "who is it?", "192.0.2.53:53");
	made_packet(recording, 504, CLIENT, "192.0.2.53:53", -1, 0, "who is it?");
	made_packet(recording, 4504, "192.0.2.53:53", CLIENT, -1, 0, "nobody");
}

void drawn_trouble(struct recording *recording)
{
	start_server(recording,
		     "./server --with a --very long --command line --that does --not fit");
	made_packet(recording, 31302, CLIENT, SERVER, PACKET_SYN, 1000, "");
	made_packet(recording, 31305, CLIENT, SERVER, PACKET_SYN, 1000, "")->retransmission = true;
	made_packet(recording, 31322, SERVER, CLIENT, PACKET_SYN | PACKET_ACK, 5000, "");
	made_packet(recording, 31330, CLIENT, SERVER, PACKET_ACK, 1001, "");
	made_send(recording, 2, 32000, 32010, "one ", NULL);
	made_packet(recording, 32004, CLIENT, SERVER, PUSH, 1001, "one ");
	made_send(recording, 2, 32020, 32030, "two three", NULL);
	made_packet(recording, 32024, CLIENT, SERVER, PUSH, 1005, "two three");
	made_packet(recording, 32424, CLIENT, SERVER, PUSH, 1005, "two three")->retransmission =
		true;
	made_receive(recording, 1, 32600, 32610, "one two", NULL);
	made_receive(recording, 1, 32700, 32710, " th", NULL);
	made_call(recording, CALL_CLOSE, 0, 1, 32900, 32910, "close(4)", "");
	made_packet(recording, 32905, SERVER, CLIENT, PACKET_RST | PACKET_ACK, 5001, "");
	made_call(recording, CALL_RECEIVE, 1, 2, 33000, 33004, "recv(3, 4096)", "= -1 ECONNRESET")
		->result = -104;
}

void drawn_hostile(struct recording *recording)
{
	static const char bad[] =
		"</script><script>alert(1)</script> & \"'\xff\xc2\xef\xbf\xbf\x01 ]]> <!--";

	drawn_echo(recording);
	set_text(&recording->programs[0].name, bad);
	set_text(&recording->programs[0].command, bad);
	set_text(&recording->note, bad);
	for (size_t i = 0; i < recording->call_count; i++) {
		struct call *call = &recording->calls[i];

		set_text(&call->name, bad);
		set_text(&call->file, bad);
		set_text(&call->text, bad);
		set_text(&call->outcome, bad);
		if (call->data)
			assert_true(recording_set_bytes(&call->data, &call->data_length, bad,
							sizeof(bad)));
	}
	for (size_t i = 0; i < recording->packet_count; i++)
		if (recording->packets[i].data)
			assert_true(recording_set_bytes(&recording->packets[i].data,
							&recording->packets[i].data_length, bad,
							sizeof(bad)));
}

void drawn_capture(struct recording *recording)
{
	shake_hands(recording);
	made_packet(recording, 33320, CLIENT, SERVER, PUSH, 1001, "Hello, world");
	made_packet(recording, 33400, SERVER, CLIENT, PUSH, 5001, "Hello, world");
	made_packet(recording, 40000, "[2001:db8::17:1]:40000", "[2001:db8::53]:53", -1, 0, "?");
}

/* --- Drawing. --- */

static struct drawn draw(drawn_view *view, struct recording *recording,
			 const struct view_options *options)
{
	struct drawn drawn = {.recording = recording, .join = join_make(recording)};
	size_t n;
	FILE *file = open_memstream(&drawn.text, &n);

	assert_non_null(drawn.join);
	assert_non_null(file);
	assert_int_equal(view(recording, drawn.join, options, file), 0);
	assert_int_equal(fclose(file), 0);
	return drawn;
}

struct drawn drawn_make(drawn_view *view, struct recording *recording)
{
	static const struct view_options options = {.source = true, .bytes = 64};

	return draw(view, recording, &options);
}

struct drawn drawn_opened(drawn_view *view)
{
	static const struct view_options options = {.verbose = true, .bytes = 64};
	struct recording *recording = recording_new();

	assert_non_null(recording);
	assert_int_equal(frame_record(recording, DLT_EN10MB,
				      ETHERNET_IPV4 IPV4("0034", "06")
					      TCP("00000065", "0000000d", "5018") HELLO,
				      0),
			 0);
	recording->packets[0].interface = recording_add_interface(recording);
	recording->interfaces[0].link_type = DLT_EN10MB;
	return draw(view, recording, &options);
}

void drawn_free(struct drawn *drawn)
{
	free(drawn->text);
	join_free(drawn->join);
	recording_free(drawn->recording);
}
